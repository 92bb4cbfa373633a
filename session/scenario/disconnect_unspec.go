package scenario

import "tcplab/session"

// DisconnectUnspec dissolves a connection without closing the socket.
var DisconnectUnspec = &Scenario{
	Name:     "disconnect-unspec",
	Title:    "The server dissolves the connection with connect(AF_UNSPEC)",
	Teaches:  "For a UDP socket that is a harmless way back; on TCP it resets. The descriptor stays open and unconnected.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "disconnect-unspec",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Await("client:replied"), session.Disconnect("conn"), session.Close("conn"),
				session.Close("listener")),
			actor("client", asked(p), session.Signal("replied"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds("disconnect-unspec")}
	},
}
