package scenario

import (
	"syscall"
	"time"

	"tcplab/session"
)

// sigInterrupt is what Ctrl-C sends.
const sigInterrupt = syscall.SIGINT

// StoppedPeer stops the server with SIGSTOP: its kernel lives on.
var StoppedPeer = &Scenario{
	Name:  "stopped-peer",
	Title: "The server is stopped: handshake and data are acknowledged, nothing answers",
	Teaches: "An ACK comes from the kernel. It proves that the bytes arrived, not that a program has read them. SIGCONT and the reply " +
		"comes after all.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "server-stopped",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.Await("server:stopped"),
				session.Timeout("sock", "SO_RCVTIMEO", 300*time.Millisecond),
				session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Signal("waited"),
				session.Timeout("sock", "SO_RCVTIMEO", 0), session.RecvLine("sock", p.Buffer), clientEnd(p)),
			actor("shell", session.Await("server:in-recv"), session.Kill("server", syscall.SIGSTOP),
				session.Await("client:waited"), session.Kill("server", syscall.SIGCONT)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{fails("client", "recv", "EAGAIN"), moves("client", "recv", len(p.Reply)+1), ends("client", 0), ends("server", 0),
			finds("server-stopped")}
	},
}

// interrupt is what ends a deadlock: somebody presses Ctrl-C, here after both ends have been seen asleep in recv.
func interrupt() session.Script {
	return actor("shell", session.Await("client:in-recv"), session.Await("server:in-recv"),
		session.Facts("during"), session.Sleep(200*time.Millisecond, "how long the silence is watched"),
		session.Kill("client", sigInterrupt))
}

// deadlock is what both deadlocks show until the client is interrupted.
func deadlock() []Claim {
	return []Claim{dies("client", "SIGINT"), ends("server", 0), finds("deadlock-recv")}
}

// DeadlockEmpty is the third handout's program when the user types nothing.
var DeadlockEmpty = &Scenario{
	Name:     "deadlock-empty",
	Title:    "An empty message: send returns 0, no segment leaves, both ends wait in recv",
	Teaches:  "A send of no bytes sends nothing. Without a frame the server cannot know that a message was meant.",
	Topic:    Waiting,
	Seeds:    []string{"002"},
	Cause:    "deadlock-recv",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 12345, Reply: "Fine, thanks", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Close("listener"), session.Close("conn")),
			actor("client", connect(p), session.Send("sock", p.Message), session.Recv("sock", p.Buffer-1), session.Close("sock")),
			interrupt(),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return append(deadlock(), moves("client", "send", 0))
	},
}

// DeadlockBoth has two programs that both wait for the other to speak.
var DeadlockBoth = &Scenario{
	Name:     "deadlock-both-recv",
	Title:    "Client and server both begin with recv",
	Teaches:  "Nothing is in flight and nothing is lost: the two programs disagree on who speaks first. TCP cannot help.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "deadlock-recv",
	Variants: []string{literal, fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Recv("sock", p.Buffer), session.Close("sock")),
			interrupt(),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return deadlock()
	},
}

// BacklogFull fills the accept queue of a server that does not accept.
var BacklogFull = &Scenario{
	Name:  "timeout-backlog",
	Title: "The accept queue is full: the next SYN is dropped and repeated until connect times out",
	Teaches: "listen(N) lets N+1 connections wait. Beyond that the kernel drops SYNs without an answer: a timeout, not a refusal. A longer " +
		"queue helps only a server that accepts.",
	Topic:    Waiting,
	Seeds:    []string{"000", "003"},
	Cause:    "accept-queue-full",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 8080, Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		serve := session.Repeat(p.Backlog+1, session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer), session.Close("conn"))
		server := steps(listen(p), session.Await("crowd:exited"), serve, session.Close("listener"))
		if p.Variant == fixed {
			all := session.Repeat(p.Backlog+2, session.Accept("listener", "conn"), session.Thread(
				session.RecvEOF("conn", p.Buffer), session.Close("conn")))
			server = steps(listen(p), all, session.Join(), session.Close("listener"))
		}
		return []session.Script{
			actor("server", server),
			actor("crowd", session.Await("server:listening"),
				session.Repeat(p.Backlog+1, session.Socket("sock", p.Server()), session.Connect("sock", p.Server())),
				session.Signal("connected"), session.Await("client:exited")),
			// TCP_SYNCNT 1 gives up after the time of one retransmission instead of two minutes.
			actor("client", session.Await("crowd:connected"), session.Facts("during"), session.Socket("sock", p.Server()),
				session.SetOption("sock", "TCP_SYNCNT", 1), session.Connect("sock", p.Server()), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return []Claim{counts("crowd", "connect", p.Backlog+1), ends("client", 0)}
		}
		return []Claim{counts("crowd", "connect", p.Backlog+1), fails("client", "connect", "ETIMEDOUT"), ends("client", 1),
			finds("accept-queue-full")}
	},
}
