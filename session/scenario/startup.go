package scenario

import (
	"net/netip"
	"time"

	"tcplab/session"
)

// StartupRace lets the client come before the server's listen.
var StartupRace = &Scenario{
	Name:     "startup-race",
	Title:    "The client comes too early, tries again, and is served",
	Teaches:  "A refusal says only that nothing listened at that moment. Retry with a pause, or wait until the server is ready.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "startup-race",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Await("client:refused"), served(p), serverEnd(p)),
			actor("client", session.Socket("early", p.Server()), session.Connect("early", p.Server()).Unchecked(),
				session.Close("early"), session.Signal("refused"), asked(p), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), counts("client", "connect", 1), ends("client", 0), ends("server", 0),
			finds("startup-race")}
	},
}

// LocalhostBoth tries ::1 first, as a program does that resolves localhost.
var LocalhostBoth = &Scenario{
	Name:     "localhost-both",
	Title:    "localhost is ::1 and 127.0.0.1: refused on the first, served on the second",
	Teaches:  "Programs try the addresses of a name in order. The refusal of the first is normal and no fault.",
	Topic:    Refused,
	Seeds:    []string{"001", "003"},
	Cause:    "localhost-both",
	Needs:    []string{"ipv6"},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		first := netip.AddrPortFrom(netip.IPv6Loopback(), p.Port)
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", session.Await("server:listening"), session.Socket("six", first), session.Connect("six", first).Unchecked(),
				session.Close("six"), asked(p), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), ends("client", 0), ends("server", 0), finds("localhost-both")}
	},
}

// ConnectTimeout gives up on connect before the kernel does.
var ConnectTimeout = &Scenario{
	Name:     "connect-timeout",
	Title:    "The program's own timeout ends connect before the kernel's",
	Teaches:  "With SO_SNDTIMEO a blocking connect gives EINPROGRESS when its time is over: the kernel had not given up yet.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "app-connect-timeout",
	Defaults: Params{Port: 8080, Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("crowd:exited"),
				session.Repeat(p.Backlog+1, session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer), session.Close("conn")),
				session.Close("listener")),
			actor("crowd", session.Await("server:listening"),
				session.Repeat(p.Backlog+1, session.Socket("sock", p.Server()), session.Connect("sock", p.Server())),
				session.Signal("connected"), session.Await("client:exited")),
			actor("client", session.Await("crowd:connected"), session.Socket("sock", p.Server()),
				session.Timeout("sock", "SO_SNDTIMEO", 300*time.Millisecond), session.Connect("sock", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "EINPROGRESS"), ends("client", 1), ends("server", 0), finds("app-connect-timeout")}
	},
}

// PortExhaustion leaves the client two source ports and asks for three connections.
var PortExhaustion = &Scenario{
	Name:     "port-exhaustion",
	Title:    "The client has no source port left",
	Teaches:  "A connection is told from others by both addresses and both ports. With all source ports to one server in use, connect fails at once, without a packet.",
	Topic:    Bind,
	Seeds:    []string{"004"},
	Cause:    "port-exhaustion",
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		_, highest := session.EphemeralPorts()
		open := func(sock string) []session.Step {
			return []session.Step{session.Socket(sock, p.Server()),
				session.SetOption(sock, "IP_LOCAL_PORT_RANGE", highest<<16|(highest-1)), session.Connect(sock, p.Server())}
		}
		third := open("sock3")
		third[2] = third[2].Unchecked()
		serve := []session.Step{session.Accept("listener", "conn"), session.Close("conn")}
		return []session.Script{
			// The server closes first: TIME-WAIT on the client would hold the two ports for the next run.
			actor("server", listen(p), session.Await("client:exhausted"), session.Repeat(2, serve...), session.Close("listener")),
			actor("client", session.Await("server:listening"), open("sock"), open("sock2"), third, session.Facts("during"),
				session.Signal("exhausted"), session.RecvEOF("sock", p.Buffer), session.RecvEOF("sock2", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 2), fails("client", "connect", "EADDRNOTAVAIL"), ends("client", 0), ends("server", 0),
			finds("port-exhaustion")}
	},
}

// PortReuse opens the same pair of ports again while the server's TIME-WAIT stands.
var PortReuse = &Scenario{
	Name:     "time-wait-new-syn",
	Title:    "The same two ports again while TIME-WAIT stands: a new connection at once",
	Teaches:  "A SYN with a newer number or timestamp ends TIME-WAIT early. Two connections of one capture have the same addresses and ports.",
	Topic:    Ending,
	Seeds:    []string{"004"},
	Cause:    "time-wait-new-syn",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		from := netip.AddrPortFrom(p.Addr, clientPort)
		once := []session.Step{session.Socket("sock", p.Server()), session.SetOption("sock", "SO_REUSEADDR", 1), session.Bind("sock", from),
			session.Connect("sock", p.Server()), session.RecvEOF("sock", p.Buffer), session.Close("sock")}
		return []session.Script{
			actor("server", listen(p), session.Repeat(2, session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"),
				session.Close("conn")), session.Close("listener")),
			actor("client", session.Await("server:listening"), session.Repeat(2, once...)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{counts("client", "connect", 2), ends("client", 0), ends("server", 0), finds("time-wait-new-syn")}
	},
}

// clientPort is the source port of clients that choose one; it lies above the usual ephemeral range.
const clientPort = 61010
