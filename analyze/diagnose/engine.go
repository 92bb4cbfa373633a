package diagnose

import (
	"slices"

	"tcplab/analyze/report"
)

// Engine judges cases by an ordered list of rules. It is not for concurrent use.
type Engine struct {
	rules   []*rule    // in the order given: the order of ties
	of      []Symptoms // by rule: what it judges; apart from the rules, so that passing over most of them is cheap
	paces   []*rule    // that judge paces
	byID    map[string]int
	scratch judgement
	memory  memory
}

// rule is a Rule made ready.
type rule struct {
	*Rule
	fix     fixText
	alike   []int // indexes of LookAlikes
	implies []int // of Implies
}

// judgement is the state of judging one case. What captures with millions of alike cases say again and again is made once
// and kept from case to case: texts, and lists of exclusions.
type judgement struct {
	verdicts []Verdict // by rule; valid for those in positive
	weights  []int     // by rule; likewise
	why      []string  // by rule: why it is no finding; "" where it was not asked
	positive []int
	lacked   []lack               // by rule: what it said it lacked, the last time
	excluded [][]report.Exclusion // by rule: what was excluded beside it, the last time
	scratch  []report.Exclusion
}

// lack is what a rule that could not judge lacked, and the sentence that says so.
type lack struct{ missing, why string }

// New returns an Engine with these rules; of equal verdicts the earlier rule comes first.
func New(rules []*Rule) *Engine {
	e := &Engine{byID: make(map[string]int, len(rules))}
	for i, r := range rules {
		e.rules = append(e.rules, &rule{Rule: r, fix: compileFix(r.Fix)})
		of := 1<<r.Symptom | Of(r.Also...)
		if r.Quiet {
			of = 0
		}
		e.of = append(e.of, of)
		e.byID[r.ID] = i
		if r.Pace {
			e.paces = append(e.paces, e.rules[i])
		}
	}
	for _, r := range e.rules {
		r.alike, r.implies = e.indexes(r.LookAlikes), e.indexes(r.Implies)
	}
	e.scratch = judgement{verdicts: make([]Verdict, len(rules)), weights: make([]int, len(rules)), why: make([]string, len(rules)),
		lacked: make([]lack, len(rules)), excluded: make([][]report.Exclusion, len(rules))}
	return e
}

func (e *Engine) indexes(ids []string) []int {
	var list []int
	for _, id := range ids {
		if at, ok := e.byID[id]; ok {
			list = append(list, at)
		}
	}
	return list
}

// Connection returns the findings of one connection, worst and surest first; nil for a healthy one. They are valid until
// the next call: report.CloneFindings keeps them.
func (e *Engine) Connection(c *Case) []report.Finding {
	symptoms := Incident(c.Conv) | c.onTheWay()
	if len(c.Calls) > 0 {
		symptoms |= ending | slow | always // the calls can tell what the wire does not show
	}
	if symptoms == 0 {
		return nil
	}
	if symptoms == slow|always && e.uneventful(c) {
		return nil
	}
	if c.Join != nil { // the fates of its segments are its own
		return e.judge(c, symptoms)
	}
	if found, known := e.memory.recall(e, c); known {
		return found
	}
	return e.judge(c, symptoms)
}

// Judge returns what one rule says of a case: what `tcplab explain CAUSE FILE` prints. False when there is no such rule.
func (e *Engine) Judge(id string, c *Case) (Verdict, bool) {
	at, ok := e.byID[id]
	if !ok {
		return Verdict{}, false
	}
	v := e.rules[at].verdict(c)
	if v.Why == "" {
		v.Why = notJudged(v.Missing)
	}
	return v, true
}

func (e *Engine) judge(c *Case, symptoms Symptoms) []report.Finding {
	j := &e.scratch
	clear(j.why)
	j.positive = j.positive[:0]
	for i, of := range e.of {
		if symptoms&of == 0 || !e.rules[i].suits(c) {
			continue
		}
		v := e.rules[i].verdict(c)
		j.why[i] = j.reason(i, &v)
		if v.Level > No {
			j.verdicts[i] = v
			j.positive = append(j.positive, i)
		}
	}
	e.settle(j)
	return e.findings(c, j)
}

// suits: a rule judges connections, calls that sent nothing, or calls of which nobody knows what they sent.
func (r *rule) suits(c *Case) bool {
	if c.Blind {
		return r.Unseen != nil
	}
	return r.Local == (c.Conv == nil)
}

