// Package canon brings a report into a form that is the same for every run of the same exchange, byte for byte: it can
// be handed in, compared with diff and graded. Hosts are C and S, sequence numbers relative, ports and initial numbers
// that the kernel chose have names, times are classes, clocks in payloads are masked. What the scheduler decides (bare
// acknowledgements, where a stream was cut, who of two programs that close at once is first) is left out or named as
// what it is, a class. What belongs to the host (kernel, pids, paths, its measurements) is not part of it.
package canon

import (
	"cmp"
	"slices"

	"tcplab/analyze/report"
)

// Schema is the version of the canonical form.
const Schema = "tcplab.canonical/1"

// Form is the canonical form of a report.
type Form struct {
	Schema       string               `json:"schema"`
	Scenario     *Scenario            `json:"scenario,omitempty"`
	Connections  []Connection         `json:"connections"`
	Findings     []Finding            `json:"findings"`
	Actors       []Actor              `json:"actors,omitempty"`
	Expectations []report.Expectation `json:"expectations,omitempty"`
}

// Scenario names what was run.
type Scenario struct {
	Name    string            `json:"name"`
	Variant string            `json:"variant"`
	Params  map[string]string `json:"params"`
}

// Connection is one connection without its luck.
type Connection struct {
	Client   string        `json:"client"` // "C:c1"
	Server   string        `json:"server"` // "S:8080"
	Opened   string        `json:"opened"` // the kind of the handshake, "refused", "no answer", "earlier"
	Options  Options       `json:"options"`
	Steps    []Step        `json:"steps"`
	ToServer uint64        `json:"bytes_to_server"`
	ToClient uint64        `json:"bytes_to_client"`
	Marks    []string      `json:"marks"`
	Close    Close         `json:"close"`
	State    report.States `json:"state"` // "" where who closed first is luck
	Findings []Finding     `json:"findings"`
}

// Options are what each SYN offered, in words.
type Options struct {
	Client string `json:"client"`
	Server string `json:"server"`
}

// Step is one move of an exchange: a control segment, or payload however it was cut.
type Step struct {
	From   string   `json:"from"` // "C", "S", or "both" where the order is luck
	What   string   `json:"what"` // "SYN", "SYN,ACK", "ACK", "data", "data again", "FIN", "RST", "probe"
	Seq    string   `json:"seq,omitempty"`
	Bytes  uint64   `json:"bytes,omitempty"`
	Text   string   `json:"text,omitempty"`   // its first bytes, quoted, clocks masked
	Digest string   `json:"digest,omitempty"` // of all its bytes, clocks masked; "" when the capture lacks some
	After  []string `json:"after,omitempty"`  // time classes: since the segment before, of each repetition
}

// Close is an ending without its luck.
type Close struct {
	Kind     string `json:"kind"`      // "orderly" for every order of FINs, "four-way" where it is forced, "half", "reset", "none"
	By       string `json:"by"`        // "either" when both ends closed without waiting for the other
	TimeWait string `json:"time_wait"` // likewise
}

// Finding is a cause and what is known of it in every run.
type Finding struct {
	Cause      string   `json:"cause"`
	Level      string   `json:"level"`
	Severity   string   `json:"severity"`
	Proof      []string `json:"proof"` // flags of the segments that prove it
	ClientSees string   `json:"client_sees"`
	ServerSees string   `json:"server_sees"`
}

// Actor is a process: how it ended and what it called.
type Actor struct {
	Name  string   `json:"name"`
	Exit  string   `json:"exit"`
	Calls []string `json:"calls"`
}

// Of returns the canonical form of r, which must hold segments and transcripts.
func Of(r *report.Report) *Form {
	n := namesOf(r)
	f := &Form{Schema: Schema, Connections: []Connection{}, Findings: findings(r.Findings, nil, n)}
	if r.Scenario != nil {
		// a note that is about none of the run's connections is about somebody else's traffic on the same interface
		f.Findings = slices.DeleteFunc(f.Findings, func(x Finding) bool { return x.Severity == "note" })
		f.Scenario = &Scenario{Name: r.Scenario.Name, Variant: r.Scenario.Variant, Params: map[string]string{}}
		for key, value := range r.Scenario.Params {
			f.Scenario.Params[key] = n.param(key, value)
		}
	}
	for i := range r.Connections {
		f.Connections = append(f.Connections, connection(r, &r.Connections[i], n))
	}
	f.Actors = actors(r, n)
	for _, e := range r.Expectations {
		f.Expectations = append(f.Expectations, report.Expectation{Text: n.text(e.Text), Met: e.Met})
	}
	return f
}

func connection(r *report.Report, c *report.Connection, n *names) Connection {
	end := ending(r, c)
	out := Connection{
		Client: n.endpoint(c.Client), Server: n.endpoint(c.Server), Opened: opened(c),
		Options:  Options{Client: options(c.Options.Client), Server: options(c.Options.Server)},
		ToServer: c.ClientToServer.UniqueBytes, ToClient: c.ServerToClient.UniqueBytes,
		Steps: steps(c, end.By == either), Marks: marks(c), Close: end, State: c.State, Findings: findings(c.Findings, c, n),
	}
	if end.By == either {
		out.State = report.States{}
	}
	return out
}

func opened(c *report.Connection) string {
	switch {
	case c.Outcome == "REJ":
		return "refused"
	case c.Handshake == nil:
		return "earlier"
	case c.Handshake.SYNACK == 0 && c.Handshake.Kind != "simultaneous":
		return "no answer"
	}
	return c.Handshake.Kind
}

// lasting are the marks that say something about the exchange in every run of it; the others come and go with timing.
var lasting = []string{"retransmission", "fast-retransmission", "spurious-retransmission", "lost-segment", "zero-window",
	"zero-window-probe", "keep-alive", "port-reused"}

func marks(c *report.Connection) []string {
	list := []string{}
	for i := range c.Segments {
		for _, m := range c.Segments[i].Marks {
			if slices.Contains(lasting, m) && !slices.Contains(list, m) {
				list = append(list, m)
			}
		}
	}
	slices.Sort(list)
	return list
}

func findings(list []report.Finding, c *report.Connection, n *names) []Finding {
	out := []Finding{}
	for _, f := range list {
		out = append(out, Finding{Cause: f.Cause, Level: f.Level, Severity: f.Severity, Proof: proof(c, f.Frames),
			ClientSees: n.text(f.ClientSees), ServerSees: n.text(f.ServerSees)})
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(a.Cause, b.Cause) })
	return out
}

// proof names the segments that prove a finding by their flags: which number a frame has is luck, and so are bare ACKs
// and where PSH is set.
func proof(c *report.Connection, frames []uint32) []string {
	list := []string{}
	if c == nil {
		return list
	}
	for i := range c.Segments {
		s := &c.Segments[i]
		if what := move(s); what != "" && slices.Contains(frames, s.Frame) {
			list = append(list, side(s.Dir)+" "+what)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
