package canon

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// move is what a segment does for the exchange, "" for an acknowledgement that only says what the other end knows.
func move(s *report.Segment) string {
	syn, ack := strings.Contains(s.Flags, "S"), strings.Contains(s.Flags, ".")
	switch {
	case strings.Contains(s.Flags, "R"):
		return "RST"
	case syn && ack:
		return "SYN,ACK"
	case syn:
		return "SYN"
	case has(s, "keep-alive") || has(s, "zero-window-probe"):
		return "probe"
	case s.Len > 0:
		return "data"
	case strings.Contains(s.Flags, "F"):
		return "FIN"
	}
	return ""
}

func has(s *report.Segment, mark string) bool {
	for _, m := range s.Marks {
		if m == mark {
			return true
		}
	}
	return false
}

func repeated(s *report.Segment) bool {
	return has(s, "retransmission") || has(s, "fast-retransmission") || has(s, "spurious-retransmission")
}

func opposite(dir string) string {
	if dir == "c2s" {
		return "s2c"
	}
	return "c2s"
}

func side(dir string) string {
	if dir == "c2s" {
		return "C"
	}
	return "S"
}

// stepper makes steps of segments.
type stepper struct {
	conn    *report.Connection
	streams map[string]stream
	list    []Step
	ranges  map[int][2]int64 // of the data steps, by their place in list
	crossed bool             // payload of both ends was on its way at once: how it interleaves is luck
	sent    map[string]int64 // highest number sent, by direction
	shaken  bool
	last    report.Seconds // time of the segment before
	held    string         // the direction whose payload waited for a delayed ACK that has just come
}

// steps returns the moves of a connection as its packets show them.
func steps(c *report.Connection) []Step {
	p := &stepper{conn: c, streams: map[string]stream{"c2s": streamOf(c, "c2s"), "s2c": streamOf(c, "s2c")},
		list: []Step{}, ranges: map[int][2]int64{}, sent: map[string]int64{}}
	for i := range c.Segments {
		if s := &c.Segments[i]; !has(s, "duplicate-capture") {
			p.segment(s)
			p.pass(s)
		}
	}
	if p.crossed {
		p.unwind()
	}
	p.describe()
	return p.list
}

// pass goes on to the next segment.
func (p *stepper) pass(s *report.Segment) {
	wait := time.Duration(s.Time - p.last)
	p.held = ""
	if p.waits(s, wait) {
		p.held = opposite(s.Dir)
	}
	p.last = s.Time
}

// waits reports whether a segment is an acknowledgement that was delayed by d.
func (p *stepper) waits(s *report.Segment, d time.Duration) bool {
	return move(s) == "" && s.Phase == "data" && d >= 35*time.Millisecond && d < 100*time.Millisecond
}

func (p *stepper) segment(s *report.Segment) {
	what, from := move(s), side(s.Dir)
	after := p.class(s)
	switch {
	case what == "" && s.Phase == "handshake" && !p.shaken:
		p.shaken = true
		p.list = append(p.list, Step{From: from, What: "ACK", After: []string{after}})
	case what == "":
	case what == "data" && !repeated(s):
		p.data(s, after)
	case what == "data":
		p.again(Step{From: from, What: "data again", Seq: span(s.Seq, s.Seq+int64(s.Len))}, after)
	default:
		p.again(Step{From: from, What: what}, after)
	}
	if s.Len > 0 && strings.Contains(s.Flags, "F") && what == "data" {
		p.again(Step{From: from, What: "FIN"}, immediate)
	}
}

// again adds a control step; one that repeats the step before adds its time class only.
func (p *stepper) again(s Step, after string) {
	if n := len(p.list); n > 0 && p.list[n-1].From == s.From && p.list[n-1].What == s.What && p.list[n-1].Seq == s.Seq {
		if s.What != "RST" && s.What != "probe" { // how many of these there are is up to who still sends
			p.list[n-1].After = append(p.list[n-1].After, after)
		}
		return
	}
	s.After = []string{after}
	if len(p.list) == 0 {
		s.After = nil
	}
	p.list = append(p.list, s)
}

