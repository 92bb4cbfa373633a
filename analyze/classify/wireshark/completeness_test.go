package wireshark

import (
	"testing"

	"tcplab/analyze/wire"
)

func TestCompleteness(t *testing.T) {
	const s, a, f, r = wire.SYN, wire.ACK, wire.FIN, wire.RST
	type seg struct {
		flags wire.Flags
		len   uint32
	}
	for _, c := range []struct {
		name     string
		segments []seg
		want     uint8
		text     string
	}{
		{"a SYN without an answer", []seg{{s, 0}, {s, 0}}, 1, "Incomplete, SYN_SENT"},
		{"refused", []seg{{s, 0}, {r | a, 0}}, 37, "Incomplete"},
		{"a whole connection", []seg{{s, 0}, {s | a, 0}, {a, 0}, {a, 9}, {f | a, 0}, {f | a, 0}, {a, 0}}, 31, "Complete, WITH_DATA"},
		{"reset without data", []seg{{s, 0}, {s | a, 0}, {a, 0}, {r, 0}}, 39, "Complete, NO_DATA"},
		{"the SYN after the SYN-ACK", []seg{{s | a, 0}, {s, 0}, {a, 0}}, 6, "Incomplete"},
		{"opened by data: it counts in the second pass", []seg{{a, 9}, {a, 0}}, 12, "Incomplete"},
		{"opened by data, nothing after it", []seg{{a, 9}}, 0, "Incomplete"},
		{"a SYN with data", []seg{{s, 9}}, 9, "Incomplete"},
	} {
		var got Completeness
		for _, g := range c.segments {
			got.Update(g.flags, g.len)
		}
		if got.Value() != c.want || Text(got.Value()) != c.text {
			t.Errorf("%s: %d %q, want %d %q", c.name, got.Value(), Text(got.Value()), c.want, c.text)
		}
	}
	again := Reused()
	again.Update(s|a, 0)
	if again.Value() != 3 {
		t.Errorf("reused ports, then SYN-ACK: %d, want 3", again.Value())
	}
}
