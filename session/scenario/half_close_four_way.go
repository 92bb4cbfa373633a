package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// HalfClose keeps one direction open after the other has ended, and closes in four segments.
var HalfClose = &Scenario{
	Name:  "half-close-four-way",
	Also:  []string{"half-close"},
	Title: "The client closes its direction, the server still answers, then closes its own",
	Teaches: "Each direction has its own end. The textbook's close of four segments, FIN, ACK, FIN, ACK, appears when the two ends " +
		"do not coincide; otherwise the second FIN carries the acknowledgement of the first.",
	Topic:    Ending,
	Seeds:    []string{"000"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			// Setting TCP_QUICKACK sends an acknowledgement that is due: of the FIN before the late reply, of the reply before
			// the second FIN.
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer),
				session.SetOption("conn", "TCP_QUICKACK", 1), session.Send("conn", p.Reply+"\n"),
				session.Await("client:answered"),
				session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Shutdown("sock", unix.SHUT_WR),
				session.RecvLine("sock", p.Buffer), session.SetOption("sock", "TCP_QUICKACK", 1), session.Signal("answered"),
				session.RecvEOF("sock", p.Buffer),
				session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", len(p.Reply)+1),
			shows("four segments close the connection", "connections[0].close.kind", "four-way")}, closes("client", "SF")...)
	},
}
