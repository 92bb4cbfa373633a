package scenario

import (
	"time"

	"tcplab/session"
)

// IdleDrop has a box on the path that forgets connections in silence and drops what comes after.
var IdleDrop = &Scenario{
	Name:  "idle-timeout-drop",
	Title: "After eleven seconds of silence a box on the path has forgotten the connection and drops what comes",
	Teaches: "A NAT or firewall whose entry has timed out says nothing to anybody. Both ends believe in the connection, the client repeats its data until it " +
		"gives up. Keep-alives below the box's timer prevent it.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "idle-timeout-drop",
	Defaults: resetDefaults,
	Stage:    on("delay both 2ms", "cut both idle 8s"),
	Deadline: 30 * time.Second,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.SetOption("sock", "TCP_USER_TIMEOUT", 1500), session.Sleep(11*time.Second, "the user is away"),
				session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the server still believes in it", "kernel[0].state", "ESTABLISHED"), finds("idle-timeout-drop")}
	},
}
