package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// InjectedSYN and InjectedACK have a forger whose segments the server's kernel questions.
var (
	InjectedSYN = challenged("injected-syn", "syn", "A forged SYN in an open connection: answered by a challenge ACK, and the connection goes on",
		"A SYN on a live connection is never obeyed, whatever its number (RFC 5961, 4). A client that had really restarted would answer the challenge with a RST.")
	InjectedACK = challenged("injected-ack-unsent", "ack", "A forged segment acknowledges bytes that were never sent: answered by an ACK and ignored",
		"An ACK beyond what was sent cannot come from the other end. RFC 9293 lets its receiver say what it has sent, and drop the segment.", "ack +5000")
)

// challenged is an exchange of two messages; a box on the path forges a segment of the client's when the server has answered the first.
func challenged(name, flags, title, teaches string, numbers ...string) *Scenario {
	rule := "inject " + flags + " to sender ttl 57 "
	for _, n := range numbers {
		rule += n + " "
	}
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Reset, Seeds: []string{"000"}, Cause: name, Defaults: resetDefaults,
		Stage: &Stage{Topology: lab.Direct, At: "server", Cable: []string{"delay both 20ms", rule + "s2c data 1 once"}},
		Actors: func(p Params) []session.Script {
			answer := []session.Step{session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n")}
			ask := []session.Step{session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer)}
			return []session.Script{
				actor("server", listen(p), session.Accept("listener", "conn"), session.Repeat(2, answer...), serverEnd(p)),
				actor("client", connect(p), session.Repeat(2, ask...), clientEnd(p)),
			}
		},
		Expect: func(p Params) []Claim {
			return []Claim{moves("client", "recv", 2*len(p.Reply)+2), ends("client", 0), ends("server", 0), finds(name)}
		},
	}
}
