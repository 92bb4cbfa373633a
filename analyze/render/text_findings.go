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
		right, text = "cannot tell", symptom(f)+": more than one cause fits the evidence"
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
	"EADDRINUSE":   "FAILED with EADDRINUSE",
}

// symptom says what the application saw; "" when it saw nothing.
func symptom(f found) string {
	sees, who := f.ClientSees, "server"
	if sees == "" {
		sees, who = f.ServerSees, "client"
	}
	peer := "the " + who
	if f.peer != "" && who == "server" {
		peer = f.peer
	}
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

// proof prints the evidence for a finding, what was ruled out, the next step, and the command that shows more.
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
	p.labelled("more", texttab.Dim, "tcplab explain "+f.Cause)
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
