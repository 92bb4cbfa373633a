package diagnose

import (
	"bytes"
	"testing"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/shapes"
)

// TestBriskIsTaken: the short connections of a healthy capture are passed over; a way that none takes would say nothing wrong.
func TestBriskIsTaken(t *testing.T) {
	shape, err := shapes.Find("short")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := shape.Write(&file, 20_000); err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.New(&file, shape.Name, int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	brisk, index := 0, NewIndex()
	table := flow.Table{Done: func(v *flow.Conversation) {
		c := Case{Conv: v}
		index.Add(v)
		if index.Join(&c); c.calm() && c.brisk() {
			brisk++
		}
	}}
	var f capture.Frame
	var p wire.Packet
	for src.Next(&f) == nil {
		if wire.Decode(&f, &p) == wire.TCP {
			table.Segment(&p.Segment)
		}
	}
	if table.Finish(); brisk < 1000 {
		t.Errorf("%d of 2000 connections are passed over", brisk)
	}
}
