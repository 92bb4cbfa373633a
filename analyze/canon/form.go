// Package canon brings a report into a form that is the same for every run of the same exchange, byte for byte: it can
// be handed in, compared with diff and graded. Hosts are C and S, sequence numbers relative, ports and initial numbers
// that the kernel chose have names, clocks in payloads are masked.
//
// Times are classes of what was waited for. Of a run they come from causes that the calls show and that no load changes:
// a kernel's own answer is immediate or takes one RTT, by where the capture was made; payload that Nagle's algorithm held
// waits about 40 ms; a SYN's repetitions have their seconds; what a time-out or three duplicate ACKs repeat says so. How
// long a program took is none of them. Of packets alone a class is what the clock showed.
//
// What the scheduler decides (bare acknowledgements, where a stream was cut, who of two programs that close at once is
// first, which of several clients comes first) is left out or named as what it is, a class: the order of steps is the one
// that the programs force by what each had read before it wrote. What belongs to the host (kernel, pids, addresses,
// measurements, how it went this time) is a second section, Host, that nothing else depends on.
package canon

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	Host         *Host                `json:"host,omitempty"` // the second section; nil where it was not asked for
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
	Stuck    string        `json:"stuck,omitempty"` // "C", "S" or "both": whose window stayed closed; how much got through before is luck
	Held     string        `json:"held,omitempty"`  // "C", "S" or "both": whose payload waited about 40 ms for a delayed ACK at least once
	Marks    []string      `json:"marks"`
	Close    Close         `json:"close"`
	State    report.States `json:"state"` // "" where who closed first is luck
	Findings []Finding     `json:"findings"`
	Split    bool          `json:"split,omitempty"` // one of the kinds among connections that several listeners shared
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

	from, to int64 // of data: offsets in the stream
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
	Proof      []string `json:"proof,omitempty"` // flags of the segments that prove it; of packets alone
	ClientSees string   `json:"client_sees"`
	ServerSees string   `json:"server_sees"`
}

// Actor is a process: how it ended and what it called.
type Actor struct {
	Name  string   `json:"name"`
	Exit  string   `json:"exit"`
	Calls []string `json:"calls"`
}

// Of returns the canonical form of r, which must hold segments and transcripts. Of a run the calls say what its programs
// forced; from packets alone the order that was seen, and how long it took, is all there is.
func Of(r *report.Report) *Form {
	if len(r.Calls) == 0 {
		return OfPackets(r)
	}
	v := viewOf(r)
	f := &Form{Schema: Schema, Connections: v.connections(), Findings: v.findings(r.Findings, nil), Actors: v.actors()}
	if r.Scenario != nil {
		f.Scenario = &Scenario{Name: r.Scenario.Name, Variant: r.Scenario.Variant, Params: map[string]string{}}
		for key, value := range r.Scenario.Params {
			f.Scenario.Params[key] = v.names.param(key, value)
		}
	}
	for _, e := range r.Expectations {
		f.Expectations = append(f.Expectations, report.Expectation{Text: v.names.text(e.Text), Met: e.Met})
	}
	return f
}

// OfPackets returns the canonical form of what was captured, whatever else r knows of the programs.
func OfPackets(r *report.Report) *Form {
	p := NewPackets()
	f := &Form{Schema: Schema, Connections: []Connection{}}
	for i := range r.Connections {
		f.Connections = append(f.Connections, p.Connection(&r.Connections[i]))
	}
	f.Findings = p.Findings(r.Findings)
	return f
}

// Packets brings connections into their form one after the other: of a capture that is too large to be held. What the form of
// one says depends on those before it alone, by the names that they took.
type Packets struct{ view view }

// NewPackets begins a form.
func NewPackets() *Packets { return &Packets{view{names: noNames()}} }

// Connection is the form of the next connection by number, which must hold segments and a transcript.
func (p *Packets) Connection(c *report.Connection) Connection {
	p.view.names.seen(c)
	return p.view.packets(c)
}

// Findings is the form of what was found on no single connection.
func (p *Packets) Findings(list []report.Finding) []Finding { return p.view.findings(list, nil) }

// view is a report with what is needed to bring it into its form.
type view struct {
	r       *report.Report
	names   *names
	sockets *sockets // nil of packets alone
}

// viewOf puts the connections of a run in the order of the programs that opened them: who is first on the wire is luck.
func viewOf(r *report.Report) *view {
	first := socketsOf(r)
	order := make([]int, len(r.Connections))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) (process, number int) {
		s := first.ends[end{i, "c2s"}]
		if s == nil || s.conn == nil {
			return len(r.Actors), 0
		}
		return slices.IndexFunc(r.Actors, func(a report.Actor) bool { return a.Name == s.by }), int(s.conn.Number)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		pa, na := rank(a)
		pb, nb := rank(b)
		return cmp.Or(cmp.Compare(pa, pb), cmp.Compare(na, nb))
	})
	sorted := *r
	sorted.Connections = make([]report.Connection, len(order))
	for place, i := range order {
		sorted.Connections[place] = r.Connections[i]
	}
	v := &view{r: &sorted, sockets: socketsOf(&sorted)}
	v.names = namesOf(&sorted, v.sockets)
	return v
}

