package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// LingerClient is LingerZero with the client as the one that aborts.
var LingerClient = &Scenario{
	Name:     "linger0-client",
	Title:    "The client closes with SO_LINGER 0",
	Teaches:  "Clients do it to spare themselves TIME-WAIT. The server reads ECONNRESET where an end of file was due.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "linger0-client",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Recv("conn", p.Buffer)),
			actor("client", asked(p), session.Linger("sock", 0), session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "recv", "ECONNRESET"), ends("server", 1), ends("client", 0), finds("linger0-client")}
	},
}

// HealthCheck connects and aborts, as load balancers do to see whether a port is open.
var HealthCheck = &Scenario{
	Name:     "health-check-reset",
	Title:    "A health check: handshake, then a reset without a byte",
	Teaches:  "The check has its answer with the SYN,ACK and throws the connection away. Harmless, but the server's log fills.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "health-check-reset",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Signal("accepted"),
				session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Await("server:accepted"), session.Linger("sock", 0), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "recv", "ECONNRESET"), ends("server", 0), ends("client", 0), finds("health-check-reset")}
	},
}

// ResetBeforeAccept aborts a connection that waits in the accept queue.
var ResetBeforeAccept = &Scenario{
	Name:  "reset-before-accept",
	Title: "The client aborts before the server has accepted",
	Teaches: "On Linux accept still returns the dead connection: getpeername gives ENOTCONN, the data that had come can be read, then " +
		"recv gives ECONNRESET.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "reset-before-accept",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("client:exited"), session.Accept("listener", "conn"),
				session.Getpeername("conn").Unchecked(), session.Recv("conn", p.Buffer), session.Recv("conn", p.Buffer)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Linger("sock", 0), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{fails("server", "getpeername", "ENOTCONN"), moves("server", "recv", len(p.Message)+1),
			fails("server", "recv", "ECONNRESET"), ends("server", 1), ends("client", 0), finds("reset-before-accept")}
	},
}

// DisconnectUnspec dissolves a connection without closing the socket.
var DisconnectUnspec = &Scenario{
	Name:     "disconnect-unspec",
	Title:    "The server dissolves the connection with connect(AF_UNSPEC)",
	Teaches:  "For a UDP socket that is a harmless way back; on TCP it resets. The descriptor stays open and unconnected.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "disconnect-unspec",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Await("client:replied"), session.Disconnect("conn"), session.Close("conn"),
				session.Close("listener")),
			actor("client", asked(p), session.Signal("replied"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds("disconnect-unspec")}
	},
}

// FinThenReset half-closes and then closes with data unread.
var FinThenReset = &Scenario{
	Name:     "fin-then-rst",
	Title:    "The server half-closes, more data comes, and it closes without reading: FIN, then RST",
	Teaches:  "After shutdown(SHUT_WR) the other direction is still open. Read it to its end before close, or it is reset.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "fin-then-rst",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Shutdown("conn", unix.SHUT_WR), session.Poll("conn", pollIn, -1),
				session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Send("sock", "one thing more\n"),
				session.Poll("sock", 0, -1), session.Send("sock", "and another\n").NoSignal()),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "send", "EPIPE"), ends("client", 1), ends("server", 0), finds("fin-then-rst")}
	},
}

// LingerNegative skips FIN-WAIT-2.
var LingerNegative = &Scenario{
	Name:     "linger2-negative",
	Title:    "The server closes with TCP_LINGER2 below 0: the ACK of its FIN is answered with a RST",
	Teaches:  "With it the kernel forgets the connection as soon as its FIN is acknowledged; what comes then meets nobody.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "linger2-negative",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.SetOption("conn", "TCP_LINGER2", -1), session.Await("client:replied"),
				session.Close("conn"), session.Signal("closed"), session.Close("listener")),
			// Setting TCP_QUICKACK acknowledges the FIN at once.
			actor("client", asked(p), session.Signal("replied"), session.Await("server:closed"),
				session.SetOption("sock", "TCP_QUICKACK", 1), session.Poll("sock", 0, -1), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("linger2-negative")}
	},
}

// SpeaksAndCloses sends its greeting and closes without having read the request.
var SpeaksAndCloses = &Scenario{
	Name:     "server-speaks-and-closes",
	Title:    "The server answers before it has read the request, and closes",
	Teaches:  "An early error answer is fine, but the unread request turns the close into a reset, which can overtake the answer.",
	Topic:    Reset,
	Seeds:    []string{"000", "004"},
	Cause:    "close-unread-data",
	Defaults: Params{Port: 9999, Message: "request", Reply: "busy, try later", Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Poll("conn", pollIn, -1),
				session.Send("conn", p.Reply+"\n"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{moves("client", "recv", len(p.Reply)+1), fails("client", "recv", "ECONNRESET"), ends("client", 1),
			ends("server", 0), finds("close-unread-data")}
	},
}

// TLSAlert answers the client's first bytes with the alert protocol_version, as a TLS server does that is too old.
var TLSAlert = &Scenario{
	Name:     "tls-alert-then-close",
	Title:    "The server refuses with a TLS alert and closes",
	Teaches:  "TLS says why it gives up, in seven bytes in the clear: 15 03 03 00 02 02 46 is the fatal alert protocol_version.",
	Topic:    Ending,
	Seeds:    []string{"003"},
	Cause:    "tls-alert-then-close",
	Defaults: Params{Port: 8443, Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		const hello, alert = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "\x15\x03\x03\x00\x02\x02\x46"
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Send("conn", alert), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", hello), session.RecvEOF("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", 7), finds("tls-alert-then-close")},
			closes("server", "SF")...)
	},
}
