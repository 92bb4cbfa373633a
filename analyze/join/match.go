package join

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// identity is by what a packet is found again in the other capture.
type identity struct {
	seq, ack     wire.Seq
	len, sum     uint32
	tsval, tsecr uint32
	ipid         uint16
	flags        wire.Flags
}

// strict is all that no box on the path has reason to change.
func (p *packet) strict() identity {
	return identity{p.seq, p.ack, p.len, p.sum, p.tsval, p.tsecr, p.ipid, p.flags}
}

// kind are the flags that make a segment another one.
const kind = wire.SYN | wire.FIN | wire.RST

// relaxed are the identities by which packets are sought that a box on the path changed, one after the other: another IP
// ID; other flags, numbers or payload; another timestamp too; and another sequence number under the same IP ID.
var relaxed = [...]func(*packet) (identity, bool){
	func(p *packet) (identity, bool) { i := p.strict(); i.ipid = 0; return i, true },
	func(p *packet) (identity, bool) {
		return identity{seq: p.seq, len: p.len, tsval: p.tsval, ipid: p.ipid, flags: p.flags & kind}, true
	},
	func(p *packet) (identity, bool) {
		return identity{seq: p.seq, len: p.len, tsval: p.tsval, flags: p.flags & kind}, true
	},
	func(p *packet) (identity, bool) {
		return identity{seq: p.seq, len: p.len, flags: p.flags & kind}, true
	},
	func(p *packet) (identity, bool) {
		return identity{len: p.len, tsval: p.tsval, ipid: p.ipid, flags: p.flags & kind}, p.ipid != 0
	},
}

// group are the packets of one identity that have no mate yet, in each capture, in order.
type group [2][]int32

// groups sorts the packets of one direction that have no mate by identity.
func (c *Conn) groups(d flow.Dir, key func(*packet) (identity, bool)) (order []identity, all map[identity]*group) {
	all = map[identity]*group{}
	for side, k := range c.seen {
		for i := range k.way[d] {
			p := &k.way[d][i]
			id, ok := key(p)
			if p.mate != none || p.again || !ok {
				continue
			}
			g := all[id]
			if g == nil {
				g = &group{}
				all[id] = g
				order = append(order, id)
			}
			g[side] = append(g[side], int32(i))
		}
	}
	return order, all
}

func (c *Conn) mate(d flow.Dir, a, b int32) {
	c.seen[0].way[d][a].mate, c.seen[1].way[d][b].mate = b, a
}

// matchAlike matches what is the same in both captures and equally often: the first with the first.
func (c *Conn) matchAlike() {
	for _, d := range directions {
		order, all := c.groups(d, func(p *packet) (identity, bool) { return p.strict(), true })
		for _, id := range order {
			if g := all[id]; len(g[0]) == len(g[1]) {
				for i := range g[0] {
					c.mate(d, g[0][i], g[1][i])
				}
			}
		}
	}
}

// The times that a packet may be on its way, beyond what the estimate of the clocks leaves open.
const (
	earliest = -1e6 // the stamps themselves are not exact
	latest   = 30e9
)

// nearlyHops is by how much routes of packets of one direction may differ.
const nearlyHops = 2

// match matches what is left of one direction, now that the clocks are known, and decides the fate of each packet.
func (j *Join) match(c *Conn, d flow.Dir) {
	usual := j.usual(c, d)
	j.matchBy(c, d, usual, func(p *packet) (identity, bool) { return p.strict(), true }, func(_, _ *packet) bool { return true })
	c.hops[d], c.hopsKnown[d] = c.countHops(d)
	for _, key := range relaxed {
		j.matchBy(c, d, usual, key, func(sent, arrived *packet) bool {
			hops := int(sent.ttl) - int(arrived.ttl) - c.hops[d]
			return !c.hopsKnown[d] || hops >= -nearlyHops && hops <= nearlyHops
		})
	}
	j.recut(c, d)
	c.overtaken(d)
	j.judge(c, d)
}

// matchBy matches packets of one identity by their times, those that fit.
func (j *Join) matchBy(c *Conn, d flow.Dir, usual int64, key func(*packet) (identity, bool), fits func(sent, arrived *packet) bool) {
	order, all := c.groups(d, key)
	for _, id := range order {
		j.couple(c, d, all[id], usual, fits)
	}
}

// couple matches the packets of a group, each in its turn: what arrived with what left the usual time before.
func (j *Join) couple(c *Conn, d flow.Dir, g *group, usual int64, fits func(sent, arrived *packet) bool) {
	from, to := both(c, d)
	sent, arrived := g[from], g[to]
	next := 0
	for n, r := range arrived {
		q := &c.seen[to].way[d][r]
		best, least := -1, int64(0)
		// each that arrives later needs one of those that left later
		for i := next; i < len(sent) && (best < 0 || len(sent)-i >= len(arrived)-n); i++ {
			p := &c.seen[from].way[d][sent[i]]
			delay := int64(j.time(to, q.time) - j.time(from, p.time))
			if off := max(delay-usual, usual-delay); delay >= earliest && delay <= latest && fits(p, q) && (best < 0 || off < least) {
				best, least = i, off
			}
		}
		if best >= 0 {
			next = best + 1
			c.seen[from].way[d][sent[best]].mate, q.mate = r, sent[best]
		}
	}
}

// usual is the time that most packets of a direction are on their way, in ns.
func (j *Join) usual(c *Conn, d flow.Dir) int64 {
	from, to := both(c, d)
	if c.seen[from] == nil || c.seen[to] == nil {
		return 0
	}
	var delays []int64
	for _, p := range c.seen[from].way[d] {
		if p.mate != none {
			delays = append(delays, int64(j.time(to, c.seen[to].way[d][p.mate].time)-j.time(from, p.time)))
		}
	}
	return median(delays)
}

// sender is the capture made at the end that sends in d.
func (c *Conn) sender(d flow.Dir) int {
	if d == flow.ToServer {
		return c.near
	}
	return 1 - c.near
}

// both are the captures made at the end that sends in d and at the other.
func both(c *Conn, d flow.Dir) (from, to int) { return c.sender(d), 1 - c.sender(d) }

// time puts a stamp of one of the captures on the first one's clock.
func (j *Join) time(side int, at capture.Stamp) capture.Stamp {
	if side == 0 {
		return at
	}
	return j.Clock.First(at)
}

// countHops is how many routers take one off the TTL in a direction: what most packets say.
func (c *Conn) countHops(d flow.Dir) (most int, known bool) {
	from, to := both(c, d)
	votes := map[int]int{}
	for _, p := range c.seen[from].way[d] {
		if p.mate == none {
			continue
		}
		hop := int(p.ttl) - int(c.seen[to].way[d][p.mate].ttl)
		votes[hop]++
		if votes[hop] > votes[most] || votes[hop] == votes[most] && !known {
			most, known = hop, true
		}
	}
	return most, known
}
