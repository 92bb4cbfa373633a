package cable

import "tcplab/capture"

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
type Fate = capture.Fate

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
