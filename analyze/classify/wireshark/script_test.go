package wireshark

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// script turns the lines of a golden case into segments, numbered from 1.
func script(t *testing.T, text string) []wire.Segment {
	t.Helper()
	var list []wire.Segment
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line == "" {
			continue
		}
		var (
			ms          float64
			dir, flags  string
			seq, n, ack int64
			window      uint16
		)
		if _, err := fmt.Sscanf(line, "%g %s %s %d:%d %d %d", &ms, &dir, &flags, &seq, &n, &ack, &window); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		s := wire.Segment{Frame: uint32(len(list) + 1), Time: capture.Stamp(time.Hour) + capture.Stamp(ms*1e6), Len: uint32(n), Window: window}
		end := [2]struct {
			addr wire.Addr
			port uint16
			isn  int64
		}{{address(1), 40000, 1000}, {address(2), 80, 5000}}
		if dir == "<" {
			end[0], end[1] = end[1], end[0]
		}
		s.Src, s.SrcPort, s.Seq = end[0].addr, end[0].port, wire.Seq(end[0].isn+seq)
		s.Dst, s.DstPort = end[1].addr, end[1].port
		for i, bit := range map[byte]wire.Flags{'S': wire.SYN, 'A': wire.ACK, 'F': wire.FIN, 'R': wire.RST, 'P': wire.PSH} {
			if strings.IndexByte(flags, i) >= 0 {
				s.Flags |= bit
			}
		}
		if s.Flags.Has(wire.ACK) {
			s.Ack = wire.Seq(end[1].isn + ack)
		}
		list = append(list, s)
	}
	return list
}
