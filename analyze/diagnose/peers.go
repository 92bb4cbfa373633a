package diagnose

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Peer is what is kept of a connection to judge others by: small, without pointers, and without gaps.
type Peer struct {
	ID                     uint32
	Client, Server         wire.Addr
	ClientPort, ServerPort uint16
	First, Last            capture.Stamp
	Frame                  uint32         // its first frame
	LastFrame              [2]uint32      // by sender
	SYNACK                 uint32         // frame, 0 when none was seen
	Reset                  uint32         // frame of the first RST, 0 when there is none
	ResetSeq               wire.Seq       // its raw number
	ResetTime              capture.Stamp  // of that RST
	SYNACKTime             capture.Stamp  // when that came
	Payload, ServerPayload uint64         // bytes both ways, and of the server
	SYNSeq, SYNACKAck      wire.Seq       // raw numbers of the client's SYN, and acknowledged by the server's SYN-ACK
	Next                   [2]wire.Seq    // by sender: the raw number that would have come next
	Offer, Answer          wire.OptionSet // of the client's SYN and of the SYN-ACK; 0 when it was not seen
	Opened                 bool           // the handshake was completed
	AsksECN                bool           // the client's last SYN has ECE and CWR (RFC 3168, 6.1.1)
	Refused                bool           // the RST answered the SYN
	ResetBy                flow.Dir       // who sent the RST
	Shape                  Shape          // of the RST
	RefusalTTL             uint8          // of the refusing RST
	ServerTTL              uint8          // of the SYN-ACK, 0 when none was seen
	LeastTTL               [2]uint8       // by sender
	FINs                   uint8          // how many ends closed
	ServerMAC              [6]byte        // of the SYN-ACK
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
	p.AsksECN = asksECN(conv)
	if syn := &conv.Half[flow.ToClient].SYN; syn.Seen {
		p.SYNACKTime = syn.Time
		c := Case{Conv: conv}
		if row := c.Row(syn.Frame); row != nil {
			p.SYNACKAck, p.ServerMAC = row.AckRaw, row.MAC
		}
	}
	for d := range conv.Half {
		h := &conv.Half[d]
		p.Next[d], p.LeastTTL[d], p.LastFrame[d] = h.SYN.ISN+h.NextSeq, h.TTLMin, h.LastFrame
		if h.FIN != 0 {
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

// asksECN reports whether the last SYN asks for ECN: Linux does not ask in copies (net.ipv4.tcp_ecn_fallback).
func asksECN(conv *flow.Conversation) bool {
	asks := conv.Half[flow.ToServer].SYN.Flags.Has(wire.ECE | wire.CWR)
	if n := len(conv.SYNs); asks && n > 1 {
		c := Case{Conv: conv}
		row := c.Row(conv.SYNs[n-1].Frame)
		asks = row == nil || row.Flags.Has(wire.ECE|wire.CWR)
	}
	return asks
}

// answer is how a connection ended that was no more than an attempt: refused with this RST, or never answered.
type answer struct {
	refused bool
	by      flow.Dir
	shape   Shape
	ttl     uint8
}

// answer of p; false when p was more than an attempt.
func (p *Peer) answer() (answer, bool) {
	if p.SYNACK != 0 || p.Opened || p.Payload != 0 || p.FINs != 0 || p.SYNACKTime != 0 || p.Reset != 0 && !p.Refused {
		return answer{}, false
	}
	return answer{p.Refused, p.ResetBy, p.Shape, p.RefusalTTL}, true
}

// Index remembers connections by server and by port, in bounded memory: of at most hostsKept servers in each of two
// generations, and of each port, it keeps the first connections and the latest ones. Stories over several connections
// are told from these.
type Index struct {
	young, old *hosts
	ports      [1 << 16]*neighbours
	last       *neighbours // of the server that was added last
}

const (
	hostsKept = 4096
	perHost   = 32
	perPort   = 8
)

// neighbours are the connections to one server: the first half of the slots keep the first ones, the rest the latest.
type neighbours struct {
	server wire.Addr
	peers  []Peer
	n      int    // connections seen
	ended  answer // the first of them
	mixed  bool   // not all were attempts that ended so
}

// hosts are the servers of a generation, in the order in which they were met, and where each stands, by hash: open addressing
// with linear probing, half full at most. The tags are small enough to stay in the cache, and tell most others apart.
type hosts struct {
	list []neighbours
	tags [2 * hostsKept]uint32 // of the hash; 0: empty
	at   [2 * hostsKept]uint16 // place in list
}

// NewIndex returns an empty Index.
func NewIndex() *Index {
	return &Index{young: new(hosts), old: new(hosts)}
}

// Add remembers conv.
func (x *Index) Add(conv *flow.Conversation) {
	p := PeerOf(conv)
	x.add(&p, conv.ClientKnown)
}

func (x *Index) add(p *Peer, clientKnown bool) {
	x.last = x.of(&p.Server)
	x.last.add(p, perHost)
	if port := x.port(p.ServerPort); !port.full(x.last) {
		port.add(p, perPort)
	}
	if !clientKnown && p.ServerPort != p.ClientPort { // which end is the server was a guess: it is found by either port
		turned := p.turned()
		x.port(turned.ServerPort).add(&turned, perPort)
	}
}

func (x *Index) port(number uint16) *neighbours {
	if x.ports[number] == nil {
		x.ports[number] = &neighbours{}
	}
	return x.ports[number]
}

// turned is p with client and server exchanged.
func (p Peer) turned() Peer {
	p.Client, p.Server, p.ClientPort, p.ServerPort, p.ResetBy = p.Server, p.Client, p.ServerPort, p.ClientPort, p.ResetBy.Other()
	p.LeastTTL[0], p.LeastTTL[1] = p.LeastTTL[1], p.LeastTTL[0]
	p.LastFrame[0], p.LastFrame[1] = p.LastFrame[1], p.LastFrame[0]
	return p
}

// Join gives c what is remembered of other connections; valid until the next Add.
func (x *Index) Join(c *Case) {
	server := x.server(&c.Conv.Server)
	if server != nil {
		c.Peers, c.uniform = server.peers, !server.mixed
	}
	if againOnItsPorts(c.Conv) {
		c.Turned = x.turned(c.Conv)
	}
	if port := x.ports[c.Conv.ServerPort]; port != nil {
		c.SamePort = port.peers
		c.uniform = c.uniform && (!port.mixed && port.ended == server.ended || c.alone(server.ended))
	}
}

// turned is the connection of the same addresses and ports that the other end opened, as if this one had; nil when there is none.
func (x *Index) turned(conv *flow.Conversation) *Peer {
	host := x.server(&conv.Client)
	if host == nil {
		return nil
	}
	at := slices.IndexFunc(host.peers, func(p Peer) bool {
		return p.Client == conv.Server && p.ClientPort == conv.ServerPort && p.ServerPort == conv.ClientPort
	})
	if at < 0 {
		return nil
	}
	p := host.peers[at].turned()
	return &p
}

// plain reports whether all that is remembered of a server and of a port were attempts that ended alike.
func (x *Index) plain(server *wire.Addr, port uint16) bool {
	a, b := x.server(server), x.ports[port]
	return a != nil && b != nil && !a.mixed && !b.mixed && a.ended == b.ended
}

// alone reports whether no connection to the same port concerns c but attempts that ended so.
func (c *Case) alone(ended answer) bool {
	return nil == c.PortPeer(func(p *Peer) bool {
		other, attempt := p.answer()
		return !attempt || other != ended
	})
}

func (x *Index) of(server *wire.Addr) *neighbours {
	hash := hashOf(server)
	slot, n := x.young.find(server, hash)
	if n != nil {
		return n
	}
	_, known := x.old.find(server, hash)
	if len(x.young.list) == hostsKept {
		x.age() // what is known of this server stays where it is until something is written there
		slot, _ = x.young.find(server, hash)
	}
	n = x.young.add(slot, hash)
	if known != nil {
		*n, known.peers = *known, n.peers // their memory changes hands
	} else {
		n.reset(server)
	}
	return n
}

// age forgets the servers that were not met since it was last called; their memory serves others.
func (x *Index) age() {
	x.old, x.young = x.young, x.old
	x.young.list = x.young.list[:0]
	clear(x.young.tags[:])
}

// reset makes n a server of which nothing is known yet. It is taken apart so that no pointer is written.
func (n *neighbours) reset(server *wire.Addr) {
	n.server = *server
	n.peers = n.peers[:0]
	n.n, n.ended, n.mixed = 0, answer{}, false
}

// full reports whether a port has as many attempts as it keeps that ended alike, and nothing else: one more, to a host of which
// the same is true, tells no more.
func (n *neighbours) full(host *neighbours) bool {
	return n.n >= perPort && !n.mixed && !host.mixed && host.ended == n.ended
}

func (n *neighbours) add(p *Peer, limit int) {
	ended, attempt := p.answer()
	*n.room(limit, ended, attempt) = *p
}

// room is where the next connection is kept, which was an attempt that ended so or was more. The first half of limit are kept
// for ever, and the others make room for the latest.
func (n *neighbours) room(limit int, ended answer, attempt bool) *Peer {
	if n.n == 0 {
		n.ended = ended
	}
	n.mixed = n.mixed || !attempt || ended != n.ended
	at := n.n
	if n.n++; at >= limit {
		return &n.peers[limit/2+at%(limit/2)]
	}
	n.peers = slices.Grow(n.peers, 1)[:at+1]
	return &n.peers[at]
}

// server is what is remembered of the connections to addr, nil when there are none.
func (x *Index) server(addr *wire.Addr) *neighbours {
	if x.last != nil && x.last.server == *addr {
		return x.last
	}
	hash := hashOf(addr)
	if _, n := x.young.find(addr, hash); n != nil {
		return n
	}
	_, n := x.old.find(addr, hash)
	return n
}

func hashOf(addr *wire.Addr) uint64 {
	le := binary.LittleEndian
	high, low := bits.Mul64(le.Uint64(addr[:8])^0x9e3779b97f4a7c15, le.Uint64(addr[8:])^0xbf58476d1ce4e5b9)
	return high ^ low
}

func tagOf(hash uint64) uint32 { return uint32(hash>>32) | 1 }

// find returns the slot of a server and what is known of it, or the empty slot where it belongs and nil.
func (h *hosts) find(server *wire.Addr, hash uint64) (slot int, n *neighbours) {
	tag, last := tagOf(hash), len(h.tags)-1
	for slot = int(hash) & last; h.tags[slot] != 0; slot = (slot + 1) & last {
		if h.tags[slot] == tag {
			if n = &h.list[h.at[slot]]; n.server == *server {
				return slot, n
			}
		}
	}
	return slot, nil
}

// add returns memory for one more server, which find gave the slot; it holds what was there before.
func (h *hosts) add(slot int, hash uint64) *neighbours {
	n := len(h.list)
	h.tags[slot], h.at[slot] = tagOf(hash), uint16(n)
	h.list = slices.Grow(h.list, 1)[:n+1]
	return &h.list[n]
}

// Peer returns the first other connection to the same server that satisfies ok, nil when there is none.
func (c *Case) Peer(ok func(*Peer) bool) *Peer { return c.firstOther(c.Peers, ok) }

// PortPeer returns the first other connection to the same port that satisfies ok, to any host: from the very same client and
// port, or by the other address family.
func (c *Case) PortPeer(ok func(*Peer) bool) *Peer {
	return c.firstOther(c.SamePort, func(p *Peer) bool { return c.concerns(p) && ok(p) })
}

// concerns reports whether a connection to the same port of another host can tell anything about this one.
func (c *Case) concerns(p *Peer) bool {
	return p.ClientPort == c.Conv.ClientPort && p.Client == c.Conv.Client || p.Server.Is4() != c.Conv.Server.Is4()
}

func (c *Case) firstOther(peers []Peer, ok func(*Peer) bool) *Peer {
	for i := range peers {
		p := &peers[i]
		if (c.Conv == nil || p.ID != c.Conv.ID) && ok(p) {
			return p
		}
	}
	return nil
}
