package answers

import (
	"bytes"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// exchange is a connection with what several questions ask of it.
type exchange struct {
	r    *report.Report
	c    *report.Connection
	up   string            // the direction that carried most: the transfer
	data []*report.Segment // its segments with payload, repetitions left out
}

func newExchange(r *report.Report, c *report.Connection) *exchange {
	e := &exchange{r: r, c: c, up: "c2s"}
	if c.ServerToClient.UniqueBytes > c.ClientToServer.UniqueBytes {
		e.up = "s2c"
	}
	e.data = e.payload(e.up)
	return e
}

// payload are the segments of a direction that carried bytes for the first time.
func (e *exchange) payload(dir string) (list []*report.Segment) {
	for i := range e.c.Segments {
		if s := &e.c.Segments[i]; s.Dir == dir && s.Len > 0 && !marked(s, "retransmission") && !marked(s, "duplicate-capture") && !marked(s, "probe") {
			list = append(list, s)
		}
	}
	return list
}

// marked reports whether a mark of s ends so: "retransmission" is every kind of it.
func marked(s *report.Segment, ending string) bool {
	for _, m := range s.Marks {
		if strings.HasSuffix(m, ending) {
			return true
		}
	}
	return false
}

func other(dir string) string {
	if dir == "c2s" {
		return "s2c"
	}
	return "c2s"
}

func name(dir string) string {
	if dir == "c2s" {
		return "client"
	}
	return "server"
}

// segment returns the segment in a frame, nil when the connection has none there.
func (e *exchange) segment(frame uint32) *report.Segment {
	for i := range e.c.Segments {
		if frame != 0 && e.c.Segments[i].Frame == frame {
			return &e.c.Segments[i]
		}
	}
	return nil
}

// handshake returns the three segments of the handshake; those that were not captured are nil.
func (e *exchange) handshake() (syn, synack, ack *report.Segment) {
	if h := e.c.Handshake; h != nil {
		return e.segment(h.SYN), e.segment(h.SYNACK), e.segment(h.ACK)
	}
	return nil, nil, nil
}

// acked returns the first segment of the other end that acknowledges everything before end, nil when there is none. Only
// an acknowledgement number at or beyond the end counts: the next ACK need not be for this segment.
func (e *exchange) acked(s *report.Segment, end int64) *report.Segment {
	for i := range e.c.Segments {
		a := &e.c.Segments[i]
		if a.Frame > s.Frame && a.Dir != s.Dir && strings.Contains(a.Flags, ".") && a.Ack >= end {
			return a
		}
	}
	return nil
}

// find returns the first segment whose payload holds one of the texts.
func (e *exchange) find(texts ...string) *report.Segment {
	for i := range e.c.Segments {
		for _, text := range texts {
			if bytes.Contains(e.c.Segments[i].Payload, []byte(text)) {
				return &e.c.Segments[i]
			}
		}
	}
	return nil
}

// sample is a segment with the time its acknowledgement took.
type sample struct {
	seg *report.Segment
	ack *report.Segment // nil when it never came
	rtt time.Duration
	est time.Duration // EstimatedRTT after it
}

// samples are the first n data segments of the transfer with their round trips and the EstimatedRTT of RFC 6298 with
// alpha = 1/8, the first sample being its own estimate, as textbooks define it.
func (e *exchange) samples(n int) (list []sample) {
	est := time.Duration(0)
	for _, s := range e.data[:min(n, len(e.data))] {
		one := sample{seg: s, ack: e.acked(s, s.Seq+int64(s.Len))}
		if one.ack != nil {
			one.rtt = time.Duration(one.ack.Time - s.Time)
			if est == 0 {
				est = one.rtt
			} else {
				est = est*7/8 + one.rtt/8
			}
			one.est = est
		}
		list = append(list, one)
	}
	return list
}

// headerLength is the length of a segment's TCP header by its options, 0 when they hold one of unknown length.
func headerLength(options string) int {
	length := 0
	if options != "" {
		for _, o := range strings.Split(options, ",") {
			words := strings.Fields(o)
			if len(words) == 0 {
				return 0
			}
			switch words[0] {
			case "nop", "eol":
				length++
			case "sackOK":
				length += 2
			case "wscale":
				length += 3
			case "mss":
				length += 4
			case "TS":
				length += 10
			case "sack":
				length += 2 + 8*(strings.Count(o, ":"))
			default:
				return 0
			}
		}
	}
	return 20 + (length+3)/4*4
}

// flagBits are the bits of tcpdump's letters, as a dissector shows them: 0x002 is SYN alone (RFC 9293, 3.1).
func flagBits(letters string) (bits int) {
	for i, letter := range "FSRP.UEW" {
		if strings.ContainsRune(letters, letter) {
			bits |= 1 << i
		}
	}
	return bits
}
