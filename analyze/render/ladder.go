package render

import (
	"sort"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// kind says what a step of the ladder is.
type kind uint8

const (
	bandStep kind = iota // a new phase begins
	callStep
	segmentStep
	icmpStep // an ICMP error, which has no segment
)

// step is one line of the ladder: a phase, a system call or a segment. Text, SVG and HTML draw the same steps.
type step struct {
	kind     kind
	at       time.Duration // since the origin: the first connect or segment
	timed    bool          // at is known
	right    bool          // the right column: calls of a server, segments sent by one
	text     string        // of a call or a band
	failed   bool          // the call returned an error
	adjusted bool
	frame    uint32
	call     *report.Call
	seg      *report.Segment
	conn     *report.Connection
}

// place is where a frame belongs.
type place struct {
	conn *report.Connection
	seg  *report.Segment
}

// ladder puts a report's timeline in lines, phases marked. Without a timeline it uses the segments of the connections.
func ladder(r *report.Report, conns []*report.Connection) []step {
	l := &ladderBuilder{frames: map[uint32]place{}, icmp: map[uint32]*report.Connection{}, calls: map[uint32]*report.Call{}}
	for _, c := range conns {
		for i := range c.Segments {
			l.frames[c.Segments[i].Frame] = place{c, &c.Segments[i]}
		}
		for _, f := range c.ICMPFrames {
			l.icmp[f] = c
		}
	}
	for i := range r.Calls {
		l.calls[r.Calls[i].Number] = &r.Calls[i]
	}
	l.clients = clients(r.Calls)
	events := r.Timeline
	if len(events) == 0 {
		events = l.frameEvents()
	}
	l.origin = l.findOrigin(events)
	for i, e := range events {
		l.add(e, i+1 < len(events) && events[i+1].Kind == "call-end" && events[i+1].Number == e.Number)
	}
	return withBands(l.steps, len(conns) > 1)
}

type ladderBuilder struct {
	frames  map[uint32]place
	icmp    map[uint32]*report.Connection
	calls   map[uint32]*report.Call
	clients map[string]bool
	origin  time.Time
	steps   []step
	joined  uint32 // the call whose begin and end were drawn as one line
}

// frameEvents is the timeline of a plain capture: its segments by number.
func (l *ladderBuilder) frameEvents() []report.Event {
	events := make([]report.Event, 0, len(l.frames))
	for n := range l.frames {
		events = append(events, report.Event{Kind: "frame", Number: n})
	}
	for n := range l.icmp {
		if _, seen := l.frames[n]; !seen {
			events = append(events, report.Event{Kind: "frame", Number: n})
		}
	}
	sort.Slice(events, func(i, j int) bool { return events[i].Number < events[j].Number })
	return events
}

// findOrigin returns time zero: the first connect, or the first segment when none is recorded. What the server prepared
// before it has a negative time.
func (l *ladderBuilder) findOrigin(events []report.Event) time.Time {
	for _, e := range events {
		if c := l.calls[e.Number]; e.Kind == "call-begin" && c != nil && c.Op == "connect" {
			return c.Begin
		}
		if p := l.frames[e.Number]; e.Kind == "frame" && p.seg != nil {
			return frameTime(p)
		}
	}
	if len(events) > 0 && l.calls[events[0].Number] != nil {
		return l.calls[events[0].Number].Begin
	}
	return time.Time{}
}

func frameTime(p place) time.Time { return p.conn.Start.Add(time.Duration(p.seg.Time)) }

// add appends the step of an event. whole says that the next event ends this call: both become one line.
func (l *ladderBuilder) add(e report.Event, whole bool) {
	if e.Kind == "frame" {
		l.addFrame(e)
		return
	}
	c := l.calls[e.Number]
	if c == nil || (e.Kind == "call-end" && l.joined == e.Number) {
		return
	}
	s := step{kind: callStep, call: c, right: !l.clients[c.Actor], timed: true, adjusted: e.Adjusted}
	switch {
	case e.Kind == "call-end":
		s.text = endText(c)
		if c.End != nil {
			s.at = c.End.Sub(l.origin)
		}
		s.failed = c.Errno != ""
	case whole:
		s.text, s.at, s.failed = callText(c)+result(c), c.Begin.Sub(l.origin), c.Errno != ""
		l.joined = c.Number
	default:
		s.text, s.at = beginText(c), c.Begin.Sub(l.origin)
	}
	if c.Actor != "client" && c.Actor != "server" && c.Actor != "" {
		s.text = c.Actor + ": " + s.text
	}
	l.steps = append(l.steps, s)
}

func (l *ladderBuilder) addFrame(e report.Event) {
	if p := l.frames[e.Number]; p.seg != nil {
		l.steps = append(l.steps, step{kind: segmentStep, at: frameTime(p).Sub(l.origin), timed: true, frame: e.Number,
			right: p.seg.Dir == "s2c", seg: p.seg, conn: p.conn, adjusted: e.Adjusted})
		return
	}
	if c := l.icmp[e.Number]; c != nil {
		l.steps = append(l.steps, step{kind: icmpStep, frame: e.Number, right: true, conn: c, text: "ICMP error about this connection"})
	}
}

// clients are the actors that stand in the left column: by their name, and else by what they do, which is to connect and not
// to listen.
func clients(calls []report.Call) map[string]bool {
	is := map[string]bool{}
	for _, c := range calls {
		switch name := c.Actor; {
		case strings.HasPrefix(name, "client"):
			is[name] = true
		case strings.HasPrefix(name, "server"):
		case c.Op == "listen":
			is[name] = false
		case c.Op == "connect":
			if _, known := is[name]; !known {
				is[name] = true
			}
		}
	}
	return is
}

// withBands inserts a band where the phase of a connection changes: before the call that caused the segment, when that
// call directly precedes it.
func withBands(steps []step, several bool) []step {
	out := make([]step, 0, len(steps)+8)
	phase := map[*report.Connection]string{}
	for _, s := range steps {
		if s.kind != segmentStep || s.seg.Phase == "" || phase[s.conn] == s.seg.Phase {
			out = append(out, s)
			continue
		}
		phase[s.conn] = s.seg.Phase
		band := step{kind: bandStep, text: bandTitle(s.conn, s.seg.Phase, several), conn: s.conn}
		at := len(out)
		for at > 0 && out[at-1].kind == callStep && causes(out, at-1, s.frame) {
			at--
		}
		out = append(out[:at], append([]step{band}, out[at:]...)...)
		out = append(out, s)
	}
	return out
}

// causes reports whether the call at steps[i], or one before it that only calls separate from it, caused the frame.
func causes(steps []step, i int, frame uint32) bool {
	for ; i >= 0 && steps[i].kind == callStep; i-- {
		for _, f := range steps[i].call.CausesFrames {
			if f == frame {
				return true
			}
		}
	}
	return false
}

// bandTitle names a phase; of a teardown it says at once which kind it is.
func bandTitle(c *report.Connection, phase string, several bool) string {
	title := phase
	if phase == "teardown" && c.Close.Kind != "none" && c.Close.Kind != "" {
		title += ": " + c.Close.Kind
		switch c.Close.By {
		case "both":
			title += ", both ends at once"
		case "":
		default:
			title += ", " + c.Close.By + " first"
		}
	}
	switch {
	case phase == "reset" && c.Outcome == "REJ":
		title = "refused"
	case phase == "reset" && c.Close.Kind != "reset":
		title = "RST" // it did not end the connection
	case phase == "reset" && forged(c):
		title += " in the name of the " + c.Close.By
	case phase == "reset" && c.Close.By != "":
		title += " by the " + c.Close.By
	}
	if several {
		title = "connection " + itoa(c.ID) + " " + title
	}
	return title
}
