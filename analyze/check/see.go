package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// opening says how a connection opened, and the frames that show it.
func opening(c *report.Connection) (open bool, seen string, frames []uint32) {
	h := c.Handshake
	if h != nil {
		frames = []uint32{h.SYN, h.SYNACK, h.ACK}
	}
	switch {
	case c.Outcome == "REJ":
		return false, "refused", append([]uint32{c.FirstFrame}, c.Close.Frames...)
	case h == nil:
		return false, "not known: the capture begins later", nil
	case h.SYNACK == 0 && h.Kind != "simultaneous":
		return false, "no answer to the SYN", append(c.SYNFrames, h.SYN)
	case h.ACK == 0 && h.Kind != "fast-open":
		return false, "no ACK of the SYN,ACK", frames
	}
	return true, "opened", frames
}

func opened(c *report.Connection, want []string) sight {
	open, seen, frames := opening(c)
	return sight{yes(open, want) && (open || c.Handshake != nil || c.Outcome == "REJ"), seen, frames}
}

// refused wants a refusal, and that the cause asked for is what the evidence says: one of several mere possibilities is
// no proof.
func refused(c *report.Connection, want []string) sight {
	if c.Outcome != "REJ" && (len(c.Findings) == 0 || !strings.Contains(c.Findings[0].ClientSees, "ECONNREFUSED")) {
		_, seen, frames := opening(c)
		return sight{false, "not refused: " + seen, frames}
	}
	if len(c.Findings) == 0 {
		return sight{slices.Contains(want, "any"), "refused, cause not known", c.Close.Frames}
	}
	first := c.Findings[0]
	if open := candidates(c.Findings); len(open) > 1 && first.Level == "possible" {
		return sight{slices.Contains(want, "any"), "refused; the evidence leaves open: " + strings.Join(open, ", "), first.Frames}
	}
	ok := slices.Contains(want, "any") || slices.Contains(want, first.Cause)
	return sight{ok, first.Cause + ", " + first.Level, first.Frames}
}

// candidates are the causes that are merely possible.
func candidates(list []report.Finding) (causes []string) {
	for _, f := range list {
		if f.Level == "possible" {
			causes = append(causes, f.Cause)
		}
	}
	return causes
}

func closedBy(c *report.Connection, want []string) sight {
	return word(orNobody(c.Close.By), c.Close.Frames, want)
}

func closeKind(c *report.Connection, want []string) sight {
	return word(c.Close.Kind, c.Close.Frames, want)
}

func timeWait(c *report.Connection, want []string) sight {
	return word(orNobody(c.Close.TimeWait), c.Close.Frames, want)
}

func clientState(c *report.Connection, want []string) sight {
	return word(c.State.Client, []uint32{c.LastFrame}, want)
}

func serverState(c *report.Connection, want []string) sight {
	return word(c.State.Server, []uint32{c.LastFrame}, want)
}

func word(seen string, frames []uint32, want []string) sight {
	return sight{slices.Contains(want, seen), seen, frames}
}

func orNobody(end string) string {
	if end == "" {
		return "nobody"
	}
	return end
}

func toServer(c *report.Connection, want []string) sight {
	return payload(c, "c2s", &c.ClientToServer, want)
}

func toClient(c *report.Connection, want []string) sight {
	return payload(c, "s2c", &c.ServerToClient, want)
}

func payload(c *report.Connection, dir string, h *report.Half, want []string) sight {
	seen := fmt.Sprint(h.UniqueBytes)
	if h.MissingBytes > 0 {
		seen += fmt.Sprintf(", and %d that the capture lacks", h.MissingBytes)
	}
	return sight{number(h.UniqueBytes, want), seen, framesWhere(c, func(s *report.Segment) bool { return s.Dir == dir && s.Len > 0 })}
}

// framesWhere are the frames of the segments that pick accepts.
func framesWhere(c *report.Connection, pick func(*report.Segment) bool) (frames []uint32) {
	for i := range c.Segments {
		if pick(&c.Segments[i]) {
			frames = append(frames, c.Segments[i].Frame)
		}
	}
	return frames
}

func noRetransmission(c *report.Connection, want []string) sight {
	n := c.ClientToServer.Retransmissions + c.ServerToClient.Retransmissions
	return sight{yes(n == 0, want), count(n, "retransmission"), framesWhere(c, func(s *report.Segment) bool {
		return slices.ContainsFunc(s.Marks, func(m string) bool { return strings.HasSuffix(m, "retransmission") })
	})}
}

func noReset(c *report.Connection, want []string) sight {
	n := c.ClientToServer.Resets + c.ServerToClient.Resets
	return sight{yes(n == 0, want), count(n, "reset"), framesWhere(c, func(s *report.Segment) bool { return strings.Contains(s.Flags, "R") })}
}

func complete(c *report.Connection, want []string) sight {
	n := c.ClientToServer.MissingBytes + c.ServerToClient.MissingBytes
	if n > 0 {
		return sight{yes(false, want), count(n, "byte") + " missing", nil}
	}
	return sight{yes(true, want), "nothing missing", nil}
}

func count(n uint64, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func rttBelow(c *report.Connection, want []string) sight {
	h := c.Handshake
	if h == nil || h.RTT <= 0 {
		return sight{seen: "not known: no complete handshake in the capture"}
	}
	return below(time.Duration(h.RTT), []uint32{h.SYN, h.SYNACK, h.ACK}, want)
}

func tookBelow(c *report.Connection, want []string) sight {
	return below(time.Duration(c.Duration), []uint32{c.FirstFrame, c.LastFrame}, want)
}

func below(d time.Duration, frames []uint32, want []string) sight {
	return sight{slices.ContainsFunc(want, func(v string) bool {
		limit, _ := time.ParseDuration(v)
		return d < limit
	}), d.String(), frames}
}

func segments(c *report.Connection, want []string) sight {
	return sight{number(uint64(c.Frames), want), fmt.Sprint(c.Frames), nil}
}

func lengths(dir string) func(*report.Connection, []string) sight {
	return func(c *report.Connection, want []string) sight {
		var list []string
		frames := framesWhere(c, func(s *report.Segment) bool {
			if s.Dir != dir || s.Len == 0 {
				return false
			}
			list = append(list, fmt.Sprint(s.Len))
			return true
		})
		return word(strings.Join(list, "+"), frames, want)
	}
}

func history(c *report.Connection, want []string) sight { return word(c.History, nil, want) }

func took(c *report.Connection, want []string) sight {
	d := time.Duration(c.Duration)
	return sight{slices.ContainsFunc(want, func(v string) bool {
		w, _ := time.ParseDuration(v)
		return (d - w).Abs() <= w/10
	}), d.String(), []uint32{c.FirstFrame, c.LastFrame}}
}
