package analyze

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// judge finds the causes of what went wrong.
type judge struct {
	in        Input
	engine    *diagnose.Engine
	index     *diagnose.Index
	neighbors []wire.NeighborMsg
}

func newJudge(in Input) judge {
	return judge{in: in, engine: diagnose.New(Rules()), index: diagnose.NewIndex()}
}

// maxNeighbors bounds the ARP and neighbour-discovery messages kept for the rules.
const maxNeighbors = 256

func (j *judge) neighbor(m *wire.NeighborMsg) {
	if len(j.neighbors) < maxNeighbors {
		j.neighbors = append(j.neighbors, *m)
	}
}

// connection judges one conversation while the capture is still being read: only connections finished before it are
// known beside it.
func (j *judge) connection(c *flow.Conversation) []report.Finding {
	j.index.Add(c)
	return j.one(c)
}

func (j *judge) one(c *flow.Conversation) []report.Finding {
	if diagnose.Incident(c) == 0 && len(j.in.Calls) == 0 {
		return []report.Finding{}
	}
	k := diagnose.Case{Conv: c, Calls: j.in.Calls, Facts: j.in.Facts, Neighbors: j.neighbors}
	j.index.Join(&k)
	found := j.engine.Connection(&k)
	if found == nil {
		return []report.Finding{}
	}
	return found
}

// all judges every conversation with the others beside it; global are the findings of no single connection.
func (j *judge) all(convs []*flow.Conversation, stray []wire.ICMP) (findings [][]report.Finding, global []report.Finding) {
	var peers []diagnose.Peer
	for _, c := range convs {
		j.index.Add(c)
		if len(j.in.Calls) > 0 {
			peers = append(peers, diagnose.PeerOf(c))
		}
	}
	findings = make([][]report.Finding, len(convs))
	for i, c := range convs {
		findings[i] = j.one(c)
	}
	return findings, j.global(peers, stray)
}

// global judges what belongs to no connection: failed calls, ICMP errors about foreign traffic, a capture with losses.
func (j *judge) global(peers []diagnose.Peer, stray []wire.ICMP) []report.Finding {
	g := diagnose.Global{Calls: j.in.Calls, Facts: j.in.Facts, ICMP: stray, Neighbors: j.neighbors, Peers: peers,
		Dropped: j.in.Source.Stats().KernelDropped}
	if j.in.About != nil {
		g.Dropped = j.in.About.Dropped
	}
	return j.engine.Global(&g)
}
