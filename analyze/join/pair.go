package join

import (
	"errors"
	"io"
	"slices"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// isEnd reports whether a source ended as it should.
func isEnd(err error) bool { return errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) }

// pair finds the connections that both captures hold: by addresses and ports, and those that an address translator
// changed by the initial sequence numbers.
func (j *Join) pair() {
	tuples := map[[2]end][]*conn{}
	numbers := map[wire.Seq][]*conn{}
	for _, k := range j.trails[1].conns {
		tuples[tuple(k)] = append(tuples[tuple(k)], k)
		for d := range k.isn {
			if k.known[d] {
				numbers[k.isn[d]] = append(numbers[k.isn[d]], k)
			}
		}
	}
	for _, k := range j.trails[0].conns {
		j.marry(k, tuples[tuple(k)], false)
	}
	for _, k := range j.trails[0].conns {
		for d := range k.isn {
			if k.known[d] && k.joined == nil {
				j.marry(k, numbers[k.isn[d]], true)
			}
		}
	}
}

// tuple names a connection the same whoever is called its client.
func tuple(k *conn) [2]end {
	a, b := k.ends[0], k.ends[1]
	if string(a.addr[:]) > string(b.addr[:]) || a.addr == b.addr && a.port > b.port {
		return [2]end{b, a}
	}
	return [2]end{a, b}
}

// marry joins k with the first of the candidates that is the same connection.
func (j *Join) marry(k *conn, candidates []*conn, translated bool) {
	for _, o := range candidates {
		if o.joined != nil || k.joined != nil {
			continue
		}
		if !translated && o.ends[0] != k.ends[0] { // one capture began in the middle and guessed who is the client
			o.flip()
		}
		if !alike(k, o, translated) {
			continue
		}
		c := &Conn{seen: [2]*conn{k, o}, NAT: translated}
		k.joined, o.joined = c, c
		j.conns = append(j.conns, c)
	}
}

func (k *conn) flip() {
	k.ends[0], k.ends[1] = k.ends[1], k.ends[0]
	k.isn[0], k.isn[1] = k.isn[1], k.isn[0]
	k.known[0], k.known[1] = k.known[1], k.known[0]
	k.way[0], k.way[1] = k.way[1], k.way[0]
}

// alike reports whether two conns can be one connection: no known initial number contradicts, and something agrees. Under
// other addresses two numbers must agree, or one and all that the SYN says.
func alike(a, b *conn, translated bool) bool {
	agree := 0
	for d := range a.isn {
		if !a.known[d] || !b.known[d] {
			continue
		}
		if a.isn[d] != b.isn[d] {
			return false
		}
		agree++
	}
	if translated && agree < 2 {
		return agree == 1 && sameSYN(a, b)
	}
	return agree > 0 || shares(a, b)
}

// sameSYN reports whether the two captures show the same SYN, but for its addresses.
func sameSYN(a, b *conn) bool {
	for d := range a.way {
		if a.known[d] && b.known[d] && len(a.way[d]) > 0 && len(b.way[d]) > 0 {
			p, q := &a.way[d][0], &b.way[d][0]
			return p.tsval == q.tsval && p.options == q.options && p.scale == q.scale
		}
	}
	return false
}

// shares reports whether some segment of data is in both.
func shares(a, b *conn) bool {
	for d := range a.way {
		seen := map[wire.Seq]bool{}
		for i := range a.way[d] {
			seen[a.way[d][i].seq] = true
		}
		for i := range b.way[d] {
			if seen[b.way[d][i].seq] {
				return true
			}
		}
	}
	return false
}

// orient finds which capture was made at the client of each connection, and makes that of most the first.
func (j *Join) orient() {
	first := 0
	if len(j.conns) == 0 && j.trails[0].Side == "server" {
		first = -1
	}
	for _, c := range j.conns {
		c.near = c.nearer(j.trails[0].Side, j.trails[1].Side)
		first += 1 - 2*c.near
	}
	if first >= 0 {
		return
	}
	j.trails[0], j.trails[1] = j.trails[1], j.trails[0]
	for _, c := range j.conns {
		c.seen[0], c.seen[1] = c.seen[1], c.seen[0]
		c.near = 1 - c.near
	}
}

// nearer says which capture is the one at the client. The run that made it knows; else each router takes one off the TTL;
// else the clocks decide: however far apart they are, what the client sends is seen later at the server than what the
// server sends, by both ways together.
func (c *Conn) nearer(sides ...string) int {
	switch {
	case sides[0] == "client" || sides[1] == "server":
		return 0
	case sides[0] == "server" || sides[1] == "client":
		return 1
	}
	hops := 0
	for _, d := range directions {
		for _, p := range c.seen[0].way[d] {
			if p.mate == none {
				continue
			}
			hop := int(p.ttl) - int(c.seen[1].way[d][p.mate].ttl)
			if d == flow.ToClient {
				hop = -hop
			}
			hops += hop
		}
	}
	late := c.lateness(flow.ToServer) - c.lateness(flow.ToClient)
	if hops < 0 || hops == 0 && late < 0 {
		return 1
	}
	return 0
}

// lateness is how much later the second capture shows a direction, in the middle of all its packets.
func (c *Conn) lateness(d flow.Dir) int64 {
	var gaps []int64
	for _, p := range c.seen[0].way[d] {
		if p.mate != none {
			gaps = append(gaps, int64(c.seen[1].way[d][p.mate].time-p.time))
		}
	}
	return median(gaps)
}

// sidesKnown reports whether the runs that made the captures say which was made at the client: then all that either holds
// is of the run.
func (j *Join) sidesKnown() bool {
	a, b := j.trails[0].Side, j.trails[1].Side
	return a == "client" && b == "server" || a == "server" && b == "client"
}

// alone takes in the connections between the joined hosts that only one capture holds, and counts the others.
func (j *Join) alone() {
	all := len(j.conns) == 0 && j.sidesKnown()
	type hosts struct{ client, server wire.Addr }
	known := [2]map[hosts]int{{}, {}}
	for _, c := range j.conns {
		for side, k := range c.seen {
			client, server := k.ends[0].addr, k.ends[1].addr
			known[side][hosts{client, server}], known[side][hosts{server, client}] = c.near, 1-c.near
		}
	}
	for side, t := range j.trails {
		for _, k := range t.conns {
			if k.joined != nil {
				continue
			}
			near, ours := known[side][hosts{k.ends[0].addr, k.ends[1].addr}]
			if all {
				near, ours = slices.IndexFunc(j.trails[:], func(t *trail) bool { return t.Side == "client" }), true
			}
			if !ours {
				j.Only[side]++
				continue
			}
			c := &Conn{near: near}
			c.seen[side] = k
			k.joined = c
			j.conns = append(j.conns, c)
			j.decide(c)
		}
	}
}
