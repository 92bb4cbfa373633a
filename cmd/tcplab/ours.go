package main

import (
	"fmt"

	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// ours leaves out the segments of other programs that happened to use the run's port at the same time, and says so: a
// shared machine has many users, and an exercise many students. A segment is the run's when the calls know its ports.
// As long as one connect() has no local port on record, nothing can be told apart and everything is kept.
func ours(frames []capture.Frame, made []calls.Call) (kept []capture.Frame, warning string) {
	known := map[[2]uint16]bool{}
	for i := range made {
		local, remote := addrPort(made[i].Local).Port(), addrPort(made[i].Remote).Port()
		if local == 0 && made[i].Op == "connect" {
			return frames, ""
		}
		known[[2]uint16{local, remote}], known[[2]uint16{remote, local}] = true, true
	}
	var p wire.Packet
	for i := range frames {
		f := &frames[i]
		if wire.Decode(f, &p) == wire.TCP && !known[[2]uint16{p.Segment.SrcPort, p.Segment.DstPort}] {
			continue
		}
		f.Number = uint32(len(kept) + 1)
		kept = append(kept, *f)
	}
	if n := len(frames) - len(kept); n > 0 {
		return kept, fmt.Sprintf("%d frames on the same port are of other programs and left out", n)
	}
	return kept, ""
}
