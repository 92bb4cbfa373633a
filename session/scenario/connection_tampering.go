package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// Tampering has a box that answers the request with a page of its own, and resets the server.
var Tampering = &Scenario{
	Name:  "connection-tampering",
	Title: "A box shows the client a page of its own and resets the server in its name: seen at the server",
	Teaches: "The server sees a client that asks and resets, as impatient ones do; the client sees a page and an end. Each believes the other did it. The RST's TTL is " +
		"not that of the client's other segments: a box on the path made it.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-onpath",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, At: "server", Cable: []string{"inject rst,ack to receiver ttl 57 c2s data 1 once", "inject fin,psh,ack to sender ttl 57 text=blocked c2s data 1 once",
		"pass c2s syn", "pass c2s ack once", "pass c2s data 1 once", "drop c2s tcp"}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvEOF("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{moves("client", "recv", len("blocked")), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0), finds("injected-rst-onpath")}
	},
}
