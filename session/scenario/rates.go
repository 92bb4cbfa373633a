package scenario

import "tcplab/session"

// What sets the pace of a bulk transfer: a box on the path that keeps a rate, by what it does with the excess, or the sender's own buffer.
var (
	Bufferbloat = bulk("bufferbloat", 160<<10, "A slow line with a long queue: the round trip grows with what is in flight",
		"The line takes everything and lets it wait. Nothing is lost, so TCP sends more and more; each packet, everyone's, then waits for all those "+
			"before it.",
		upload, "delay both 2ms", "rate 2mbit 10s c2s")
	ShaperShortQueue = bulk("shaper-short-queue", 240<<10, "A slow line with a short queue: it fills, overflows, and fills again",
		"This is how TCP finds the rate of a path: the round trip grows with the queue until the queue drops something; then the sender slows down, and "+
			"begins to fill it again.",
		uploadToPatient, "delay s2c 4ms", "rate 1mbit 120ms c2s")
	// Three or four bursts are lost, where two would tell it. What follows them passes, so that every run has the same end.
	Policer = bulk("policer", 176<<10, "A rate limit without a queue: what exceeds it is dropped, and nothing waits",
		"A policer counts bytes and throws away what is too much. The round trip stays what it was, so nothing warns the sender: it speeds up until it loses "+
			"a whole burst, again and again.",
		upload, "delay s2c 200ms", "police 300kbit 900ms c2s data 1-116")
	SndbufLimited = bulk("sndbuf-limited", 56*oneSegment, "The client has set a small SO_SNDBUF: one buffer a round trip",
		"A sender keeps what is not acknowledged yet, so its buffer bounds what can be under way. Setting SO_SNDBUF switches the kernel's own tuning off: "+
			"neither the window nor the path decides any more.",
		fromSmallBuffer, "delay both 80ms", "rate 300kbit 1s c2s")
)

func bulk(name string, size int, title, teaches string, actors func(Params) []session.Script, rules ...string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"003"}, Cause: name,
		Defaults: Params{Port: 8080, Backlog: 3, Buffer: 64 << 10, Size: size},
		Stage:    on(rules...),
		Actors:   actors,
		Expect:   uploaded(name),
	}
}

// room makes the kernel take all that is sent at once: what is under way is then up to TCP, and not to a program that is late.
var room = session.SetOption("sock", "SO_SNDBUF", 208<<10)

// upload is a client that sends Size bytes, and a server that reads them.
func upload(p Params) []session.Script {
	return uploadBy(p, room, session.Connect("sock", p.Server()), session.SendSize("sock", p.Size))
}

// uploadToPatient has a server that is woken for 16 KiB at a time, as one that writes to a disk may ask for: its calls are few, then.
func uploadToPatient(p Params) []session.Script {
	scripts := upload(p)
	scripts[0] = actor("server", listen(p), session.Accept("listener", "conn"), session.SetOption("conn", "SO_RCVLOWAT", 16<<10), serverEnd(p))
	return scripts
}

// oneSegment is what one takes on an Ethernet, with timestamps.
const oneSegment = 1448

// fromSmallBuffer sends with a buffer that holds less than TCP may send at first. Each call sends a segment: what the kernel puts
// together while it may not send takes less of the buffer, and more would be under way.
func fromSmallBuffer(p Params) []session.Script {
	steps := []session.Step{session.SetOption("sock", "SO_SNDBUF", 4096), session.SetOption("sock", "TCP_NODELAY", 1), session.Connect("sock", p.Server()),
		session.Repeat(p.Size/oneSegment, session.SendSize("sock", oneSegment))}
	if rest := p.Size % oneSegment; rest > 0 {
		steps = append(steps, session.SendSize("sock", rest))
	}
	return uploadBy(p, steps...)
}

// uploadBy is a client that makes a socket and sends as the steps do, and a server that reads.
func uploadBy(p Params, steps ...session.Step) []session.Script {
	return []session.Script{
		actor("server", listen(p), session.Accept("listener", "conn"), serverEnd(p)),
		actor("client", session.Await("server:listening"), session.Socket("sock", p.Server()), steps, clientEnd(p)),
	}
}

// uploaded is what that shows, and the cause.
func uploaded(cause string) func(Params) []Claim {
	return func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "send", p.Size), moves("server", "recv", p.Size), finds(cause)},
			closes("client", "SF")...)
	}
}
