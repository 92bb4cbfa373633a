package wire

import (
	"container/list"
	"slices"
	"time"

	"tcplab/capture"
)

// Bounds of a Reassembler. The age is Linux's (net.ipv4.ipfrag_time), the memory Linux's too (ipfrag_high_thresh).
const (
	maxFragmentAge    = 30 * time.Second
	maxFragmentMemory = 4 << 20
	fragmentOverhead  = 128   // what a held fragment costs besides its bytes
	maxDatagram       = 65535 // bytes of payload
)

// Reassembler joins the fragments of IP datagrams. Its zero value is ready; it is not safe for concurrent use.
//
// A datagram is given up 30 seconds of capture time after its first fragment, when more than 4 MiB wait, and when two
// of its fragments overlap: such a datagram has no single meaning, and Linux drops it as well (RFC 5722 for IPv6; for
// IPv4 since 4.20). An exact copy of a fragment is ignored, as mirrors make them.
type Reassembler struct {
	pending map[datagramKey]*datagram
	order   list.List // of *datagram, oldest first
	memory  int
	whole   []byte // the datagram joined last
}

// datagramKey says which fragments belong together (RFC 791, 3.2; RFC 8200, 4.5).
type datagramKey struct {
	src, dst Addr
	id       uint32
	tunnel   uint32
	vlan     uint16
	proto    uint8
	v6       bool
}

// datagram is one of which fragments are missing.
type datagram struct {
	key    datagramKey
	first  capture.Stamp
	pieces []held // ordered by start, without overlap
	have   int    // bytes on the wire in pieces
	end    int    // length of the whole, -1 until the last fragment came
	memory int
	place  *list.Element
}

// held is a kept fragment: n bytes on the wire, of which data was captured.
type held struct {
	start, n int
	data     []byte
}

// Add takes the fragment that Decode just put into p. When it completes its datagram, p becomes what the datagram
// carries, with the frame, time and hop limit of this last fragment, and the kind of that is returned; otherwise
// Fragment. Slices of p are valid until the next Add.
func (r *Reassembler) Add(p *Packet) Kind {
	for {
		d := r.hold(p)
		if d == nil {
			return Fragment
		}
		kind := r.decode(d, p)
		r.drop(d)
		if kind != Fragment { // else the datagram held a fragment of an inner one
			return kind
		}
	}
}

// hold keeps the fragment in p and returns its datagram when that is complete.
func (r *Reassembler) hold(p *Packet) *datagram {
	f, g := &p.piece, &p.Segment
	if f.span.n <= 0 || f.start+f.span.n > maxDatagram || f.more && f.span.n%8 != 0 {
		return nil
	}
	r.expire(g.Time)
	key := datagramKey{g.Src, g.Dst, f.id, g.Tunnel, g.VLAN, p.Proto, g.V6}
	d := r.pending[key]
	if d == nil {
		d = r.open(key, g.Time)
	}
	at, known := slices.BinarySearchFunc(d.pieces, f.start, func(h held, start int) int { return h.start - start })
	if known && d.pieces[at].n == f.span.n {
		return nil
	}
	if d.overlaps(at, f) {
		r.drop(d)
		return nil
	}
	d.pieces = slices.Insert(d.pieces, at, held{f.start, f.span.n, slices.Clone(f.span.b)})
	d.have += f.span.n
	if !f.more {
		d.end = f.start + f.span.n
	}
	cost := len(f.span.b) + fragmentOverhead
	d.memory, r.memory = d.memory+cost, r.memory+cost
	if d.have != d.end {
		return nil
	}
	return d
}

// overlaps reports whether f, which would be inserted at index at, contradicts what is held.
func (d *datagram) overlaps(at int, f *piece) bool {
	end := f.start + f.span.n
	if d.end >= 0 && (end > d.end || !f.more) {
		return true
	}
	if at > 0 && d.pieces[at-1].start+d.pieces[at-1].n > f.start {
		return true
	}
	return at < len(d.pieces) && (d.pieces[at].start < end || !f.more)
}

// open starts a datagram.
func (r *Reassembler) open(key datagramKey, now capture.Stamp) *datagram {
	if r.pending == nil {
		r.pending = make(map[datagramKey]*datagram)
	}
	d := &datagram{key: key, first: now, end: -1}
	d.place = r.order.PushBack(d)
	r.pending[key] = d
	return d
}

// drop forgets d.
func (r *Reassembler) drop(d *datagram) {
	delete(r.pending, d.key)
	r.order.Remove(d.place)
	r.memory -= d.memory
}

// expire forgets the datagrams that are too old at time now, and the oldest while too much is held.
func (r *Reassembler) expire(now capture.Stamp) {
	for e := r.order.Front(); e != nil; e = r.order.Front() {
		d := e.Value.(*datagram)
		if now.Sub(d.first) <= maxFragmentAge && r.memory <= maxFragmentMemory {
			return
		}
		r.drop(d)
	}
}

// decode decodes the payload of d into p, as far as it was captured without a gap.
func (r *Reassembler) decode(d *datagram, p *Packet) Kind {
	r.whole = r.whole[:0]
	for _, h := range d.pieces {
		r.whole = append(r.whole, h.data...)
		if len(h.data) < h.n {
			break
		}
	}
	p.Segment.Beyond = 0
	dec := decoder{p: p, depth: p.piece.depth, cut: len(r.whole) < d.end}
	s := span{r.whole, d.end}
	if d.key.v6 {
		return dec.extensions(d.key.proto, s)
	}
	return dec.transport(d.key.proto, s)
}
