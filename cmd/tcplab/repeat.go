package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// repetition is what many runs of one scenario showed: "tcplab trace --repeat".
type repetition struct {
	Scenario string    `json:"scenario"`
	Variant  string    `json:"variant,omitempty"`
	Runs     int       `json:"runs"`
	Endings  []ending  `json:"endings"` // most frequent first
	Took     []float64 `json:"took_ms"` // of the whole exchange: least, median, nine tenths, most
	Failed   []ending  `json:"failed"`  // promises that were not kept, and warnings
	times    []time.Duration
	endings  map[string]int
	failed   map[string]int
}

// ending is one way in which runs ended, and how many did.
type ending struct {
	Count int    `json:"count"`
	Text  string `json:"text"`
}

// repeated makes n runs, each like the only one, and tells how they ended.
func (t *traceRun) repeated(ctx context.Context, a *app, n int, inLab bool) error {
	all := &repetition{Scenario: t.scenario.Name, Runs: n, endings: map[string]int{}, failed: map[string]int{}}
	if !inLab && t.params.Port == 0 { // a port may still be in TIME-WAIT
		t.params.FreePort = true
	}
	for range n {
		one := *t
		r, err := one.once(ctx, inLab)
		if r == nil {
			return err
		}
		all.Variant = one.params.Variant
		all.add(r, cutShort(t.command, err, r))
		if ctx.Err() != nil {
			return errors.Join(all.finish().write(a, t.output.format), cutShort(t.command, ctx.Err(), r))
		}
	}
	if err := all.finish().write(a, t.output.format); err != nil {
		return err
	}
	if len(all.Failed) > 0 {
		return failed(fmt.Errorf("%s: not every run went as designed", t.command), "the list says how many did not, and why")
	}
	return nil
}

// once makes one run in a place of its own and returns its report.
func (t *traceRun) once(ctx context.Context, inLab bool) (r *report.Report, err error) {
	if err := t.build(inLab); err != nil {
		return nil, errors.Join(err, t.hosts.close())
	}
	defer func() { err = errors.Join(err, t.hosts.close()) }()
	l := t.live()
	if err := t.prepare(l); err != nil {
		return nil, err
	}
	plan := t.scenario.Plan(t.params)
	plan.Deadline = cmp.Or(t.timeout, plan.Deadline)
	e, err := l.perform(ctx, plan)
	if e == nil {
		return nil, advised(err)
	}
	r, bad := e.report(context.WithoutCancel(ctx))
	return r, errors.Join(err, bad)
}

// add counts one run.
func (all *repetition) add(r *report.Report, err error) {
	all.endings[howItEnded(r)]++
	if took, ok := exchangeTime(r); ok {
		all.times = append(all.times, took)
	}
	for _, e := range r.Expectations {
		if !e.Met {
			all.failed["not met: "+e.Text]++
		}
	}
	for _, w := range r.Warnings {
		all.failed["warning: "+w]++
	}
	var told *failure
	if errors.As(err, &told) && told.status != exitFailed {
		all.failed[told.Error()]++
	}
}

// howItEnded says for each connection how it closed, in words and in Zeek's letters.
func howItEnded(r *report.Report) string {
	var words []string
	for i := range r.Connections {
		c := &r.Connections[i]
		text := c.Close.Kind
		if c.Close.By != "" {
			text += ", " + c.Close.By + " first"
		}
		words = append(words, text+" ("+c.Outcome+", "+c.History+")")
	}
	slices.Sort(words) // clients that start together come in any order
	if len(words) == 0 {
		return "no connection"
	}
	return strings.Join(words, "; ")
}

// exchangeTime is from the first packet of the first connection to the last packet of any.
func exchangeTime(r *report.Report) (time.Duration, bool) {
	if r.Input.First == nil || r.Input.Last == nil {
		return 0, false
	}
	return r.Input.Last.Sub(*r.Input.First), true
}

// finish orders what was counted.
func (all *repetition) finish() *repetition {
	all.Endings, all.Failed = ranked(all.endings), ranked(all.failed)
	slices.Sort(all.times)
	if n := len(all.times); n > 0 {
		for _, at := range []int{0, n / 2, n * 9 / 10, n - 1} {
			all.Took = append(all.Took, float64(all.times[at].Microseconds())/1000)
		}
	}
	return all
}

// ranked lists the most frequent first.
func ranked(counts map[string]int) []ending {
	list := []ending{}
	for _, text := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, ending{counts[text], text})
	}
	slices.SortStableFunc(list, func(x, y ending) int { return y.Count - x.Count })
	return list
}

func (all *repetition) write(a *app, format string) error {
	if format == "json" {
		return encodeJSON(a.out, all)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d runs\n", strings.TrimSuffix(all.Scenario+" ("+all.Variant, " (")+closing(all.Variant), all.Runs)
	list := func(title string, lines []ending) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n", title)
		}
		for _, e := range lines {
			fmt.Fprintf(&b, "%6d  %s\n", e.Count, strings.Join(texttab.Wrap(e.Text, a.width()-8), "\n        "))
		}
	}
	list("how they ended", all.Endings)
	if len(all.Took) > 0 {
		b.WriteString("\nhow long they took\n        ")
		for i, name := range []string{"least", "median", "nine tenths", "most"} {
			fmt.Fprintf(&b, "%s%s %.3f ms", strings.Repeat(" · ", min(i, 1)), name, all.Took[i])
		}
		b.WriteByte('\n')
	}
	list("what was not as designed", all.Failed)
	_, err := io.WriteString(a.out, b.String())
	return err
}

func closing(variant string) string {
	if variant == "" {
		return ""
	}
	return ")"
}
