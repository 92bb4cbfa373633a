package render

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// What a page holds at most: more no browser lays out, and no GitHub renders. What is left out is said in its place.
const (
	mostLadders     = 20
	mostConnections = 2000
	mostFindings    = 200
)

// excerpt is what a page shows of a report, in bounded memory however many connections there are.
type excerpt struct {
	ladders int // how many connections are drawn, at most
	copies  bool
	total   uint64
	rows    []*report.Connection // the lines of the table
	drawn   []*report.Connection // those with segments
	undrawn int
	gravest gravest
}

// excerptOf takes from a report the connections that were asked for.
func excerptOf(r *report.Report, o Options, ladders int) *excerpt {
	x := &excerpt{ladders: ladders}
	for _, c := range chosen(r, o) {
		x.add(c)
	}
	return x
}

// add takes what is shown of one connection more.
func (x *excerpt) add(c *report.Connection) {
	x.total++
	row, draw := len(x.rows) < mostConnections, len(c.Segments) > 0 && len(x.drawn) < x.ladders
	if len(c.Segments) > 0 && !draw {
		x.undrawn++
	}
	if !row && !draw && !slices.ContainsFunc(c.Findings, x.gravest.wants) {
		x.gravest.pass(c.Findings)
		return
	}
	k := *c
	if !draw {
		k.Segments, k.Transcript = nil, nil
	}
	if x.copies {
		k = k.Clone()
	}
	for i := range k.Findings {
		x.gravest.add(found{&k.Findings[i], &k, ""})
	}
	if row {
		x.rows = append(x.rows, &k)
	}
	if draw {
		x.drawn = append(x.drawn, &k)
	}
}

// sort puts what came as connections ended in the order of their beginnings.
func (x *excerpt) sort() {
	byNumber := func(a, b *report.Connection) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(x.rows, byNumber)
	slices.SortFunc(x.drawn, byNumber)
	for _, list := range x.gravest.kept {
		slices.SortStableFunc(list, func(a, b found) int { return byNumber(a.conn, b.conn) })
	}
}

// findings are those of the whole capture and of the connections, the gravest first, and what is said of the others.
func (x *excerpt) findings(r *report.Report, o Options) ([]found, string) {
	if o.Conn >= 0 {
		return x.gravest.list(nil)
	}
	return x.gravest.list(captureFindings(r))
}

// begin is the time the table counts from.
func (x *excerpt) begin(r *report.Report) time.Time {
	if r.Input.First == nil && len(x.rows) > 0 {
		return x.rows[0].Start
	}
	return origin(r)
}

// more says how many connections the table leaves out.
func (x *excerpt) more() string {
	if n := x.total - uint64(len(x.rows)); n > 0 {
		return "and " + plural(n, "connection") + " more: --format csv has all of them"
	}
	return ""
}

// gravest keeps the gravest findings, and of each cause the first. The others are counted.
type gravest struct {
	kept   [4][]found // by gravity
	known  map[string]bool
	counts map[string]uint64 // all, by cause
}

func (g *gravest) key(f report.Finding) string { return f.Severity + " " + f.Cause }

// wants reports whether f can be among those that are shown.
func (g *gravest) wants(f report.Finding) bool {
	return len(g.kept[gravity(f.Severity)]) < mostFindings || !g.known[g.key(f)]
}

// pass counts findings that are not kept.
func (g *gravest) pass(list []report.Finding) {
	for i := range list {
		g.counts[list[i].Cause]++ // there are such: they filled what is kept
	}
}

func (g *gravest) add(f found) {
	if g.counts == nil {
		g.known, g.counts = map[string]bool{}, map[string]uint64{}
	}
	g.counts[f.Cause]++
	if g.wants(*f.Finding) {
		at := gravity(f.Severity)
		g.kept[at], g.known[g.key(*f.Finding)] = append(g.kept[at], f), true
	}
}

// list returns what a page shows of all that were added, and of those of the capture itself, which stand before them.
func (g *gravest) list(capture []found) (shown []found, rest string) {
	all := gravest{}
	for _, f := range capture {
		all.add(f)
	}
	for cause, n := range g.counts {
		all.count(cause, n)
	}
	once := map[string]bool{}
	for at := range g.kept {
		for _, f := range append(slices.Clip(all.kept[at]), g.kept[at]...) {
			if len(shown) < mostFindings || !once[f.Cause] {
				shown, once[f.Cause] = append(shown, f), true
				all.counts[f.Cause]--
			}
		}
	}
	return shown, all.rest()
}

func (g *gravest) count(cause string, n uint64) {
	if g.counts == nil {
		g.counts = map[string]uint64{}
	}
	g.counts[cause] += n
}

// rest words what the counts are of, the most frequent first.
func (g *gravest) rest() string {
	causes, n := []string{}, uint64(0)
	for cause, count := range g.counts {
		if count > 0 {
			causes, n = append(causes, cause), n+count
		}
	}
	if n == 0 {
		return ""
	}
	slices.SortFunc(causes, func(a, b string) int { return cmp.Or(cmp.Compare(g.counts[b], g.counts[a]), cmp.Compare(a, b)) })
	for i, cause := range causes {
		causes[i] = cause + " " + itoa(g.counts[cause])
	}
	return "and " + plural(n, "finding") + " more, by cause: " + strings.Join(causes, ", ") + "; --conn N shows those of one connection, --format json all"
}

// excerptStream writes a page of which no part stands before the end: it keeps what the page shows.
type excerptStream struct {
	w     io.Writer
	o     Options
	x     excerpt
	write func(io.Writer, *report.Report, *excerpt, Options) error
}

func (s *excerptStream) Connection(c *report.Connection) error {
	if s.o.Conn < 0 || int64(c.ID) == int64(s.o.Conn) {
		s.x.add(c)
	}
	return nil
}

func (s *excerptStream) Finish(r *report.Report) error {
	if r.Selection == nil || r.Selection.By == "" { // else they came in the order asked for
		s.x.sort()
	}
	return s.write(s.w, r, &s.x, s.o)
}
