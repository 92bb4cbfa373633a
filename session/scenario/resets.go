package scenario

import (
	"strings"
	"syscall"
	"time"

	"tcplab/session"
)

// busy is what a server does that is killed in it: nothing, longer than any run lasts.
var busy = session.Sleep(time.Minute, "the program is busy with something else")

// resetDefaults are shared by the scenarios in which an open connection breaks.
var resetDefaults = Params{Port: 2000, Message: "request", Reply: "reply", Backlog: 1, Buffer: 1024}

// Unread closes a connection with bytes in its receive buffer.
var Unread = &Scenario{
	Name:  "rst-unread",
	Title: "The server closes with 8 bytes unread: a reset instead of a FIN",
	Teaches: "close with unread data tells the peer that data was lost: the kernel sends RST,ACK. On Linux the reply that came before " +
		"can still be read, then recv gives ECONNRESET.",
	Topic:    Reset,
	Seeds:    []string{"002"},
	Cause:    "close-unread-data",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 12345, Message: strings.Repeat("0123456789", 4), Reply: "Fine, thanks", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return []session.Script{
				actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
					session.Send("conn", p.Reply+"\n"), serverEnd(p)),
				actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), clientEnd(p)),
			}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Send("conn", p.Reply), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message),
				session.Recv("sock", p.Buffer-1), session.Recv("sock", p.Buffer-1)),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return []Claim{moves("server", "recv", p.Buffer), moves("client", "recv", len(p.Reply)),
			fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds("close-unread-data")}
	},
}

// ListenerClosed ends a server while a second client waits to be accepted.
var ListenerClosed = &Scenario{
	Name:  "rst-listener-closed",
	Title: "The server serves one client and ends; the second had connected and is reset",
	Teaches: "The kernel completes handshakes and acknowledges data before accept. Closing the listener resets every connection that " +
		"was never accepted.",
	Topic:    Reset,
	Seeds:    []string{"001", "002", "003"},
	Cause:    "listener-closed-queue",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Signal("accepted"),
				session.Await("client2:sent"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), clientEnd(p)),
			actor("client2", session.Await("server:accepted"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Send("sock", p.Message+"\n"), session.Signal("sent"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), fails("client2", "recv", "ECONNRESET"), ends("client2", 1),
			finds("listener-closed-queue")}
	},
}

// LingerZero closes with SO_LINGER 0.
var LingerZero = &Scenario{
	Name:     "rst-linger0",
	Title:    "The server closes with SO_LINGER 0",
	Teaches:  "With a linger time of 0, close throws away what is unsent and resets. Nothing was unread: on the wire it looks the same.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "linger0-server",
	Variants: []string{literal, fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		linger := []session.Step{session.Linger("conn", 0)}
		if p.Variant == fixed {
			linger = nil
		}
		return []session.Script{
			actor("server", served(p), session.Await("client:replied"), linger, session.Info("conn", "close"),
				session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("replied"), session.Recv("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("server", "SF")...)
		}
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds("linger0-server")}
	},
}

// WriteAfterClose sends to a peer that has closed.
var WriteAfterClose = &Scenario{
	Name:  "rst-write-after-close",
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

// KillUnread kills a server that has not read.
var KillUnread = &Scenario{
	Name:     "rst-sigkill",
	Title:    "The server is killed with the client's data unread: a reset",
	Teaches:  "The kernel closes what a killed process leaves. Unread data makes that a RST; without, it is a FIN.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "kill-with-unread-data",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Poll("conn", pollIn, -1),
				session.Signal("unread"), busy),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer)),
			actor("shell", session.Await("server:unread"), session.Kill("server", syscall.SIGKILL)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{dies("server", "SIGKILL"), fails("client", "recv", "ECONNRESET"), ends("client", 1),
			finds("kill-with-unread-data")}
	},
}

// KillRead kills a server that has read all.
var KillRead = &Scenario{
	Name:     "eof-sigkill",
	Title:    "The server is killed with nothing unread: an ordinary FIN",
	Teaches:  "A crash need not look like one: the client reads end of file, as after any close, but without its reply.",
	Topic:    Ending,
	Seeds:    []string{"003"},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Signal("read"), busy),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvEOF("sock", p.Buffer),
				session.Info("sock", "close"), session.Close("sock")),
			actor("shell", session.Await("server:read"), session.Kill("server", syscall.SIGKILL)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{dies("server", "SIGKILL"), ends("client", 0)}, closes("server", "SF")...)
	},
}
