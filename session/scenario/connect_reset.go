package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// ConnectReset has a box whose RST is glued to the SYN,ACK.
var ConnectReset = &Scenario{
	Name:  "connect-reset",
	Title: "A forged RST comes with the SYN,ACK: connect itself gives ECONNRESET",
	Teaches: "A refusal is ECONNREFUSED, and ECONNRESET is for open connections. But between the SYN,ACK and the moment the program looks the connection is open, " +
		"and can be reset: the program then has ECONNRESET from connect.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-onpath",
	Defaults: resetDefaults,
	Stage:    on("delay both 20ms", "reset to receiver ttl 57 s2c synack once"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"), session.Recv("conn", p.Buffer).Unchecked(),
				session.Close("conn"), session.Close("listener")),
			actor("client", session.Await("server:listening"), session.Socket("sock", p.Server()), session.Nonblock("sock"),
				session.Connect("sock", p.Server()).Unchecked(), session.Poll("sock", unix.POLLERR, -1), session.Connect("sock", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "EINPROGRESS"), fails("client", "connect", "ECONNRESET"), fails("server", "recv", "ECONNRESET"),
			ends("client", 1), ends("server", 0), finds("injected-rst-onpath")}
	},
}
