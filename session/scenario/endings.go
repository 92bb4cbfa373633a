package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session"
)

// What poll waits for.
const (
	pollIn    = int16(unix.POLLIN)
	pollRDHup = int16(unix.POLLRDHUP)
)

// endingDefaults are shared by the scenarios about the close.
var endingDefaults = Params{Port: 2000, Message: "request", Reply: "reply", Backlog: 1, Buffer: 1024}

// served is the server's part up to the reply.
func served(p Params) []session.Step {
	return steps(listen(p), session.Accept("listener", "conn"),
		session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"))
}

// asked is the client's part up to the reply.
func asked(p Params) []session.Step {
	return steps(connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer))
}

// HalfClose keeps one direction open after the other has ended, and closes in four segments.
var HalfClose = &Scenario{
	Name:  "half-close-four-way",
	Title: "The client closes its direction, the server still answers, then closes its own",
	Teaches: "Each direction has its own end. The textbook's close of four segments, FIN, ACK, FIN, ACK, appears when the two ends " +
		"do not coincide; otherwise the second FIN carries the acknowledgement of the first.",
	Topic:    Ending,
	Seeds:    []string{"000"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			// Setting TCP_QUICKACK sends an acknowledgement that is due: of the FIN before the late reply, of the reply before
			// the second FIN.
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer),
				session.SetOption("conn", "TCP_QUICKACK", 1), session.Send("conn", p.Reply+"\n"),
				session.Await("client:answered"),
				session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Shutdown("sock", unix.SHUT_WR),
				session.RecvLine("sock", p.Buffer), session.SetOption("sock", "TCP_QUICKACK", 1), session.Signal("answered"),
				session.RecvEOF("sock", p.Buffer),
				session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", len(p.Reply)+1),
			shows("four segments close the connection", "connections[0].close.kind", "four-way")}, closes("client", "SF")...)
	},
}

// ServerCloses lets the server close first: it keeps TIME-WAIT, and with it the port.
var ServerCloses = &Scenario{
	Name:     "server-closes-first",
	Title:    "The server answers and closes first",
	Teaches:  "Whoever closes first waits in TIME-WAIT. A server that does so cannot be restarted at once without SO_REUSEADDR.",
	Topic:    Ending,
	Seeds:    []string{"000", "004"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0),
			shows("the server keeps TIME-WAIT", "connections[0].close.time_wait", "server")}, closes("server", "SF")...)
	},
}

// ClientCloses lets the client close both directions at once, as most clients do.
var ClientCloses = &Scenario{
	Name:     "client-closes-first",
	Title:    "The client has its answer and closes first",
	Teaches:  "close ends both directions of the program, but on the wire only one: the server's direction ends with its own FIN.",
	Topic:    Ending,
	Seeds:    []string{"001", "002"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", asked(p), session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0),
			shows("the client keeps TIME-WAIT", "connections[0].close.time_wait", "client")}, closes("client", "SF")...)
	},
}

// SimultaneousClose tries to let the two FINs cross. On the loopback interface a FIN arrives within the system call that
// sends it, so both ends spin to the same microsecond and it still does not work every time.
var SimultaneousClose = &Scenario{
	Name:  "simultaneous-close",
	Title: "Both ends close at the same time (most runs; on loopback the two FINs meet only if both processors are free)",
	Teaches: "Two FINs that cross are each acknowledged on their own, and both ends pass through CLOSING into TIME-WAIT. " +
		"Repeat the run when the FINs did not cross.",
	Topic:    Ending,
	Seeds:    []string{"000", "002"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		const lead = 5 * time.Millisecond // until then both ends have been woken
		return []session.Script{
			actor("server", served(p), session.Await("client:ready"), session.Signal("ready"),
				session.Meet("server:ready", lead, 1), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("ready"), session.Meet("server:ready", lead, 0), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0),
			shows("the connection ends in order", "connections[0].outcome", "SF")}
	},
}
