package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// Rebooted has a server that forgets its connection without a word, as a host does that loses its power.
var Rebooted = forgotten("half-open-server-rebooted", "The server has forgotten the connection: the client's next message is reset",
	"A half-open connection: one end is certain, the other knows nothing. The first segment that the forgetful end receives is answered by a RST "+
		"with the number that the segment itself names.",
	func(p Params) []session.Step {
		return steps(session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked())
	})

// KeepaliveReset lets a keep-alive probe find out.
var KeepaliveReset = forgotten("keepalive-peer-reset", "The server has forgotten the connection: a keep-alive probe is reset",
	"Keep-alives do not only notice hosts that are gone: one that came back answers the probe with a RST, and recv says ECONNRESET although nothing was sent.",
	func(p Params) []session.Step {
		return steps(session.SetOption("sock", "TCP_KEEPIDLE", 1), session.SetOption("sock", "SO_KEEPALIVE", 1), session.Recv("sock", p.Buffer).Unchecked())
	})

// forgotten is a server that drops its end of the connection silently after one exchange; then is what the client does next.
// TCP_REPAIR lets a socket be closed without a FIN or a RST.
func forgotten(name, title, teaches string, then func(Params) []session.Step) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Reset, Seeds: []string{"003"}, Cause: name, Defaults: resetDefaults,
		Stage: &Stage{Topology: lab.Direct},
		Actors: func(p Params) []session.Script {
			return []session.Script{
				actor("server", served(p), session.Await("client:answered"), session.SetOption("conn", "TCP_REPAIR", 1), session.Close("conn"),
					session.Signal("forgot"), session.Await("client:exited"), session.Close("listener")),
				actor("client", asked(p), session.Signal("answered"), session.Await("server:forgot"),
					session.Sleep(200*time.Millisecond, "the server's host starts again"), then(p), session.Close("sock")),
			}
		},
		Expect: func(Params) []Claim {
			return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0), finds(name)}
		},
	}
}