// connections returns all of them. Those to a port on which several processes listen are the kinds that there are: how
// many of each, and who has which, is the kernel's choice.
func (v *view) connections() []Connection {
	list, kinds := []Connection{}, map[string]bool{}
	for i := range v.r.Connections {
		c := v.connection(i)
		if !v.sockets.shared(v.r.Connections[i].Server.Port) {
			list = append(list, c)
			continue
		}
		c.Client, c.Split = "C:c", true
		var t text
		t.connection(0, &c)
		if kind := strings.Join(t.lines, "\n"); !kinds[kind] {
			kinds[kind] = true
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b Connection) int {
		if !a.Split || !b.Split {
			return 0
		}
		return cmp.Compare(fmt.Sprint(a.Steps), fmt.Sprint(b.Steps))
	})
	return list
}

// plain is what the form of a connection says of a run and of packets alone.
func (v *view) plain(c *report.Connection) Connection {
	return Connection{
		Client: v.names.clientOf(c), Server: v.names.endpoint(c.Server), Opened: opened(c),
		Options:  Options{Client: options(c.Options.Client), Server: options(c.Options.Server)},
		ToServer: c.ClientToServer.UniqueBytes, ToClient: c.ServerToClient.UniqueBytes,
		State: c.State, Findings: v.findings(c.Findings, c),
	}
}

// packets is the form of a connection of which only the packets are known.
func (v *view) packets(c *report.Connection) Connection {
	out := v.plain(c)
	out.Close, out.Steps, out.Marks = seen(c), steps(c), marks(c, lasting)
	return out
}

// connection is the form of a connection of a run.
func (v *view) connection(i int) Connection {
	c := &v.r.Connections[i]
	out := v.plain(c)
	p := programOf(v.r, c, v.sockets.ends[end{i, "c2s"}], v.sockets.ends[end{i, "s2c"}])
	out.Close, out.Marks = p.ending(), marks(c, forced)
	out.Steps = p.steps(out.Close.By == either)
	if v.r.Scenario != nil && v.r.Scenario.Cause == "nagle-delayed-ack" { // elsewhere it is luck
		out.Held = ends(p.waited["c2s"], p.waited["s2c"])
	}
	out.Stuck = ends(p.stuck("s2c"), p.stuck("c2s"))
	if p.stuck("c2s") {
		out.ToServer = 0
	}
	if p.stuck("s2c") {
		out.ToClient = 0
	}
	out.State = p.state(out.Close)
	return out
}

// ends names those of the client and the server of which something is true.
func ends(client, server bool) string {
	switch {
	case client && server:
		return "both"
	case client:
		return "C"
	case server:
		return "S"
	}
	return ""
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

// forced are those that programs and hosts force: what a timer or a busy machine adds is seen by what became of it.
var forced = []string{"zero-window", "keep-alive", "port-reused"}

func marks(c *report.Connection, lasting []string) []string {
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

// lucky are the causes that are about how long something took, or about a timer that ran out: a busy machine shows them
// where the programs and the wire have none.
var lucky = []string{"server-think-time", "client-think-time", "accept-delay", "loss-rto", "loss-tail-tlp", "spurious-retransmit",
	"reordering", "rcvbuf-limited", "syn-lost-once", "synack-lost-once", "fin-lost", "deadlock-recv", "nagle-delayed-ack", "cork-200ms",
	"zero-window", "loss-fast-retransmit", "bufferbloat", "shaper-short-queue", "policer", "slow-start", "slow-start-after-idle",
	"sndbuf-limited", "application-limited", "retries2-timeout"}

// findings returns causes. A guess at a port is about what else listens on the host. Those of a run that are about time, and its notes, are about the machine or about somebody
// else's traffic on the same interface, but for the one that the scenario shows; and which frames prove a cause is luck.
func (v *view) findings(list []report.Finding, c *report.Connection) []Finding {
	out := []Finding{}
	for _, f := range list {
		one := Finding{Cause: f.Cause, Level: v.level(&f), Severity: f.Severity,
			ClientSees: v.names.text(f.ClientSees), ServerSees: v.names.text(f.ServerSees)}
		switch {
		case v.sockets == nil:
			one.Proof = proof(c, f.Frames)
		case (f.Severity == "note" || slices.Contains(lucky, f.Cause) || f.Cause == "wrong-port" && f.Level != "certain") && (v.r.Scenario == nil || f.Cause != v.r.Scenario.Cause):
			continue
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(a.Cause, b.Cause) })
	return out
}

// level is how sure a finding is. Of a run's findings about time the clocks decide how much is left to doubt.
func (v *view) level(f *report.Finding) string {
	if v.sockets != nil && slices.Contains(lucky, f.Cause) && (f.Level == "strong" || f.Level == "likely") {
		return "strong or likely"
	}
	return f.Level
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
