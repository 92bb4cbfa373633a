package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// ClientRebooted has a client that forgets its connection and opens another from the same port.
var ClientRebooted = &Scenario{
	Name:  "half-open-client-rebooted",
	Title: "The client has forgotten the connection and opens it again from the same port",
	Teaches: "The SYN meets an open connection. The server answers with the old numbers; the client's kernel, which knows none of them, resets the old " +
		"connection and repeats its SYN a moment later.",
	Topic:    Reset,
	Seeds:    []string{"002"},
	Cause:    "half-open-client-rebooted",
	Defaults: resetDefaults,
	Stage:    &Stage{Topology: lab.Direct},
	Actors: func(p Params) []session.Script {
		from := netip.AddrPortFrom(lab.Peer(p.Addr), clientPort)
		open := func(sock string) []session.Step {
			return steps(session.Socket(sock, p.Server()), session.SetOption(sock, "SO_REUSEADDR", 1), session.Bind(sock, from), session.Connect(sock, p.Server()))
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "old"), session.Signal("accepted"), session.Accept("listener", "conn"),
				session.Recv("old", p.Buffer).Unchecked(), session.Close("old"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", session.Await("server:listening"), open("lost"), session.Await("server:accepted"),
				session.SetOption("lost", "TCP_REPAIR", 1), session.Close("lost"), open("sock"),
				session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 2), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			finds("half-open-client-rebooted")}
	},
}
