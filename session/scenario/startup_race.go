package scenario

import "tcplab/session"

// StartupRace lets the client come before the server's listen.
var StartupRace = &Scenario{
	Name:     "startup-race",
	Title:    "The client comes too early, tries again, and is served",
	Teaches:  "A refusal says only that nothing listened at that moment. Retry with a pause, or wait until the server is ready.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "startup-race",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Await("client:refused"), served(p), serverEnd(p)),
			actor("client", session.Socket("early", p.Server()), session.Connect("early", p.Server()).Unchecked(),
				session.Close("early"), session.Signal("refused"), asked(p), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), counts("client", "connect", 1), ends("client", 0), ends("server", 0),
			finds("startup-race")}
	},
}
