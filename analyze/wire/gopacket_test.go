package wire

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"tcplab/capture"
)

// peer is what gopacket makes of a frame: its last TCP layer and the IP layer before it.
type peer struct {
	tcp    *layers.TCP
	ip4    *layers.IPv4
	ip6    *layers.IPv6
	odd    bool // some IP header has another version than what announced it, plain GRE a field of PPTP's, or ERSPAN is type I
	routed bool // there is an IPv6 routing header
	simple bool // nothing but Ethernet, VLAN tags, one IP header, options of IPv6, TCP
}

// ask decodes f with gopacket's layers; ok is false when it has no decoder, finds no TCP, or meets an error before it.
func ask(f *capture.Frame) (p peer, ok bool) {
	first := gopacket.Decoder(nil)
	switch f.Link {
	case capture.LinkEthernet, capture.LinkNull, capture.LinkLoop, capture.LinkPPP, capture.LinkRaw, capture.LinkLinuxSLL:
		first = layers.LinkType(f.Link)
	default:
		return p, false
	}
	if mayBeGTP(f) {
		return p, false
	}
	p.simple = true
	for _, layer := range gopacket.NewPacket(slices.Clip(f.Data), first, gopacket.NoCopy).Layers() {
		switch l := layer.(type) {
		case *layers.IPv4:
			p.simple = p.simple && p.ip4 == nil && p.ip6 == nil
			p.ip4, p.ip6, p.odd = l, nil, p.odd || l.Version != 4
		case *layers.IPv6:
			p.simple = p.simple && p.ip4 == nil && p.ip6 == nil
			p.ip4, p.ip6, p.odd = nil, l, p.odd || l.Version != 6
		case *layers.TCP:
			p.tcp = l
			return p, p.ip4 != nil || p.ip6 != nil
		case *layers.Ethernet, *layers.Dot1Q, *layers.IPv6HopByHop, *layers.IPv6Destination:
		case *layers.GRE:
			typeI := uint16(l.Protocol) == etherERSPAN && !l.SeqPresent
			p.odd, p.simple = p.odd || typeI || l.Version == 0 && l.AckPresent, false
		case *layers.IPv6Routing:
			p.routed, p.simple = true, false
		default:
			p.simple = false
		}
	}
	return p, false
}

// mayBeGTP reports whether the port of GTP is somewhere in f: gopacket's decoder of it prints to standard output, so
// such frames are not shown to it.
func mayBeGTP(f *capture.Frame) bool {
	head := f.Data[:min(128, len(f.Data))]
	return bytes.Contains(head, []byte{portGTPU >> 8, portGTPU & 0xff})
}

// excused says why a difference from gopacket v1.1.19 about TCP in f is its fault or its choice, "" when it is not.
func (p peer) excused(f *capture.Frame, k Kind, s *Segment) string {
	switch {
	case p.odd:
		return "it does not look at the version of IP, GRE or ERSPAN"
	case p.ip4 != nil && p.ip4.Length == 0 || p.ip6 != nil && p.ip6.Length == 0:
		return "it counts the length of offloaded packets in 16 bits"
	case k == Truncated || len(f.Data) < int(f.WireLen) && k != TCP:
		return "it returns empty headers when the snap length cut them"
	case k == Fragment && p.ip6 != nil:
		return "it takes the pieces of IPv6 packets for whole ones"
	case p.ip6 != nil && p.ip6.NextHeader != layers.IPProtocolTCP && (k == Malformed || len(p.tcp.Payload) > len(s.Payload)):
		return "it does not bound what follows extension headers by the packet's length"
	case p.tcp.DataOffset < 5 || int(p.tcp.DataOffset)*4 > len(p.tcp.Contents):
		return "it returns the layer of a TCP header that it found wrong"
	case k == TCP && s.Tunnel != 0 && p.simple:
		return "it does not look into this tunnel"
	case k == NotTCP && !p.simple:
		return "it looks into tunnels of unknown version and of any depth"
	case p.ip4 != nil && p.ip4.IHL > 5 && s.Dst.String() != p.ip4.DstIP.String():
		return "it does not follow a source route"
	case p.routed && p.ip6 != nil && s.Dst.String() != p.ip6.DstIP.String():
		return "it does not follow a routing header"
	}
	return ""
}

