package diagnose_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/shapes"
)

// refusals returns the connections of a capture of refused attempts.
func refusals(tb testing.TB, packets int) (list []*flow.Conversation) {
	tb.Helper()
	shape, err := shapes.Find("refused")
	if err != nil {
		tb.Fatal(err)
	}
	var file bytes.Buffer
	if err := shape.Write(&file, packets); err != nil {
		tb.Fatal(err)
	}
	src, err := pcapfile.New(&file, "refused", int64(file.Len()))
	if err != nil {
		tb.Fatal(err)
	}
	var last capture.Stamp
	table := flow.Table{Done: func(c *flow.Conversation) {
		c.Until = last
		list = append(list, c.Clone())
	}}
	var f capture.Frame
	for err = src.Next(&f); err == nil; err = src.Next(&f) {
		var p wire.Packet
		if wire.Decode(&f, &p) == wire.TCP {
			table.Segment(&p.Segment)
		}
		last = f.Time
	}
	if !errors.Is(err, io.EOF) {
		tb.Fatal(err)
	}
	table.Finish()
	return list
}

// judged judges every connection as an analysis does.
func judged(engine *diagnose.Engine, index *diagnose.Index, list []*flow.Conversation) {
	for _, conv := range list {
		index.Add(conv)
		c := diagnose.Case{Conv: conv}
		index.Join(&c)
		engine.Connection(&c)
	}
}

// A capture of nothing but refusals is what a memory of kinds is for: it must not lose it to a new field or rule.
func TestRefusalsAreRecalled(t *testing.T) {
	engine := diagnose.New(analyze.Rules())
	judged(engine, diagnose.NewIndex(), refusals(t, 4000))
	if engine.Alike() < 4 {
		t.Errorf("%d kinds of refusals are known by heart, want one for each of four ports", engine.Alike())
	}
}
