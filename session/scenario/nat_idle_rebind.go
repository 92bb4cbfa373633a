package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// NATIdleRebind has a NAT that forgets connections in silence and gives them another port afterwards.
var NATIdleRebind = &Scenario{
	Name:  "nat-idle-rebind",
	Title: "After two seconds of silence a NAT has forgotten the connection: its next segment comes to the server from another port",
	Teaches: "The server sees data out of nowhere and resets it, though its own connection stands, with the same numbers, under the old port. At the client it looks as " +
		"if the server had forgotten everything.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "nat-idle-rebind",
	Defaults: Params{Addr: backend, Port: 2000, Message: "request", Reply: "reply", Backlog: 1, Buffer: 1024},
	Stage: &Stage{Topology: lab.Routed, At: "server", Arrange: func(Params) []Arrangement {
		return []Arrangement{firewall("router", "postrouting ip daddr "+backend.String()+" masquerade random"),
			sysctl("router", "net.netfilter.nf_conntrack_tcp_timeout_established", "1")}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Await("client:exited"), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Sleep(2500*time.Millisecond, "the user thinks"), session.Send("sock", p.Message+"\n"),
				session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			shows("the server still believes in the connection", "kernel[0].state", "ESTABLISHED"), finds("nat-idle-rebind")}
	},
}