// disagreement compares a segment with gopacket's layer and names the first field that differs, "" when none does.
func (p peer) disagreement(s *Segment) string {
	t := p.tcp
	var src, dst net.IP // which prints a mapped IPv4 address as Addr does
	if p.ip4 != nil {
		src, dst = p.ip4.SrcIP, p.ip4.DstIP
	} else {
		src, dst = p.ip6.SrcIP, p.ip6.DstIP
	}
	for _, c := range []struct {
		name      string
		ours, its any
	}{
		{"source", s.Src, src}, {"destination", s.Dst, dst},
		{"source port", s.SrcPort, uint16(t.SrcPort)}, {"destination port", s.DstPort, uint16(t.DstPort)},
		{"seq", uint32(s.Seq), t.Seq}, {"ack", uint32(s.Ack), t.Ack}, {"window", s.Window, t.Window},
		{"checksum", s.Checksum, t.Checksum}, {"urgent", s.Urgent, t.Urgent},
		{"flags", s.Flags.String(), flagsOf(t).String()}, {"payload", s.Payload, t.Payload},
		{"options", optionsOf(s.Options.Raw), optionsIn(t)},
	} {
		if ours, its := fmt.Sprint(c.ours), fmt.Sprint(c.its); ours != its {
			return fmt.Sprintf("%s: %s, gopacket %s", c.name, ours, its)
		}
	}
	return ""
}

func flagsOf(t *layers.TCP) (f Flags) {
	for i, set := range []bool{t.FIN, t.SYN, t.RST, t.PSH, t.ACK, t.URG, t.ECE, t.CWR, t.NS} {
		if set {
			f |= 1 << i
		}
	}
	return f
}

// optionsIn returns the options that gopacket found, as text; the end of options hides the rest for it too.
func optionsIn(t *layers.TCP) string {
	text := ""
	for _, o := range t.Options {
		if o.OptionType == layers.TCPOptionKindEndList {
			break
		}
		text += fmt.Sprintf("%d:%x ", o.OptionType, o.OptionData)
	}
	return text
}

// optionsOf returns sound option bytes in the form of optionsIn.
func optionsOf(raw []byte) string {
	text := ""
	for len(raw) > 0 && raw[0] != optEnd {
		if raw[0] == optNOP {
			text, raw = text+"1: ", raw[1:]
			continue
		}
		text, raw = text+fmt.Sprintf("%d:%x ", raw[0], raw[2:raw[1]]), raw[raw[1]:]
	}
	return text
}

// compare holds what Decode made of f, without reassembly, against gopacket. It returns the reason why a difference is
// excused, and reports one that is not; compared tells whether both had a segment.
func compare(t *testing.T, f *capture.Frame, k Kind, s *Segment) (why string, compared bool) {
	p, ok := ask(f)
	if !ok {
		plain := decodePlain(f.Data, &Packet{Segment: Segment{WireLen: f.WireLen}})
		if f.Link == capture.LinkEthernet && plain && len(f.Data) == int(f.WireLen) && s.Options.Has&BadOption == 0 && !mayBeGTP(f) {
			t.Errorf("frame %d: a plain segment that gopacket does not see: %x", f.Number, f.Data)
		}
		return "", false
	}
	if why = p.excused(f, k, s); why != "" {
		return why, false
	}
	if k != TCP {
		t.Errorf("frame %d: %v, gopacket sees TCP: %x", f.Number, k, f.Data)
		return "", false
	}
	if s.Options.Has&(BadOption|CutOptions) != 0 {
		return "it gives up on the header at a bad option", false
	}
	if d := p.disagreement(s); d != "" {
		t.Errorf("frame %d: %s: %x", f.Number, d, f.Data)
	}
	return "", true
}
