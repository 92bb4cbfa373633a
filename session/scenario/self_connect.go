package scenario

import "tcplab/session"

// SelfConnect meets itself.
var SelfConnect = &Scenario{
	Name:  "self-connect",
	Title: "A client connects to its own port: success without a server",
	Teaches: "When source and destination are the same address and port, the SYN meets its sender: a simultaneous open. Whoever retries a " +
		"local port of the ephemeral range long enough gets there; here bind makes it happen at once.",
	Topic:    Contrast,
	Seeds:    []string{"003"},
	Cause:    "self-connect",
	Defaults: Params{Message: "is anybody there?", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("client",
			session.Socket("sock", p.Server()), session.Bind("sock", p.Server()), session.Connect("sock", p.Server()),
			session.Getsockname("sock"), session.Getpeername("sock"),
			session.Send("sock", p.Message), session.Recv("sock", p.Buffer), session.Info("sock", "close"), session.Close("sock"))}
	},
	Expect: func(p Params) []Claim {
		return []Claim{ends("client", 0), moves("client", "recv", len(p.Message)), finds("self-connect")}
	},
}
