package scenario

import "tcplab/session"

// PipeContrast is a message between two processes without a network.
var PipeContrast = &Scenario{
	Name:     "pipe-contrast",
	Title:    "The same message through a pipe: no packet at all",
	Teaches:  "A pipe joins two processes of one host inside the kernel. The capture stays empty: it is not TCP.",
	Topic:    Contrast,
	Seeds:    []string{"001"},
	Defaults: Params{Port: 8080, Message: "Hello from client!", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		child := actor("child", session.Close("w"), session.Read("r", p.Buffer), session.Read("r", p.Buffer), session.Close("r"))
		child.ForkedBy = "parent"
		return []session.Script{
			actor("parent", session.Pipe("r", "w"), session.Fork("child"), session.Close("r"),
				session.Write("w", p.Message), session.Close("w"), session.Wait()),
			child,
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{ends("parent", 0), ends("child", 0), moves("child", "read", len(p.Message)), counts("child", "read", 2)}
	},
}
