package wire

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"tcplab/capture"
)

// specimen is a frame made by hand, and what it is.
type specimen struct {
	name string
	link capture.LinkType
	hex  string // blanks are ignored
	cut  int    // how many bytes the snap length took off the end
	want string
}

func (s specimen) frame() *capture.Frame {
	f := frame(s.hex)
	f.Link, f.Data = s.link, f.Data[:len(f.Data)-s.cut]
	return f
}

// Building blocks: a SYN from 10.0.0.1 (or fd00::1) port 1000 to 10.0.0.2 (fd00::2) port 80, without options.
const (
	tcpSYN = "03e8 0050 00000001 00000000 5002 2000 0000 0000"
	syn    = "4500 0028 0001 0000 40 06 0000 0a000001 0a000002" + tcpSYN
	syn6   = "60000000 0014 06 40 fd000000000000000000000000000001 fd000000000000000000000000000002" + tcpSYN

	isSYN  = "TCP 10.0.0.1:1000>10.0.0.2:80 S seq 1 len 0"
	isSYN6 = "TCP fd00::1:1000>fd00::2:80 S seq 1 len 0"
)

// size returns the number of bytes in hex text.
func size(hex string) int { return len(strings.ReplaceAll(hex, " ", "")) / 2 }

// ip4 puts an IPv4 header from 192.0.2.1 to 192.0.2.2 before body.
func ip4(proto int, body string) string {
	return fmt.Sprintf("4500 %04x 0001 0000 40 %02x 0000 c0000201 c0000202", 20+size(body), proto) + body
}

// ip6 puts an IPv6 header from fd00::1 to fd00::2 before body.
func ip6(next int, body string) string {
	return fmt.Sprintf("60000000 %04x %02x 40 fd000000000000000000000000000001 fd000000000000000000000000000002",
		size(body), next) + body
}

// udp puts a UDP header to port dst before body.
func udp(dst int, body string) string {
	return fmt.Sprintf("c000 %04x %04x 0000", dst, 8+size(body)) + body
}

// eth puts an Ethernet header before body.
func eth(etherType int, body string) string { return ethernet(fmt.Sprintf("%04x", etherType)) + body }

// over4 is eth and ip4.
func over4(proto int, body string) string { return eth(0x0800, ip4(proto, body)) }

// over6 is eth and ip6.
func over6(next int, body string) string { return eth(0x86dd, ip6(next, body)) }

// decode decodes f, with r's help when it is a fragment.
func decode(r *Reassembler, f *capture.Frame, p *Packet) Kind {
	k := Decode(f, p)
	if k == Fragment {
		k = r.Add(p)
	}
	return k
}

// describe says what Decode found, in one line.
func describe(k Kind, p *Packet) string {
	switch k {
	case TCP:
		s := &p.Segment
		text := fmt.Sprintf("TCP %v:%d>%v:%d %v seq %d len %d", s.Src, s.SrcPort, s.Dst, s.DstPort, s.Flags, s.Seq, s.Len)
		for _, mark := range []struct {
			is   bool
			text string
		}{{s.VLAN != 0, fmt.Sprintf(" vlan %d", s.VLAN)}, {s.Tunnel != 0, " tunnel"}, {s.NoLength, " nolength"},
			{s.Options.Has&BadOption != 0, " badoption"}, {s.Options.Has&CutOptions != 0, " cutoptions"}} {
			if mark.is {
				text += mark.text
			}
		}
		return text
	case ICMPError:
		e := &p.ICMP
		text := fmt.Sprintf("ICMP %d/%d from %v to %v: %v:%d>%v:%d seq %d", e.Type, e.Code, e.From, e.To, e.Src, e.SrcPort, e.Dst, e.DstPort, e.Seq)
		if e.QuotedTCP >= 14 {
			text += " " + e.Flags.String()
		}
		if e.MTU != 0 {
			text += fmt.Sprintf(" mtu %d", e.MTU)
		}
		return text + fmt.Sprintf(" quoted %d", e.QuotedTCP)
	case Neighbor:
		n := &p.Neighbor
		verb := "asks"
		if n.Reply {
			verb = "answers"
		}
		return fmt.Sprintf("%v %s about %v: %x", n.Sender, verb, n.Target, n.MAC)
	case NotTCP:
		return "not TCP: " + ProtocolName(p.EtherType, p.Proto)
	}
	return k.String()
}

// TestSpecimens decodes every specimen, also at every shorter cut, which may lose the segment but not change its
// identity, and asserts that none allocates.
func TestSpecimens(t *testing.T) {
	for _, s := range specimens() {
		f := s.frame()
		var p Packet
		if got := describe(Decode(f, &p), &p); got != s.want {
			t.Errorf("%s:\n got %s\nwant %s\n%s", s.name, got, s.want, hex.EncodeToString(f.Data))
			continue
		}
		if n := testing.AllocsPerRun(10, func() { Decode(f, &p) }); n != 0 {
			t.Errorf("%s: %v allocations", s.name, n)
		}
		if !strings.HasPrefix(s.want, "TCP") || strings.Contains(s.want, "option") {
			continue
		}
		for _, cut := range everyCut(f) {
			if k := Decode(cut, &p); k == TCP && strings.TrimSuffix(describe(k, &p), " cutoptions") != s.want {
				t.Errorf("%s, %d of %d bytes: %s", s.name, len(cut.Data), cut.WireLen, describe(k, &p))
			} else if k == Malformed {
				t.Errorf("%s, %d of %d bytes: a cut is not a malformation", s.name, len(cut.Data), cut.WireLen)
			}
		}
	}
}
