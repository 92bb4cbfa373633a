package scenario

import (
	"net/netip"
	"strconv"

	"tcplab/session"
	"tcplab/session/lab"
)

// QueueFullLate has a server whose queue fills up between a client's SYN and its ACK.
var QueueFullLate = &Scenario{
	Name:  "accept-queue-full-late",
	Title: "Another client takes the last place in the queue: this one is connected, and the server ignores it",
	Teaches: "Its SYN still found a place, its last ACK did not. The kernel drops the ACK and the data behind it and repeats the SYN,ACK, until accept makes " +
		"room: connect succeeded, send succeeded, and nothing comes back.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "accept-queue-full-late",
	Defaults: Params{Port: 8080, Message: "request", Reply: "reply", Backlog: 2, Buffer: 1024},
	Stage:    on("delay 300ms c2s ack port " + strconv.Itoa(clientPort) + " once"),
	Actors: func(p Params) []session.Script {
		from := netip.AddrPortFrom(lab.Peer(p.Addr), clientPort)
		talk := steps(session.Send("sock", p.Message+"\n"), session.Signal("sent"), session.RecvLine("sock", p.Buffer), clientEnd(p))
		return []session.Script{
			actor("server", listen(p), session.Await("client:sent"), session.Sleep(think, "it does something else"),
				session.Repeat(p.Backlog+2, session.Accept("listener", "conn"), session.Thread(session.RecvLine("conn", p.Buffer),
					session.Send("conn", p.Reply+"\n"), session.RecvEOF("conn", p.Buffer), session.Close("conn"))),
				session.Join(), session.Close("listener")),
			actor("crowd", session.Await("server:listening"), several(p, p.Backlog), session.Signal("connected"), session.Await("client2:exited"),
				session.Send("sock1", p.Message+"\n"), session.RecvLine("sock1", p.Buffer), session.Send("sock2", p.Message+"\n"),
				session.RecvLine("sock2", p.Buffer), session.Close("sock1"), session.Close("sock2")),
			actor("client", session.Await("crowd:connected"), session.Socket("sock", p.Server()), session.Bind("sock", from),
				session.Connect("sock", p.Server()), session.Signal("connected"), session.Await("client2:connected"),
				session.Sleep(think, "the ACK has come too late"), talk),
			actor("client2", session.Await("client:connected"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Signal("connected"), talk),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("client2", 0), ends("crowd", 0), ends("server", 0), takes("client", "recv", thought), finds("accept-queue-full-late")}
	},
}
