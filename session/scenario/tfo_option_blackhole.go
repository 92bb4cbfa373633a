package scenario

import "tcplab/session/lab"

// FastOpenOptionBlackhole has a box that drops SYNs which only ask for a cookie.
var FastOpenOptionBlackhole = &Scenario{
	Name:     "tfo-option-blackhole",
	Title:    "A SYN that asks for a Fast Open cookie is dropped; the next one does not ask, and works",
	Teaches:  "The first connection to a server asks for a cookie by an option, without data. A box that drops unknown options costs a second even so.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "tfo-option-blackhole",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop c2s syn option fastopen"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_fastopen", "1"), sysctl("server", "net.ipv4.tcp_fastopen", "2")}
	}},
	Actors: FastOpenBlackhole.Actors,
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("tfo-option-blackhole")}
	},
}
