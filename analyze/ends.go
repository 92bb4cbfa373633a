package analyze

import (
	"fmt"
	"strings"

	"tcplab/analyze/flow"
	"tcplab/analyze/join"
	"tcplab/analyze/report"
)

// joined says which two captures the report is of, and how their clocks differ.
func joined(j *join.Join) *report.Join {
	captures, frames := j.Captures(), j.Frames()
	at := func(i int) report.JoinedCapture {
		return report.JoinedCapture{Path: captures[i].Name, Packets: uint64(frames[i]), Other: uint64(j.Only[i])}
	}
	c := &j.Clock
	clock := report.JoinedClock{Basis: "both ways", Offset: report.Seconds(c.Offset), Bound: report.Seconds(c.Bound),
		There: c.Pairs[0], Back: c.Pairs[1]}
	switch {
	case c.Same:
		clock.Basis = "one clock"
	case c.Wrong:
		clock.Basis = "stepped"
	case c.Pairs == [2]int{}:
		clock.Basis = "none"
	case !c.Known:
		clock.Basis = "one way"
	}
	if c.Skewed {
		ppm := c.Skew * 1e6
		clock.Skew = &ppm
	}
	return &report.Join{Client: at(0), Server: at(1), Clock: clock}
}

// ends adds to a connection of the report, made of c, what the captures at its two ends say together.
func (r *run) ends(conn *report.Connection, c *flow.Conversation) {
	k := r.in.Join.Conn(c.FirstFrame)
	if k == nil {
		return
	}
	conn.Ends = &report.Ends{ClientToServer: way(&k.Way[flow.ToServer]), ServerToClient: way(&k.Way[flow.ToClient])}
	// The frames are those of the client's capture, where all that the client sent is in order.
	conn.ClientToServer.OutOfOrder = max(conn.ClientToServer.OutOfOrder, uint64(len(k.Way[flow.ToServer].Late)))
	if client, server, ok := k.AtServer(); ok {
		conn.Ends.AtServer = &report.Translated{
			Client: report.Endpoint{Addr: client.Addr().String(), Port: client.Port()},
			Server: report.Endpoint{Addr: server.Addr().String(), Port: server.Port()}}
	}
	for i := range conn.Segments {
		g := &conn.Segments[i]
		if s, ok := r.in.Join.Sighting(g.Frame); ok {
			g.Ends = sighting(&s, c)
			if s.Fate == join.Injected && strings.Contains(g.Flags, "R") {
				g.Note = fmt.Sprintf("in the name of the %s, which did not send it: the %s gives up, the %s knows nothing of it",
					s.Dir.Sender(), s.Dir.Other().Sender(), s.Dir.Sender())
			}
		}
	}
}

func way(w *join.Way) report.Way {
	out := report.Way{Sent: uint64(w.Sent), Arrived: uint64(w.Arrived), LostBytes: w.LostBytes, Lost: some(w.Lost), Injected: some(w.Injected),
		Copied: some(w.Copied), Late: some(w.Late), Changed: some(w.Changed), Recut: some(w.Recut), Missed: some(w.Missed),
		Unsent: some(w.Unsent), Unwatched: some(w.Unwatched)}
	if w.HopsKnown {
		out.Hops = &w.Hops
	}
	if w.Delays > 0 {
		out.Delay = &report.Delay{Min: report.Seconds(w.Min), Median: report.Seconds(w.Median), Max: report.Seconds(w.Max)}
	}
	return out
}

// some makes a list that JSON shows as one, also when it is empty.
func some(frames []uint32) []uint32 { return append([]uint32{}, frames...) }

func sighting(s *join.Sighting, c *flow.Conversation) *report.SegmentEnds {
	mark := func(m join.Mark) *report.Mark {
		if m.Frame == 0 {
			return nil
		}
		return &report.Mark{Frame: m.Frame, Time: report.Seconds(m.Time.Sub(c.First))}
	}
	out := &report.SegmentEnds{Fate: s.Fate.String(), Sent: mark(s.Sent), Arrived: mark(s.Arrived), Late: s.Late, Copies: s.Copies}
	for _, x := range s.Changed {
		out.Changed = append(out.Changed, report.Change(x))
	}
	return out
}
