package join

import (
	"io"
	"net/netip"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// entry is one frame of the joined capture: which of which capture.
type entry struct {
	side  int
	index int
	time  capture.Stamp // on the first clock
}

// order puts the frames of both captures into one order. Of each connection it keeps the capture made at the client, so
// that times are those that the client saw, and adds what only the other one holds.
func (j *Join) order() {
	var lists [2][]entry
	for side, t := range j.trails {
		quoted := t.ownErrors()
		for i := range t.frames {
			if j.keeps(side, i, quoted) {
				lists[side] = append(lists[side], entry{side, i, j.time(side, t.frames[i].time)})
			}
		}
	}
	a, b := lists[0], lists[1]
	for len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].time <= b[0].time {
			j.entries, a = append(j.entries, a[0]), a[1:]
		} else {
			j.entries, b = append(j.entries, b[0]), b[1:]
		}
	}
	for n, e := range j.entries {
		if p := j.packet(e); p != nil {
			p.joined = uint32(n + 1)
		}
	}
}

// packet is the segment of an entry, nil for what is none.
func (j *Join) packet(e entry) *packet {
	t := j.trails[e.side]
	f := t.frames[e.index]
	if f.conn < 0 {
		return nil
	}
	return &t.conns[f.conn].way[f.dir][f.packet]
}

// keeps reports whether a frame of a capture is part of the whole.
func (j *Join) keeps(side, index int, quoted map[int]bool) bool {
	f := j.trails[side].frames[index]
	if f.conn < 0 {
		return side == 0 || quoted[index]
	}
	k := j.trails[side].conns[f.conn]
	switch {
	case k.joined == nil:
		return false
	case k.joined.near == side || k.joined.seen[1-side] == nil:
		return true
	}
	p := &k.way[f.dir][f.packet]
	return p.mate == none && p.fate != Recut && p.fate != Copied && !p.again
}

// ownErrors are the ICMP errors of a capture that quote what its own end of a joined connection sent: nobody else sees them.
func (t *trail) ownErrors() map[int]bool {
	own := map[[2]end]bool{}
	for _, k := range t.conns {
		if k.joined != nil {
			own[[2]end{k.ends[1], k.ends[0]}] = true
		}
	}
	frames := map[int]bool{}
	for _, q := range t.quotes {
		if own[[2]end{q.src, q.dst}] {
			frames[q.frame] = true
		}
	}
	return frames
}

// View gives a segment, or what an ICMP error quotes, of the joined capture the addresses that the client knows.
func (j *Join) View(number uint32, p *wire.Packet) {
	e := j.at(number)
	if e == nil || len(j.names[e.side]) == 0 {
		return
	}
	g, q := &p.Segment, &p.ICMP
	j.rename(e.side, &g.Src, &g.Dst, &g.SrcPort, &g.DstPort)
	j.rename(e.side, &q.Src, &q.Dst, &q.SrcPort, &q.DstPort)
}

// rename gives a pair of ends that a capture shows the names that the client's capture has for them.
func (j *Join) rename(side int, src, dst *wire.Addr, srcPort, dstPort *uint16) {
	if to, ok := j.names[side][[2]end{{*src, *srcPort}, {*dst, *dstPort}}]; ok {
		*src, *srcPort, *dst, *dstPort = to[0].addr, to[0].port, to[1].addr, to[1].port
	}
}

// name notes what the client's capture calls the ends of connections that an address translator changed.
func (j *Join) name() {
	for _, c := range j.conns {
		if !c.NAT {
			continue
		}
		far, near := c.seen[1-c.near].ends, c.seen[c.near].ends
		names := j.names[1-c.near]
		if names == nil {
			names = map[[2]end][2]end{}
			j.names[1-c.near] = names
		}
		names[far], names[[2]end{far[1], far[0]}] = near, [2]end{near[1], near[0]}
	}
}

// Rename gives a pair of addresses that calls at one end of a translated connection name those that the client knows; side
// is that of the capture made there.
func (j *Join) Rename(side int, local, remote netip.AddrPort) (netip.AddrPort, netip.AddrPort) {
	a, b := wire.Addr(local.Addr().As16()), wire.Addr(remote.Addr().As16())
	p, q := local.Port(), remote.Port()
	j.rename(side, &a, &b, &p, &q)
	return netip.AddrPortFrom(a.Netip(), p), netip.AddrPortFrom(b.Netip(), q)
}

// Source yields the joined capture. Its frames are numbered anew and have the times of the first clock.
func (j *Join) Source() (capture.Source, error) {
	s := &source{join: j}
	for i, t := range j.trails {
		src, err := t.Open()
		if err != nil {
			s.Close()
			return nil, err
		}
		s.sources[i] = src
	}
	return s, nil
}

// source reads both captures once more, each as far as the order asks.
type source struct {
	join    *Join
	sources [2]capture.Source
	read    [2]int // frames taken of each
	next    int
	bytes   uint64
}

// Next yields the next frame of the order.
func (s *source) Next(f *capture.Frame) error {
	if s.next == len(s.join.entries) {
		return io.EOF
	}
	e := s.join.entries[s.next]
	for s.read[e.side] <= e.index {
		if err := s.sources[e.side].Next(f); err != nil {
			return err
		}
		s.read[e.side]++
	}
	s.next++
	s.bytes += uint64(len(f.Data))
	f.Number, f.Time, f.Iface = uint32(s.next), e.time, uint16(e.side)
	return nil
}

// Stats says what was read so far.
func (s *source) Stats() capture.Stats {
	a, b := s.sources[0].Stats(), s.sources[1].Stats()
	a.Path = s.join.trails[0].Name + ", " + s.join.trails[1].Name
	if b.Format != a.Format {
		a.Format += ", " + b.Format
	}
	for _, l := range b.Links {
		if len(a.Links) == 0 || a.Links[0] != l {
			a.Links = append(a.Links, l)
		}
	}
	a.Packets, a.Bytes = uint64(s.next), s.bytes
	a.KernelDropped += b.KernelDropped
	return a
}

// Close closes both captures.
func (s *source) Close() (err error) {
	for _, src := range s.sources {
		if src != nil {
			if e := src.Close(); e != nil {
				err = e
			}
		}
	}
	return err
}
