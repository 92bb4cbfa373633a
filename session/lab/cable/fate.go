package cable

import (
	"net/netip"

	"tcplab/capture"
)

// What can become of a packet.
const (
	Waiting  = "in the cable" // and still there when the cable was removed
	Carried  = "carried"
	Changed  = "changed" // carried, but not as it came
	Dropped  = "dropped"
	CutOff   = "cut off" // it came after the cable was cut
	Answered = "answered"
	Copy     = "copy"   // made here, of a packet that came
	Forged   = "forged" // made here
)

// Fate is what the cable did with one frame. Frames that it made itself have a fate of their own.
type Fate struct {
	Number int            `json:"number"` // from 1, in the order of coming
	Dir    string         `json:"dir"`    // "c2s" or "s2c"
	Came   capture.Stamp  `json:"came"`
	Left   capture.Stamp  `json:"left,omitempty"` // 0: never
	Src    netip.AddrPort `json:"src,omitzero"`   // zero for what is not IP
	Dst    netip.AddrPort `json:"dst,omitzero"`
	Flags  string         `json:"flags,omitempty"` // TCP: tcpdump's letters, as they came
	Seq    uint32         `json:"seq,omitempty"`   // raw
	Ack    uint32         `json:"ack,omitempty"`
	Len    int            `json:"len,omitempty"`  // payload bytes
	Kind   string         `json:"kind,omitempty"` // "arp", "icmp", "udp", "ip" when it is not TCP
	Fate   string         `json:"fate"`
	Rules  []string       `json:"rules,omitempty"` // that applied, as written
	Of     int            `json:"of,omitempty"`    // the fate that a copy or forged packet follows
}

// fateOf begins the record of the packet in hand.
func fateOf(h *hand, number int) Fate {
	f := describe(&h.packet, h.isIP)
	f.Number, f.Dir, f.Came, f.Fate = number, h.dir.String(), capture.StampOf(h.now), Waiting
	return f
}

// describe fills in what the packet says of itself.
func describe(p *packet, isIP bool) (f Fate) {
	if !isIP {
		f.Kind = "arp"
		return f
	}
	f.Src, f.Dst = p.hosts()
	switch p.proto {
	case protoTCP:
		f.Flags, f.Seq, f.Ack, f.Len = flagLetters(p.flags()), p.seq(), p.ack(), len(p.data())
	case protoICMP, protoICMPv6:
		f.Kind = "icmp"
	case protoUDP:
		f.Kind = "udp"
	default:
		f.Kind = "ip"
	}
	return f
}

// flagLetters writes the flags as tcpdump does.
func flagLetters(flags byte) string {
	var b []byte
	for _, l := range []struct {
		flag   byte
		letter byte
	}{{flagFIN, 'F'}, {flagSYN, 'S'}, {flagRST, 'R'}, {flagPSH, 'P'}, {flagURG, 'U'}, {flagECE, 'E'}, {flagCWR, 'W'}, {flagACK, '.'}} {
		if flags&l.flag != 0 {
			b = append(b, l.letter)
		}
	}
	if len(b) == 0 {
		return "none"
	}
	return string(b)
}
