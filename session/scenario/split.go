package scenario

import (
	"errors"
	"fmt"
	"net/netip"

	"tcplab/session"
)

// Split parts the run of s with p between two machines, see session.Plan.Split; the error says why it cannot be. That is
// decided by what the scenario consists of: no list names those that can.
func (s *Scenario) Split(p Params) (client, server session.Plan, err error) {
	switch {
	case s.Stage != nil:
		err = errors.New("it plays in a lab of its own: its cable, firewall or routes are part of it")
	case s.Choose != nil || s.Defaults.Addr.IsValid():
		err = errors.New("its addresses are those of one machine")
	default:
		client, server, err = s.Plan(p).Split()
	}
	for _, a := range append(client.Actors, server.Actors...) {
		if err == nil {
			err = reaches(a, a.Steps, p.Addr)
		}
	}
	return client, server, err
}

// reaches returns an error when a step is about another address than the server's, or binds a client to it.
func reaches(actor session.Script, steps []session.Step, server netip.Addr) error {
	for _, step := range steps {
		a := step.Addr.Addr()
		if a.IsValid() && !a.IsUnspecified() && (a != server || step.Op == "bind" && !actor.Serves()) {
			return fmt.Errorf("the %s must %s, an address of one machine", actor.Actor, step)
		}
		if err := reaches(actor, step.Steps, server); err != nil {
			return err
		}
	}
	return nil
}

// Splits reports whether the scenario as it runs without --variant can be parted between two machines.
func (s *Scenario) Splits() bool {
	_, _, err := s.Split(s.sample())
	return err == nil
}

// sample are complete parameters for a server that no machine has (RFC 5737).
func (s *Scenario) sample() Params {
	p := s.Defaults
	p.Variant, p.Addr, p.Port = s.variant(), netip.AddrFrom4([4]byte{192, 0, 2, 1}), 1
	return p
}
