package analyze_test

import (
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/script"
)

const healthy = `
C 10.0.0.1:40000
S 10.0.0.2:80
0.000 C > S S 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
0.001 S > C S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 9 ecr 1,nop,wscale 7>
0.0011 C > S . 1:1(0) ack 1 win 502
0.002 C > S P. 1:6(5) ack 1 win 502
0.003 S > C P. 1:27(26) ack 6 win 509
0.0031 C > S F. 6:6(0) ack 27 win 502
0.004 S > C F. 27:27(0) ack 7 win 509
0.0041 C > S . 7:7(0) ack 28 win 502
`

const closedPort = `
C 10.0.0.1:40000
S 10.0.0.2:80
0.000 C > S S 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
0.001 S > C R. 0:0(0) ack 1 win 0
`

// conversation tracks the one connection of a script.
func conversation(tb testing.TB, text string) *flow.Conversation {
	tb.Helper()
	s, err := script.Parse("bench", text)
	if err != nil {
		tb.Fatal(err)
	}
	var only *flow.Conversation
	table := flow.Table{Done: func(c *flow.Conversation) { only = c }}
	var p wire.Packet
	for i := range s.Frames {
		f := capture.Frame(s.Frames[i])
		if wire.Decode(&f, &p) == wire.TCP {
			table.Segment(&p.Segment)
		}
	}
	table.Finish()
	return only
}

// A healthy connection costs a look at its counters, and no memory: captures hold millions of them.
func TestHealthyConnectionCostsNothing(t *testing.T) {
	conv := conversation(t, healthy)
	engine := diagnose.New(analyze.Rules())
	c := diagnose.Case{Conv: conv}
	if n := testing.AllocsPerRun(100, func() {
		if engine.Connection(&c) != nil {
			t.Fatal("a healthy connection has findings")
		}
	}); n > 0 {
		t.Errorf("%v allocations for a healthy connection, want 0", n)
	}
}

func BenchmarkHealthy(b *testing.B) {
	conv := conversation(b, healthy)
	for b.Loop() {
		diagnose.Incident(conv)
	}
}

func BenchmarkRefused(b *testing.B) {
	conv := conversation(b, closedPort)
	engine := diagnose.New(analyze.Rules())
	index := diagnose.NewIndex()
	b.ReportAllocs()
	for b.Loop() {
		c := diagnose.Case{Conv: conv}
		index.Add(conv)
		index.Join(&c)
		if len(engine.Connection(&c)) != 1 {
			b.Fatal("not one finding")
		}
	}
}
