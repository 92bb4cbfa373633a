package render

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// verdicts says of each connection how it opened, what it carried and how it ended.
func (p *page) verdicts(conns []*report.Connection) {
	for _, c := range conns {
		p.Blank()
		if len(conns) > 1 {
			p.Line(texttab.Styled("connection "+itoa(c.ID)+"  "+endpoint(c.Client)+" → "+endpoint(c.Server), texttab.Bold))
		}
		style := texttab.Good
		if c.Handshake == nil || c.Handshake.ACK == 0 {
			style = texttab.Warn
		}
		p.labelled("handshake", style, handshakeText(c))
		p.labelled("data", dataStyle(c), dataText(c))
		style = texttab.Good
		if !closedWell(c) {
			style = texttab.Warn
		}
		p.labelled("ending", style, endingText(c, p.r.Run))
		if c.Waits != nil {
			p.labelled("time", texttab.Good, waitsText(c))
		}
		p.bothEnds(c)
		for _, w := range c.Warnings {
			p.labelled("warning", texttab.Warn, w)
		}
	}
	p.joinedFrom()
	for _, l := range runLines(p.r) {
		p.labelled(l.label, l.style, l.text)
	}
	p.programs()
}

// handshakeText says how the connection opened and what both ends agreed on.
func handshakeText(c *report.Connection) string {
	h := c.Handshake
	switch {
	case c.Outcome == "REJ":
		return "refused: the SYN was answered with a reset"
	case h == nil:
		return "not captured: the connection is older than the capture"
	case h.SYN != 0 && h.SYNACK == 0 && h.Kind != "simultaneous":
		attempts := ""
		if len(c.SYNFrames) > 1 {
			attempts = fmt.Sprintf(", sent %d times", len(c.SYNFrames))
		}
		return "not complete: no answer to the SYN" + attempts
	case h.ACK == 0:
		return "not complete: " + missingHandshake(h)
	}
	items := []string{"complete"}
	if h.RTT > 0 {
		items[0] += " in " + span(time.Duration(h.RTT))
	}
	if h.Kind != "normal" {
		items[0] = h.Kind + ", " + items[0]
	}
	return strings.Join(append(items, agreed(c.Options)...), " · ")
}

func missingHandshake(h *report.Handshake) string {
	switch {
	case h.SYN == 0 && h.SYNACK != 0:
		return "the SYN was not captured"
	case h.SYNACK != 0:
		return "the client never confirmed the SYN,ACK"
	}
	return "only part of it was captured"
}

// agreed lists the options that hold for the connection: one of a single end has no effect and is said so.
func agreed(o report.OptionPair) []string {
	if o.Client == nil || o.Server == nil {
		return nil
	}
	a, b := o.Client, o.Server
	items := []string{}
	switch {
	case a.MSS != 0 && a.MSS == b.MSS:
		items = append(items, fmt.Sprintf("MSS %d", a.MSS))
	case a.MSS != 0 || b.MSS != 0:
		items = append(items, fmt.Sprintf("MSS %d and %d", a.MSS, b.MSS))
	}
	items = append(items, both("SACK", a.SACKPermitted, b.SACKPermitted)...)
	items = append(items, both("timestamps", a.Timestamps, b.Timestamps)...)
	switch {
	case a.WindowScale >= 0 && a.WindowScale == b.WindowScale:
		items = append(items, fmt.Sprintf("scale ×%d", 1<<min(a.WindowScale, 14)))
	case a.WindowScale >= 0 && b.WindowScale >= 0:
		items = append(items, fmt.Sprintf("scale ×%d and ×%d", 1<<min(a.WindowScale, 14), 1<<min(b.WindowScale, 14)))
	default:
		items = append(items, "no window scaling")
	}
	return items
}

// both names an option that needs both ends.
func both(name string, client, server bool) []string {
	switch {
	case client && server:
		return []string{name}
	case client:
		return []string{"no " + name + " (the server did not agree)"}
	case server:
		return []string{"no " + name + " (the client did not offer it)"}
	}
	return nil
}

// dataText says what each direction carried and what went wrong on the way.
func dataText(c *report.Connection) string {
	a, b := &c.ClientToServer, &c.ServerToClient
	if a.UniqueBytes == 0 && b.UniqueBytes == 0 && troubles(a, b) == "" {
		return "none in either direction"
	}
	text := fmt.Sprintf("%s → · ← %s", plural(a.UniqueBytes, "byte"), plural(b.UniqueBytes, "byte"))
	if t := troubles(a, b); t != "" {
		return text + " · " + t
	}
	if e := c.Ends; e != nil && len(e.ClientToServer.Lost)+len(e.ServerToClient.Lost) > 0 {
		return text + " · nothing repeated"
	}
	return text + " · nothing lost, nothing repeated"
}

func dataStyle(c *report.Connection) texttab.Style {
	if troubles(&c.ClientToServer, &c.ServerToClient) != "" {
		return texttab.Warn
	}
	return texttab.Good
}

// troubles counts what did not go straight in either direction.
func troubles(a, b *report.Half) string {
	items := []string{}
	for _, t := range []struct {
		n    uint64
		noun string
	}{{a.MissingBytes + b.MissingBytes, "byte"}, {a.Retransmissions + b.Retransmissions, "retransmission"},
		{a.OutOfOrder + b.OutOfOrder, "segment"}, {a.DuplicateACKs + b.DuplicateACKs, "duplicate ACK"},
		{a.ZeroWindows + b.ZeroWindows, "zero window"}, {a.WindowFulls + b.WindowFulls, "full window"}} {
		if t.n == 0 {
			continue
		}
		item := plural(t.n, t.noun)
		switch t.noun {
		case "byte":
			item += " not captured"
		case "segment":
			item += " out of order"
		}
		items = append(items, item)
	}
	return strings.Join(items, " · ")
}

// endingText says how the connection ended, who began it, and who remembers it.
func endingText(c *report.Connection, run *report.Run) string {
	if c.Outcome == "S0" || c.Outcome == "REJ" {
		return "there was nothing to close"
	}
	by := c.Close.By
	text := ""
	switch c.Close.Kind {
	case "four-way", "three-way":
		text = c.Close.Kind + ", " + by + " closed first"
	case "simultaneous":
		text = "simultaneous: both ends closed before either saw the other's FIN"
	case "half":
		text = "half closed: the " + by + " sent its FIN, the other end has not"
	case "reset":
		text = "reset by the " + by
		if forged(c) {
			text = "reset in the name of the " + by + ", which did not send it"
		}
	default:
		return "not seen: client " + c.State.Client + ", server " + c.State.Server + " when the capture ended"
	}
	if len(c.Close.Frames) > 0 {
		text += " (" + frameList("segment", c.Close.Frames) + ")"
	}
	if w := c.Close.TimeWait; w != "" {
		text += " · " + holds(w) + " TIME-WAIT"
		if run != nil && strings.HasPrefix(run.Kernel, "Linux") {
			text += " for 60 s" // TCP_TIMEWAIT_LEN: Linux does not wait the 2 MSL of RFC 9293, 3.3.2
		}
	}
	return text
}

func holds(who string) string {
	if who == "both" {
		return "both ends hold"
	}
	return "the " + who + " holds"
}
