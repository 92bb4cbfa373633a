package wire

import (
	"strings"
	"testing"
)

// tunnelOf returns Segment.Tunnel of an Ethernet frame.
func tunnelOf(t *testing.T, hex string) uint32 {
	t.Helper()
	var p Packet
	if k := Decode(frame(hex), &p); k != TCP {
		t.Fatalf("%v", k)
	}
	return p.Segment.Tunnel
}

// TestTunnelNamesBothDirections: the outer addresses may change places; another id, host or kind of nesting is another
// tunnel; what differs by direction does not count.
func TestTunnelNamesBothDirections(t *testing.T) {
	back := func(hex string) string { return strings.Replace(hex, "c0000201 c0000202", "c0000202 c0000201", 1) }
	bridged := eth(0x0800, syn)
	vxlan := over4(17, udp(4789, "08000000 00000700"+bridged))
	gre := over4(47, "2000 0800 00000007"+syn)
	gtp := over4(17, udp(2152, "30ff 0028 00000001"+syn))
	nvgre := over4(47, "2000 6558 00000701"+bridged)
	pptp := over4(47, "3001 880b 002e 0001 00000001 ff03 0021"+syn)
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"VXLAN back", vxlan, back(vxlan), true},
		{"GRE back", gre, back(gre), true},
		{"GTP back, with its other id", gtp, back(strings.Replace(gtp, "0028 00000001", "0028 00000002", 1)), true},
		{"NVGRE back, with another flow byte", nvgre, back(strings.Replace(nvgre, "00000701", "00000702", 1)), true},
		{"PPTP back, with its other call", pptp, back(strings.Replace(pptp, "002e 0001", "002e 0002", 1)), true},
		{"another network of VXLAN", vxlan, strings.Replace(vxlan, "00000700", "00000800", 1), false},
		{"another key of GRE", gre, strings.Replace(gre, "00000007", "00000008", 1), false},
		{"another host", gre, strings.Replace(gre, "c0000202", "c0000203", 1), false},
		{"a tunnel within", gre, over4(47, "2000 0800 00000007"+ip4(4, syn)), false},
	} {
		if a, b := tunnelOf(t, c.a), tunnelOf(t, c.b); (a == b) != c.same || a == 0 {
			t.Errorf("%s: %#x and %#x", c.name, a, b)
		}
	}
}
