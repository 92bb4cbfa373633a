package analyze

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// judge finds the causes of what went wrong.
type judge struct {
	in     Input
	engine *diagnose.Engine
	index  *diagnose.Index
	ask    *Question
	now    diagnose.Case // the one being judged

	everyday bool // what was asked for happens on healthy connections too
}

func newJudge(in Input, ask *Question) judge {
	j := judge{in: in, ask: ask, engine: diagnose.New(Rules()), index: diagnose.NewIndex()}
	if ask != nil {
		rule := diagnose.Find(Rules(), ask.Cause)
		j.everyday = rule != nil && rule.Quiet
	}
	return j
}

// one judges one conversation, which the index has, beside those that it has: while the capture is still being read these are
// the ones that finished before.
func (j *judge) one(c *flow.Conversation, seen []wire.NeighborMsg) []report.Finding {
	if diagnose.Incident(c) == 0 && len(j.in.Calls) == 0 && j.in.Join == nil && !j.everyday {
		return []report.Finding{}
	}
	once, copies := diagnose.Once(c)
	j.now = diagnose.Case{Conv: once, Copies: copies, Calls: j.in.Calls, Facts: j.in.Facts, Neighbors: seen, Join: j.in.Join}
	if about := j.in.About; about != nil {
		j.now.Exits, j.now.At = about.Actors, about.At
	}
	j.index.Join(&j.now)
	if j.ask != nil {
		if v, known := j.engine.Judge(j.ask.Cause, &j.now); known {
			j.ask.Answer(c.ID, v)
		}
	}
	found := j.engine.Connection(&j.now)
	if found == nil {
		return []report.Finding{}
	}
	return found
}

// know tells of every conversation, before the first is judged with the others beside it.
func (j *judge) know(convs []*flow.Conversation) {
	for _, c := range convs {
		j.index.Add(c)
	}
}

// besideSearches is how many connections are looked at for the sake of a neighbour that did not answer; among more of them it is
// everyday noise.
const besideSearches = 1000

// global judges what belongs to no connection: failed calls, ICMP errors about foreign traffic, a capture with losses.
func (r *run) global() []report.Finding {
	g := diagnose.Global{Calls: r.in.Calls, Facts: r.in.Facts, ICMP: r.table.Stray(), Neighbors: r.seen, Dropped: r.stats.KernelDropped,
		NoTCP: r.tally.kinds[wire.TCP] == 0}
	if r.in.About != nil {
		g.Dropped, g.Iface, g.Exits, g.At = r.in.About.Dropped, r.in.About.Iface, r.in.About.Actors, r.in.About.At
		g.Blind = g.Iface == "" && r.tally.frames == 0
	}
	if len(r.in.Calls) > 0 || len(r.seen) > 0 && len(r.convs) <= besideSearches {
		for _, c := range r.convs {
			g.Peers = append(g.Peers, diagnose.PeerOf(c))
		}
	}
	return r.judge.engine.Global(&g)
}
