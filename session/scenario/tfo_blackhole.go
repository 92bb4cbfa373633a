package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// FastOpenBlackhole has a box that drops SYNs which carry data.
var FastOpenBlackhole = &Scenario{
	Name:  "tfo-blackhole",
	Title: "A SYN with data (TCP Fast Open) is dropped; the next one carries none, and works",
	Teaches: "Fast Open puts the request into the SYN. Boxes that do not know it drop the segment, and connecting takes a second longer; Linux then stops " +
		"using it for a while.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "tfo-blackhole",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop c2s syn data"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{ // without cookies, which a first connection would have to fetch
			sysctl("client", "net.ipv4.tcp_fastopen", "5"), sysctl("server", "net.ipv4.tcp_fastopen", "514"),
		}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.SetOption("listener", "TCP_FASTOPEN", 5), session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog),
				session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", session.Await("server:listening"), session.Socket("sock", p.Server()),
				session.SendFastOpen("sock", p.Message+"\n", p.Server()), session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("tfo-blackhole")}
	},
}
