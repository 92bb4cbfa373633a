package canon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// event is what one end does for an exchange, and what its program had read before: only that forces it to come after
// something of the other end. Where segments were cut, which of two that nobody waits for is first on the wire, and how
// long a program took are luck.
type event struct {
	what     string // "data", "FIN", "RST", "keep-alive"
	from, to int64  // of data: offsets in the stream of its direction
	needs    int64  // bytes of the other end's stream that had been read
	eof      bool   // and its end
	call     *report.Call
}

// program is a connection of a run, whose programs are known by their calls.
type program struct {
	conn    *report.Connection
	streams map[string]stream
	sent    map[string]int64 // bytes on the wire, by direction
	fin     map[string]bool  // FIN on the wire
	waited  map[string]bool  // payload was held back for a delayed ACK
	lost    map[uint32]bool  // frames that the cable did not carry as they were
	cabled  bool             // there is a cable that says so
	intact  bool             // it carried every packet as it was
	events  map[string][]event
	cut     bool   // a RST ended it: whether the other end had closed before that came is luck
	at      string // where the capture was made: "client", "server", "both hosts"
}

// programOf returns what the programs at both ends of a connection did. A nil socket is an end that no program held.
func programOf(r *report.Report, c *report.Connection, client, server *socket) *program {
	p := &program{conn: c, streams: map[string]stream{"c2s": streamOf(c, "c2s"), "s2c": streamOf(c, "s2c")}, sent: map[string]int64{},
		fin: map[string]bool{}, waited: map[string]bool{}, lost: map[uint32]bool{}, cabled: len(r.Cable) > 0, events: map[string][]event{}, at: c.Vantage}
	if r.Run != nil && r.Run.At != "" {
		p.at = r.Run.At
	}
	p.intact = p.cabled
	for _, deed := range r.Cable {
		harm := slices.Contains(gone, deed.Fate)
		p.intact = p.intact && !harm
		byClock := strings.HasPrefix(deed.Rule, "rate ") || strings.HasPrefix(deed.Rule, "police ") // which segments those drop is luck
		for _, f := range deed.Frames {
			p.lost[f] = p.lost[f] || harm && !byClock
		}
	}
	for i := range c.Segments {
		s := &c.Segments[i]
		if s.Len > 0 && !probe(s) {
			p.sent[s.Dir] = max(p.sent[s.Dir], s.Seq-1+int64(s.Len))
		}
		p.fin[s.Dir] = p.fin[s.Dir] || strings.Contains(s.Flags, "F")
	}
	p.events["c2s"], p.events["s2c"] = p.did("c2s", client), p.did("s2c", server)
	for i := range c.Segments {
		p.kernel(&c.Segments[i])
	}
	p.reset()
	return p
}

// gone are the fates of packets that did not arrive as they were sent.
var gone = []string{"dropped", "changed", "cut off", "answered"}

func probe(s *report.Segment) bool { return has(s, "keep-alive") || has(s, "zero-window-probe") }

// did lists what the program at one end made its kernel send, as far as it was sent.
func (p *program) did(dir string, s *socket) []event {
	var list []event
	read, total, eof, closed := int64(0), int64(0), false, false
	add := func(e event) {
		e.needs, e.eof = min(read, p.sent[opposite(dir)]), eof
		list = append(list, e)
	}
	if s == nil {
		s = &socket{}
	}
	for _, c := range s.calls {
		switch n := carried(c); {
		case slices.Contains(reading, c.Op) && n == 0:
			eof = true
		case slices.Contains(reading, c.Op) && n > 0:
			read += n
		case slices.Contains(writing, c.Op) && n > 0 && total < p.sent[dir]:
			add(event{what: "data", from: total, to: min(total+n, p.sent[dir]), call: c})
			p.waited[dir] = p.waited[dir] || p.held(dir, total, c)
			total += n
		case !closed && p.fin[dir] && (c == s.last || c.Op == "shutdown" && n == 0 && !strings.Contains(c.Args, "SHUT_RD)") && !strings.HasSuffix(c.Args, "SHUT_RD")):
			if total < p.sent[dir] {
				add(event{what: "data", from: total, to: p.sent[dir]})
				total = p.sent[dir]
			}
			add(event{what: "FIN", call: c})
			closed = true
		}
	}
	if total < p.sent[dir] { // a call that never returned, or that nobody recorded
		add(event{what: "data", from: total, to: p.sent[dir]})
	}
	if p.fin[dir] && !closed { // the kernel closes for a process that ends
		add(event{what: "FIN"})
	}
	return list
}

