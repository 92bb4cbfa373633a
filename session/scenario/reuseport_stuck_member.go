package scenario

import (
	"net/netip"
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// ReusePortStuck has two servers on one port, one of which never accepts.
var ReusePortStuck = &Scenario{
	Name:  "reuseport-stuck-member",
	Title: "Two servers share a port and one of them hangs: every other client waits for ever",
	Teaches: "The kernel deals connections out to all listeners with SO_REUSEPORT, also to one whose program hangs: it finishes their handshakes and takes " +
		"their data. A forgotten or stuck copy looks like a server that fails at random. Here the client's port decides, in real life a hash.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "reuseport-stuck-member",
	Defaults: resetDefaults,
	Stage:    on("drop s2c rst"), // how the copy's end resets those who have left is another story
	Actors: func(p Params) []session.Script {
		member := steps(session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEPORT", 1))
		open := steps(session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog))
		serve := steps(session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
			session.RecvEOF("conn", p.Buffer), session.Close("conn"))
		ask := func(port uint16, waits ...session.Step) []session.Step {
			return steps(session.Socket("sock", p.Server()), session.Bind("sock", netip.AddrPortFrom(lab.Peer(p.Addr), port)), session.Connect("sock", p.Server()),
				session.Send("sock", p.Message+"\n"), waits, session.Close("sock"))
		}
		answered, hung := session.RecvLine("sock", p.Buffer), steps(session.Timeout("sock", "SO_RCVTIMEO", 300*time.Millisecond), session.Recv("sock", p.Buffer).Unchecked())
		return []session.Script{
			actor("server", member, session.DealByPort("listener"), open, session.Repeat(2, serve...), session.Await("client:exited"), session.Close("listener")),
			actor("server2", session.Await("server:listening"), member, open, session.Await("client:asked"), session.Facts("during"), session.Signal("counted"), session.Await("client:exited"), session.Close("listener")),
			actor("client", session.Await("server2:listening"), ask(clientPort, answered), ask(clientPort+1, hung...), ask(clientPort+2, answered),
				ask(clientPort+3, hung...), session.Signal("asked"), session.Await("server2:counted")),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{counts("client", "connect", 4), moves("client", "recv", 2*(len(p.Reply)+1)), fails("client", "recv", "EAGAIN"), counts("server", "accept", 2),
			ends("client", 0), ends("server", 0), ends("server2", 0), finds("reuseport-stuck-member")}
	},
}
