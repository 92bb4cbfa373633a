package render

import (
	"sort"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

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
	for _, f := range captureFindings(p.r) {
		p.Blank()
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
		p.title(found{&k.finding, nil, ""})
		where := frameList("connection", k.conns)
		if rest := k.count - uint64(len(k.conns)); rest > 0 {
			where += " and " + itoa(rest) + " more"
		}
		p.labelled("in", texttab.Dim, where+" (--conn "+itoa(k.conns[0])+" shows the first)")
	}
}
