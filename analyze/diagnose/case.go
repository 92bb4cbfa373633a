package diagnose

import (
	"tcplab/analyze/flow"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Case is one connection, or one failed call without a connection, with everything known about it.
type Case struct {
	Conv  *flow.Conversation // nil when no packet was seen
	Calls []calls.Call       // of the actors at both ends, nil for a plain capture
	Facts []hostfacts.Facts
	Peers []*flow.Conversation // other connections between the same hosts, as far as they are still known
}