// held reports whether payload was written in time and waited for a delayed ACK, as Nagle's algorithm wants (RFC 9293, 3.7.4;
// Linux delays an ACK by 40 ms, TCP_DELACK_MIN). On a path that is itself so slow nobody can tell. Which of several writes
// it meets is luck.
func (p *program) held(dir string, from int64, call *report.Call) bool {
	const wait, slow, small = 30 * time.Millisecond, 20 * time.Millisecond, 500
	if h := p.conn.Handshake; h == nil || time.Duration(h.RTT) > slow || carried(call) >= small {
		return false
	}
	var before, ack *report.Segment
	for i := range p.conn.Segments {
		s := &p.conn.Segments[i]
		switch {
		case s.Dir == dir && s.Len > 0 && s.Seq-1 == from:
			return before != nil && ack != nil && time.Duration(ack.Time-before.Time) >= wait && call.Begin.Before(p.moment(ack).Add(-slow))
		case s.Dir == dir && s.Len > 0:
			before, ack = s, nil
		case s.Dir != dir && s.Len == 0 && s.Ack-1 == from:
			ack = s
		}
	}
	return false
}

func (p *program) moment(s *report.Segment) time.Time { return p.conn.Start.Add(time.Duration(s.Time)) }

// kernel adds the first RST and the first keep-alive of a direction: no call says when a kernel sends them, their numbers
// do.
func (p *program) kernel(s *report.Segment) {
	e := event{what: "RST"}
	switch {
	case has(s, "keep-alive"):
		e.what = "keep-alive"
	case !strings.Contains(s.Flags, "R"):
		return
	}
	list := p.events[s.Dir]
	if slices.ContainsFunc(list, func(x event) bool { return x.what == e.what }) || p.over(s) {
		return
	}
	back, own := opposite(s.Dir), p.place(s)
	if strings.Contains(s.Flags, ".") && s.Ack > 0 {
		e.needs = min(s.Ack-1, p.sent[back])
		e.eof = p.fin[back] && s.Ack-1 > p.sent[back]
	} else {
		e.needs, e.eof = p.before(s)
	}
	at := slices.IndexFunc(list, func(x event) bool {
		return x.what == "data" && x.from >= own || x.what == "FIN" && own <= p.sent[s.Dir]
	})
	if at < 0 {
		at = len(list)
	}
	p.events[s.Dir] = slices.Insert(list, at, e)
}

// place is how much of its direction comes before a segment: its number says so, or when it was sent where that is a number
// of no part of this connection.
func (p *program) place(s *report.Segment) (sent int64) {
	if own := s.Seq - 1; own >= 0 && own <= p.sent[s.Dir]+1 {
		return own
	}
	for i := range p.conn.Segments {
		if o := &p.conn.Segments[i]; o.Frame < s.Frame && o.Dir == s.Dir && o.Len > 0 {
			sent = max(sent, o.Seq-1+int64(o.Len))
		}
	}
	return sent
}

// over reports whether each end had acknowledged the other's FIN before s: a RST is then an answer to something late.
func (p *program) over(s *report.Segment) bool {
	fin, acked := map[string]int64{}, map[string]bool{}
	for i := range p.conn.Segments {
		o := &p.conn.Segments[i]
		if o.Frame >= s.Frame {
			break
		}
		if back := opposite(o.Dir); fin[back] > 0 && strings.Contains(o.Flags, ".") && o.Ack >= fin[back] {
			acked[back] = true
		}
		if strings.Contains(o.Flags, "F") {
			fin[o.Dir] = o.Seq + int64(o.Len) + 1
		}
	}
	return acked["c2s"] && acked["s2c"]
}

