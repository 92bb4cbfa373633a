package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// Markdown is the report for an issue, a wiki or a lab hand-in, as GitHub renders it.
var Markdown = Format{Name: "markdown", Doc: "for issues and wikis, as GitHub renders it", Write: writeMarkdown, Stream: newMarkdownStream}

// markdown writes a report. Text is escaped where it is written, by md.
type markdown struct {
	*bufio.Writer
	r *report.Report
	x *excerpt
	o Options
}

func writeMarkdown(w io.Writer, r *report.Report, o Options) error {
	return writeExcerpt(w, r, excerptOf(r, o, mostConnections), o)
}

func newMarkdownStream(w io.Writer, o Options) Stream {
	return &excerptStream{w: w, o: o, x: excerpt{ladders: mostConnections, copies: true}, write: writeExcerpt}
}

func writeExcerpt(w io.Writer, r *report.Report, x *excerpt, o Options) error {
	m := &markdown{bufio.NewWriterSize(w, 1<<16), r, x, o}
	m.heading()
	if o.FindingsOnly {
		m.findings()
	} else {
		m.connections()
		m.findings()
		m.programs()
		m.segments()
		m.run()
	}
	for _, text := range r.Warnings {
		m.warning(text)
	}
	return m.Flush()
}

func (m *markdown) warning(text string) { fmt.Fprintf(m, "> **Warning:** %s\n\n", md(text)) }

// segments writes the packets of each connection that has them.
func (m *markdown) segments() {
	for _, c := range m.x.drawn {
		m.connection(c)
	}
	if m.x.undrawn > 0 {
		m.warning(fmt.Sprintf("segments of %d connections only: --conn N shows those of another", len(m.x.drawn)))
	}
}

// run writes what belongs to the whole run.
func (m *markdown) run() {
	lines := runLines(m.r)
	if len(lines) == 0 {
		return
	}
	m.WriteString("## Run\n\n")
	for _, l := range lines {
		fmt.Fprintf(m, "- %s: %s\n", l.label, md(l.text))
	}
	m.WriteByte('\n')
}

func (m *markdown) heading() {
	title := "tcplab: " + m.r.Input.Path
	if s := m.r.Scenario; s != nil {
		title = "tcplab trace " + s.Name
	}
	fmt.Fprintf(m, "# %s\n\n", md(title))
	if s := m.r.Scenario; s != nil && s.Title != "" {
		fmt.Fprintf(m, "%s\n\n", md(s.Title))
	}
	if run := m.r.Run; run != nil {
		fmt.Fprintf(m, "- interface %s: %s\n- kernel %s\n", md(run.Iface), md(run.IfaceWhy), md(run.Kernel))
	}
	in := m.r.Input
	for _, l := range joinLines(m.r.Join) {
		fmt.Fprintf(m, "- %s: %s\n", l.label, md(l.text))
	}
	fmt.Fprintf(m, "- %s (%s) in %s\n\n", plural(in.Packets, "packet"), md(strings.Join(in.LinkTypes, ", ")), plural(max(m.x.total, uint64(len(m.r.Connections))), "connection"))
}

// connections writes the table of connections.
func (m *markdown) connections() {
	if len(m.x.rows) == 0 {
		return
	}
	start := m.x.begin(m.r)
	m.row("#", "client", "server", "start", "took", "bytes →", "← bytes", "opened", "ended", "finding")
	m.WriteString("| ---: | --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- |\n")
	for _, c := range m.x.rows {
		m.row(itoa(c.ID), md(endpoint(c.Client)), md(endpoint(c.Server)), brief(c.Start.Sub(start)), brief(time.Duration(c.Duration)),
			itoa(c.ClientToServer.UniqueBytes), itoa(c.ServerToClient.UniqueBytes), md(opened(c)), md(ended(c)), md(firstFinding(c).Cause))
	}
	m.WriteByte('\n')
	if more := m.x.more(); more != "" {
		fmt.Fprintf(m, "%s\n\n", md(more))
	}
}

