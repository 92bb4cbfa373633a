package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// InjectedFIN has a box that ends the connection in the server's name, with words of its own.
var InjectedFIN = &Scenario{
	Name:  "injected-fin",
	Title: "A box on the path answers in the server's place and closes",
	Teaches: "The client reads the forged bytes and an end of file, and is content. The server's own answer comes later, with the same numbers, and meets a " +
		"socket that is closed. TTL and IP identification of the forged segment are not the server's.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-fin",
	Defaults: resetDefaults,
	// The server has closed before its answer arrives, and repeats nothing meanwhile.
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 20ms", "hold s2c data 1 for c2s fin", "delay 600ms s2c data 1", "inject fin,psh,ack to sender ttl 57 text=no c2s data 2 once"},
		Arrange: func(Params) []Arrangement { return []Arrangement{patient("server"), noProbe("server")} }},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Signal("answered"), session.RecvEOF("conn", p.Buffer).Unchecked(),
				session.Sleep(100*time.Millisecond, "the client's FIN is acknowledged by itself, in every run"), session.Close("conn"), session.Close("listener")),
			// The box waits for the second line, so that the answer which it forges is under way already.
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Await("server:answered"), session.Send("sock", "and more\n"),
				session.RecvEOF("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{moves("client", "recv", len("no")), ends("client", 0), ends("server", 0), finds("injected-fin")}
	},
}
