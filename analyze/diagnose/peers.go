package diagnose

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Peer is what is kept of a connection to judge others by: small, without pointers.
type Peer struct {
	ID                     uint32
	Client, Server         wire.Addr
	ClientPort, ServerPort uint16
	First, Last            capture.Stamp
	Frame                  uint32        // its first frame
	SYNACK                 uint32        // frame, 0 when none was seen
	Opened                 bool          // the handshake was completed
	Reset                  uint32        // frame of the first RST, 0 when there is none
	ResetTime              capture.Stamp // of that RST
	ResetBy                flow.Dir      // who sent it
	Refused                bool          // the RST answered the SYN
	Shape                  Shape         // of the RST
	ServerTTL              uint8         // of the SYN-ACK, 0 when none was seen
	RefusalTTL             uint8         // of the refusing RST
	Payload                uint64        // bytes both ways
}

// PeerOf summarises a conversation.
func PeerOf(conv *flow.Conversation) Peer {
	p := Peer{
		ID: conv.ID, Client: conv.Client, Server: conv.Server, ClientPort: conv.ClientPort, ServerPort: conv.ServerPort,
		First: conv.First, Last: conv.Last, Frame: conv.FirstFrame, SYNACK: conv.Handshake.SYNACK, Opened: conv.Handshake.ACK != 0,
		ServerTTL: conv.Half[flow.ToClient].SYN.TTL,
		Payload:   conv.Half[0].PayloadBytes + conv.Half[1].PayloadBytes,
	}
	if r := conv.Reset; r != nil {
		c := Case{Conv: conv}
		p.Reset, p.ResetTime, p.ResetBy, p.Refused, p.Shape = r.Frame, r.Time, r.Dir, r.AnswersSYN, c.Shape()
		if r.AnswersSYN {
			p.RefusalTTL = r.TTL
		}
	}
	return p
}

// Index remembers connections by the hosts they joined, in bounded memory: at most hostsKept servers in each of two
// generations, and perHost connections of each: the first ones and the latest ones, of which a story is told.
type Index struct {
	young, old map[wire.Addr]*neighbours
}

const (
	hostsKept = 4096
	perHost   = 32
)

// neighbours are the connections to one server: the first half of the slots keep the first ones, the rest the latest.
type neighbours struct {
	peers []Peer
	n     int // connections seen
}

// NewIndex returns an empty Index.
func NewIndex() *Index { return &Index{young: map[wire.Addr]*neighbours{}} }

// Add remembers conv.
func (x *Index) Add(conv *flow.Conversation) { x.of(conv.Server).add(PeerOf(conv)) }

func (x *Index) of(server wire.Addr) *neighbours {
	if n := x.young[server]; n != nil {
		return n
	}
	n := x.old[server]
	if n == nil {
		n = &neighbours{}
	}
	if len(x.young) >= hostsKept {
		x.old, x.young = x.young, make(map[wire.Addr]*neighbours, hostsKept)
	}
	x.young[server] = n
	return n
}

func (n *neighbours) add(p Peer) {
	if n.n < perHost {
		n.peers = append(n.peers, p)
	} else {
		n.peers[perHost/2+n.n%(perHost/2)] = p
	}
	n.n++
}

// Peers returns what is remembered of the other connections to conv's server. The result is valid until the next Add.
func (x *Index) Peers(conv *flow.Conversation) []Peer {
	n := x.young[conv.Server]
	if n == nil {
		n = x.old[conv.Server]
	}
	if n == nil {
		return nil
	}
	return n.peers
}

// others calls yield for each remembered connection but the case's own.
func (c *Case) others(yield func(*Peer) bool) {
	for i := range c.Peers {
		p := &c.Peers[i]
		if c.Conv != nil && p.ID == c.Conv.ID {
			continue
		}
		if !yield(p) {
			return
		}
	}
}

// Peer returns the first other connection that satisfies ok, nil when there is none.
func (c *Case) Peer(ok func(*Peer) bool) *Peer {
	for p := range c.others {
		if ok(p) {
			return p
		}
	}
	return nil
}
