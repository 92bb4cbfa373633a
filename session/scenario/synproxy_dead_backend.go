package scenario

import "tcplab/session"

// SYNProxyDeadBackend has a firewall that shakes hands for a server which is not there.
var SYNProxyDeadBackend = &Scenario{
	Name:  "synproxy-dead-backend",
	Title: "A firewall does the handshake in the server's place, and then finds the port closed",
	Teaches: "A SYN proxy answers with window 0, to keep the client quiet until it has asked the server. The refusal comes after the handshake, and " +
		"from farther away: its TTL is another.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "synproxy-dead-backend",
	Defaults: refusedDefaults,
	// The box answers the SYN itself, and hands on the refusal when the handshake is complete: late enough that connect has returned
	// on a busy machine too.
	Stage: on("delay both 20ms", "inject syn,ack to sender ttl 64 window 0 c2s syn", "delay 400ms c2s ack", "inject rst,ack to sender ttl 63 c2s ack", "drop c2s tcp", "drop s2c tcp"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", session.Socket("sock", p.Server()), session.Bind("sock", p.Server()), session.Signal("ready"), session.Await("client:exited")),
			actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Recv("sock", p.Buffer))}
	},
	Expect: func(Params) []Claim {
		// A client that is slow to wake hears of it from connect already, any other from recv.
		return []Claim{shows("the connection is open, and then reset", "connections[0].outcome", "RSTR"), ends("client", 1), ends("server", 0), finds("synproxy-dead-backend")}
	},
}
