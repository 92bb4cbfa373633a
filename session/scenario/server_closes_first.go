package scenario

import "tcplab/session"

// ServerCloses lets the server close first: it keeps TIME-WAIT, and with it the port.
var ServerCloses = &Scenario{
	Name:     "server-closes-first",
	Title:    "The server answers and closes first",
	Teaches:  "Whoever closes first waits in TIME-WAIT. A server that does so cannot be restarted at once without SO_REUSEADDR.",
	Topic:    Ending,
	Seeds:    []string{"000", "004"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0),
			shows("the server keeps TIME-WAIT", "connections[0].close.time_wait", "server")}, closes("server", "SF")...)
	},
}
