package render

import (
	"testing"

	"tcplab/analyze/report"
)

func TestDeedText(t *testing.T) {
	for want, d := range map[string]report.Deed{
		"dropped 1 packet of the client (segment 7), as told: drop c2s data 3 once": {Fate: "dropped", Dir: "c2s",
			Rule: "drop c2s data 3 once", Packets: 1, Frames: []uint32{7}},
		"delayed 9 packets of the server, as told: delay both 5ms": {Fate: "carried", Dir: "s2c", Rule: "delay both 5ms", Packets: 9,
			Frames: []uint32{1, 2, 3}},
		"forged 1 packet in the name of the server (segment 4), as told: reset c2s data 1": {Fate: "forged", Dir: "s2c",
			Rule: "reset c2s data 1", Packets: 1, Frames: []uint32{4}},
		"cut off 3 packets of the client (segments 5 and 6), as told: cut both packet 7": {Fate: "cut off", Dir: "c2s",
			Rule: "cut both packet 7", Packets: 3, Frames: []uint32{5, 6}},
		"copied 1 packet of the client, as told: duplicate c2s data": {Fate: "copy", Dir: "c2s", Rule: "duplicate c2s data", Packets: 1},
		"still held 1 packet of the server at the end":               {Fate: "in the cable", Dir: "s2c", Packets: 1},
	} {
		if got := deedText(d); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
}
