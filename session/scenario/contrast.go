package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

const shutWrite = unix.SHUT_WR

// UDPContrast is hello without TCP.
var UDPContrast = &Scenario{
	Name:  "udp-contrast",
	Title: "The same exchange by UDP: no handshake, no close",
	Teaches: "A datagram is one message and one packet. Without a receiver an ICMP error comes back, and the next call of a connected " +
		"socket reports it.",
	Topic:    Contrast,
	Seeds:    []string{"003"},
	Variants: []string{"receiver", "no-receiver"},
	Defaults: Params{Port: 2000, Message: "Hello from client", Reply: "Hello from server", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == "no-receiver" {
			return []session.Script{actor("client", session.Datagram("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Send("sock", p.Message), session.Recv("sock", p.Buffer))}
		}
		return []session.Script{
			actor("server", session.Datagram("sock", p.Server()), session.Bind("sock", p.Server()), session.Signal("ready"),
				session.RecvFrom("sock", p.Buffer), session.Reply("sock", p.Reply), session.Close("sock")),
			actor("client", session.Await("server:ready"), session.Datagram("sock", p.Server()),
				session.SendTo("sock", p.Message, p.Server()), session.RecvFrom("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == "no-receiver" {
			return []Claim{counts("client", "send", 1), fails("client", "recv", "ECONNREFUSED"), ends("client", 1)}
		}
		return []Claim{ends("client", 0), ends("server", 0), moves("server", "recvfrom", len(p.Message)),
			moves("client", "recvfrom", len(p.Reply))}
	},
}

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

// SelfConnect meets itself.
var SelfConnect = &Scenario{
	Name:  "self-connect",
	Title: "A client connects to its own port: success without a server",
	Teaches: "When source and destination are the same address and port, the SYN meets its sender: a simultaneous open. Whoever retries a " +
		"local port of the ephemeral range long enough gets there; here bind makes it happen at once.",
	Topic:    Contrast,
	Seeds:    []string{"003"},
	Cause:    "self-connect",
	Defaults: Params{Message: "is anybody there?", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("client",
			session.Socket("sock", p.Server()), session.Bind("sock", p.Server()), session.Connect("sock", p.Server()),
			session.Getsockname("sock"), session.Getpeername("sock"),
			session.Send("sock", p.Message), session.Recv("sock", p.Buffer), session.Info("sock", "close"), session.Close("sock"))}
	},
	Expect: func(p Params) []Claim {
		return []Claim{ends("client", 0), moves("client", "recv", len(p.Message)), finds("self-connect")}
	},
}
