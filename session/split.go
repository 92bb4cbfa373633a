package session

import (
	"errors"
	"fmt"
	"strings"
)

// Serves reports whether the actor belongs on the server's machine: servers and what they fork.
func (s *Script) Serves() bool {
	return s.ForkedBy != "" || strings.HasPrefix(s.Actor, "server") || s.Actor == "old" || s.Actor == "parent"
}

// Split parts the plan between two machines: each gets the actors of its side and runs them without hearing of the
// other's. A client's wait for a listener goes away: whoever starts the client there knows that the server listens. The
// error says which step needs what only one machine has.
func (p Plan) Split() (client, server Plan, err error) {
	client, server = p, p
	client.Actors, server.Actors = nil, nil
	serves := map[string]bool{}
	for i := range p.Actors {
		serves[p.Actors[i].Actor] = p.Actors[i].Serves()
	}
	for _, s := range p.Actors {
		if s.Steps, err = alone(s, serves); err != nil {
			return Plan{}, Plan{}, err
		}
		if s.Serves() {
			server.Actors = append(server.Actors, s)
		} else {
			client.Actors = append(client.Actors, s)
		}
	}
	switch {
	case len(server.Actors) == 0:
		err = errors.New("no actor runs on the server's side")
	case len(client.Actors) == 0:
		err = errors.New("all its actors run on one side")
	}
	return client, server, err
}

// alone returns the steps of a script as they are run where only its own side is. Before its first other step a client may
// wait for a listener of the server: that is left out.
func alone(s Script, serves map[string]bool) ([]Step, error) {
	steps := s.Steps
	for len(steps) > 0 && steps[0].Op == "await" && !s.Serves() && serves[owner(steps[0].Event)] &&
		steps[0].Event == listening(owner(steps[0].Event)) {
		steps = steps[1:]
	}
	return steps, hears(s, steps, serves)
}

// hears returns an error when one of the steps needs an actor of the other side.
func hears(s Script, steps []Step, serves map[string]bool) error {
	for _, step := range steps {
		event := ""
		switch step.Op {
		case "await", "meet":
			event = step.Event
		case "kill":
			event = step.Event + ":"
		case "connect":
			if s.Serves() {
				return fmt.Errorf("the %s connects by itself", s.Actor)
			}
		}
		if far, known := serves[owner(event)]; event != "" && (!known || far != s.Serves()) {
			return fmt.Errorf("the %s must %s, which happens on the other side", s.Actor, step)
		}
		if err := hears(s, step.Steps, serves); err != nil {
			return err
		}
	}
	return nil
}
