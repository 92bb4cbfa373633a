package scenario

import "time"

// SYNLost and SYNACKLost lose one segment of the handshake.
var (
	SYNLost = slowOpen("syn-lost-once", []string{"drop c2s syn once"}, "The first SYN is lost",
		"connect succeeds after one second: the time of the first retransmission. A second that comes out so round is a lost packet, not a slow server.")
	// Both timers run for a second. The way back is slow, so that the client repeats its SYN before the other repetition
	// comes; so is the way of that SYN, which else could arrive before the server's timer runs out, and stand in for it.
	SYNACKLost = slowOpen("synack-lost-once", []string{"delay s2c 120ms", "delay 60ms c2s syn after 500ms", "drop s2c synack once"}, "The first SYN,ACK is lost",
		"The client cannot know which of the two was lost. Here both ends repeat theirs, and two SYN,ACKs arrive: one for each SYN.")
)

// slowOpen is hello on a cable that spoils the handshake's first try.
func slowOpen(name string, cable []string, title, teaches string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"000"}, Cause: name,
		Defaults: Hello.Defaults, Stage: on(cable...), Actors: Hello.Actors,
		Expect: func(p Params) []Claim {
			return append(Hello.Expect(p), takes("client", "connect", 900*time.Millisecond), finds(name))
		},
	}
}
