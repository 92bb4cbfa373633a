package render

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// HTML is the report as one page that needs no network: ladder, graphs, findings and transcript.
var HTML = Format{Name: "html", Doc: "one self-contained page: ladder, graphs, findings, transcript", Write: writeHTML, Stream: newHTMLStream, Segments: true}

//go:embed page/page.html
var pageTemplate string

//go:embed page/style.css
var pageStyle string

//go:embed page/page.js
var pageScript string

// htmlPage is what the template shows. Its strings are clean; the template escapes them.
type htmlPage struct {
	Policy, Title   string
	Style           template.CSS
	Script          template.JS
	Facts           []string
	Parts           []htmlPart
	Answer          *htmlFinding
	Connections     []htmlConnection
	MoreConnections string
	Ladders         []htmlLadder
	Run             []htmlLine
	Findings        []htmlFinding
	MoreFindings    string
	Programs        []Program // their lines are clean
	Warnings        []string
	Footer          string
	rows            map[string]bool // names of the rows of all ladders
}

type htmlPart struct{ ID, Name string }

// htmlConnection is a line of the table of connections.
type htmlConnection struct {
	ID                                                            uint32
	Drawn                                                         bool
	Client, Server, Start, Took, Up, Down, Opened, Ended, Finding string
}

type htmlFinding struct {
	Severity, Headline, Tag, Fix  string
	Refs, Calls                   []htmlRef
	Evidence, Sees, Not, Unjudged []string
}

// htmlRef names a frame or a call; it links to the row that shows it, if the page has one.
type htmlRef struct{ Link, Text string }

func writeHTML(w io.Writer, r *report.Report, o Options) error {
	ladders := mostLadders
	if len(r.Timeline) > 0 {
		ladders = len(r.Connections) // a run is one ladder
	}
	return writePage(w, r, excerptOf(r, o, ladders), o)
}

func newHTMLStream(w io.Writer, o Options) Stream {
	return &excerptStream{w: w, o: o, x: excerpt{ladders: mostLadders, copies: true}, write: writePage}
}

func writePage(w io.Writer, r *report.Report, x *excerpt, o Options) error {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if err := t.Execute(out, newHTMLPage(r, x, o)); err != nil {
		return err
	}
	return out.Flush()
}

func newHTMLPage(r *report.Report, x *excerpt, o Options) *htmlPage {
	p := &htmlPage{Policy: policy(), Style: template.CSS(pageStyle + svgClasses), Script: template.JS(pageScript), Title: clean(pageTitle(r)),
		Warnings: cleanAll(r.Warnings), Footer: clean("tcplab " + r.Tool.Version)}
	p.facts(r)
	for _, l := range runLines(r) {
		p.Run = append(p.Run, htmlLine{l.label, clean(l.text)})
	}
	p.ladders(r, x)
	p.findings(x.findings(r, o))
	if x.total > 1 {
		p.connections(r, x)
	}
	p.programs(r)
	p.parts()
	return p
}

// programs takes what the user's programs wrote.
func (p *htmlPage) programs(r *report.Report) {
	p.Programs = Programs(r)
	for i := range p.Programs {
		one := &p.Programs[i]
		one.Name, one.Command, one.Ended = clean(one.Name), clean(one.Command), clean(one.Ended)
	}
}

