package scenario

import "tcplab/session"

// Concurrent serves three clients at once in every model there is. In all but the first, client 1 speaks only after the
// other two have their answers: a server that could not serve them side by side would never finish.
var Concurrent = &Scenario{
	Name:  "concurrency-3",
	Also:  []string{"concurrent-3"},
	Title: "Three clients at once, and the ways to serve them",
	Teaches: "One at a time: the others are connected by the kernel and wait. Process, thread, select, poll or epoll: they are served in the order in " +
		"which they speak.",
	Topic:    Concurrency,
	Seeds:    []string{"000", "001", "002", "003"},
	Variants: []string{"sequential", "fork", "thread", "select", "poll", "epoll"},
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
	default: // the call that the one thread waits in
		body = steps(session.ServeLines("listener", p.Variant, 3, p.Buffer, p.Reply+"\n"))
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
