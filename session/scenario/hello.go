package scenario

import "tcplab/session"

// Hello is the exchange of the first handout made whole: one JSON object on a line in each direction, and a close that
// always runs in the same order. The client closes its direction first and waits for the server's end of file, so that
// neither close is a race. The literal variant is the handout's program: no framing, the OR-ed option 15, and two closes that
// race each other.
var Hello = &Scenario{
	Name:  "hello",
	Title: "A client and a server exchange one JSON message each way",
	Teaches: "The three-way handshake, one segment of data each way with its acknowledgement, and a teardown in which each " +
		"side closes its own direction.",
	Topic:    Exchange,
	Seeds:    []string{"000", "001", "003"},
	Variants: []string{fixed, literal},
	Defaults: Params{Port: 8080, Message: "Hello from client", Reply: "Hello from server", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			{Actor: "server", Steps: helloServer(p)},
			{Actor: "client", Steps: helloClient(p)},
		}
	},
	Expect: func(p Params) []Claim {
		request, reply := len(jsonLine("client", p.Message)), len(jsonLine("server", p.Reply))
		if p.Variant == literal {
			return []Claim{ends("client", 0), ends("server", 0),
				moves("server", "recv", len(p.Message)), moves("client", "recv", len(p.Reply))}
		}
		return append([]Claim{
			ends("client", 0), ends("server", 0),
			moves("client", "send", request), moves("server", "recv", request),
			moves("server", "send", reply), moves("client", "recv", reply),
		}, closes("client", "SF")...)
	},
}

func helloServer(p Params) []session.Step {
	if p.Variant == literal {
		return steps(
			session.Socket("listener", p.Any()),
			session.SetOption("listener", "SO_REUSEADDR|SO_REUSEPORT", 1),
			session.Bind("listener", p.Any()),
			session.Listen("listener", p.Backlog),
			session.Accept("listener", "conn"),
			session.Recv("conn", p.Buffer),
			session.Send("conn", p.Reply).Unchecked(),
			session.Close("conn"), session.Close("listener"))
	}
	return steps(listen(p),
		session.Accept("listener", "conn"),
		session.RecvLine("conn", p.Buffer),
		session.Send("conn", jsonLine("server", p.Reply)),
		serverEnd(p))
}

func helloClient(p Params) []session.Step {
	if p.Variant == literal {
		return steps(connect(p),
			session.Send("sock", p.Message).Unchecked(),
			session.Recv("sock", p.Buffer).Unchecked(),
			session.Close("sock"))
	}
	return steps(session.Await("server:listening"), helloCall(p))
}