// row writes cells, already escaped.
func (m *markdown) row(cells ...string) {
	m.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// findings writes each finding with its proof.
func (m *markdown) findings() {
	fs, more := m.x.findings(m.r, m.o)
	for _, f := range fs {
		fmt.Fprintf(m, "## %s\n\n", md(headline(f)))
		fmt.Fprintf(m, "**%s**, %s\n\n", md(f.Cause), md(f.Level))
		for _, e := range f.Evidence {
			fmt.Fprintf(m, "- %s\n", md(e))
		}
		for _, sees := range []struct{ who, what string }{{"client", f.ClientSees}, {"server", f.ServerSees}} {
			if sees.what != "" {
				fmt.Fprintf(m, "- the %s sees %s\n", sees.who, md(sees.what))
			}
		}
		for _, x := range f.Excluded {
			fmt.Fprintf(m, "- not %s: %s\n", md(x.Cause), md(x.Why))
		}
		if f.Fix != "" {
			fmt.Fprintf(m, "\nNext: %s\n", md(f.Fix))
		}
		m.WriteByte('\n')
	}
	if more != "" {
		fmt.Fprintf(m, "%s\n\n", md(more))
	}
}

// programs writes what the user's programs wrote, as code: there nothing means anything.
func (m *markdown) programs() {
	for _, p := range Programs(m.r) {
		fmt.Fprintf(m, "## Program %s: %s\n\n%s\n\n", md(p.Name), md(p.Command), md(p.Ended))
		for _, s := range p.Wrote {
			fmt.Fprintf(m, "%s:\n\n", s.Name)
			for _, line := range s.Lines {
				m.WriteString("    " + line + "\n")
			}
			if s.More != "" {
				m.WriteString("\n" + s.More + "\n")
			}
			m.WriteByte('\n')
		}
	}
}

// connection writes one connection: its verdict and its packets.
func (m *markdown) connection(c *report.Connection) {
	fmt.Fprintf(m, "## Connection %d: %s → %s\n\n", c.ID, md(endpoint(c.Client)), md(endpoint(c.Server)))
	fmt.Fprintf(m, "- handshake: %s\n- data: %s\n- ending: %s\n", md(handshakeText(c)), md(dataText(c)), md(endingText(c, m.r.Run)))
	if c.Waits != nil {
		fmt.Fprintf(m, "- time: %s\n", md(waitsText(c)))
	}
	for _, l := range endsLines(c) {
		fmt.Fprintf(m, "- %s: %s\n", l.label, md(l.text))
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(m, "- warning: %s\n", md(w))
	}
	m.WriteByte('\n')
	m.row("frame", "ms", "", "flags", "seq", "ack", "len", "window", "client", "server", "what it does")
	m.WriteString("| ---: | ---: | :---: | --- | ---: | ---: | ---: | ---: | --- | --- | --- |\n")
	for i := range c.Segments {
		g := &c.Segments[i]
		note := g.Note
		if odd := marksText(g); odd != "" {
			note = strings.TrimPrefix(note+"; "+odd, "; ")
		}
		m.row(itoa(g.Frame), millis(g), map[bool]string{true: "→", false: "←"}[g.Dir == "c2s"], md(flagWords(g.Flags)), seqText(g, roomy), ackText(g),
			itoa(g.Len), itoa(g.Window), md(g.State.Client), md(g.State.Server), md(note))
	}
	m.WriteByte('\n')
}

// mdSigns are the characters that mean something in Markdown, or that GitHub makes links and mentions of.
var mdSigns = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "#", `\#`,
	"|", `\|`, "~", `\~`, "&", "&amp;", "$", `\$`, "!", `\!`, "@", "@<!-- -->", "://", ":<!-- -->//", "www.", "www<!-- -->.")

// md escapes text for Markdown: it stays on its line, in its cell, and is nothing but text.
func md(text string) string { return mdSigns.Replace(texttab.Clean(text)) }
