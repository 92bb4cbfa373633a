package scenario

import "tcplab/session"

// SocketZero tests socket() for 0, as the first handout prints it.
var SocketZero = &Scenario{
	Name:  "socket-zero",
	Title: "A program takes socket() == 0 for a failure: it misses the real one, and sees one where there is none",
	Teaches: "socket returns -1 when it fails, which passes the test for 0: only the next call stumbles, with EBADF. And 0 is a good descriptor: a program started " +
		"without standard input, as services can be, gets it, and gives up for nothing.",
	Topic:    Bind,
	Seeds:    []string{"000"},
	Cause:    "accept-emfile",
	Variants: []string{"fails", "stdin-closed"},
	Sound:    []string{"stdin-closed"},
	Defaults: Params{Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == "stdin-closed" {
			return []session.Script{actor("server", session.Close("stdin"), session.Socket("listener", p.Server()), session.Exit(1, "socket() == 0 is taken for a failure"))}
		}
		return []session.Script{actor("server", session.LimitFiles(3), session.Socket("listener", p.Server()).Unchecked(), // 0, 1 and 2 are taken
			session.SetOption("listener", "SO_REUSEADDR", 1).Unchecked(), session.Exit(1, "setsockopt failed"))}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == "stdin-closed" {
			descriptor := Claim{Text: "socket returns descriptor 0", Call: &Call{Actor: "server", Op: "socket", Total: new(int)}}
			return []Claim{descriptor, ends("server", 1)}
		}
		return []Claim{fails("server", "socket", "EMFILE"), fails("server", "setsockopt", "EBADF"), ends("server", 1), finds("accept-emfile")}
	},
}
