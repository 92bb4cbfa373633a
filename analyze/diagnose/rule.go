// Package diagnose finds the cause of a connection that was refused, reset, never answered or slow, and proves it.
//
// An incident becomes a Case, every Rule of its families judges it, and the verdicts become findings and exclusions.
package diagnose

// Symptom is what the user sees; each is one family of rules.
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
	numSymptoms
)

var symptomNames = [numSymptoms]string{"refused", "no-answer", "reset", "ending", "slow", "bind", "artefact", "harmless"}

// String returns the family name of the report contract.
func (s Symptom) String() string { return symptomNames[s] }

// severity is what a finding of the family weighs unless its verdict says otherwise.
func (s Symptom) severity() string {
	return [numSymptoms]string{"error", "error", "error", "warning", "warning", "error", "note", "note"}[s]
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
//
// Fix may use the words HOST, PORT and CLIENT: where the address is known they are replaced by it.
type Rule struct {
	ID         string   // the catalogue's slug, e.g. "closed-port"
	Aliases    []string // slugs of variants that this rule also covers
	Title      string   // one line in plain words
	Symptom    Symptom
	Also       []Symptom // other symptoms it can cause
	Explains   bool      // of a harmless rule: what looks like trouble has this reason, so no other finding is needed
	Quiet      bool      // names what is everyday: only for those who ask, because a connection that ended well has no findings
	Pace       bool      // judges how fast data comes and goes where nothing is lost, closed or odd: see Engine.uneventful
	Local      bool      // judges a failed call that sent no packet, instead of a connection
	Needs      Needs     // what it takes to be certain
	Cause      string
	Fix        string
	Refs       []string
	Scenario   string   // that shows it
	Implies    []string // causes whose picture follows from this one: beside it they are no findings of their own
	LookAlikes []string // causes with the same picture: judged beside it, and reported as ruled out or not judged
	Kernel     []Reason // what a kernel's tracepoints say of this cause; another reason for the RST rules it out
	Judge      func(*Case) Verdict
	Unseen     func(*Case) Verdict // judges a failed connect() whose packets nobody captured, by calls and tables; nil: they cannot tell
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