// settle ranks the positive verdicts and takes out those that another explains.
func (e *Engine) settle(j *judgement) {
	if len(j.positive) < 2 {
		return
	}
	for _, i := range j.positive {
		j.weights[i] = e.weight(j, i)
	}
	slices.SortStableFunc(j.positive, func(a, b int) int { return j.weights[b] - j.weights[a] })
	best, innocent := No, No
	for _, i := range j.positive {
		switch e.rules[i].Symptom {
		case Harmless:
			if e.rules[i].Explains {
				innocent = max(innocent, j.verdicts[i].Level)
			}
		case Slow, Artefact:
		default:
			if !j.verdicts[i].Aside {
				best = max(best, j.verdicts[i].Level)
			}
		}
	}
	j.positive = slices.DeleteFunc(j.positive, func(i int) bool {
		explained := e.explained(j, i, best, innocent)
		if explained && j.verdicts[i].Level > Possible {
			j.why[i] = "would fit, but another cause is surer: " + j.verdicts[i].Why
		}
		return explained
	})
	e.settleConsequences(j)
}

// settleConsequences takes out what merely follows from another finding: data is repeated in vain because the path is dead.
func (e *Engine) settleConsequences(j *judgement) {
	for _, i := range slices.Clone(j.positive) {
		if len(e.rules[i].implies) == 0 || j.verdicts[i].Level < Likely {
			continue
		}
		j.positive = slices.DeleteFunc(j.positive, func(k int) bool {
			follows := k != i && slices.Contains(e.rules[i].implies, k) && (j.verdicts[i].Level >= Strong || e.rules[k].Symptom == Slow)
			if follows {
				j.why[k] = "it follows from " + e.rules[i].ID + ": " + j.verdicts[k].Why
			}
			return follows
		})
	}
}

// explained: a candidate that is only possible gives way to a cause that is at least likely, and trouble gives way to a
// harmless explanation that is as sure. It is then reported as an exclusion.
func (e *Engine) explained(j *judgement, i int, best, innocent Level) bool {
	level := j.verdicts[i].Level
	switch e.rules[i].Symptom {
	case Artefact, Harmless:
		return level == Possible && best > Possible
	case Slow:
		return level == Possible && max(best, innocent) > Possible
	}
	if e.rules[i].Symptom == ResetBy && best == Certain && level <= Likely {
		return true // a RST has one cause
	}
	return level == Possible && best > Possible || innocent >= Strong && innocent >= level
}

// weight orders findings: severity, then level.
func (e *Engine) weight(j *judgement, i int) int {
	weight := int(j.verdicts[i].Level)
	switch e.rules[i].severity(&j.verdicts[i]) {
	case "error":
		return weight + 16
	case "warning":
		return weight + 8
	}
	return weight
}

func (e *Engine) findings(c *Case, j *judgement) []report.Finding {
	if len(j.positive) == 0 {
		return nil
	}
	found := make([]report.Finding, len(j.positive))
	for n, i := range j.positive {
		found[n] = e.rules[i].finding(c, &j.verdicts[i])
		found[n].Excluded = e.exclusions(c, j, i)
	}
	e.tellTime(c, j, found)
	return found
}

// tellTime adds to the first finding of a slow connection where its time went.
func (e *Engine) tellTime(c *Case, j *judgement, found []report.Finding) {
	slow := slices.IndexFunc(j.positive, func(i int) bool { return e.rules[i].Symptom == Slow })
	if slow < 0 || c.Conv == nil || c.Conv.Duration() < patience {
		return
	}
	if s := timeShares(c); s.covered >= patience {
		found[slow].Evidence = append(slices.Clip(found[slow].Evidence), s.text())
	}
}

// exclusions are the look-alikes of rule i that no finding names, each with the reason. The list is shared by every case
// whose exclusions are the same: it is never written to.
func (e *Engine) exclusions(c *Case, j *judgement, i int) []report.Exclusion {
	j.scratch = j.scratch[:0]
	for _, other := range e.rules[i].alike {
		if slices.Contains(j.positive, other) || !e.rules[other].suits(c) {
			continue
		}
		if j.why[other] == "" {
			v := e.rules[other].verdict(c)
			j.why[other] = j.reason(other, &v)
		}
		j.scratch = append(j.scratch, report.Exclusion{Cause: e.rules[other].ID, Why: j.why[other]})
	}
	if j.excluded[i] == nil || !slices.Equal(j.excluded[i], j.scratch) {
		j.excluded[i] = append(make([]report.Exclusion, 0, len(j.scratch)), j.scratch...)
	}
	return j.excluded[i]
}

// reason is why a look-alike, rule i, is no finding.
func (j *judgement) reason(i int, v *Verdict) string {
	switch {
	case v.Reason != "":
		return v.Reason
	case v.Why != "":
		return v.Why
	}
	if l := &j.lacked[i]; l.why == "" || l.missing != v.Missing {
		*l = lack{v.Missing, notJudged(v.Missing)}
	}
	return j.lacked[i].why
}

func notJudged(missing string) string { return "not judged: " + missing }
