package scenario

import "tcplab/session"

// MultiMessage asks what becomes of three sends.
var MultiMessage = &Scenario{
	Name:     "multi-message",
	Title:    "Three sends, one recv",
	Teaches:  "Sends, segments and recvs are three different counts. Only a frame, here the newline, keeps messages apart.",
	Topic:    Exchange,
	Seeds:    []string{"003"},
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 2000, Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		end, read := "", []session.Step{session.Recv("conn", p.Buffer)}
		if p.Variant == fixed {
			line := session.RecvLine("conn", p.Buffer)
			end, read = "\n", []session.Step{line, line, line}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Await("client:sent"), read, serverEnd(p)),
			actor("client", connect(p), session.Send("sock", "one"+end), session.Send("sock", "two"+end),
				session.Send("sock", "three"+end), session.Signal("sent"), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		// Two calls: all three messages at once, then the end of file.
		return append([]Claim{ends("client", 0), ends("server", 0), counts("client", "send", 3), counts("server", "recv", 2)},
			closes("client", "SF")...)
	},
}
