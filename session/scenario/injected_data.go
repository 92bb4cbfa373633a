package scenario

import (
	"time"

	"tcplab/session"
)

// InjectedData has a box that answers before the server does.
var InjectedData = &Scenario{
	Name:  "injected-data",
	Title: "A box on the path answers before the server: the client takes the first bytes it gets",
	Teaches: "Whoever knows the numbers can speak for the server. The forged bytes and the real ones have the same numbers, and differ: what came first " +
		"counts, the other is a duplicate to the client's kernel.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Cause:    "injected-data",
	Defaults: resetDefaults,
	Stage:    on("delay both 20ms", "delay 300ms s2c data 1", "inject psh,ack to sender ttl 57 text=forgd! c2s data 2 once"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Signal("answered"), session.RecvEOF("conn", p.Buffer), session.Close("conn"), session.Close("listener")),
			// The box waits for the second line, so that the answer which it forges is under way already.
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Await("server:answered"), session.Send("sock", "and more\n"),
				session.Recv("sock", p.Buffer), session.Sleep(500*time.Millisecond, "the real answer arrives"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{moves("client", "recv", len("forgd!")), ends("client", 0), ends("server", 0), finds("injected-data")}
	},
}
