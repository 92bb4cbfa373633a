// Package compare says what differs between two reports in their canonical form: in what was run, how connections opened,
// what they carried and how they ended, in findings and calls. What is luck is no difference, because the form has none.
package compare

import (
	"fmt"
	"strings"

	"tcplab/analyze/canon"
)

// Difference is one thing that is not the same. Where only one side has it the other is "".
type Difference struct {
	Where string `json:"where"`
	A     string `json:"a"`
	B     string `json:"b"`
}

// Result is the outcome of a comparison, as JSON shows it.
type Result struct {
	Equal       bool         `json:"equal"`
	Differences []Difference `json:"differences"`
}

// Forms compares two canonical forms. What was run, its calls and its expectations are compared only where both are runs:
// a capture alone does not know them.
func Forms(a, b *canon.Form) Result {
	d := &differ{list: []Difference{}}
	if a.Scenario != nil && b.Scenario != nil {
		d.scenarios(a.Scenario, b.Scenario)
	}
	for i := range max(len(a.Connections), len(b.Connections)) {
		where := fmt.Sprintf("connection %d", i)
		switch {
		case i >= len(a.Connections):
			d.scalar(where, "", summary(&b.Connections[i]))
		case i >= len(b.Connections):
			d.scalar(where, summary(&a.Connections[i]), "")
		default:
			d.connections(where+": ", &a.Connections[i], &b.Connections[i])
		}
	}
	d.findings("", a.Findings, b.Findings)
	if len(a.Actors) > 0 && len(b.Actors) > 0 {
		d.actors(a.Actors, b.Actors)
	}
	return Result{Equal: len(d.list) == 0, Differences: d.list}
}

type differ struct{ list []Difference }

func (d *differ) scalar(where, a, b string) {
	if a != b {
		d.list = append(d.list, Difference{where, a, b})
	}
}

func (d *differ) scenarios(a, b *canon.Scenario) {
	d.scalar("scenario", a.Name, b.Name)
	d.scalar("variant", a.Variant, b.Variant)
	for _, key := range keys(a.Params, b.Params) {
		d.scalar("parameter "+key, a.Params[key], b.Params[key])
	}
}

// summary is a connection in a line, for one that the other side does not have.
func summary(c *canon.Connection) string {
	return fmt.Sprintf("%s -> %s, %s, %d and %d bytes, close %s", c.Client, c.Server, c.Opened, c.ToServer, c.ToClient, c.Close.Kind)
}

func (d *differ) connections(where string, a, b *canon.Connection) {
	d.scalar(where+"client", a.Client, b.Client)
	d.scalar(where+"server", a.Server, b.Server)
	d.scalar(where+"opened", a.Opened, b.Opened)
	d.scalar(where+"client offers", a.Options.Client, b.Options.Client)
	d.scalar(where+"server offers", a.Options.Server, b.Options.Server)
	d.sequence(where+"step", stepLines(a), stepLines(b))
	d.scalar(where+"window that stays closed", a.Stuck, b.Stuck)
	d.scalar(where+"waits for delayed ACKs", a.Held, b.Held)
	d.scalar(where+"bytes to server", fmt.Sprint(a.ToServer), fmt.Sprint(b.ToServer))
	d.scalar(where+"bytes to client", fmt.Sprint(a.ToClient), fmt.Sprint(b.ToClient))
	d.scalar(where+"marks", strings.Join(a.Marks, ", "), strings.Join(b.Marks, ", "))
	d.scalar(where+"close", a.Close.String(), b.Close.String())
	d.scalar(where+"state of the client", a.State.Client, b.State.Client)
	d.scalar(where+"state of the server", a.State.Server, b.State.Server)
	d.findings(where, a.Findings, b.Findings)
}

func stepLines(c *canon.Connection) (lines []string) {
	for _, s := range c.Steps {
		lines = append(lines, s.String())
	}
	return lines
}

// findings compares by cause: each has it or not, and as sure or not.
func (d *differ) findings(where string, a, b []canon.Finding) {
	texts := func(list []canon.Finding) map[string]string {
		m := map[string]string{}
		for _, f := range list {
			m[f.Cause] = f.String()
		}
		return m
	}
	ta, tb := texts(a), texts(b)
	for _, cause := range keys(ta, tb) {
		d.scalar(where+"finding "+cause, ta[cause], tb[cause])
	}
}

func (d *differ) actors(a, b []canon.Actor) {
	ma, mb := map[string]canon.Actor{}, map[string]canon.Actor{}
	for _, actor := range a {
		ma[actor.Name] = actor
	}
	for _, actor := range b {
		mb[actor.Name] = actor
	}
	for _, name := range keys(ma, mb) {
		d.scalar(name+": exit", ma[name].Exit, mb[name].Exit)
		d.sequence(name+": call", ma[name].Calls, mb[name].Calls)
	}
}
