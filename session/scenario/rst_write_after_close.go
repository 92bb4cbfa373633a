package scenario

import "tcplab/session"

// WriteAfterClose sends to a peer that has closed.
var WriteAfterClose = &Scenario{
	Name:  "rst-write-after-close",
	Also:  []string{"sigpipe-death"},
	Title: "The client goes on writing after the server has closed",
	Teaches: "The first send succeeds and draws a RST; the second gives EPIPE and SIGPIPE, which ends the program without a word. " +
		"recv would have returned 0.",
	Topic:    Reset,
	Seeds:    []string{"000", "003"},
	Cause:    "write-after-peer-close",
	Variants: []string{literal, "nosignal", fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		again := session.Send("sock", "more\n")
		if p.Variant == "nosignal" {
			again = again.NoSignal()
		}
		rest := []session.Step{
			session.Poll("sock", pollRDHup, -1), again,
			session.Poll("sock", 0, -1), again, // POLLERR and POLLHUP need not be asked for: the RST is here
			session.Close("sock"),
		}
		if p.Variant == fixed {
			rest = steps(session.RecvEOF("sock", p.Buffer), session.Close("sock"))
		}
		return []session.Script{
			actor("server", served(p), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), rest),
		}
	},
	Expect: func(p Params) []Claim {
		switch p.Variant {
		case fixed:
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("server", "SF")...)
		case literal:
			return []Claim{fails("client", "send", "EPIPE"), dies("client", "SIGPIPE"), ends("server", 0),
				finds("write-after-peer-close")}
		}
		return []Claim{fails("client", "send", "EPIPE"), ends("client", 1), ends("server", 0), finds("write-after-peer-close")}
	},
}
