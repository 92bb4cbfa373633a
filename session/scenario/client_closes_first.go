package scenario

import "tcplab/session"

// ClientCloses lets the client close both directions at once, as most clients do.
var ClientCloses = &Scenario{
	Name:     "client-closes-first",
	Title:    "The client has its answer and closes first",
	Teaches:  "close ends both directions of the program, but on the wire only one: the server's direction ends with its own FIN.",
	Topic:    Ending,
	Seeds:    []string{"001", "002"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", asked(p), session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0),
			shows("the client keeps TIME-WAIT", "connections[0].close.time_wait", "client")}, closes("client", "SF")...)
	},
}
