// Package scenario holds what can be run: each scenario is data, one file each, that says what it teaches, what its
// actors do, and what must be seen on the wire and in the calls. All lists them.
package scenario

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tcplab/session"
)

// Scenario is one thing to run and look at.
type Scenario struct {
	Name     string   // "hello"
	Also     []string // other names by which it can be asked for
	Title    string   // one line
	Teaches  string   // what the reader should see in the report
	Topic    Topic
	Seeds    []string      // which lab handouts it comes from: "000" … "004"
	Cause    string        // the cause it shows, a slug of the diagnosis catalogue; "" when nothing is wrong
	Variants []string      // the first one is run when none is asked for; nil: there is only one
	Sound    []string      // variants beside "fixed" that show no cause
	Needs    []string      // "root", "userns", "ipv6"
	Defaults Params        // Port 0: a free one, for servers that could not be restarted on the same port at once
	Deadline time.Duration // 0: session's own
	Stage    *Stage        // the lab it plays in; nil: on any host, or between two
	// Actors builds the scripts. Params are complete: the port is a real one.
	Actors func(Params) []session.Script
	// Ports are further ports whose packets belong to the run; nil: the server's alone.
	Ports func(Params) []uint16
	// Choose completes parameters that depend on the host; nil: none do.
	Choose func(*Params) error
	// Expect says what a run shows when it went as designed.
	Expect func(Params) []Claim
}

// Topic groups scenarios in lists.
type Topic string

// The topics.
const (
	Exchange    Topic = "exchange"    // messages and their framing
	Ending      Topic = "ending"      // how a connection is closed
	Refused     Topic = "refused"     // why connect fails
	Reset       Topic = "reset"       // why a connection breaks
	Waiting     Topic = "waiting"     // why nothing happens
	Bind        Topic = "bind"        // why a server does not start
	Concurrency Topic = "concurrency" // several clients at once
	Contrast    Topic = "contrast"    // what TCP is not
)

// Lookup returns the scenario called name, also by another of its names, or the first one that shows the cause of that name. The
// error lists all.
func Lookup(name string) (*Scenario, error) {
	all := All()
	names := make([]string, len(all))
	for i, s := range all {
		if s.Name == name || slices.Contains(s.Also, name) {
			return s, nil
		}
		names[i] = s.Name
	}
	for _, s := range all {
		if s.Cause != "" && s.Cause == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no scenario %q; there are: %s", name, strings.Join(names, ", "))
}

// Complete fills the gaps of p with the defaults of s, chooses a free port for port 0, and checks the variant.
func (s *Scenario) Complete(p Params) (Params, error) {
	d := s.Defaults
	p.Variant = cmp.Or(p.Variant, s.variant())
	if p.Variant != "" && !slices.Contains(s.Variants, p.Variant) {
		return p, fmt.Errorf("scenario %s has no variant %q; it has: %s", s.Name, p.Variant, strings.Join(s.Variants, ", "))
	}
	if s.Choose != nil {
		if err := s.Choose(&p); err != nil {
			return p, fmt.Errorf("scenario %s: %w", s.Name, err)
		}
	}
	if !p.Addr.IsValid() {
		p.Addr = d.Addr
	}
	if !p.Addr.IsValid() {
		p.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	p.Message, p.Reply = cmp.Or(p.Message, d.Message), cmp.Or(p.Reply, d.Reply)
	p.Buffer, p.Size = cmp.Or(p.Buffer, d.Buffer), cmp.Or(p.Size, d.Size)
	if !p.NoQueue {
		p.Backlog = cmp.Or(p.Backlog, d.Backlog)
	}
	if p.FreePort || p.Port == 0 && d.Port == 0 {
		port, err := session.FreePort(p.Addr)
		p.Port, p.FreePort = port, true
		return p, err
	}
	p.Port = cmp.Or(p.Port, d.Port)
	return p, nil
}

func (s *Scenario) variant() string {
	if len(s.Variants) == 0 {
		return ""
	}
	return s.Variants[0]
}

// Plan builds the run of s with p, which Complete has returned.
func (s *Scenario) Plan(p Params) session.Plan {
	plan := session.Plan{Name: s.Name, Target: p.Server(), Actors: s.Actors(p), Deadline: s.Deadline}
	if s.Ports != nil {
		plan.Ports = s.Ports(p)
	}
	return plan
}

// The usual variants: the program as the handout prints it, and as it should be, which shows no cause.
const (
	literal = "literal"
	fixed   = "fixed"
)

// CauseOf is the cause that a variant shows.
func (s *Scenario) CauseOf(variant string) string {
	if variant == fixed || slices.Contains(s.Sound, variant) {
		return ""
	}
	return s.Cause
}
