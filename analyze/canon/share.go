package canon

import (
	"fmt"
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
		first := r.Connections[0].Start
		c.Start = start.Add(c.Start.Sub(first).Round(time.Millisecond))
		c.Server, c.Client = n.end("S", c.Server), n.end("C", c.Client)
		c.Segments = segments(&r.Connections[i])
		c.Transcript, c.Findings = nil, []report.Finding{}
		out.Connections = append(out.Connections, c)
	}
	return out
}

// disguise gives ends addresses and ports.
type disguise struct {
	hosts map[string]string
	ports map[report.Endpoint]uint16
}

func (d *disguise) end(part string, e report.Endpoint) report.Endpoint {
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
	if port >= unchosen {
		if d.ports[e] == 0 {
			d.ports[e] = 40000 + uint16(len(d.ports)%20000)
		}
		port = d.ports[e]
	}
	return report.Endpoint{Addr: d.hosts[host], Port: port}
}

// segments rewrites the segments of a connection.
func segments(c *report.Connection) []report.Segment {
	isn, old, stamp := map[string]uint32{}, map[string]uint32{}, map[string]uint32{}
	for _, s := range c.Segments {
		if strings.Contains(s.Flags, "S") {
			isn[s.Dir] = map[string]uint32{"c2s": clientISN, "s2c": serverISN}[s.Dir]
			old[s.Dir] = s.SeqRaw
		} else if _, known := old[s.Dir]; !known {
			old[s.Dir] = s.SeqRaw - uint32(s.Seq)
		}
	}
	rtt := time.Duration(0)
	if c.Handshake != nil {
		rtt = time.Duration(c.Handshake.RTT)
	}
	list := make([]report.Segment, len(c.Segments))
	before, now := time.Duration(0), time.Duration(0)
	for i, s := range c.Segments {
		now += typical(time.Duration(s.Time)-before, rtt)
		before = time.Duration(s.Time)
		s.Time = report.Seconds(now)
		back := opposite(s.Dir)
		s.SeqRaw = uint32(s.Seq) + isn[s.Dir]
		if strings.Contains(s.Flags, ".") {
			s.AckRaw = uint32(s.Ack) + isn[back]
		}
		s.IPID = 0
		s.Options = restamp(s.Options, s.Dir, stamp)
		s.Options = sackEdge.ReplaceAllStringFunc(s.Options, func(m string) string {
			part := sackEdge.FindStringSubmatch(m)
			return fmt.Sprintf("{%d:%d}", moved(part[1], old[back], isn[back]), moved(part[2], old[back], isn[back]))
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

func moved(number string, from, to uint32) uint32 {
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return to
	}
	return uint32(n) - from + to
}

// restamp lets the timestamps of each end begin at 1: a host's tell how long it has been running. An echo of nothing
// stays 0.
func restamp(options, dir string, first map[string]uint32) string {
	return tsOption.ReplaceAllStringFunc(options, func(m string) string {
		part := tsOption.FindStringSubmatch(m)
		value, err := strconv.ParseUint(part[1], 10, 32)
		echo, bad := strconv.ParseUint(part[2], 10, 32)
		if err != nil || bad != nil {
			return m
		}
		if _, known := first[dir]; !known {
			first[dir] = uint32(value) - 1
		}
		if _, known := first[opposite(dir)]; echo != 0 && !known {
			first[opposite(dir)] = uint32(echo) - 1
		}
		if echo != 0 {
			echo = uint64(uint32(echo) - first[opposite(dir)])
		}
		return fmt.Sprintf("TS val %d ecr %d", uint32(value)-first[dir], echo)
	})
}

// typical is the time that stands for the class of d. It is a little more than d: what is slow by some limit stays so.
func typical(d, rtt time.Duration) time.Duration {
	const still, more = 100 * time.Microsecond, 10 * time.Millisecond
	switch {
	case d <= 0:
		return 0
	case d >= 750*time.Millisecond:
		return time.Duration(min(powerOfTwo(d), 1<<32))*time.Second + more
	case d >= 150*time.Millisecond:
		return min(d.Truncate(more)+more, 740*time.Millisecond)
	case rtt >= 10*time.Millisecond && d >= time.Millisecond:
		return d.Round(time.Millisecond)
	case d >= 35*time.Millisecond && d < 100*time.Millisecond:
		return 40 * time.Millisecond
	}
	return still
}