// data adds payload to the step of its direction, or begins one.
func (p *stepper) data(s *report.Segment, after string) {
	end := s.Seq + int64(s.Len)
	if strings.Contains(s.Flags, ".") && s.Ack < p.sent[opposite(s.Dir)] {
		p.crossed = true
	}
	p.sent[s.Dir] = max(p.sent[s.Dir], end)
	n := len(p.list) - 1
	if r, open := p.ranges[n]; open && p.list[n].From == side(s.Dir) && (after == immediate || after == oneRTT || after == halfRTT) {
		p.ranges[n] = [2]int64{min(r[0], s.Seq), max(r[1], end)}
		return
	}
	p.list = append(p.list, Step{From: side(s.Dir), What: "data", After: []string{after}})
	p.ranges[n+1] = [2]int64{s.Seq, end}
}

// unwind replaces the data steps by one for each direction, the client's first.
func (p *stepper) unwind() {
	whole := map[string][2]int64{}
	first := -1
	kept := []Step{}
	for i, s := range p.list {
		r, data := p.ranges[i]
		if !data || s.What != "data" {
			kept = append(kept, s)
			continue
		}
		if first < 0 {
			first = len(kept)
		}
		if w, seen := whole[s.From]; seen {
			r = [2]int64{min(r[0], w[0]), max(r[1], w[1])}
		}
		whole[s.From] = r
	}
	p.list, p.ranges = append([]Step{}, kept[:first]...), map[int][2]int64{}
	for _, from := range []string{"C", "S"} {
		if r, sent := whole[from]; sent {
			p.ranges[len(p.list)] = r
			p.list = append(p.list, Step{From: from, What: "data"})
		}
	}
	p.list = append(p.list, kept[first:]...)
}

// describe fills in what the data steps carried.
func (p *stepper) describe() {
	dirs := map[string]string{"C": "c2s", "S": "s2c"}
	for i := range p.list {
		s := &p.list[i]
		if r, ok := p.ranges[i]; ok && s.What == "data" {
			s.Seq, s.Bytes = span(r[0], r[1]), uint64(r[1]-r[0])
			s.Text, s.Digest = p.streams[dirs[s.From]].describe(r[0]-1, r[1]-1)
		}
	}
}

func span(from, to int64) string { return fmt.Sprintf("%d:%d", from, to) }

// The classes of times.
const (
	immediate = "immediate"
	oneRTT    = "about one RTT"
	halfRTT   = "about half an RTT"
	delayed   = "about 40 ms" // Linux delays an ACK by 40 ms (TCP_DELACK_MIN)
	fraction  = "some 100 ms"
)

// class names the time since the segment before. A delayed ACK is one only where it set payload free that Nagle's
// algorithm held back (RFC 9293, 3.7.4): otherwise it is luck whether an answer overtakes it.
func (p *stepper) class(s *report.Segment) string {
	d := time.Duration(s.Time - p.last)
	rtt := time.Duration(0)
	if h := p.conn.Handshake; h != nil {
		rtt = time.Duration(h.RTT)
	}
	switch {
	case p.held == s.Dir && s.Len > 0 && d < 10*time.Millisecond:
		return delayed
	case d < pause && !p.timed(s) && rtt < slowPath:
		return immediate
	case rtt >= slowPath && d >= rtt*3/4 && d < rtt*3/2:
		return oneRTT
	case rtt >= slowPath && d >= rtt/4 && d < rtt*3/4:
		return halfRTT
	case d < pause && !p.timed(s):
		return immediate
	}
	return Class(d)
}

const (
	slowPath = 10 * time.Millisecond  // a round trip from which on it can be told from what computers take
	pause    = 400 * time.Millisecond // what a program takes on purpose, and a busy machine does not
	think    = 510 * time.Millisecond // stands for a pause of less than a second
)

// timed reports whether a timer sent the segment: then even a short time is one.
func (p *stepper) timed(s *report.Segment) bool { return repeated(s) || move(s) == "probe" }

// Class names a time of 150 ms and more: back-off steps and pauses are told apart by whole seconds, long ones by powers
// of two.
func Class(d time.Duration) string {
	switch {
	case d < 150*time.Millisecond:
		return immediate
	case d < 750*time.Millisecond:
		return fraction
	}
	return fmt.Sprintf("about %d s", powerOfTwo(d))
}

// powerOfTwo is the power of two that d is nearest to, in seconds. It is asked of any pair of clocks, however far apart.
func powerOfTwo(d time.Duration) int64 {
	step := int64(1)
	for float64(step)*1.5 < d.Seconds() {
		step *= 2
	}
	return step
}
