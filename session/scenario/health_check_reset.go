package scenario

import "tcplab/session"

// HealthCheck connects and aborts, as load balancers do to see whether a port is open.
var HealthCheck = &Scenario{
	Name:     "health-check-reset",
	Title:    "A health check: handshake, then a reset without a byte",
	Teaches:  "The check has its answer with the SYN,ACK and throws the connection away. Harmless, but the server's log fills.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "linger0-client",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Signal("accepted"),
				session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Await("server:accepted"), session.Linger("sock", 0), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "recv", "ECONNRESET"), ends("server", 0), ends("client", 0), finds("linger0-client")}
	},
}
