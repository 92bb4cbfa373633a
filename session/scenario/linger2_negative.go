package scenario

import "tcplab/session"

// LingerNegative skips FIN-WAIT-2.
var LingerNegative = &Scenario{
	Name:     "linger2-negative",
	Title:    "The server closes with TCP_LINGER2 below 0: the ACK of its FIN is answered with a RST",
	Teaches:  "With it the kernel forgets the connection as soon as its FIN is acknowledged; what comes then meets nobody.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "linger2-negative",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.SetOption("conn", "TCP_LINGER2", -1), session.Await("client:replied"),
				session.Close("conn"), session.Signal("closed"), session.Close("listener")),
			// Setting TCP_QUICKACK acknowledges the FIN at once.
			actor("client", asked(p), session.Signal("replied"), session.Await("server:closed"),
				session.SetOption("sock", "TCP_QUICKACK", 1), session.Poll("sock", 0, -1), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("linger2-negative")}
	},
}