// reset takes away the FIN of an end that a RST met, unless the other end had read it: it leaves only when the program
// closes before the RST is there.
func (p *program) reset() {
	isReset := func(e event) bool { return e.what == "RST" }
	for dir, list := range p.events {
		back := opposite(dir)
		if !slices.ContainsFunc(list, isReset) || !p.fin[back] || slices.ContainsFunc(list, func(e event) bool { return e.eof && !isReset(e) }) {
			continue
		}
		if slices.ContainsFunc(p.events[back], func(e event) bool { return e.what == "data" && e.call == nil }) {
			continue // the other end's calls are not known
		}
		p.events[back] = slices.DeleteFunc(p.events[back], func(e event) bool { return e.what == "FIN" })
		p.fin[back], p.cut = false, true
	}
}

// before is how much the other end had sent when a segment without ACK came, and whether it had closed.
func (p *program) before(s *report.Segment) (bytes int64, fin bool) {
	for i := range p.conn.Segments {
		o := &p.conn.Segments[i]
		if o.Frame >= s.Frame {
			break
		}
		if o.Dir != s.Dir && o.Len > 0 {
			bytes = max(bytes, o.Seq-1+int64(o.Len))
		}
		fin = fin || o.Dir != s.Dir && strings.Contains(o.Flags, "F")
	}
	return bytes, fin
}

// steps returns the moves of the connection in an order that the programs force: an end goes on as long as it waits for
// nothing, the client first.
func (p *program) steps(both bool) []Step {
	list := p.shake()
	next, done, closed := map[string]int{}, map[string]int64{}, map[string]bool{}
	ready := func(dir string) bool {
		events, back := p.events[dir], opposite(dir)
		if next[dir] == len(events) {
			return false
		}
		e := events[next[dir]]
		return e.needs <= done[back] && (!e.eof || closed[back] || !p.fin[back])
	}
	take := func(dir string) {
		e := p.events[dir][next[dir]]
		next[dir]++
		done[dir], closed[dir] = max(done[dir], e.to), closed[dir] || e.what == "FIN"
		if e.what != "FIN" || !both {
			list = p.add(list, dir, e)
		}
	}
	for dir := "c2s"; ; dir = opposite(dir) {
		for ready(dir) {
			take(dir)
		}
		if !ready(opposite(dir)) { // nothing can go on: the end, or calls that do not tell the whole story
			if next["c2s"] == len(p.events["c2s"]) && next["s2c"] == len(p.events["s2c"]) {
				break
			}
			if next[dir] == len(p.events[dir]) {
				dir = opposite(dir)
			}
			take(dir)
		}
	}
	if both {
		list = append(list, Step{From: "both", What: "FIN"})
	}
	return p.describe(list)
}

// add appends an event as a step; payload that follows payload of the same end without waiting for anything is one step.
func (p *program) add(list []Step, dir string, e event) []Step {
	s := Step{From: side(dir), What: e.what, from: e.from, to: e.to}
	if n := len(list) - 1; n >= 0 && e.what == "data" && list[n].From == s.From && list[n].What == "data" && list[n].to == e.from {
		list[n].to = e.to
		return list
	}
	if e.what == "FIN" && p.repeats(dir, func(s *report.Segment) bool { return s.Len == 0 && strings.Contains(s.Flags, "F") }) != nil {
		s.After = []string{timeOut}
	}
	if e.what == "RST" && p.conn.Outcome == "REJ" {
		s.After = p.reaction(dir)
	}
	return append(list, s)
}

// shake are the steps of the handshake, in their own order.
func (p *program) shake() []Step {
	list := []Step{}
	for _, kind := range []struct{ what, flags string }{{"SYN", "S"}, {"SYN,ACK", "S."}} {
		for _, dir := range []string{"c2s", "s2c"} {
			if s, seen := p.opens(dir, kind.what, kind.flags); seen {
				list = append(list, s)
			}
		}
	}
	if h := p.conn.Handshake; h != nil && h.ACK != 0 {
		list = append(list, Step{From: "C", What: "ACK", After: p.reaction("c2s")})
	}
	return list
}

