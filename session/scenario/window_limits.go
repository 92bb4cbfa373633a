package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// What keeps a transfer slow on a path without a fault.
var (
	NoWindowScaling = limited("no-window-scaling", 1<<20, "A box removes the window scale option: 64 KiB a round trip, and no more",
		"The window field has 16 bits. Without the option of RFC 7323 no more than 65535 bytes can be under way, whatever the network could carry.",
		[]string{"delay both 20ms", "strip wscale c2s syn"}, nil)
	ReceiveBuffer = limited("rcvbuf-limited", 256<<10, "The server has set a small SO_RCVBUF: one window a round trip",
		"A program that sets SO_RCVBUF switches the kernel's own tuning off. Its window, not the network, decides how much is under way.",
		[]string{"delay both 10ms"}, []session.Step{session.SetOption("listener", "SO_RCVBUF", 16384)})
	SmallMSS = limited("small-mss", 64<<10, "The server asks for segments of 100 bytes",
		"Each segment costs 40 bytes of headers and an interruption. A tunnel, a wrong TCP_MAXSEG or an attacker can ask for tiny ones.",
		[]string{"delay both 2ms"}, []session.Step{session.SetOption("listener", "TCP_MAXSEG", 100)})
)

// limited is a large request to a server that sets options on its listener.
func limited(name string, size int, title, teaches string, rules []string, options []session.Step) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"003"}, Cause: name,
		Defaults: Params{Port: 8080, Reply: "received", Backlog: 3, Buffer: 64 << 10, Size: size},
		Stage:    &Stage{Topology: lab.Direct, Cable: rules},
		Actors: func(p Params) []session.Script {
			return []session.Script{
				actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1), options,
					session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog), session.Accept("listener", "conn"),
					serverEnd(p)),
				actor("client", connect(p), session.SendSize("sock", p.Size), clientEnd(p)),
			}
		},
		Expect: func(p Params) []Claim {
			return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "send", p.Size), moves("server", "recv", p.Size), finds(name)},
				closes("client", "SF")...)
		},
	}
}
