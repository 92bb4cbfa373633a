package scenario

import (
	"encoding/json"

	"golang.org/x/sys/unix"

	"tcplab/session"
)

// Hello is the exchange of the first handout made whole: one JSON object on a line in each direction, and a close that
// always runs in the same order. The client closes its direction first and waits for the server's end of file, so that
// neither close is a race.
var Hello = &Scenario{
	Name:  "hello",
	Title: "A client and a server exchange one JSON message each way",
	Teaches: "The three-way handshake, one segment of data each way with its acknowledgement, and a teardown in which each " +
		"side closes its own direction.",
	Topic:    Exchange,
	Seeds:    []string{"000", "001", "003"},
	Defaults: Params{Port: 8080, Message: "Hello from client", Reply: "Hello from server", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			{Actor: "server", Steps: helloServer(p)},
			{Actor: "client", Steps: helloClient(p)},
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{
			ends("client", 0), ends("server", 0),
			moves("client", "send", len(jsonLine("client", p.Message))), moves("server", "recv", len(jsonLine("client", p.Message))),
			moves("server", "send", len(jsonLine("server", p.Reply))), moves("client", "recv", len(jsonLine("server", p.Reply))),
			shows("the client closes first", "connections[0].close.by", "client"),
			shows("the connection ends in order", "connections[0].outcome", "SF"),
		}
	},
}

func helloServer(p Params) []session.Step {
	return []session.Step{
		session.Socket("listener", p.Server()),
		session.SetOption("listener", "SO_REUSEADDR", 1),
		session.Bind("listener", p.Server()),
		session.Listen("listener", p.Backlog),
		session.Accept("listener", "conn"),
		session.RecvLine("conn", p.Buffer),
		session.Send("conn", jsonLine("server", p.Reply)),
		session.RecvEOF("conn", p.Buffer),
		session.Info("conn", "close"),
		session.Close("conn"),
		session.Close("listener"),
	}
}

func helloClient(p Params) []session.Step {
	return append([]session.Step{session.Await("server:listening")}, helloCall(p)...)
}

// helloCall is the client's part without the wait for a server.
func helloCall(p Params) []session.Step {
	return []session.Step{
		session.Socket("sock", p.Server()),
		session.Connect("sock", p.Server()),
		session.Send("sock", jsonLine("client", p.Message)),
		session.RecvLine("sock", p.Buffer),
		session.Shutdown("sock", unix.SHUT_WR),
		session.RecvEOF("sock", p.Buffer),
		session.Info("sock", "close"),
		session.Close("sock"),
	}
}

// jsonLine is one message: a JSON object and a newline, which tells the reader where it ends.
func jsonLine(from, text string) string {
	b, err := json.Marshal(struct {
		From string `json:"from"`
		Text string `json:"text"`
	}{from, text})
	if err != nil {
		panic("scenario: two strings always encode: " + err.Error())
	}
	return string(b) + "\n"
}
