package render

import (
	"sort"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// sortFindings orders findings by gravity, keeping the ranking of each connection.
func sortFindings(fs []found) {
	sort.SliceStable(fs, func(i, j int) bool { return gravity(fs[i].Severity) < gravity(fs[j].Severity) })
}

// answer leads a report with why it failed, when it did.
func (p *page) answer(fs []found) {
	if len(fs) == 0 || fs[0].Severity == "note" {
		return
	}
	f := fs[0]
	right := f.Cause + ", " + f.Level
	text := headline(f)
	if open(fs, f) {
		right, text = "cannot tell", symptom(f)+": more than one cause fits what was captured"
	}
	for i, line := range texttab.Wrap(text, p.Width()-2) {
		cell := texttab.Cell{{Text: " "}, {Text: line, Style: headStyle(f)}}
		if room := p.Width() - cell.Width() - texttab.Width(right) - 2; i == 0 && room >= 1 && texttab.Width(text) == texttab.Width(line) {
			cell = append(cell, texttab.Span{Text: strings.Repeat(" ", room) + right, Style: texttab.Dim})
			right = ""
		}
		p.Line(cell)
	}
	if right != "" {
		p.Line(texttab.Styled(" "+right, texttab.Dim))
	}
	p.Blank()
}

func headStyle(f found) texttab.Style {
	switch f.Severity {
	case "error":
		return texttab.Bad
	case "warning":
		return texttab.Warn
	}
	return texttab.Bold
}

// open reports whether a connection's causes are only possible, and more than one: then nothing may be claimed.
func open(fs []found, f found) bool {
	n := 0
	for _, g := range fs {
		if g.conn == f.conn && g.Severity == f.Severity {
			if g.Level != "possible" {
				return false
			}
			n++
		}
	}
	return n > 1
}

// headline says in one line what happened to whom, and why.
func headline(f found) string {
	if s := symptom(f); s != "" {
		return s + ": " + f.Title
	}
	return f.Title
}

// outcomes words what an application sees for an errno name; %s is the other end.
var outcomes = map[string]string{
	"ECONNREFUSED": "connect to %s was REFUSED",
	"ETIMEDOUT":    "connection to %s TIMED OUT",
	"ECONNRESET":   "connection to %s was RESET",
	"EPIPE":        "writing to %s FAILED",
	"EHOSTUNREACH": "%s is UNREACHABLE",
	"ENETUNREACH":  "the network of %s is UNREACHABLE",
	"EADDRINUSE":   "the address is IN USE",
}

// symptom says what the application saw; "" when it saw nothing.
func symptom(f found) string {
	sees, who := f.ClientSees, "server"
	if sees == "" {
		sees, who = f.ServerSees, "client"
	}
	peer := "the " + who
	if f.conn != nil {
		peer = endpoint(f.conn.Server)
		if who == "client" {
			peer = endpoint(f.conn.Client)
		}
	}
	for errno, words := range outcomes {
		if strings.Contains(sees, errno) {
			return strings.Replace(words, "%s", peer, 1)
		}
	}
	if f.conn != nil {
		return endpoint(f.conn.Client) + " → " + endpoint(f.conn.Server)
	}
	return ""
}

// proofs prints of every finding what was seen, what it is not and what to do. A single finding has been named by the
// answer above; of several each is named again.
func (p *page) proofs(fs []found) {
	for i, f := range fs {
		p.Blank()
		if i > 0 || f.Severity == "note" {
			p.title(f)
		} else if open(fs, f) {
			p.title(f)
		}
		p.proof(f)
	}
}

// title names a finding, its level and its connection.
func (p *page) title(f found) {
	text := f.Title
	if f.conn != nil && len(p.r.Connections) > 1 {
		text = "#" + itoa(f.conn.ID) + " " + text
	}
	tag := f.Cause + ", " + f.Level
	lines := texttab.Join([]string{text, "(" + tag + ")"}, "  ", p.Width()-2)
	for _, line := range lines {
		p.Line(texttab.Cell{{Text: " "}, {Text: line, Style: headStyle(f)}})
	}
}

// proof prints the evidence for a finding, what was ruled out, and the next step.
func (p *page) proof(f found) {
	p.list("why", texttab.Good, f.Evidence)
	if f.ClientSees != "" {
		p.labelled("client sees", texttab.Left, f.ClientSees)
	}
	if f.ServerSees != "" {
		p.labelled("server sees", texttab.Right, f.ServerSees)
	}
	not, unjudged := exclusions(f.Excluded)
	p.list("not", texttab.Warn, not)
	p.list("not judged", texttab.Dim, unjudged)
	if f.Fix != "" {
		p.labelled("next", texttab.Bold, f.Fix)
	}
}

// exclusions writes look-alikes that were ruled out, those of one reason together, and those that could not be judged.
func exclusions(excluded []report.Exclusion) (not, unjudged []string) {
	causes, order := map[string][]string{}, []string{}
	for _, x := range excluded {
		if causes[x.Why] == nil {
			order = append(order, x.Why)
		}
		causes[x.Why] = append(causes[x.Why], x.Cause)
	}
	for _, why := range order {
		names := strings.Join(causes[why], ", ")
		if lacking, ok := strings.CutPrefix(why, "not judged: "); ok {
			unjudged = append(unjudged, names+": it would take "+lacking)
		} else {
			not = append(not, names+": "+why)
		}
	}
	return not, unjudged
}

// list prints texts under one label.
func (p *page) list(label string, style texttab.Style, texts []string) {
	for _, text := range texts {
		p.labelled(label, style, text)
		label = ""
	}
}

// diagnosis prints the findings alone: one proof for each cause, and the other connections it holds for.
func (p *page) diagnosis() {
	fs := allFindings(p.r)
	if p.o.Conn >= 0 {
		fs = only(fs, p.o.Conn)
	}
	if len(fs) == 0 {
		p.healthy()
	}
	first := map[string]int{}
	also := map[int][]uint32{}
	for i, f := range fs {
		key := f.Cause + " " + f.Level
		if k, seen := first[key]; seen && f.conn != nil && fs[k].conn != f.conn && !open(fs, f) {
			also[k] = append(also[k], f.conn.ID)
			continue
		}
		first[key] = i
		also[i] = nil
	}
	for i, f := range fs {
		others, shown := also[i]
		if !shown {
			continue
		}
		if i > 0 {
			p.Blank()
		}
		p.diagnosisOf(fs, i, others, i > 0 && fs[i-1].conn == f.conn)
	}
	p.warnings()
}

// diagnosisOf prints one finding of a diagnosis. A candidate of an open question is listed under the question.
func (p *page) diagnosisOf(fs []found, i int, others []uint32, following bool) {
	f := fs[i]
	switch {
	case open(fs, f) && following:
		p.title(f)
	case open(fs, f):
		p.answer(fs[i:])
		p.title(f)
	case f.Severity == "note":
		p.title(f)
	default:
		p.answer(fs[i : i+1])
	}
	p.proof(f)
	if len(others) > 0 {
		p.labelled("also", texttab.Dim, frameList("connection", others))
	}
}

// only keeps the findings of one connection.
func only(fs []found, id int) []found {
	kept := []found{}
	for _, f := range fs {
		if f.conn != nil && int64(f.conn.ID) == int64(id) {
			kept = append(kept, f)
		}
	}
	return kept
}

// healthy says that nothing was found, and what was looked at: silence would not say which.
func (p *page) healthy() {
	closed := 0
	for _, c := range connections(p.r) {
		if closedWell(c) {
			closed++
		}
	}
	p.Line(texttab.Styled(" no fault found", texttab.Good))
	text := plural(uint64(len(p.r.Connections)), "connection") + " in " + plural(p.r.Input.Packets, "packet")
	if len(p.r.Connections) > 0 {
		text += ", " + itoa(closed) + " closed in order"
	}
	p.labelled("seen", texttab.Dim, text)
}

// cause is a finding's cause with the connections it was found in.
type cause struct {
	finding report.Finding
	count   uint64
	conns   []uint32 // the first few
}

// tally counts findings by cause, in bounded memory however many connections there are.
type tally struct {
	causes map[string]*cause
	order  []string
}

func (t *tally) add(c *report.Connection) {
	for i := range c.Findings {
		f := &c.Findings[i]
		key := f.Cause + " " + f.Level
		k := t.causes[key]
		if k == nil {
			if t.causes == nil {
				t.causes = map[string]*cause{}
			}
			k = &cause{finding: *f}
			t.causes[key], t.order = k, append(t.order, key)
		}
		k.count++
		if len(k.conns) < 8 {
			k.conns = append(k.conns, c.ID)
		}
	}
}

// findingsByCause prints one line for each cause found: its connections can be looked at one by one.
func (p *page) findingsByCause(conns []*report.Connection) {
	t := &tally{}
	for _, c := range conns {
		t.add(c)
	}
	p.causes(t)
}

// causes prints a tally, the gravest cause first.
func (p *page) causes(t *tally) {
	for i := range p.r.Findings {
		p.Blank()
		f := found{&p.r.Findings[i], nil}
		p.title(f)
		p.proof(f)
	}
	if len(t.order) == 0 {
		return
	}
	sort.SliceStable(t.order, func(i, j int) bool {
		return gravity(t.causes[t.order[i]].finding.Severity) < gravity(t.causes[t.order[j]].finding.Severity)
	})
	p.Blank()
	for _, key := range t.order {
		k := t.causes[key]
		p.title(found{&k.finding, nil})
		where := frameList("connection", k.conns)
		if rest := k.count - uint64(len(k.conns)); rest > 0 {
			where += " and " + itoa(rest) + " more"
		}
		p.labelled("in", texttab.Dim, where+" (--conn "+itoa(k.conns[0])+" shows the first)")
	}
}
