package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// SimultaneousOpen lets two clients meet without a server.
var SimultaneousOpen = &Scenario{
	Name:  "simultaneous-open",
	Title: "Both ends call connect: their SYNs cross, and nobody calls listen or accept",
	Teaches: "A SYN that meets a SYN is answered with SYN,ACK from SYN-RECEIVED, by both. One connection comes of it, with two clients and no " +
		"server: this is how peers behind NATs meet.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Cause:    "simultaneous-open",
	Defaults: Params{Port: 8080, Message: "request", Reply: "reply", Buffer: 1024},
	// Each SYN waits in the cable for the other one, and so do the answers. What is sent again after a second is lost.
	Stage: on("hold c2s syn for s2c syn", "hold s2c syn for c2s syn", "hold c2s synack for s2c synack", "hold s2c synack for c2s synack",
		"pass c2s syn once", "pass s2c syn once", "pass c2s synack once", "pass s2c synack once", "drop both syn", "drop both synack"),
	Actors: func(p Params) []session.Script {
		// The client's port is the same as the server's, so that both know it beforehand.
		peer := netip.AddrPortFrom(lab.Peer(p.Addr), p.Port)
		return []session.Script{
			actor("server", session.Socket("sock", p.Server()), session.Bind("sock", p.Server()), session.Signal("ready"), session.Await("client:ready"),
				session.Connect("sock", peer), session.RecvLine("sock", p.Buffer), session.Send("sock", p.Reply+"\n"),
				session.RecvEOF("sock", p.Buffer), session.Close("sock")),
			actor("client", session.Socket("sock", p.Server()), session.Bind("sock", peer), session.Signal("ready"), session.Await("server:ready"),
				session.Connect("sock", p.Server()), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), moves("client", "recv", len(p.Reply)+1),
			shows("the SYNs cross", "connections[0].handshake.kind", "simultaneous"), finds("simultaneous-open")}
	},
}
