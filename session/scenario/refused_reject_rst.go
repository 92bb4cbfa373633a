package scenario

import "tcplab/session"

// RejectReset has a server whose firewall answers in its place, as a closed port would.
var RejectReset = &Scenario{
	Name:  "refused-reject-rst",
	Also:  []string{"reject-reset-host-nft"},
	Title: "The server listens, its firewall refuses with a RST",
	Teaches: "\"reject with tcp reset\" looks like a closed port in every bit. Only the server's host knows better: a listener is there, " +
		"and TcpOutRsts did not grow.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "reject-reset-host",
	Defaults: refusedDefaults,
	Stage:    guarded("reject with tcp reset"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim { return refusal("reject-reset-host") },
}
