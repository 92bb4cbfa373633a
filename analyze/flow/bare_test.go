package flow

import (
	"reflect"
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// TestBareLeavesNothingOut: an attempt that was taken apart and put together again is followed as itself.
func TestBareLeavesNothingOut(t *testing.T) {
	attempts := 0
	table := Table{Done: func(*Conversation) {}}
	table.Later = func(n *Noted) {
		var b Bare
		var o Own
		if !n.Split(&b, &o) {
			return
		}
		attempts++
		again := b.With(&o)
		var f, g Follower
		var m Memory
		if got, want := f.Follow(&again, &m), g.Follow(n, &m); !reflect.DeepEqual(got.Clone(), want.Clone()) {
			t.Errorf("put together:\n%+v\nitself:\n%+v", got, want)
		}
	}
	frame := uint32(0)
	send := func(s wire.Segment) {
		frame++
		s.Frame, s.Time, s.TTL, s.IPID = frame, capture.Stamp(1e18+int64(frame)*1e6), uint8(60+frame%5), uint16(frame%3*frame)
		table.Segment(&s)
	}
	for i := range uint32(400) {
		hosts := [2]wire.Addr{{14: byte(i), 15: byte(i % 7)}, {14: byte(i / 3), 15: 9}}
		syn := wire.Segment{Src: hosts[0], Dst: hosts[1], SrcPort: uint16(40000 + i), DstPort: 80, Flags: wire.SYN, Seq: wire.Seq(i * 12345677), Window: 64240, Iface: uint16(i & 1)}
		syn.V6, syn.DF, syn.VLAN, syn.SrcMAC[5] = i%5 == 0, i%2 == 0, uint16(i%3), byte(i%4)
		if i%4 != 0 {
			syn.Options = wire.Options{Has: wire.HasMSS | wire.HasTimestamps, MSS: 1460, TSVal: i * i, TSEcr: i % 3 * i}
		}
		send(syn)
		if i%3 == 0 {
			continue
		}
		rst := wire.Segment{Src: hosts[1], Dst: hosts[0], SrcPort: 80, DstPort: syn.SrcPort, Flags: wire.RST | wire.ACK, Ack: syn.Seq + 1, Seq: wire.Seq(i % 4 / 3), V6: syn.V6, VLAN: syn.VLAN}
		rst.SrcMAC[5] = byte(i % 3)
		send(rst)
	}
	if table.Finish(); attempts < 300 {
		t.Errorf("only %d of 400 attempts were taken apart", attempts)
	}
}
