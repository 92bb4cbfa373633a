package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// caseAnswer is what a rule says of one connection, as "tcplab explain CAUSE FILE --format json" prints it.
type caseAnswer struct {
	Connection uint32          `json:"connection"`
	Client     report.Endpoint `json:"client"`
	Server     report.Endpoint `json:"server"`
	Level      string          `json:"level"` // "no", or as sure as the rule is
	Finding    bool            `json:"finding"`
	Why        string          `json:"why"`
	Evidence   []string        `json:"evidence"`
	Frames     []uint32        `json:"frames"`
	Calls      []uint32        `json:"calls"`
}

// explainCase says of each connection in a capture or a saved run why the cause is its own, or why not.
func explainCase(ctx context.Context, a *app, name, path, format string) error {
	rule, err := ruleOf(name)
	if err != nil {
		return err
	}
	said := map[uint32]diagnose.Verdict{}
	ask := &analyze.Question{Cause: rule.ID, Answer: func(conn uint32, v diagnose.Verdict) { said[conn] = v }}
	rep, err := asked(ctx, path, ask)
	if rep == nil {
		return err
	}
	answers := []caseAnswer{}
	for i := range rep.Connections {
		if v, judged := said[rep.Connections[i].ID]; judged {
			answers = append(answers, answerFor(&rep.Connections[i], rule, v))
		}
	}
	if format == "json" {
		return errors.Join(encodeJSON(a.out, answers), err)
	}
	_, wrong := io.WriteString(a.out, caseText(rule, answers, rep, a.width()))
	return errors.Join(wrong, err)
}

// asked reads a capture or a saved run with a question to every connection.
func asked(ctx context.Context, path string, ask *analyze.Question) (*report.Report, error) {
	if !isDir(path) {
		return read(ctx, path, analyze.Options{Ask: ask})
	}
	e, err := openBundle(path)
	if err != nil {
		return nil, err
	}
	e.ask = ask
	return e.reportOn(ctx, path)
}

func answerFor(c *report.Connection, rule *diagnose.Rule, v diagnose.Verdict) caseAnswer {
	named := func(f report.Finding) bool { return rule.Covers(f.Cause) }
	return caseAnswer{Connection: c.ID, Client: c.Client, Server: c.Server, Level: v.Level.String(), Finding: rule.Quiet || slices.ContainsFunc(c.Findings, named),
		Why: v.Why, Evidence: orEmpty(v.Evidence), Frames: orEmpty(v.Frames), Calls: orEmpty(v.Calls)}
}

// orEmpty makes JSON say [] and not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// caseText lays the answers out: one paragraph for each connection, and how many had nothing to explain.
func caseText(rule *diagnose.Rule, answers []caseAnswer, rep *report.Report, width int) string {
	const indent = 4
	var b strings.Builder
	b.WriteString(strings.Join(texttab.Wrap(rule.ID+": "+rule.Title, width), "\n") + "\n")
	for _, x := range answers {
		fmt.Fprintf(&b, "\nconnection %d · %s → %s: %s\n", x.Connection, hostPort(x.Client), hostPort(x.Server), x.verdict())
		for _, text := range append([]string{x.Why}, x.Evidence...) {
			if text = texttab.Clean(text); text != "" {
				b.WriteString(strings.Repeat(" ", indent) + strings.Join(texttab.Wrap(text, width-indent), "\n"+strings.Repeat(" ", indent)) + "\n")
			}
		}
	}
	for _, f := range rep.Findings {
		if rule.Covers(f.Cause) {
			fmt.Fprintf(&b, "\nhere, %s, of no single connection: %s\n", f.Level, texttab.Clean(strings.Join(f.Evidence, "; ")))
		}
	}
	if n := len(rep.Connections) - len(answers); n > 0 {
		fmt.Fprintf(&b, "\nnothing to explain on %d of %d connections\n", n, len(rep.Connections))
	}
	return b.String()
}

// verdict says in a few words what the rule says.
func (x *caseAnswer) verdict() string {
	switch {
	case x.Level == diagnose.No.String():
		return "not here"
	case !x.Finding:
		return "fits, " + x.Level + ", but a finding of another cause explains it better"
	}
	return "here, " + x.Level
}
