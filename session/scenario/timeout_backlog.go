package scenario

import (
	"strconv"

	"tcplab/session"
)

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
		full := strconv.Itoa(p.Backlog + 1)
		return []Claim{shows(full+" connections wait in the accept queue", "listeners[0].queue", full),
			counts("crowd", "connect", p.Backlog+1), fails("client", "connect", "ETIMEDOUT"), ends("client", 1),
			finds("accept-queue-full")}
	},
}
