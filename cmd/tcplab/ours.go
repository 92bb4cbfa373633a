package main

import (
	"fmt"
	"net/netip"
	"slices"

	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// portBytes are as many bytes of a TCP header as its ports take.
const portBytes = 4

// ours leaves out the segments of other programs that happened to use the run's port at the same time, and says so: a
// shared machine has many users, and an exercise many students. A segment is the run's when the calls know its ports.
// As long as one connect() has no local port on record, nothing can be told apart and everything is kept.
//
// An ICMP error is whose segment it quotes.
//
// Programs whose calls could not be recorded are known by the ports on which they listen.
func ours(frames []capture.Frame, made []calls.Call, listening []netip.AddrPort) (kept []capture.Frame, warning string) {
	known := map[[2]uint16]bool{}
	for i := range made {
		local, remote := addrPort(made[i].Local).Port(), addrPort(made[i].Remote).Port()
		if local == 0 && made[i].Op == "connect" {
			return frames, ""
		}
		known[[2]uint16{local, remote}], known[[2]uint16{remote, local}] = true, true
	}
	isOurs := func(src, dst uint16) bool { return known[[2]uint16{src, dst}] }
	if len(made) == 0 {
		isOurs = func(src, dst uint16) bool {
			return slices.ContainsFunc(listening, func(at netip.AddrPort) bool { return at.Port() == src || at.Port() == dst })
		}
	}
	var p wire.Packet
	n := 0
	for i := range frames {
		f := &frames[i]
		switch wire.Decode(f, &p) {
		case wire.TCP:
			if !isOurs(p.Segment.SrcPort, p.Segment.DstPort) {
				n++
				continue
			}
		case wire.ICMPError: // about one that another program sent, perhaps before this run
			if p.ICMP.QuotedTCP >= portBytes && !isOurs(p.ICMP.SrcPort, p.ICMP.DstPort) {
				continue
			}
		}
		f.Number = uint32(len(kept) + 1)
		kept = append(kept, *f)
	}
	if n > 0 {
		return kept, fmt.Sprintf("%d frames on the same port are of other programs and left out", n)
	}
	return kept, ""
}
