package render

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// Text is the report for people. A run is drawn as a ladder of both ends, a plain capture as a table of connections.
var Text = Format{
	Name:   "text",
	Doc:    "for people, on a terminal",
	Write:  writeText,
	Stream: newTextStream,
}

// page is a text report being written.
type page struct {
	*texttab.Printer
	r    *report.Report
	o    Options
	rest *digest // connections that r does not have, nil when it has all
}

func newPage(w io.Writer, r *report.Report, o Options) *page {
	return &page{texttab.NewPrinter(w, o.width(), o.Color, o.ASCII), r, o, nil}
}

func writeText(w io.Writer, r *report.Report, o Options) error {
	p := newPage(w, r, o)
	switch {
	case o.FindingsOnly:
		p.diagnosis()
	case len(o.Find) > 0 && r.Selection != nil:
		p.found()
	case o.Follow:
		if err := p.follow(); err != nil {
			return err
		}
	case o.Conn >= 0:
		if err := p.oneConnection(); err != nil {
			return err
		}
	case len(r.Timeline) > 0 || r.Scenario != nil:
		p.trace()
	default:
		p.capture()
	}
	return p.Flush()
}

// trace prints a run: the answer when it failed, the ladder, the verdict, the proof.
func (p *page) trace() {
	conns := connections(p.r)
	p.traceHeader(conns)
	findings := allFindings(p.r)
	p.answer(findings)
	p.drawLadder(ladder(p.r, conns), conns)
	p.verdicts(conns)
	p.secondJudgement(conns, false)
	p.warnings()
	p.proofs(findings)
}

// capture prints a plain capture: its connections, what else was in it, the findings.
func (p *page) capture() {
	conns := connections(p.r)
	if p.o.WorstFirst {
		sortWorstFirst(conns)
	}
	p.inputLine(uint64(len(conns)))
	if len(conns) > 0 {
		p.Blank()
		t := newConnectionTable(p.Printer, conns, origin(p.r))
		t.print(conns)
		p.secondJudgement(conns, true)
		p.joinSummary(conns)
	}
	p.notTCP()
	p.warnings()
	p.findingsByCause(conns)
}

// oneConnection prints the packets of the connection asked for.
func (p *page) oneConnection() error {
	c, err := p.wanted()
	if err != nil {
		return err
	}
	p.connectionHeader(c)
	p.answer(connectionFindings(c))
	p.packets(c)
	p.transcript(c)
	p.verdicts([]*report.Connection{c})
	p.secondJudgement([]*report.Connection{c}, false)
	p.measures(c)
	p.warnings()
	p.proofs(connectionFindings(c))
	return nil
}

// wanted returns the connection asked for.
func (p *page) wanted() (*report.Connection, error) {
	for i := range p.r.Connections {
		if c := &p.r.Connections[i]; int64(c.ID) == int64(p.o.Conn) {
			return c, nil
		}
	}
	return nil, fmt.Errorf("connection %d: not in this capture, which has %s", p.o.Conn, plural(uint64(len(p.r.Connections)), "connection"))
}

// connections returns a report's connections by reference.
func connections(r *report.Report) []*report.Connection {
	conns := make([]*report.Connection, len(r.Connections))
	for i := range r.Connections {
		conns[i] = &r.Connections[i]
	}
	return conns
}

// found is a finding and the connection it is about, nil for one of the whole capture.
type found struct {
	*report.Finding
	conn *report.Connection
	peer string // without a connection: whom a connect() asked, "" when that is not known
}

func connectionFindings(c *report.Connection) []found {
	out := make([]found, len(c.Findings))
	for i := range c.Findings {
		out[i] = found{&c.Findings[i], c, ""}
	}
	return out
}

// asked is the address in the connect() that a finding is about, "" when there is none.
func asked(r *report.Report, f *report.Finding) string {
	for i := range r.Calls {
		c := &r.Calls[i]
		if c.Op != "connect" || !slices.Contains(f.Calls, c.Number) {
			continue
		}
		_, to, _ := strings.Cut(argsText(c.Args), ", ")
		if _, err := netip.ParseAddrPort(to); err == nil {
			return to
		}
	}
	return ""
}

// captureFindings returns the findings of no single connection.
func captureFindings(r *report.Report) []found {
	out := make([]found, len(r.Findings))
	for i := range r.Findings {
		out[i] = found{&r.Findings[i], nil, asked(r, &r.Findings[i])}
	}
	return out
}

// allFindings returns the findings of the report and its connections, the gravest first.
func allFindings(r *report.Report) []found {
	out := captureFindings(r)
	for i := range r.Connections {
		out = append(out, connectionFindings(&r.Connections[i])...)
	}
	sortFindings(out)
	return out
}

// warnings prints what the reader must know about the evidence itself.
func (p *page) warnings() {
	if len(p.r.Warnings) == 0 {
		return
	}
	p.Blank()
	for _, w := range p.r.Warnings {
		p.labelled("warning", texttab.Warn, w)
	}
}

// textMargin is the left margin, in which labels stand.
const textMargin = 13

// labelled prints text after a label in the left margin, wrapped.
func (p *page) labelled(label string, style texttab.Style, text string) {
	for i, line := range texttab.Wrap(text, p.Width()-textMargin) {
		if i > 0 {
			label = ""
		}
		p.Line(append(texttab.Styled(" "+label, style).Fit(textMargin), texttab.Span{Text: line}))
	}
}

func itoa[T ~int | ~uint32 | ~uint64](n T) string { return strconv.FormatInt(int64(n), 10) }
