package render

import (
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// traceHeader says what ran, between whom, where and on which kernel.
func (p *page) traceHeader(conns []*report.Connection) {
	title := "tcplab trace"
	switch side(p.r) {
	case "server":
		title = "tcplab serve"
	case "client":
		title = "tcplab connect"
	}
	switch s := p.r.Scenario; {
	case s != nil && s.Name == "exec":
		title = "tcplab exec"
	case s != nil:
		title += " " + p.r.Scenario.Name
		if v := p.r.Scenario.Variant; v != "" {
			title += " (" + v + ")"
		}
	}
	if p.r.Run != nil && p.r.Run.Iface != "" {
		title += " on " + p.r.Run.Iface
	}
	items := []string{title}
	if len(conns) == 1 {
		items = append(items, endpoint(conns[0].Client)+" ⇄ "+endpoint(conns[0].Server))
	} else if len(conns) > 1 {
		items = append(items, plural(uint64(len(conns)), "connection"))
	}
	items = append(items, plural(segmentCount(conns), "segment"), plural(payload(conns), "byte"))
	lines := texttab.Join(items, " · ", p.Width())
	p.Line(texttab.Styled(lines[0], texttab.Bold))
	for _, line := range texttab.Join(append(lines[1:], p.runItems()...), " · ", p.Width()) {
		if line != "" {
			p.Line(texttab.Styled(line, texttab.Dim))
		}
	}
	p.Blank()
}

// side is the end that ran here, "" when both did.
func side(r *report.Report) string {
	if r.Run == nil {
		return ""
	}
	return r.Run.Side
}

// runItems are the facts of the second line: what the scenario shows, why this interface, which kernel.
func (p *page) runItems() []string {
	items := []string{}
	if p.r.Selection != nil {
		items = append(items, p.howMany(uint64(len(p.r.Connections))))
	}
	if s := p.r.Scenario; s != nil && s.Title != "" {
		items = append(items, s.Title)
	}
	if run := p.r.Run; run != nil {
		if run.IfaceWhy != "" {
			items = append(items, run.Iface+": "+run.IfaceWhy)
		}
		if run.Kernel != "" {
			items = append(items, run.Kernel)
		}
	}
	return items
}

// connectionHeader introduces the packet table of one connection.
func (p *page) connectionHeader(c *report.Connection) {
	items := []string{"connection " + itoa(c.ID), endpoint(c.Client) + " → " + endpoint(c.Server),
		plural(uint64(c.Frames), "segment"), span(time.Duration(c.Duration)), "from " + c.Start.UTC().Format("2006-01-02 15:04:05.000000") + " UTC"}
	for i, line := range texttab.Join(items, " · ", p.Width()) {
		style := texttab.Bold
		if i > 0 {
			style = texttab.Plain
		}
		p.Line(texttab.Styled(line, style))
	}
	if !c.ClientKnown {
		p.Lines(0, texttab.Dim, "who opened it was not captured: which end is called client is a guess")
	}
	p.Blank()
}

// inputLine says what was read, and how many connections were in it.
func (p *page) inputLine(conns uint64) {
	in := p.r.Input
	items := append([]string{in.Path, in.Format}, in.LinkTypes...)
	items = append(items, plural(in.Packets, "packet"), plural(in.Bytes, "byte"))
	if in.First != nil && in.Last != nil {
		items = append(items, span(in.Last.Sub(*in.First)), "from "+in.First.UTC().Format("2006-01-02 15:04:05")+" UTC")
	}
	items = append(items, p.howMany(conns))
	for _, line := range texttab.Join(items, " · ", p.Width()) {
		p.Line(texttab.Styled(line, texttab.Bold))
	}
}

// notTCP says what of the capture the table does not show.
func (p *page) notTCP() {
	n := p.r.Input.Counts
	items := []string{}
	for _, c := range []struct {
		n          uint64
		noun, rest string
	}{{n.ICMPError, "ICMP error", ""}, {n.Fragment, "IP fragment", ""}, {n.Malformed, "malformed or cut packet", ""},
		{n.UnknownLink, "packet", " of an unknown link layer"}, {n.Duplicate, "packet", " captured twice"}} {
		if c.n > 0 {
			items = append(items, plural(c.n, c.noun)+c.rest)
		}
	}
	if n.NotTCP > 0 {
		other := plural(n.NotTCP, "packet") + " not TCP"
		for i, s := range p.r.Input.NotTCP {
			if i == 4 {
				break
			}
			other += map[bool]string{true: ": ", false: ", "}[i == 0] + s.Name + " " + itoa(s.Frames)
		}
		items = append(items, other)
	}
	if len(items) == 0 {
		return
	}
	p.Blank()
	for _, line := range texttab.Join(items, " · ", p.Width()) {
		p.Line(texttab.Styled(line, texttab.Dim))
	}
}

func segmentCount(conns []*report.Connection) (n uint64) {
	for _, c := range conns {
		n += uint64(c.Frames)
	}
	return n
}

func payload(conns []*report.Connection) (n uint64) {
	for _, c := range conns {
		n += c.ClientToServer.UniqueBytes + c.ServerToClient.UniqueBytes
	}
	return n
}

// origin is the time the connection table counts from: the first packet.
func origin(r *report.Report) time.Time {
	if r.Input.First != nil {
		return *r.Input.First
	}
	if len(r.Connections) > 0 {
		return r.Connections[0].Start
	}
	return time.Time{}
}
