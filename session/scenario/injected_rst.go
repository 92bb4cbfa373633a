package scenario

import "tcplab/session"

// InjectedReset has a box on the path that forges a RST.
var InjectedReset = &Scenario{
	Name:  "injected-rst",
	Title: "A box on the path answers the request with a forged RST",
	Teaches: "The RST has another TTL than the server's packets, and the server goes on as if it had not sent it: it has not. What it sends " +
		"afterwards the client's kernel answers with a RST of its own.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-onpath",
	Defaults: resetDefaults,
	Stage:    on("delay both 20ms", "reset to sender ttl 57 c2s data 1 once", "hold c2s rst for s2c data"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			finds("injected-rst-onpath")}
	},
}
