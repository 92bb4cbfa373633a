package wire

import "testing"

func TestProtocolName(t *testing.T) {
	for _, c := range []struct {
		etherType uint16
		proto     uint8
		want      string
	}{
		{0x0800, 17, "UDP"}, {0x86dd, 17, "UDP"}, {0x86dd, 58, "ICMPv6"}, {0x0800, 250, "IP protocol 250"},
		{0x0806, 0, "ARP"}, {4, 0, "802.2"}, {0x0101, 0, "EtherType 0x0101"}, {0, 0, "no network layer"},
	} {
		if got := ProtocolName(c.etherType, c.proto); got != c.want {
			t.Errorf("%#x/%d: %q, want %q", c.etherType, c.proto, got, c.want)
		}
	}
}

func TestICMPName(t *testing.T) {
	for _, c := range []struct {
		v6        bool
		typ, code uint8
		want      string
	}{
		{false, 3, 1, "host unreachable"}, {false, 11, 0, "time to live exceeded in transit"},
		{true, 1, 4, "port unreachable"}, {true, 2, 0, "packet too big"},
		{false, 3, 99, "ICMP type 3 code 99"}, {true, 1, 99, "ICMPv6 type 1 code 99"},
	} {
		if got := ICMPName(c.v6, c.typ, c.code); got != c.want {
			t.Errorf("%v %d/%d: %q, want %q", c.v6, c.typ, c.code, got, c.want)
		}
	}
}
