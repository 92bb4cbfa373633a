package diagnose

import (
	"strconv"
	"time"

	"tcplab/analyze/report"
)

// Verdict is a rule's answer. Why is always set, also for No: it is what makes exclusions worth reading.
type Verdict struct {
	Level      Level
	Why        string // "" only with Missing, which then says it
	Missing    string // what a rule that could not judge lacked; Level is No then
	Reason     string // as an exclusion: why the cause is no finding of its own; "": Why
	Aside      bool   // it answers another question than the candidates: they stay beside it, however sure it is
	Severity   string // report.Finding's; "" takes the rule family's
	Variant    string // the slug among the rule's Aliases that the evidence shows: the finding has it in place of the rule's own
	Title      string // overrides the rule's when it can be more exact
	Evidence   []string
	Frames     []uint32
	Calls      []uint32
	ClientSees string // "" leaves it to the rules of catalogue 0.3
	ServerSees string
	Fix        string // overrides the rule's when it can be more exact
}

// Ruled returns the verdict No: why the cause is ruled out.
func Ruled(why string) Verdict { return Verdict{Why: why} }

// Unjudged returns the verdict of a rule that could not judge: what was missing.
func Unjudged(missing string) Verdict {
	return Verdict{Missing: missing}
}

// Open returns the verdict Possible: the picture fits, and so do others; why names what would decide.
func Open(why string) Verdict {
	return Verdict{Level: Possible, Why: why, Reason: "cannot be told apart: " + why}
}

// Seg names a segment in a sentence: "(segment 12)".
func Seg(frame uint32) string {
	var buf [24]byte
	return string(append(strconv.AppendUint(append(buf[:0], "(segment "...), uint64(frame), 10), ')'))
}

// Frame names a captured frame that is no TCP segment: "(frame 12)".
func Frame(frame uint32) string { return "(frame " + strconv.FormatUint(uint64(frame), 10) + ")" }

// Num is n in decimal.
func Num[T ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](n T) string {
	return strconv.FormatInt(int64(n), 10)
}

// Count is a number of things, for evidence: "1 segment", "2 segments".
func Count[T ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Num(n) + " " + noun + "s"
}

// Were is what was done to a number of things: "1 segment was", "2 segments were".
func Were[T ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return Count(n, noun) + " were"
}

// Times is how often something happened, for evidence: "once", "twice", "3 times".
func Times[T ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](n T) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return Num(n) + " times"
}

// finding is v as the report states it.
func (r *rule) finding(c *Case, v *Verdict) report.Finding {
	f := report.Finding{
		Cause: r.ID, Title: r.Title, Level: v.Level.String(), Severity: r.severity(v),
		Frames: v.Frames, Calls: v.Calls, Evidence: v.Evidence,
		ClientSees: v.ClientSees, ServerSees: v.ServerSees, Fix: v.Fix,
	}
	if v.Variant != "" {
		f.Cause = v.Variant
	}
	if v.Title != "" {
		f.Title = v.Title
	}
	if f.Frames == nil {
		f.Frames = c.firstFrame()
	}
	if f.Calls == nil {
		f.Calls = []uint32{}
	}
	if f.Evidence == nil {
		f.Evidence = []string{v.Why}
	}
	if f.Fix == "" {
		f.Fix = r.fix.text(c)
	} else {
		f.Fix = compileFix(f.Fix).text(c)
	}
	if f.ClientSees == "" && f.ServerSees == "" && (f.Severity == "error" || r.Symptom != Slow && r.Symptom != Artefact) { // else it explains no error
		f.ClientSees, f.ServerSees = c.sees()
	}
	return f
}

// firstFrame is the evidence of a mere candidate: the connection itself.
func (c *Case) firstFrame() []uint32 {
	if c.Conv == nil {
		return []uint32{}
	}
	return []uint32{c.Conv.FirstFrame}
}

func (r *rule) severity(v *Verdict) string {
	if v.Severity != "" {
		return v.Severity
	}
	return r.Symptom.severity()
}

// Took prints a duration with the digits that matter.
func Took(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.String()
}
