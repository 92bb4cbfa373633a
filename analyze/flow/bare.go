package flow

import (
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Captures hold millions of attempts to connect that differ in names, numbers and moments alone. One that is noted and no more
// than a SYN, or a SYN and its refusal, falls into two parts: Own, which is free, and Bare, all else. What following makes of
// one it makes of every attempt of the same Bare, but for what is its Own.

// Bare is an attempt without what is its own.
type Bare struct { // comparable: what is new in a note tells attempts apart until somebody takes it out
	ServerPort, vlan uint16
	tunnel           uint32
	v6, reused       bool
	refused          bool // there is a second segment
	segs             [2]bareSegment
}

// bareSegment is a note without what is free. What may be equal by chance alone is told as that: 1 is what the first segment
// has, 2 something else.
type bareSegment struct {
	seq       wire.Seq // of the refusal: of the SYN it is free
	window    uint16
	iface     uint16
	flags     wire.Flags
	what      noted
	ttl       uint8
	ipid, mac uint8
	tsval     uint8
	tsecr     uint8
	head      [8]byte
}

// Own is what an attempt has of its own: of its SYN, and of the refusal when there is one.
type Own struct {
	ID             uint32
	Client, Server wire.Addr
	ClientPort     uint16
	Frames         [2]uint32
	Times          [2]capture.Stamp
	ISN            wire.Seq
	Stamps         [2]uint32 // TSval and TSecr of the SYN
	IPIDs          [2]uint16
	Checksums      [2]uint16
	MACs           [2][6]byte
}

// Last returns the number and the time of the last segment.
func (b *Bare) Last(o *Own) (uint32, capture.Stamp) {
	if b.refused {
		return o.Frames[1], o.Times[1]
	}
	return o.Frames[0], o.Times[0]
}

// Split takes n apart, into what b and o hold anew; false when it is more than such an attempt, or an odd one.
func (n *Noted) Split(b *Bare, o *Own) bool {
	syn, rst := &n.head[0], &n.head[1]
	if n.n == 0 || n.n > 2 || n.key.apart != 0 || syn.flags != wire.SYN || syn.ack != 0 {
		return false
	}
	if n.n == 2 && (!n.over || rst.length > 0 || rst.tsval|rst.tsecr != 0 || rst.time < syn.time) {
		return false
	}
	b.vlan, b.tunnel, b.v6, b.reused, b.refused = n.vlan, n.tunnel, n.v6, n.reused, n.n == 2
	o.ID, o.ISN, o.Stamps = n.ID, syn.seq, [2]uint32{syn.tsval, syn.tsecr}
	client := 0
	if syn.what&fromLow != 0 {
		o.Client, o.Server, o.ClientPort, b.ServerPort = n.key.lo, n.key.hi, n.key.loPort, n.key.hiPort
	} else {
		client = 1
		o.Client, o.Server, o.ClientPort, b.ServerPort = n.key.hi, n.key.lo, n.key.hiPort, n.key.loPort
	}
	b.take(o, 0, syn, n, client)
	b.segs[0].seq = 0
	if b.refused {
		b.take(o, 1, rst, n, 1-client)
	} else {
		b.segs[1] = bareSegment{}
		o.Frames[1], o.Times[1], o.IPIDs[1], o.Checksums[1], o.MACs[1] = 0, 0, 0, 0, [6]byte{}
	}
	return true
}

// take takes segment i, which the given end sent, apart.
func (b *Bare) take(o *Own, i int, p *note, n *Noted, end int) {
	o.Frames[i], o.Times[i], o.IPIDs[i], o.Checksums[i], o.MACs[i] = p.frame, p.time, p.ipid, p.checksum, n.mac[end]
	s := &b.segs[i]
	s.seq, s.window, s.iface, s.flags, s.what, s.ttl, s.head = p.seq, p.window, n.iface[end], p.flags, p.what&^fromLow, p.ttl, p.head
	s.ipid, s.mac = like(p.ipid, o.IPIDs[0]), like(n.mac[end], o.MACs[0])
	s.tsval, s.tsecr = like(p.tsval, o.Stamps[0]), like(p.tsecr, o.Stamps[0])
}

// like says whether a value is none, what the first segment has, or another one.
func like[T comparable](v, first T) uint8 {
	var none T
	switch v {
	case none:
		return 0
	case first:
		return 1
	}
	return 2
}

// With puts an attempt together again. What b says of its own parts is heeded: where one is none or that of the SYN, so it is.
func (b *Bare) With(o *Own) Noted {
	n := Noted{ID: o.ID, key: Key{lo: o.Client, hi: o.Server, loPort: o.ClientPort, hiPort: b.ServerPort}, vlan: b.vlan, tunnel: b.tunnel, reused: b.reused}
	client := 0
	if !before(&o.Client, &o.Server, o.ClientPort, b.ServerPort) {
		client = 1
		n.key = Key{lo: o.Server, hi: o.Client, loPort: b.ServerPort, hiPort: o.ClientPort}
	}
	n.n, n.v6, n.over = 1, b.v6, b.refused
	b.put(o, 0, &n, client)
	n.head[0].seq = o.ISN
	if b.refused {
		n.n = 2
		b.put(o, 1, &n, 1-client)
		n.head[1].ack = o.ISN + 1
	}
	return n
}

// put puts segment i, which the given end sends, together.
func (b *Bare) put(o *Own, i int, n *Noted, end int) {
	s := &b.segs[i]
	n.sent[end], n.iface[end], n.mac[end] = true, s.iface, [...][6]byte{{}, o.MACs[0], o.MACs[i]}[s.mac]
	p := &n.head[i]
	*p = note{time: o.Times[i], frame: o.Frames[i], seq: s.seq, window: s.window, checksum: o.Checksums[i], flags: s.flags,
		ipid: [...]uint16{0, o.IPIDs[0], o.IPIDs[i]}[s.ipid], what: s.what, ttl: s.ttl, head: s.head,
		tsval: [...]uint32{0, o.Stamps[0]}[s.tsval], tsecr: [...]uint32{0, o.Stamps[0], o.Stamps[1]}[s.tsecr]}
	if end == 0 {
		p.what |= fromLow
	}
	n.last = p.time
}
