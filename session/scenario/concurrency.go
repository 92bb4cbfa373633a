package scenario

import (
	"time"

	"tcplab/session"
)

// Concurrent serves three clients at once in every model there is. In all but the first, client 1 speaks only after the
// other two have their answers: a server that could not serve them side by side would never finish.
var Concurrent = &Scenario{
	Name:  "concurrency-3",
	Title: "Three clients at once, and the ways to serve them",
	Teaches: "One at a time: the others are connected by the kernel and wait. Process, thread or poll: they are served in the order in " +
		"which they speak.",
	Topic:    Concurrency,
	Seeds:    []string{"000", "001", "002", "003"},
	Variants: []string{"sequential", "fork", "thread", "poll"},
	Defaults: Params{Port: 12345, Message: "hello", Reply: "welcome", Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		scripts := append([]session.Script{concurrentServer(p)}, concurrentClients(p)...)
		if p.Variant != "fork" {
			return scripts
		}
		for _, name := range []string{"child1", "child2", "child3"} {
			child := actor(name, session.Close("listener"), serveOne(p))
			child.ForkedBy = "server"
			scripts = append(scripts, child)
		}
		return scripts
	},
	Expect: func(p Params) []Claim {
		claims := []Claim{ends("server", 0), ends("client", 0), ends("client2", 0), ends("client3", 0)}
		if p.Variant == "fork" {
			claims = append(claims, ends("child1", 0), ends("child2", 0), ends("child3", 0))
		}
		return append(claims, counts("server", "accept", 3))
	},
}

// serveOne is the life of one connection on the server.
func serveOne(p Params) []session.Step {
	return steps(session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
		session.RecvEOF("conn", p.Buffer), session.Close("conn"))
}

func concurrentServer(p Params) session.Script {
	accept := session.Accept("listener", "conn")
	var body []session.Step
	switch p.Variant {
	case "sequential":
		body = steps(session.Repeat(3, steps(accept, serveOne(p))...))
	case "fork":
		for _, child := range []string{"child1", "child2", "child3"} {
			body = steps(body, accept, session.Fork(child), session.Close("conn"))
		}
		body = steps(body, session.Wait())
	case "thread":
		body = steps(session.Repeat(3, accept, session.Thread(serveOne(p)...)), session.Join())
	case "poll":
		body = steps(session.ServeLines("listener", 3, p.Buffer, p.Reply+"\n"))
	}
	return actor("server", listen(p), body, session.Close("listener"))
}

// concurrentClients connect one after the other, so that the queue's order is known.
func concurrentClients(p Params) []session.Script {
	open := steps(session.Socket("sock", p.Server()), session.Connect("sock", p.Server()), session.Signal("connected"))
	talk := steps(session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), session.Signal("answered"), clientEnd(p))
	last := steps(session.Await("client3:connected"))
	if p.Variant != "sequential" {
		last = steps(session.Await("client2:answered"), session.Await("client3:answered"))
	}
	return []session.Script{
		actor("client", session.Await("server:listening"), open, last, talk),
		actor("client2", session.Await("client:connected"), open, talk),
		actor("client3", session.Await("client2:connected"), open, talk),
	}
}

// ForkLeak forgets the parent's close after fork.
var ForkLeak = &Scenario{
	Name:  "fork-fd-leak",
	Title: "The parent forgets to close the connection it has forked for: no FIN leaves",
	Teaches: "A connection ends when the last descriptor of it is closed. The child's close sends nothing while the parent holds a copy: " +
		"the client waits for an end of file that does not come.",
	Topic:    Concurrency,
	Seeds:    []string{"001"},
	Cause:    "close-wait-leak",
	Variants: []string{literal, fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		forget := steps(session.Wait(), session.Signal("served"), session.Await("client:exited"), session.Close("conn"))
		if p.Variant == fixed {
			forget = steps(session.Close("conn"), session.Wait(), session.Await("client:exited"))
		}
		child := actor("child", session.Close("listener"), serveOne(p))
		child.ForkedBy = "server"
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Fork("child"), forget, session.Close("listener")),
			child,
			actor("client", asked(p), session.Shutdown("sock", shutWrite),
				session.Timeout("sock", "SO_RCVTIMEO", 300*time.Millisecond), session.RecvEOF("sock", p.Buffer),
				session.Facts("during"), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0), ends("child", 0)}, closes("client", "SF")...)
		}
		return []Claim{fails("client", "recv", "EAGAIN"), ends("client", 1), ends("server", 0), ends("child", 0), finds("close-wait-leak")}
	},
}
