package scenario

import (
	"time"

	"tcplab/session"
)

// IdleReset has a box on the path that forgets connections in silence and resets what comes after: the second message.
var IdleReset = &Scenario{
	Name:  "idle-timeout-reset",
	Title: "After a second of silence a box on the path has forgotten the connection and resets it",
	Teaches: "Firewalls and load balancers keep a connection in a table with a timer: minutes, here one second. The RST comes from the box: the server " +
		"knows nothing of it.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "idle-timeout-reset",
	Defaults: resetDefaults,
	Stage:    on("delay both 2ms", "reset to sender plain ttl 60 c2s data 2 once", "drop c2s data 2"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.Sleep(time.Second, "the user thinks"),
				session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			shows("the server still believes in it", "kernel[0].state", "ESTABLISHED"), finds("idle-timeout-reset")}
	},
}
