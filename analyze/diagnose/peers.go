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
	Frame                  uint32         // its first frame
	SYNACK                 uint32         // frame, 0 when none was seen
	Opened                 bool           // the handshake was completed
	Reset                  uint32         // frame of the first RST, 0 when there is none
	ResetTime              capture.Stamp  // of that RST
	ResetSeq               wire.Seq       // its raw number
	ResetBy                flow.Dir       // who sent it
	Refused                bool           // the RST answered the SYN
	Shape                  Shape          // of the RST
	ServerTTL              uint8          // of the SYN-ACK, 0 when none was seen
	RefusalTTL             uint8          // of the refusing RST
	Payload, ServerPayload uint64         // bytes both ways, and of the server
	SYNSeq, SYNACKAck      wire.Seq       // raw numbers of the client's SYN, and acknowledged by the server's SYN-ACK
	FINs                   uint8          // how many ends closed
	Offer, Answer          wire.OptionSet // of the client's SYN and of the SYN-ACK; 0 when it was not seen
	SYNACKTime             capture.Stamp
}

// PeerOf summarises a conversation.
func PeerOf(conv *flow.Conversation) Peer {
	p := Peer{
		ID: conv.ID, Client: conv.Client, Server: conv.Server, ClientPort: conv.ClientPort, ServerPort: conv.ServerPort,
		First: conv.First, Last: conv.Last, Frame: conv.FirstFrame, SYNACK: conv.Handshake.SYNACK, Opened: conv.Handshake.ACK != 0,
		ServerTTL: conv.Half[flow.ToClient].SYN.TTL,
		Payload:   conv.Half[0].PayloadBytes + conv.Half[1].PayloadBytes, ServerPayload: conv.Half[flow.ToClient].PayloadBytes,
	}
	p.SYNSeq = conv.Half[flow.ToServer].SYN.ISN
	p.Offer, p.Answer = conv.Half[flow.ToServer].SYN.Options, conv.Half[flow.ToClient].SYN.Options
	if syn := &conv.Half[flow.ToClient].SYN; syn.Seen {
		p.SYNACKTime = syn.Time
		c := Case{Conv: conv}
		if row := c.Row(syn.Frame); row != nil {
			p.SYNACKAck = row.AckRaw
		}
	}
	for d := range conv.Half {
		if conv.Half[d].FIN != 0 {
			p.FINs++
		}
	}
	if r := conv.Reset; r != nil {
		c := Case{Conv: conv}
		p.Reset, p.ResetTime, p.ResetSeq, p.ResetBy, p.Refused, p.Shape = r.Frame, r.Time, r.SeqRaw, r.Dir, r.AnswersSYN, c.Shape()
		if r.AnswersSYN {
			p.RefusalTTL = r.TTL
		}
	}
	return p
}

// Index remembers connections by server and by port, in bounded memory: of at most hostsKept servers in each of two
// generations, and of each port, it keeps the first connections and the latest ones. Stories over several connections
// are told from these.
type Index struct {
	young, old map[wire.Addr]*neighbours
	ports      map[uint16]*neighbours
	free       []*neighbours // of forgotten servers
}

const (
	hostsKept = 4096
	perHost   = 32
	perPort   = 8
)

// neighbours are the connections to one server: the first half of the slots keep the first ones, the rest the latest.
type neighbours struct {
	peers []Peer
	n     int // connections seen
}

// NewIndex returns an empty Index.
func NewIndex() *Index {
	return &Index{young: map[wire.Addr]*neighbours{}, ports: map[uint16]*neighbours{}}
}

// Add remembers conv.
func (x *Index) Add(conv *flow.Conversation) {
	p := PeerOf(conv)
	x.of(conv.Server).add(&p, perHost)
	port := x.ports[conv.ServerPort]
	if port == nil {
		port = &neighbours{}
		x.ports[conv.ServerPort] = port
	}
	port.add(&p, perPort)
}

// Join gives c what is remembered of other connections; valid until the next Add.
func (x *Index) Join(c *Case) {
	c.Peers = x.server(c.Conv.Server)
	if port := x.ports[c.Conv.ServerPort]; port != nil {
		c.SamePort = port.peers
	}
}

func (x *Index) of(server wire.Addr) *neighbours {
	if n := x.young[server]; n != nil {
		return n
	}
	n := x.old[server]
	if len(x.young) >= hostsKept {
		x.age(n)
	}
	if n == nil {
		n = x.fresh()
	}
	x.young[server] = n
	return n
}

// age forgets the servers that were not met since it was last called, but for wanted; the memory serves others.
func (x *Index) age(wanted *neighbours) {
	for server, n := range x.old {
		if n != wanted && x.young[server] != n {
			x.free = append(x.free, n)
		}
	}
	x.old, x.young = x.young, x.old
	if x.young == nil {
		x.young = make(map[wire.Addr]*neighbours, hostsKept)
	}
	clear(x.young)
}

func (x *Index) fresh() *neighbours {
	if last := len(x.free) - 1; last >= 0 {
		n := x.free[last]
		x.free = x.free[:last]
		n.peers, n.n = n.peers[:0], 0
		return n
	}
	return &neighbours{}
}

// add keeps the first half of limit for ever and lets the others make room for the latest.
func (n *neighbours) add(p *Peer, limit int) {
	if n.n < limit {
		n.peers = append(n.peers, *p)
	} else {
		n.peers[limit/2+n.n%(limit/2)] = *p
	}
	n.n++
}

func (x *Index) server(addr wire.Addr) []Peer {
	n := x.young[addr]
	if n == nil {
		n = x.old[addr]
	}
	if n == nil {
		return nil
	}
	return n.peers
}

// Peer returns the first other connection to the same server that satisfies ok, nil when there is none.
func (c *Case) Peer(ok func(*Peer) bool) *Peer { return c.firstOther(c.Peers, ok) }

// PortPeer returns the first other connection to the same port, of any host, that satisfies ok.
func (c *Case) PortPeer(ok func(*Peer) bool) *Peer { return c.firstOther(c.SamePort, ok) }

func (c *Case) firstOther(peers []Peer, ok func(*Peer) bool) *Peer {
	for i := range peers {
		p := &peers[i]
		if (c.Conv == nil || p.ID != c.Conv.ID) && ok(p) {
			return p
		}
	}
	return nil
}
