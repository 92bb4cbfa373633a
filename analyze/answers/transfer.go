package answers

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// leastWindow looks at every window that the receiver of the transfer advertised.
func leastWindow(e *exchange) reply {
	var least *report.Segment
	full := []uint32{}
	for i := range e.c.Segments {
		s := &e.c.Segments[i]
		if s.Dir != e.up && !strings.Contains(s.Flags, "R") && (least == nil || s.Window < least.Window) {
			least = s
		}
		if s.Dir == e.up && marked(s, "window-full") || s.Dir != e.up && marked(s, "zero-window") {
			full = append(full, s.Frame)
		}
	}
	if least == nil {
		return unknown("no segment of the receiver was captured")
	}
	if e.c.Options.Client == nil || e.c.Options.Server == nil {
		return unknown("the window scale is in the SYNs, which were not captured both")
	}
	text := fmt.Sprintf("%d bytes, advertised by the %s", least.Window, name(other(e.up)))
	note := fmt.Sprintf("at most %d bytes were in flight, and the window was never full", e.half(e.up).MaxInFlight)
	if len(full) > 0 {
		return reply{text + "; it throttled the sender: yes", append([]uint32{least.Frame}, full...), "the window was full or zero in these frames"}
	}
	return reply{text + "; it throttled the sender: no", []uint32{least.Frame}, note}
}

func retransmissions(e *exchange) reply {
	var proof []uint32
	for i := range e.c.Segments {
		if marked(&e.c.Segments[i], "retransmission") {
			proof = append(proof, e.c.Segments[i].Frame)
		}
	}
	const rule = "checked: a number, of a byte, SYN or FIN, that was sent again below the highest one sent before"
	if e.half(e.up).MissingBytes > 0 && proof == nil {
		return unknown("the capture lacks segments: a retransmission may be among them")
	}
	if proof == nil {
		return reply{"none", nil, rule}
	}
	return reply{fmt.Sprintf("%d", len(proof)), proof, rule}
}

// perACK counts what each ACK of the transfer acknowledged for the first time.
func perACK(e *exchange) reply {
	high := int64(1)
	var rows []string
	var two []uint32
	for i := range e.c.Segments {
		s := &e.c.Segments[i]
		if s.Dir == e.up || !strings.Contains(s.Flags, ".") || s.Ack <= high {
			continue
		}
		bytes, segments := s.Ack-high, 0
		for _, d := range e.data {
			if end := d.Seq + int64(d.Len); end > high && end <= s.Ack {
				segments++
			}
		}
		high = s.Ack
		if segments == 0 {
			continue // the SYN or FIN alone
		}
		if segments > 1 {
			two = append(two, s.Frame)
		}
		if len(rows) < 10 {
			rows = append(rows, fmt.Sprintf("frame %d: bytes %d, segments %d", s.Frame, bytes, segments))
		}
	}
	if rows == nil {
		return unknown("no ACK of payload was captured")
	}
	return reply{strings.Join(rows, "\n"), two, fmt.Sprintf("ACKs that acknowledge more than one segment: %d, in the frames named; the first ten ACKs are shown", len(two))}
}

// throughput is bytes by time, both said.
func throughput(e *exchange) reply {
	if len(e.data) == 0 {
		return unknown("no payload was captured")
	}
	first, last := e.data[0], e.data[len(e.data)-1]
	ack := e.acked(last, last.Seq+int64(last.Len))
	if ack == nil {
		return unknown("the acknowledgement of the last segment was not captured")
	}
	bytes, took := last.Seq+int64(last.Len)-first.Seq, time.Duration(ack.Time-first.Time)
	if took <= 0 {
		return unknown("the capture's clock does not advance between the first segment and the last ACK")
	}
	return reply{fmt.Sprintf("%.0f bytes per second: %d bytes in %s s", float64(bytes)/took.Seconds(), bytes, seconds(took)),
		[]uint32{first.Frame, ack.Frame}, "from the first data segment to the ACK of the last one"}
}

// flight is a burst of segments that were sent one behind the other.
type flight struct {
	start    report.Seconds
	frame    uint32
	segments int
	bytes    int64
}

// bursts groups the data segments of the transfer: a pause of half a round trip begins a new flight.
func (e *exchange) bursts() (list []flight) {
	h := e.c.Handshake
	if h == nil || h.RTT <= 0 {
		return nil
	}
	for i, s := range e.data {
		if i == 0 || s.Time-e.data[i-1].Time > h.RTT/2 {
			list = append(list, flight{start: s.Time, frame: s.Frame})
		}
		last := &list[len(list)-1]
		last.segments++
		last.bytes += int64(s.Len)
	}
	return list
}

// flights says what the transfer looks like, and no more: a window that nobody sent cannot be read from packets.
func flights(e *exchange) reply {
	list := e.bursts()
	if len(list) < 3 {
		return unknown(fmt.Sprintf("flights of segments: %d, too few to tell slow start from anything else", len(list)))
	}
	growing := 1
	for growing < len(list) && list[growing].bytes >= list[growing-1].bytes*3/2 {
		growing++
	}
	var rows []string
	var proof []uint32
	for i, f := range list[:min(len(list), 12)] {
		rows = append(rows, fmt.Sprintf("flight %d: at %s s, %d segments, %d bytes", i+1, seconds(time.Duration(f.start)), f.segments, f.bytes))
		proof = append(proof, f.frame)
	}
	verdict := "no growth by half or more between flights: not like slow start"
	if growing > 1 {
		verdict = fmt.Sprintf("flights 1 to %d grow by half or more each: consistent with slow start", growing)
	}
	return reply{strings.Join(append(rows, verdict), "\n"), proof, "the congestion window itself is not on the wire"}
}

// fleetPeriod is the time between flights.
func fleetPeriod(e *exchange) reply {
	list := e.bursts()
	if len(list) < 3 {
		return unknown(fmt.Sprintf("fleets of segments: %d, too few for a period", len(list)))
	}
	mean := time.Duration(list[len(list)-1].start-list[0].start) / time.Duration(len(list)-1)
	return reply{fmt.Sprintf("%s s on average between %d fleets; the round trip of the handshake is %s s", seconds(mean), len(list),
		seconds(time.Duration(e.c.Handshake.RTT))), []uint32{list[0].frame, list[len(list)-1].frame}, ""}
}
