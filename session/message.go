package session

import (
	"encoding/json"
	"net/netip"

	"tcplab/capture"
	"tcplab/capture/calls"
)

// Parent and actor talk through two pipes, one JSON object on a line. Reports go up, orders go down.

// report is what an actor tells the parent: exactly one field is set.
type report struct {
	Begin  *calls.Call         `json:"begin,omitempty"`
	End    *calls.Call         `json:"end,omitempty"`
	View   *capture.KernelView `json:"view,omitempty"`
	Event  string              `json:"event,omitempty"` // "<actor>:<name>" has happened
	Facts  string              `json:"facts,omitempty"` // take a snapshot, then answer with the event "facts:<when>"
	Failed string              `json:"failed,omitempty"`
	Child  *capture.ActorExit  `json:"child,omitempty"` // an actor that this one forked, then how it ended

	Program *capture.ActorExit `json:"program,omitempty"` // the user's program that this actor is, then how it ended
	Output  *capture.Output    `json:"output,omitempty"`  // what that wrote
	Ready   []netip.AddrPort   `json:"ready,omitempty"`   // where it listens
	Warning string             `json:"warning,omitempty"` // what is not known of it
}

// order is what the parent tells an actor: exactly one field is set.
type order struct {
	Script *Script        `json:"script,omitempty"`
	PIDs   map[string]int `json:"pids,omitempty"`
	Event  string         `json:"event,omitempty"`
	At     capture.Stamp  `json:"at,omitempty"`   // of the event
	Gone   string         `json:"gone,omitempty"` // the actor of that name has ended
}

// line encodes a message for its pipe.
func line(message any) []byte {
	b, err := json.Marshal(message)
	if err != nil {
		panic("session: a message of plain data cannot fail to encode: " + err.Error())
	}
	return append(b, '\n')
}