// opens is the step of the SYNs or SYN,ACKs of one end. A SYN is repeated by a timer that begins with 1 s (RFC 6298); a
// SYN,ACK by its own or because a SYN came again: where both are due, which of them is first is luck.
func (p *program) opens(dir, what, flags string) (step Step, seen bool) {
	step = Step{From: side(dir), What: what}
	var due report.Seconds // when the SYN before should have left
	for i := range p.conn.Segments {
		s := &p.conn.Segments[i]
		if s.Dir != dir || strings.Trim(s.Flags, "EW") != flags || has(s, "duplicate-capture") {
			continue
		}
		switch {
		case !seen && what == "SYN,ACK":
			step.After = p.reaction(dir)
		case seen && (p.crossed() || p.tardy(s)): // a timer that ran out on a busy machine
		case seen && what == "SYN":
			wait := backOff(time.Duration(s.Time - due))
			step.After = append(step.After, Class(wait))
			due += report.Seconds(wait)
		case seen && !slices.Contains(step.After, timeOut) && !p.retried(dir):
			step.After = append(step.After, timeOut)
		}
		if !seen {
			seen, due = true, s.Time
		}
	}
	return step, seen
}

// tardy reports whether a SYN,ACK came again before its ACK, although the cable did no harm.
func (p *program) tardy(s *report.Segment) bool {
	h := p.conn.Handshake
	return p.intact && h != nil && h.ACK > s.Frame && strings.Contains(s.Flags, "S.")
}

// retried reports whether the end that SYN,ACKs of dir are for sent its SYN more than once.
func (p *program) retried(dir string) bool {
	n := 0
	for i := range p.conn.Segments {
		if s := &p.conn.Segments[i]; s.Dir != dir && strings.Trim(s.Flags, "EW") == "S" && !has(s, "duplicate-capture") {
			n++
		}
	}
	return n > 1
}

// backOff is how long a timer was set that ran out after d: a power of two of seconds. Timers run out late on a busy machine,
// by half a second and more; early only where the machine was too busy to take down the segment before in time.
func backOff(d time.Duration) time.Duration {
	const early = time.Second / 20 // between two clocks
	if d < time.Second/2 {
		return 0 // no timer of RFC 6298, 2.1: a RST made the kernel ask again at once, or as soon as it could
	}
	set := time.Second
	for set <= (d+early)/2 { // no sum: clocks may be any time apart
		set *= 2
	}
	return set
}

// crossed reports whether two SYNs met on the way: both arrived then, and what of the handshake was repeated, was so because
// somebody was late.
func (p *program) crossed() bool {
	return p.conn.Handshake != nil && p.conn.Handshake.Kind == "simultaneous"
}

// reaction is the time after which a kernel's own answer is seen where the capture was taken.
func (p *program) reaction(dir string) []string {
	switch p.at {
	case "both hosts":
		return []string{immediate}
	case "client", "server":
		if (p.at == "client") == (dir == "c2s") {
			return []string{immediate}
		}
		return []string{oneRTT}
	}
	return nil
}

// repeats are the segments of a direction that were sent again because they were lost, by the cable where there is one:
// a repetition that nobody forced is a timer that ran out on a busy machine, or before a delayed ACK.
func (p *program) repeats(dir string, which func(*report.Segment) bool) (list []*report.Segment) {
	hit := map[int64]bool{}
	for i := range p.conn.Segments {
		s := &p.conn.Segments[i]
		if s.Dir != dir || !which(s) || probe(s) || p.shut(i) {
			continue
		}
		if repeated(s) && (hit[s.Seq] || !p.cabled) && !p.needless(i) {
			list = append(list, s)
		}
		hit[s.Seq] = hit[s.Seq] || p.lost[s.Frame]
	}
	return list
}

