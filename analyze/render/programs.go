package render

import (
	"fmt"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// Program is a program of the user's: how it ended and what it wrote.
type Program struct {
	Name, Command, Ended string
	Style                texttab.Style // of how it ended
	Wrote                []Writing
}

// Writing is what a program wrote to its standard output or error, in lines that can do nothing to who shows them.
type Writing struct {
	Name  string
	Style texttab.Style
	Lines []string
	More  string // says how much is left out, "" when nothing is
}

// linesShown is how much a report shows of what a program wrote.
const linesShown = 12

// Programs are the programs of the user's that a report knows of.
func Programs(r *report.Report) (list []Program) {
	for i := range r.Actors {
		a := &r.Actors[i]
		if a.Command == "" {
			continue
		}
		p := Program{Name: a.Name, Command: a.Command}
		p.Style, p.Ended = exitText(a)
		for _, s := range []Writing{{Name: "stdout", Style: texttab.Dim}, {Name: "stderr", Style: texttab.Warn}} {
			if s.take(a); len(s.Lines) > 0 {
				p.Wrote = append(p.Wrote, s)
			}
		}
		list = append(list, p)
	}
	return list
}

// exitText says how a program ended.
func exitText(a *report.Actor) (texttab.Style, string) {
	switch {
	case a.EndedBy != "" && a.Exit.Signal == a.EndedBy:
		return texttab.Dim, "ended by tcplab with " + a.EndedBy
	case a.EndedBy != "":
		return texttab.Dim, fmt.Sprintf("exited with status %d when tcplab sent %s", a.Exit.Status, a.EndedBy)
	case a.Exit.Signal != "":
		return texttab.Bad, "killed by " + a.Exit.Signal
	case a.Exit.Status != 0:
		return texttab.Bad, fmt.Sprintf("exited with status %d", a.Exit.Status)
	}
	return texttab.Good, "exited with status 0"
}

// take takes the lines that a program wrote to s.
func (s *Writing) take(a *report.Actor) {
	var text strings.Builder
	for _, o := range a.Output {
		if o.Stream == s.Name {
			text.WriteString(o.Text)
		}
	}
	if text.Len() == 0 {
		return
	}
	for i, line := range strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n") {
		if i == linesShown {
			s.More = "… and " + plural(uint64(strings.Count(strings.TrimSuffix(text.String(), "\n"), "\n")+1-i), "line") + " more, which --format json has"
			return
		}
		s.Lines = append(s.Lines, texttab.Clean(line))
	}
}
