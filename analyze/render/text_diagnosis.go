package render

import (
	"tcplab/analyze/render/texttab"
)

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
		key := verdictOf(f)
		if f.conn != nil && open(fs, f) {
			key = question(fs, f.conn)
		}
		k, seen := first[key]
		switch {
		case seen && f.conn != nil && fs[k].conn != f.conn:
			if others := also[k]; len(others) == 0 || others[len(others)-1] != f.conn.ID { // once for all candidates
				also[k] = append(others, f.conn.ID)
			}
			continue
		case !seen:
			first[key] = i
		}
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
		p.diagnosisOf(fs, i, append(others, p.rest.others(fs, i)...), i > 0 && fs[i-1].conn == f.conn)
	}
	p.warnings()
	p.missing()
}

// missing prints which facts of the hosts could not be read, and who may.
func (p *page) missing() {
	for _, h := range p.r.Hosts {
		if len(h.Missing) > 0 {
			p.Blank()
		}
		for _, m := range h.Missing {
			text := m.What + ": " + m.Why
			if m.Needs != "" {
				text += "; needs " + m.Needs
			}
			p.labelled("missing", texttab.Dim, text)
		}
	}
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
	seen := p.rest
	if seen == nil {
		seen = newDigest()
		for _, c := range connections(p.r) {
			seen.take(c)
		}
	}
	p.Line(texttab.Styled(" no fault found", texttab.Good))
	text := p.howMany(seen.count) + " in " + plural(p.r.Input.Packets, "packet")
	if seen.count > 0 {
		text += ", " + itoa(seen.closed) + " closed in order"
	}
	p.labelled("seen", texttab.Dim, text)
	for i := range seen.long {
		c := &seen.long[i]
		text := waitsText(c)
		if seen.count > 1 {
			text = "connection " + itoa(c.ID) + ": " + text
		}
		p.labelled("time", texttab.Dim, text)
	}
}