// needless reports whether the other end said of every repetition of segment i that it came twice, by a D-SACK: a block
// below the acknowledgement number (RFC 2883).
func (p *program) needless(i int) bool {
	s := &p.conn.Segments[i]
	repeats, twice := 0, 0
	for j := range p.conn.Segments {
		o := &p.conn.Segments[j]
		switch {
		case o.Dir == s.Dir && o.Seq == s.Seq && repeated(o):
			repeats++
		case o.Dir != s.Dir && o.Ack >= s.Seq+int64(s.Len) && sacks(o, s):
			twice++
		}
	}
	return twice >= repeats
}

// sacks reports whether a block of an acknowledgement begins within a segment.
func sacks(ack, s *report.Segment) bool {
	for _, part := range sackEdge.FindAllStringSubmatch(ack.Options, -1) {
		if rebased(part[1], s.SeqRaw, 0) < s.Len {
			return true
		}
	}
	return false
}

// shut reports whether segment i lies beyond the window that the other end had last offered: it is a probe then, whatever
// it carries, and when probes are sent is up to timers.
func (p *program) shut(i int) bool {
	s := &p.conn.Segments[i]
	for j := i - 1; j >= 0; j-- {
		if o := &p.conn.Segments[j]; o.Dir != s.Dir && strings.Contains(o.Flags, ".") && !strings.Contains(o.Flags, "S") {
			return s.Len > 0 && s.Seq+int64(s.Len) > o.Ack+int64(o.Window)
		}
	}
	return false
}

// timeOut is the class of what a timer repeats; how often it does until somebody gives up is luck.
const (
	timeOut   = "after a time-out"
	threeDups = "after three duplicate ACKs"
)

// describe fills in what data steps carried, and adds what was sent again behind them.
func (p *program) describe(list []Step) []Step {
	dirs := map[string]string{"C": "c2s", "S": "s2c"}
	out := []Step{}
	for _, s := range list {
		if s.What == "data" && p.stuck(dirs[s.From]) {
			s.Seq = fmt.Sprintf("%d:…", s.from+1)
		} else if s.What == "data" {
			s.Seq, s.Bytes = span(s.from+1, s.to+1), uint64(s.to-s.from)
			s.Text, s.Digest = p.streams[dirs[s.From]].describe(s.from, s.to)
		}
		out = append(out, s)
		if s.What == "data" && !p.stuck(dirs[s.From]) {
			out = append(out, p.again(dirs[s.From], s)...)
		}
	}
	return out
}

// again are the parts of a data step that were sent more than once.
func (p *program) again(dir string, of Step) (list []Step) {
	for _, s := range p.repeats(dir, func(s *report.Segment) bool { return s.Len > 0 && s.Seq-1 >= of.from && s.Seq-1 < of.to }) {
		step := Step{From: of.From, What: "data again", Seq: span(s.Seq, s.Seq+int64(s.Len)), After: []string{timeOut}}
		if has(s, "fast-retransmission") {
			step.After = []string{threeDups}
		}
		if !slices.ContainsFunc(list, func(x Step) bool { return x.Seq == step.Seq }) {
			list = append(list, step)
		}
	}
	slices.SortStableFunc(list, func(a, b Step) int { return strings.Compare(a.Seq, b.Seq) })
	return list
}

// stuck reports whether the receiver of a direction closed its window and never opened it again: how much fits into its
// buffer depends on how the payload was cut.
func (p *program) stuck(dir string) bool {
	shut := false
	for i := range p.conn.Segments {
		if s := &p.conn.Segments[i]; s.Dir != dir && !strings.ContainsAny(s.Flags, "RS") {
			shut = s.Window == 0
		}
	}
	return shut
}

// forced reports whether the programs leave no doubt who closes first: exactly one of the ends closed because it had read
// the end of the other's stream.
func (p *program) forced() bool {
	waited := 0
	for _, list := range p.events {
		for _, e := range list {
			if e.what == "FIN" && e.eof {
				waited++
			}
		}
	}
	return waited == 1
}

// fourWay reports whether an end wrote after it had read the end of the other's stream: then the FINs cannot share an ACK.
func (p *program) fourWay() bool {
	for _, list := range p.events {
		if slices.ContainsFunc(list, func(e event) bool { return e.what == "data" && e.eof }) {
			return true
		}
	}
	return false
}
