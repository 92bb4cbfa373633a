package diagnose_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// attempts makes a capture of connection attempts, each like many others: refused, unanswered and answered, near and far,
// over both families, to few servers and to many.
type attempts struct {
	*rand.Rand
	table flow.Table
	frame uint32
	now   capture.Stamp
}

func (a *attempts) pick(list ...string) wire.Addr {
	return wire.Addr(netip.MustParseAddr(list[a.IntN(len(list))]).As16())
}

func (a *attempts) send(s wire.Segment) {
	a.frame++
	s.Frame, s.Time = a.frame, a.now
	a.table.Segment(&s)
}

// attempt makes one of them.
func (a *attempts) attempt() {
	a.now += capture.Stamp(a.IntN(2e9))
	port := []uint16{80, 443}[a.IntN(2)]
	client, server := a.pick("10.0.0.1", "10.0.0.2", "203.0.113.7"), a.pick("192.168.0.9", "192.168.0.10", "198.51.100.4", "10.9.9.9")
	switch a.IntN(60) {
	default: // one of many
		server[15], server[14] = byte(a.IntN(256)), byte(a.IntN(256))
	case 0:
		client, server = a.pick("2001:db8::1"), a.pick("2001:db8::9", "2001:db8::a")
	case 1:
		client, server = a.pick("127.0.0.1"), a.pick("127.0.0.1", "127.0.0.2")
	case 2, 3, 4, 5, 6, 7, 8: // one of few
	}
	syn := wire.Segment{Src: client, Dst: server, SrcPort: uint16(900 + a.IntN(60000)), DstPort: port, Flags: wire.SYN, Seq: wire.Seq(a.Uint32()),
		Window: 64240, TTL: 64, IPID: uint16(1 + a.IntN(60000)), Options: wire.Options{Has: wire.HasMSS, MSS: 1460}}
	a.send(syn)
	a.now += capture.Stamp([]float64{1e6, 40e6}[a.IntN(2)] * (1 + 3*a.Float64()))
	answer := wire.Segment{Src: server, Dst: client, SrcPort: port, DstPort: syn.SrcPort, Flags: wire.RST | wire.ACK, Ack: syn.Seq + 1, TTL: uint8(60 + a.IntN(20)/19), IPID: uint16(a.IntN(2) * a.IntN(60000))}
	switch a.IntN(20) {
	case 0, 1, 2:
		return
	case 3:
		answer.Window = 512
	case 4:
		answer.Flags, answer.Seq = wire.RST, answer.Ack
	case 5:
		answer.Flags, answer.Seq = wire.SYN|wire.ACK, wire.Seq(a.Uint32())
	}
	a.send(answer)
}

// What is told of an attempt because others like it were told so is what the rules say of it.
func TestRecalledIsJudged(t *testing.T) {
	for seed := range uint64(4) {
		engine, index := diagnose.New(analyze.Rules()), diagnose.NewIndex()
		a := attempts{Rand: rand.New(rand.NewPCG(seed, 1)), now: 1_700_000_000_000_000_000}
		n := 0
		a.table.Done = func(conv *flow.Conversation) {
			n++
			conv.Until = a.now
			index.Add(conv)
			c, again := diagnose.Case{Conv: conv}, diagnose.Case{Conv: conv}
			if seed&1 != 0 {
				c.Neighbors = []wire.NeighborMsg{{Frame: 1, Reply: true, Sender: a.pick("10.9.9.9"), MAC: [6]byte{2}}}
				again.Neighbors = c.Neighbors
			}
			index.Join(&c)
			index.Join(&again)
			got, want := engine.Connection(&c), engine.Afresh(&again)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, connection %d:\nrecalled %+v\njudged   %+v", seed, conv.ID, got, want)
			}
		}
		for range 8_000 {
			a.attempt()
		}
		a.table.Finish()
		if n < 7_800 {
			t.Errorf("%d connections", n)
		}
		if engine.Alike() < 15 {
			t.Errorf("seed %d: of %d attempts only %d kinds are alike", seed, n, engine.Alike())
		}
	}
}
