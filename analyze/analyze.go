// Package analyze reads evidence and says what happened.
//
// The way of a packet: Source.Next → wire.Decode → flow.Table (noted, or followed: classify judges, the conversation moves
// on) → a finished Conversation → diagnose → report.Connection. System calls, when there are any, join in timeline.Merge.
package analyze

import (
	"cmp"
	"context"
	"errors"
	"io"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/join"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Input is the evidence of one analysis.
type Input struct {
	Source capture.Source
	Calls  []calls.Call      // of a run, by number; nil for a plain capture
	Facts  []hostfacts.Facts // nil when there are none
	About  *capture.About    // of a run; nil for a plain capture
	Tool   string            // version of the program, for the report
	Join   *join.Join        // what Source was joined from, nil for one capture
}

// Options says how much to keep. The zero value keeps no rows in the report.
type Options struct {
	Segments  bool                           // keep rows, with options and payload
	Only      *uint32                        // of this connection alone, by its number
	Payload   int                            // payload bytes to keep with each row
	Measures  bool                           // collect the numbers of Half.Measures
	Follow    bool                           // put the payload of the kept rows in order: Connection.Transcript
	Find      []byte                         // look for these bytes in what each end sends: Connection.Found
	Waits     bool                           // say where the time of each connection without findings went, as with Segments of each: Connection.Waits
	Wireshark bool                           // judge as Wireshark does, too: Segment.Wireshark, Connection.Wireshark
	Each      func(*report.Connection) error // called for each connection as soon as it is final; they are then not collected
	Ask       *Question                      // what one rule says of each connection, beside the findings
	Few       int                            // with Each: as many connections are collected all the same when there are no more
	Final     func(*report.Connection) error // called for each connection by its number, when all are known and judged beside one another; they are then not collected
}

// Question asks why a cause is, or is not, that of each connection.
type Question struct {
	Cause  string
	Answer func(conn uint32, v diagnose.Verdict) // not called for connections to which nothing happened
}

// maxPayload is more than any segment holds.
const maxPayload = 1 << 30

// keep is what the flow table keeps of a connection.
func (o *Options) keep(run bool) flow.Keep {
	k := flow.Keep{All: o.Segments || o.Wireshark || run, Detail: o.Segments || run, Payload: o.Payload, Measure: o.Measures}
	if o.Follow {
		k.All, k.Detail, k.Payload = true, true, maxPayload
	}
	return k
}

// Run reads the source to its end. When the source fails in the middle, Run returns the report of what was valid and the
// error; when ctx ends, the report of what was read so far and ctx's error. Only a nil report means that there is none.
//
// One goroutine reads, one decodes and tells connections apart. With Each others follow the finished ones that are only
// noted, as many as there are processors to spare, and one judges them and hands them out in the order in which they
// finished: the output is the same however many there are.
func Run(ctx context.Context, in Input, opt Options) (*report.Report, error) {
	r := newRun(in, opt)
	err := r.read(ctx)
	r.over = err == nil
	r.table.Finish()
	if r.out != nil {
		err = cmp.Or(r.out.finish(), err)
		r.tally.duplicates += r.out.copies
	}
	rep, failed := r.report()
	return rep, cmp.Or(err, failed)
}

// run is one analysis on its way.
type run struct {
	in     Input
	opt    Options
	table  flow.Table
	tally  tally
	frags  wire.Reassembler
	judge  judge
	seen   []wire.NeighborMsg   // ARP and neighbour discovery, the first few
	convs  []*flow.Conversation // collected, when they are not handed out one by one
	out    *handoff             // with Each
	second *second              // with Wireshark
	find   *finder              // with Find
	beside map[uint32]*aside    // of convs, by number, where something was asked for beside the usual
	stats  capture.Stats        // of the source, after the last batch
	over   bool                 // every frame was read
}

// maxNeighbors bounds the ARP and neighbour-discovery messages kept for the rules.
const maxNeighbors = 256

func newRun(in Input, opt Options) *run {
	r := &run{in: in, opt: opt, beside: map[uint32]*aside{}, judge: newJudge(in, opt.Ask), seen: make([]wire.NeighborMsg, 0, maxNeighbors)}
	r.table.Keep, r.table.Only = opt.keep(in.About != nil), opt.Only
	r.table.Done = r.done
	if in.Join != nil {
		r.table.Passage = in.Join.Passage
	}
	if len(opt.Find) > 0 {
		r.find = newFinder(opt.Find)
		r.table.Seen = r.segment
	}
	if opt.Wireshark {
		r.second = newSecond()
		r.table.Seen = r.segment
	}
	if opt.Each != nil && opt.Few == 0 {
		r.handOut()
	}
	return r
}

// read takes every frame of the source through the pipeline.
func (r *run) read(ctx context.Context) error {
	src := readAhead(r.in.Source)
	defer src.close()
	var p wire.Packet
	for {
		frames, err := src.next(ctx)
		r.stats = src.stats()
		switch {
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
		for i := range frames {
			r.frame(&frames[i], &p)
		}
		if r.out != nil && r.out.err() != nil {
			return nil // finish reports it
		}
	}
}

// frame takes one frame through the pipeline.
func (r *run) frame(f *capture.Frame, p *wire.Packet) {
	kind := wire.Decode(f, p)
	if kind == wire.Fragment {
		kind = r.frags.Add(p)
	}
	if r.in.Join != nil {
		r.in.Join.View(f.Number, p)
	}
	r.tally.add(f, p, kind)
	switch kind {
	case wire.TCP:
		if r.second != nil {
			r.second.judge(&p.Segment)
		}
		r.table.Segment(&p.Segment)
	case wire.ICMPError:
		if r.second != nil {
			r.second.analyzer.ICMP(&p.ICMP)
		}
		r.table.ICMP(&p.ICMP)
	case wire.Neighbor:
		if len(r.seen) < maxNeighbors {
			r.seen = append(r.seen, p.Neighbor)
		}
	}
}

// done takes a finished conversation from the table.
func (r *run) done(c *flow.Conversation) {
	r.tally.duplicates += uint64(c.Duplicates)
	c.Until = r.watched()
	x := r.asides(c.ID)
	if !r.table.Keep.All && len(r.in.Calls) == 0 && diagnose.Incident(c) == 0 {
		c.Abridge()
	}
	if r.out != nil {
		r.out.add(c, x, r.seen)
		return
	}
	copied := c.Clone()
	if !r.table.Keep.All {
		r.table.Hold(copied)
	}
	r.convs = append(r.convs, copied)
	if x != nil {
		r.beside[c.ID] = x
	}
	if r.opt.Each != nil && len(r.convs) > r.opt.Few {
		r.handOut()
	}
}

// watched is until when the wire was watched: the last frame, or, once a run's frames were all read, the moment at which its
// capture ended. Silence before that moment is silence.
func (r *run) watched() capture.Stamp {
	if a := r.in.About; a != nil && r.over {
		return max(r.tally.last, a.Until)
	}
	return r.tally.last
}

// handOut begins to hand connections out; those that were collected are the first.
func (r *run) handOut() {
	r.out = startHandoff(&r.table, &r.judge, r.opt)
	r.table.Later = func(n *flow.Noted) { r.out.note(n, r.watched(), r.seen) }
	for _, c := range r.convs {
		r.out.add(c, r.beside[c.ID], r.seen)
		r.table.Release(c)
	}
	r.convs, r.beside = nil, nil
}