// policy lets the page's own script run and nothing else: no network, no other script.
func policy() string {
	sum := sha256.Sum256([]byte(pageScript))
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func pageTitle(r *report.Report) string {
	if r.Scenario != nil {
		return "tcplab trace " + r.Scenario.Name
	}
	return "tcplab: " + r.Input.Path
}

func (p *htmlPage) facts(r *report.Report) {
	if s := r.Scenario; s != nil && s.Title != "" {
		p.Facts = append(p.Facts, clean(s.Title))
	}
	if run := r.Run; run != nil {
		p.Facts = append(p.Facts, clean(run.Iface+": "+run.IfaceWhy), clean(run.Kernel))
	}
	in := r.Input
	p.Facts = append(p.Facts, clean(in.Format+" "+strings.Join(in.LinkTypes, ", ")), plural(in.Packets, "packet"), plural(in.Bytes, "byte"))
	for _, l := range joinLines(r.Join) {
		p.Facts = append(p.Facts, clean(l.label+": "+l.text))
	}
	if in.First != nil {
		p.Facts = append(p.Facts, in.First.UTC().Format("2006-01-02 15:04:05")+" UTC")
	}
}

func (p *htmlPage) findings(fs []found, more string) {
	p.MoreFindings = clean(more)
	for _, f := range fs {
		not, unjudged := exclusions(f.Excluded)
		frame := "frame" // what belongs to no connection may be ARP
		if f.conn != nil {
			frame = "segment"
		}
		h := htmlFinding{Severity: clean(f.Severity), Headline: clean(headline(f)), Tag: clean(f.Cause + ", " + f.Level), Fix: clean(f.Fix),
			Refs: p.refs("f", frame, f.Frames), Calls: p.refs("c", "call", f.Calls), Evidence: cleanAll(f.Evidence), Not: cleanAll(not), Unjudged: cleanAll(unjudged)}
		if f.ClientSees != "" {
			h.Sees = append(h.Sees, clean("the client sees "+f.ClientSees))
		}
		if f.ServerSees != "" {
			h.Sees = append(h.Sees, clean("the server sees "+f.ServerSees))
		}
		p.Findings = append(p.Findings, h)
	}
	if len(fs) > 0 && fs[0].Severity != "note" {
		answer := p.Findings[0]
		if open(fs, fs[0]) {
			answer.Headline, answer.Tag = clean(symptom(fs[0]))+": more than one cause fits the evidence", "cannot tell"
		}
		p.Answer = &answer
	}
}

// refs names frames ("f") or calls ("c") by a noun. Not every one is in a ladder of the page.
func (p *htmlPage) refs(letter, noun string, numbers []uint32) (list []htmlRef) {
	for _, n := range numbers {
		ref := htmlRef{letter + itoa(n), noun + " " + itoa(n)}
		if !p.rows[ref.Link] {
			ref.Link = ""
		}
		list = append(list, ref)
	}
	return list
}

// connections fills the table.
func (p *htmlPage) connections(r *report.Report, x *excerpt) {
	start := x.begin(r)
	drawn := map[string]bool{}
	for _, l := range p.Ladders {
		drawn[l.ID] = true
	}
	p.MoreConnections = x.more()
	for _, c := range x.rows {
		p.Connections = append(p.Connections, htmlConnection{ID: c.ID, Drawn: drawn["conn"+itoa(c.ID)], Client: clean(endpoint(c.Client)),
			Server: clean(endpoint(c.Server)), Start: brief(c.Start.Sub(start)), Took: brief(time.Duration(c.Duration)),
			Up: itoa(c.ClientToServer.UniqueBytes), Down: itoa(c.ServerToClient.UniqueBytes), Opened: clean(opened(c)), Ended: clean(ended(c)),
			Finding: clean(firstFinding(c).Cause)})
	}
}

// parts lists what the page has, for the line of links at its top.
func (p *htmlPage) parts() {
	if len(p.Connections) > 0 {
		p.Parts = append(p.Parts, htmlPart{"connections", "Connections"})
	}
	for _, l := range p.Ladders {
		p.Parts = append(p.Parts, htmlPart{l.ID, l.Title})
		if len(l.Graphs) > 0 {
			p.Parts = append(p.Parts, htmlPart{l.ID + "graphs", "graphs"})
		}
		if l.Transcript != "" {
			p.Parts = append(p.Parts, htmlPart{l.ID + "text", "transcript"})
		}
	}
	if len(p.Run) > 0 {
		p.Parts = append(p.Parts, htmlPart{"run", "Run"})
	}
	p.Parts = append(p.Parts, htmlPart{"findings", "Findings"})
	if len(p.Programs) > 0 {
		p.Parts = append(p.Parts, htmlPart{"programs", "Programs"})
	}
}

func clean(s string) string { return texttab.Clean(s) }

func cleanAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = clean(s)
	}
	return out
}
