package join

import (
	"fmt"
	"net/netip"
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Fate is what the two captures together say of a packet.
type Fate uint8

// The fates.
const (
	Arrived   Fate = iota // seen at both ends
	Lost                  // seen where it left, and it never arrived
	Recut                 // all its bytes arrived, in other segments: the network card or the path cut or joined them
	Copied                // arrived once more, though it left once
	Injected              // arrived, and its sender did not send it
	Missed                // arrived, and the sender's capture lacks it though it was sent
	Unsent                // arrived, and the sender's capture lacks it: injected, or missed there
	Unwatched             // the other capture was not running then
)

// String is the fate in a report's words.
func (f Fate) String() string {
	return [...]string{"arrived", "lost", "recut", "copied", "injected", "missed", "unsent", "unwatched"}[f]
}

// Mark is when one of the captures saw a packet.
type Mark struct {
	Frame uint32        // in that capture, 0: not there
	Time  capture.Stamp // on the first clock
}

// Sighting is a packet as both ends saw it.
type Sighting struct {
	Fate          Fate
	Dir           flow.Dir
	Sent, Arrived Mark
	Client        bool     // what stands in Sent is what the client's capture shows, else in Arrived
	Changed       []Change // on the way
	Late          bool     // a packet that left after it arrived before it
	Copies        int      // how often it arrived beyond once
}

// Change is a field that was not the same at both ends.
type Change struct{ Field, Sent, Arrived string }

// judge decides the fate of each packet of one direction.
func (j *Join) judge(c *Conn, d flow.Dir) {
	from, to := both(c, d)
	usual := capture.Stamp(j.usual(c, d))
	if k := c.seen[from]; k != nil {
		for i := range k.way[d] {
			if p := &k.way[d][i]; p.mate == none && !p.again && p.fate != Recut {
				p.fate = j.lost(to, j.time(from, p.time)+usual)
				if p.gone == 0 {
					p.gone = p.len
				}
			}
		}
	}
	if k := c.seen[to]; k != nil {
		ttls := k.ttls(d)
		for i := range k.way[d] {
			if p := &k.way[d][i]; p.mate == none && p.fate != Recut && !(p.again && j.trails[to].doubled) {
				p.fate = j.unsent(c, d, i, j.time(to, p.time)-usual, ttls)
			}
		}
	}
}

// ttls are those with which packets of one direction arrived that were seen leaving.
func (k *conn) ttls(d flow.Dir) map[uint8]bool {
	seen := map[uint8]bool{}
	for i := range k.way[d] {
		if p := &k.way[d][i]; p.mate != none {
			seen[p.ttl] = true
		}
	}
	return seen
}

// decide decides the fates of a connection that only one capture holds.
func (j *Join) decide(c *Conn) {
	for _, d := range directions {
		j.judge(c, d)
	}
}

// lost tells a packet that did not arrive from one that nobody was looking for.
func (j *Join) lost(to int, due capture.Stamp) Fate {
	t := j.trails[to]
	if due < j.time(to, t.From) || due > j.time(to, t.To) {
		return Unwatched
	}
	return Lost
}

// unsent says what a packet is that arrived and was not seen leaving, by when it must have left. One with another TTL than
// all that were seen leaving came another way.
func (j *Join) unsent(c *Conn, d flow.Dir, index int, left capture.Stamp, ttls map[uint8]bool) Fate {
	from, to := both(c, d)
	t := j.trails[from]
	k, p := c.seen[from], &c.seen[to].way[d][index]
	switch {
	case left < j.time(from, t.From) || left > j.time(from, t.To):
		return Unwatched
	case c.copied(d, index):
		return Copied // of p.of
	case t.Complete || len(ttls) > 0 && !ttls[p.ttl]:
		return Injected
	case k != nil && p.len > 0 && k.skipped(d, p):
		return Missed
	}
	return Unsent
}

// nearCopy is how many packets may lie between a packet and a copy of it.
const nearCopy = 64

// copied reports whether a packet is a second copy of one that arrived, and notes which.
func (c *Conn) copied(d flow.Dir, index int) bool {
	from, to := both(c, d)
	way := c.seen[to].way[d]
	p := &way[index]
	for i := max(0, index-nearCopy); i < min(len(way), index+nearCopy); i++ {
		if q := &way[i]; q.mate != none && q.strict() == p.strict() && q.win == p.win {
			p.of = int32(i)
			c.seen[from].way[d][q.mate].extra++
			return true
		}
	}
	return false
}

// skipped reports whether a capture of what was sent lacks the bytes of p and has later ones.
func (k *conn) skipped(d flow.Dir, p *packet) bool {
	later := false
	for _, q := range k.way[d] {
		if q.len > 0 && q.seq.Less(p.end()) && p.seq.Less(q.end()) {
			return false
		}
		later = later || !q.seq.Less(p.end())
	}
	return later
}

// Sighting is what the captures say of a frame of the joined one; false for one that is no segment of a joined connection.
func (j *Join) Sighting(frame uint32) (s Sighting, ok bool) {
	e := j.at(frame)
	if e == nil {
		return s, false
	}
	f := j.trails[e.side].frames[e.index]
	if f.conn < 0 {
		return s, false
	}
	k := j.trails[e.side].conns[f.conn]
	p := &k.way[f.dir][f.packet]
	if k.joined == nil || p.again && p.mate == none && p.fate == Arrived {
		return s, false
	}
	return j.sighting(k.joined, f.dir, e.side, p), true
}

// Passage is how a frame of the joined capture got to the other end.
func (j *Join) Passage(frame uint32) flow.Passage {
	s, ok := j.Sighting(frame)
	switch {
	case ok && s.Fate == Lost:
		return flow.Gone
	case ok && s.Fate == Injected:
		return flow.Foreign
	}
	return flow.Delivered
}

func (j *Join) sighting(c *Conn, d flow.Dir, side int, p *packet) Sighting {
	from, to := both(c, d)
	s := Sighting{Fate: p.fate, Dir: d, Client: from == c.near}
	here := Mark{p.number, j.time(side, p.time)}
	if side == from {
		s.Sent = here
	} else {
		s.Arrived = here
	}
	if p.mate != none {
		q := &c.seen[1-side].way[d][p.mate]
		there := Mark{q.number, j.time(1-side, q.time)}
		if side == from {
			s.Arrived = there
			s.Changed = j.changes(c, d, p, q)
		} else {
			s.Sent = there
			s.Changed = j.changes(c, d, q, p)
			p = q
		}
		s.Late, s.Copies = p.late, int(p.extra)
	}
	if p.fate == Recut && side == from {
		q := &c.seen[to].way[d][p.of]
		s.Arrived = Mark{q.number, j.time(to, q.time)}
	} else if p.fate == Recut {
		q := &c.seen[from].way[d][p.of]
		s.Sent = Mark{q.number, j.time(from, q.time)}
	}
	return s
}

// changes lists what was not the same at both ends. A TTL that is less by as much as that of most is the routers'.
func (j *Join) changes(c *Conn, d flow.Dir, sent, arrived *packet) (list []Change) {
	add := func(field string, a, b any, same bool) {
		if !same {
			list = append(list, Change{field, fmt.Sprint(a), fmt.Sprint(b)})
		}
	}
	add("ttl", sent.ttl, arrived.ttl, int(sent.ttl)-int(arrived.ttl) == c.hops[d])
	add("tos", sent.tos, arrived.tos, sent.tos == arrived.tos)
	add("ip_id", sent.ipid, arrived.ipid, sent.ipid == arrived.ipid)
	add("flags", sent.flags, arrived.flags, sent.flags == arrived.flags)
	add("seq", uint32(sent.seq), uint32(arrived.seq), sent.seq == arrived.seq)
	add("ack", uint32(sent.ack), uint32(arrived.ack), sent.ack == arrived.ack)
	add("window", sent.win, arrived.win, sent.win == arrived.win)
	add("mss", sent.mss, arrived.mss, sent.mss == arrived.mss)
	add("window_scale", sent.scale, arrived.scale, sent.scale == arrived.scale)
	add("timestamps", fmt.Sprintf("%d %d", sent.tsval, sent.tsecr), fmt.Sprintf("%d %d", arrived.tsval, arrived.tsecr),
		sent.tsval == arrived.tsval && sent.tsecr == arrived.tsecr)
	const named = wire.HasMSS | wire.HasTimestamps | wire.CutOptions
	add("options", options(sent.options), options(arrived.options), (sent.options^arrived.options)&^named == 0)
	add("payload", "", "other bytes", sent.sum == arrived.sum || sent.sum == 0 || arrived.sum == 0)
	return list
}

// optionNames are the options that boxes on the path take away.
var optionNames = []struct {
	bit  wire.OptionSet
	name string
}{{wire.HasWindowScale, "window scale"}, {wire.HasSACKPermitted, "SACK permitted"}, {wire.HasSACK, "SACK"},
	{wire.HasFastOpen, "fast open"}, {wire.HasMPTCP, "MPTCP"}, {wire.HasMD5, "MD5"}, {wire.HasAO, "AO"}}

func options(set wire.OptionSet) string {
	text := ""
	for _, o := range optionNames {
		if set&o.bit != 0 {
			text += ", " + o.name
		}
	}
	if text == "" {
		return "none"
	}
	return text[2:]
}

// Way is one direction of a connection between the captures.
type Way struct {
	Sent, Arrived               int // segments that each end saw, but for copies
	LostBytes                   uint64
	Lost, Injected, Missed      []uint32 // frames of the joined capture
	Unsent, Copied, Late, Recut []uint32
	Unwatched                   []uint32
	Changed                     []uint32
	Hops                        int // routers on the way, by the TTL
	HopsKnown                   bool
	Delays                      int           // how many packets were seen at both ends
	Min, Median, Max            time.Duration // that these were on the way
}

// sum adds up the fates of one direction.
func (j *Join) sum(c *Conn, d flow.Dir) (w Way) {
	from, to := both(c, d)
	w.Hops, w.HopsKnown = c.hops[d], c.hopsKnown[d]
	var delays []int64
	if k := c.seen[from]; k != nil {
		for i := range k.way[d] {
			p := &k.way[d][i]
			if p.again {
				continue
			}
			w.Sent++
			w.add(p)
			if p.fate == Lost {
				w.LostBytes += uint64(p.gone)
			}
			if p.mate == none {
				continue
			}
			q := &c.seen[to].way[d][p.mate]
			number := max(p.joined, q.joined)
			delays = append(delays, int64(j.time(to, q.time)-j.time(from, p.time)))
			if len(j.changes(c, d, p, q)) > 0 {
				w.Changed = append(w.Changed, number)
			}
			if p.late {
				w.Late = append(w.Late, number)
			}
		}
	}
	if k := c.seen[to]; k != nil {
		for i := range k.way[d] {
			p := &k.way[d][i]
			if p.mate != none || p.fate == Recut {
				w.Arrived++
			}
			if p.fate == Copied {
				q := &k.way[d][p.of]
				w.Copied = append(w.Copied, max(q.joined, c.seen[from].way[d][q.mate].joined))
			} else if p.fate != Arrived && p.fate != Recut {
				w.add(p)
			}
		}
	}
	if w.Delays = len(delays); w.Delays > 0 {
		w.Median = time.Duration(median(delays)) // which orders them
		w.Min, w.Max = time.Duration(delays[0]), time.Duration(delays[len(delays)-1])
	}
	return w
}

// AtServer are the ends of a translated connection as the server's capture shows them; false when they are the same there.
func (c *Conn) AtServer() (client, server netip.AddrPort, ok bool) {
	if !c.NAT {
		return client, server, false
	}
	ends := c.seen[1-c.near].ends
	return netip.AddrPortFrom(ends[0].addr.Netip(), ends[0].port), netip.AddrPortFrom(ends[1].addr.Netip(), ends[1].port), true
}

// add enters a packet under its fate.
func (w *Way) add(p *packet) {
	lists := map[Fate]*[]uint32{Lost: &w.Lost, Injected: &w.Injected, Missed: &w.Missed, Unsent: &w.Unsent,
		Recut: &w.Recut, Unwatched: &w.Unwatched}
	if list := lists[p.fate]; list != nil {
		*list = append(*list, p.joined)
	}
}
