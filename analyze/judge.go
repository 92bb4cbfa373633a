package analyze

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// judge finds the causes of what went wrong.
type judge struct {
	in        Input
	neighbors []wire.NeighborMsg
}

func newJudge(in Input) judge { return judge{in: in} }

// maxNeighbors bounds the ARP and neighbour-discovery messages kept for the rules.
const maxNeighbors = 256

func (j *judge) neighbor(m *wire.NeighborMsg) {
	if len(j.neighbors) < maxNeighbors {
		j.neighbors = append(j.neighbors, *m)
	}
}

// connection judges one conversation by itself, while a capture is still being read.
func (j *judge) connection(c *flow.Conversation) []report.Finding { return []report.Finding{} }

// all judges every conversation with the others beside it; global are the findings of no single connection.
func (j *judge) all(convs []*flow.Conversation, stray []wire.ICMP) (findings [][]report.Finding, global []report.Finding) {
	return make([][]report.Finding, len(convs)), nil
}
