package scenario

import (
	"net/netip"

	"tcplab/session"
)

// PortReuse opens the same pair of ports again while the server's TIME-WAIT stands.
var PortReuse = &Scenario{
	Name:     "time-wait-new-syn",
	Title:    "The same two ports again while TIME-WAIT stands: a new connection at once",
	Teaches:  "A SYN with a newer number or timestamp ends TIME-WAIT early. Two connections of one capture have the same addresses and ports.",
	Topic:    Ending,
	Seeds:    []string{"004"},
	Cause:    "time-wait-new-syn",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		from := netip.AddrPortFrom(p.Addr, clientPort)
		once := []session.Step{session.Socket("sock", p.Server()), session.SetOption("sock", "SO_REUSEADDR", 1), session.Bind("sock", from),
			session.Connect("sock", p.Server()), session.RecvEOF("sock", p.Buffer), session.Close("sock")}
		return []session.Script{
			actor("server", listen(p), session.Repeat(2, session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"),
				session.Close("conn")), session.Close("listener")),
			actor("client", session.Await("server:listening"), session.Repeat(2, once...)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{counts("client", "connect", 2), ends("client", 0), ends("server", 0), finds("time-wait-new-syn")}
	},
}

// clientPort is the source port of clients that choose one; it lies above the usual ephemeral range.
const clientPort = 61010
