package canon

import (
	"fmt"
	"math/bits"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// start is when everything in a shareable report begins.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Initial sequence numbers of a shareable report.
const (
	clientISN = 1000
	serverISN = 500000
)

// Shareable returns a report of the same segments that gives nothing away: addresses are those set aside for documents
// (RFC 5737, RFC 3849), ports that nobody chose are counted, initial numbers and timestamps begin anew, times are those of
// their classes, clocks in payloads stand still. Calls, findings and all that the host said are left out. Its canonical
// form is that of r's packets.
func Shareable(r *report.Report) *report.Report {
	out := &report.Report{Schema: r.Schema, Tool: r.Tool, Input: report.Input{Kind: "file", Path: "canonical", Format: "pcapng"},
		Connections: []report.Connection{}, Findings: []report.Finding{}, Warnings: []string{}}
	n := &disguise{hosts: map[string]string{}, ports: map[report.Endpoint]uint16{}}
	for i := range r.Connections {
		c := r.Connections[i]
		c.Start = start.Add(began(c.Start.Sub(r.Connections[0].Start), i))
		c.Server, c.Client = n.end("S", c.Server, c.ClientKnown), n.end("C", c.Client, false)
		c.Segments = segments(&r.Connections[i])
		c.Transcript, c.Findings = nil, []report.Finding{}
		out.Connections = append(out.Connections, c)
	}
	return out
}

// began is when connection i begins, that began d after the first: in order, or as many seconds later as it seemed.
func began(d time.Duration, i int) time.Duration {
	if d >= 750*time.Millisecond {
		return time.Duration(powerOfTwo(d))*time.Second + time.Duration(i)*time.Millisecond
	}
	return time.Duration(i) * time.Millisecond
}

// disguise gives ends addresses and ports.
type disguise struct {
	hosts map[string]string
	ports map[report.Endpoint]uint16
}

func (d *disguise) end(part string, e report.Endpoint, stays bool) report.Endpoint {
	host := part + e.Addr
	if d.hosts[host] == "" {
		n := len(d.hosts) + 1
		d.hosts[host] = fmt.Sprintf("192.0.2.%d", n)
		if n > 254 { // the block for documents is full: the one for benchmarks is larger (RFC 2544)
			d.hosts[host] = fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
		}
		if a, err := netip.ParseAddr(e.Addr); err == nil && a.Is6() {
			d.hosts[host] = fmt.Sprintf("2001:db8::%x", n)
		}
	}
	port := e.Port
	if !stays && port >= unprivileged {
		if d.ports[e] == 0 {
			d.ports[e] = 40000 + uint16(len(d.ports)%20000)
		}
		port = d.ports[e]
	}
	return report.Endpoint{Addr: d.hosts[host], Port: port}
}

// segments rewrites the segments of a connection.
func segments(c *report.Connection) []report.Segment {
	isn, old := map[string]uint32{}, map[string]uint32{}
	for _, s := range c.Segments {
		if strings.Contains(s.Flags, "S") {
			isn[s.Dir] = map[string]uint32{"c2s": clientISN, "s2c": serverISN}[s.Dir]
			old[s.Dir] = s.SeqRaw
		} else if _, known := old[s.Dir]; !known {
			old[s.Dir] = s.SeqRaw - uint32(s.Seq)
		}
	}
	list := make([]report.Segment, len(c.Segments))
	times := still(c)
	for i, s := range c.Segments {
		s.Time = report.Seconds(times[i])
		back := opposite(s.Dir)
		s.SeqRaw = uint32(s.Seq) + isn[s.Dir]
		if strings.Contains(s.Flags, ".") {
			s.AckRaw = uint32(s.Ack) + isn[back]
		}
		s.IPID = 0
		s.Options = restamp(c, i, times)
		s.Options = sackEdge.ReplaceAllStringFunc(s.Options, func(m string) string {
			part := sackEdge.FindStringSubmatch(m)
			return fmt.Sprintf("{%d:%d}", rebased(part[1], old[back], isn[back]), rebased(part[2], old[back], isn[back]))
		})
		s.Payload = Mask(s.Payload)
		list[i] = s
	}
	return list
}

var (
	tsOption = regexp.MustCompile(`TS val (\d+) ecr (\d+)`)
	sackEdge = regexp.MustCompile(`\{(\d+):(\d+)\}`)
)

func rebased(number string, from, to uint32) uint32 {
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return to
	}
	return uint32(n) - from + to
}

// restamp lets the timestamps of segment i count the milliseconds of times, from 1: a host's tell how long it has been
// running. An echo is of the last segment that has the value it echoes; of nothing it stays 0.
func restamp(c *report.Connection, i int, times []time.Duration) string {
	clock := func(j int) int64 { return 1 + times[j].Milliseconds() }
	return tsOption.ReplaceAllStringFunc(c.Segments[i].Options, func(m string) string {
		echoed := tsOption.FindStringSubmatch(m)[2]
		for j := i - 1; j >= 0 && echoed != "0"; j-- {
			s := &c.Segments[j]
			if part := tsOption.FindStringSubmatch(s.Options); s.Dir != c.Segments[i].Dir && part != nil && part[1] == echoed {
				return fmt.Sprintf("TS val %d ecr %d", clock(i), clock(j))
			}
		}
		if echoed != "0" { // of a segment that was not captured
			echoed = "1"
		}
		return fmt.Sprintf("TS val %d ecr %s", clock(i), echoed)
	})
}

// still returns times that are the same in every run for the segments of a connection: each stands for the class of what
// was waited for. It is a little more than the least time of the class: what is slow by some limit stays so.
func still(c *report.Connection) []time.Duration {
	times := make([]time.Duration, len(c.Segments))
	p := &stepper{conn: c}
	now := time.Duration(0)
	for i := range c.Segments {
		s := &c.Segments[i]
		if i > 0 {
			now += typical(p, s)
		}
		times[i] = now
		p.pass(s)
	}
	return times
}

func typical(p *stepper, s *report.Segment) time.Duration {
	const step, more = 100 * time.Microsecond, 10 * time.Millisecond
	d, rtt := time.Duration(s.Time-p.last), time.Duration(0)
	if h := p.conn.Handshake; h != nil && time.Duration(h.RTT) >= slowPath {
		rtt = 1 << bits.Len64(uint64(time.Duration(h.RTT).Milliseconds())) * time.Millisecond
	}
	switch class := p.class(s); class {
	case immediate, delayed:
		if p.waits(s, d) {
			return 40 * time.Millisecond
		}
		return step
	case oneRTT:
		return rtt
	case halfRTT:
		return rtt / 2
	case fraction:
		if repeated(s) {
			return 250 * time.Millisecond
		}
		return think
	}
	return time.Duration(min(powerOfTwo(d), 1<<32))*time.Second + more
}
