package scenario

import "tcplab/session"

// Bufferbloat has a slow line with a queue that never says no.
var Bufferbloat = &Scenario{
	Name:  "bufferbloat",
	Title: "A slow line with a long queue: the round trip grows with what is in flight",
	Teaches: "The line takes everything and lets it wait. Nothing is lost, so TCP sends more and more; each packet, everyone's, then waits for all those " +
		"before it.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "bufferbloat",
	Defaults: Params{Port: 8080, Backlog: 3, Buffer: 64 << 10, Size: 160 << 10},
	Stage:    on("delay both 2ms", "rate 2mbit 10s c2s"),
	Actors:   upload,
	Expect:   uploaded("bufferbloat"),
}

// room makes the kernel take all that is sent at once: what is under way is then up to TCP, and not to a program that is late.
var room = session.SetOption("sock", "SO_SNDBUF", 208<<10)

// upload is a client that sends Size bytes, and a server that reads them.
func upload(p Params) []session.Script {
	return []session.Script{
		actor("server", listen(p), session.Accept("listener", "conn"), serverEnd(p)),
		actor("client", session.Await("server:listening"), session.Socket("sock", p.Server()), room, session.Connect("sock", p.Server()),
			session.SendSize("sock", p.Size), clientEnd(p)),
	}
}

// uploaded is what that shows, and the cause.
func uploaded(cause string) func(Params) []Claim {
	return func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "send", p.Size), moves("server", "recv", p.Size), finds(cause)},
			closes("client", "SF")...)
	}
}
