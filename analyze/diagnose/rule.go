// Package diagnose finds the cause of a connection that was refused, reset, never answered or slow, and proves it.
//
// An incident becomes a Case, every Rule judges it, and the verdicts become findings and exclusions.
package diagnose

// Symptom is what the user sees.
type Symptom uint8

// The symptoms.
const (
	Refused   Symptom = iota // the connection attempt was answered with a refusal
	NoAnswer                 // the attempt got no answer
	ResetBy                  // an open connection was reset
	OddEnding                // it ended, but not as it should
	Slow                     // it works, but waits
	Bind                     // bind or listen failed: nothing on the wire
	Artefact                 // the capture misleads
	Harmless                 // looks like trouble and is not
)

// String returns the family name of the report contract.
func (s Symptom) String() string {
	return [...]string{"refused", "no-answer", "reset", "ending", "slow", "bind", "artefact", "harmless"}[s]
}

// Needs are the sources of evidence a rule can use.
type Needs uint8

// The sources.
const (
	ClientCalls Needs = 1 << iota
	ServerCalls
	HostFacts
	BothDirections
)

// Rule is one cause: its page in the manual, and how to recognise it.
type Rule struct {
	ID       string // the catalogue's slug, e.g. "closed-port"
	Title    string // one line in plain words
	Symptom  Symptom
	Needs    Needs // what it takes to be certain
	Cause    string
	Fix      string
	Refs     []string
	Scenario string // that shows it
	Judge    func(*Case) Verdict
}

// Level is how sure a verdict is (catalogue 0.5).
type Level uint8

// The levels. Certain means the deciding fact was itself seen; an inference reaches Likely, or Strong where every
// look-alike needs a rare coincidence.
const (
	No Level = iota
	Possible
	Likely
	Strong
	Certain
)

func (l Level) String() string {
	return [...]string{"no", "possible", "likely", "strong", "certain"}[l]
}

// Verdict is a rule's answer. Why is always set, also for No: it is what makes exclusions worth reading.
type Verdict struct {
	Level      Level
	Severity   string // "error", "warning" or "note"; "" takes the rule family's
	Why        string
	Evidence   []string
	Frames     []uint32
	Calls      []uint32
	ClientSees string
	ServerSees string
	Fix        string // overrides the rule's when it can be more exact
}
