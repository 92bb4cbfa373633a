package scenario

import "tcplab/session"

// TypedMessage is the third handout's program: both ends have buffers of 32 bytes and read once.
var TypedMessage = &Scenario{
	Name:     "typed-message",
	Title:    "One message each way through buffers of 32 bytes",
	Teaches:  "A program that reads once sees what has arrived, up to its buffer. Try --param message with more than 32 characters.",
	Topic:    Exchange,
	Seeds:    []string{"002"},
	Variants: []string{fixed, literal},
	Defaults: Params{Port: 12345, Message: "How are you?", Reply: "Fine, thanks", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		if p.Variant == literal {
			return []session.Script{
				actor("server",
					session.Socket("listener", p.Any()).OrExit(0), session.Bind("listener", p.Any()).OrExit(0),
					session.Listen("listener", p.Backlog).OrExit(0), session.Accept("listener", "conn").Unchecked(),
					session.Recv("conn", p.Buffer).OrExit(0), session.Send("conn", p.Reply).OrExit(0),
					session.Close("listener"), session.Close("conn")),
				actor("client",
					session.Await("server:listening"), session.Socket("sock", p.Server()).OrExit(0),
					session.Connect("sock", p.Server()).OrExit(0), session.Send("sock", p.Message).OrExit(0),
					session.Recv("sock", p.Buffer-1).OrExit(0), session.Close("sock")),
			}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"),
				session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		claims := []Claim{ends("client", 0), ends("server", 0)}
		if p.Variant == literal {
			return append(claims, moves("server", "recv", min(p.Buffer, len(p.Message))))
		}
		return append(append(claims, moves("server", "recv", len(p.Message)+1)), closes("client", "SF")...)
	},
}
