package render

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// point is one value of a graph, at a time since the connection's first frame.
type point struct{ t, v float64 }

// bar is a range of sequence numbers sent at one time.
type bar struct {
	t, from, to float64
	again       bool // the bytes were sent before
}

// sequence is what a time-sequence graph shows of the bytes one end sent: the segments, what the other end acknowledged,
// how far its window reached, and what it acknowledged beyond a gap.
type sequence struct {
	segments, sacks []bar
	acks, window    []point
}

// sequenceOf collects the time-sequence graph of the direction "c2s" or "s2c".
func sequenceOf(c *report.Connection, dir string) sequence {
	var s sequence
	for i := range c.Segments {
		g := &c.Segments[i]
		t := float64(g.Time) / 1e9
		if g.Dir == dir {
			if end := endOf(g); end > g.Seq {
				s.segments = append(s.segments, bar{t, float64(g.Seq), float64(end), repeats(g)})
			}
			continue
		}
		if !strings.Contains(g.Flags, ".") || strings.Contains(g.Flags, "R") {
			continue
		}
		s.acks = append(s.acks, point{t, float64(g.Ack)})
		s.window = append(s.window, point{t, float64(g.Ack) + float64(g.Window)})
		for _, b := range sackBlocks(g) {
			s.sacks = append(s.sacks, bar{t: t, from: float64(b[0]), to: float64(b[1])})
		}
	}
	return s
}

// endOf returns the sequence number after a segment: SYN and FIN count as one each.
func endOf(g *report.Segment) int64 {
	end := g.Seq + int64(g.Len)
	if strings.ContainsAny(g.Flags, "S") {
		end++
	}
	if strings.ContainsAny(g.Flags, "F") {
		end++
	}
	return end
}

// repeats reports whether a segment carries bytes sent before.
func repeats(g *report.Segment) bool {
	return slices.ContainsFunc(g.Marks, func(m string) bool { return strings.HasSuffix(m, "retransmission") })
}

var sackEdges = regexp.MustCompile(`\{(\d+):(\d+)\}`)

// sackBlocks returns the blocks of a SACK option in relative numbers; the option holds raw ones.
func sackBlocks(g *report.Segment) [][2]int64 {
	if !strings.Contains(g.Options, "sack") {
		return nil
	}
	blocks := [][2]int64{}
	for _, m := range sackEdges.FindAllStringSubmatch(g.Options, 4) {
		from, errFrom := strconv.ParseUint(m[1], 10, 32)
		to, errTo := strconv.ParseUint(m[2], 10, 32)
		if errFrom != nil || errTo != nil {
			continue
		}
		relative := func(raw uint64) int64 { return g.Ack + int64(int32(uint32(raw)-g.AckRaw)) }
		blocks = append(blocks, [2]int64{relative(from), relative(to)})
	}
	return blocks
}

// inFlight returns how many bytes of a direction were sent and not yet acknowledged, after each segment.
func inFlight(c *report.Connection, dir string) []point {
	points, sent, acked := []point{}, int64(-1), int64(-1)
	for i := range c.Segments {
		g := &c.Segments[i]
		switch {
		case g.Dir == dir && g.Len > 0:
			sent = max(sent, g.Seq+int64(g.Len))
			if acked < 0 {
				acked = g.Seq
			}
		case g.Dir != dir && strings.Contains(g.Flags, "."):
			acked = max(acked, g.Ack)
		}
		if sent >= 0 && acked >= 0 {
			points = append(points, point{float64(g.Time) / 1e9, float64(max(0, sent-acked))})
		}
	}
	return points
}

// roundTrips returns the time from each segment of a direction to the ACK that covers it. Repeated segments are left out,
// since their ACK may be that of the first copy (RFC 6298, 3).
func roundTrips(c *report.Connection, dir string) []point {
	type waiting struct {
		end int64
		at  report.Seconds
	}
	points, queue := []point{}, []waiting{}
	for i := range c.Segments {
		g := &c.Segments[i]
		if g.Dir == dir {
			switch end := endOf(g); {
			case repeats(g):
				queue = queue[:0]
			case end > g.Seq && (len(queue) == 0 || end > queue[len(queue)-1].end):
				queue = append(queue, waiting{end, g.Time})
			}
			continue
		}
		for len(queue) > 0 && strings.Contains(g.Flags, ".") && g.Ack >= queue[0].end {
			points = append(points, point{float64(g.Time) / 1e9, time.Duration(g.Time-queue[0].at).Seconds() * 1000})
			queue = queue[1:]
		}
	}
	return points
}

// throughput returns the payload rate of a direction in bits per second, repetitions left out, over parts of the duration.
func throughput(c *report.Connection, dir string, parts int) []point {
	total := time.Duration(c.Duration).Seconds()
	if total <= 0 {
		return nil
	}
	width := total / float64(parts)
	bits, highest := make([]float64, parts), int64(0)
	for i := range c.Segments {
		g := &c.Segments[i]
		end := g.Seq + int64(g.Len)
		if g.Dir != dir || g.Len == 0 || end <= highest {
			continue
		}
		part := min(int(float64(g.Time)/1e9/width), parts-1)
		bits[max(0, part)] += 8 * float64(min(int64(g.Len), end-highest))
		highest = end
	}
	points := make([]point, 0, parts)
	for i, b := range bits {
		points = append(points, point{(float64(i) + 0.5) * width, b / width})
	}
	return points
}
