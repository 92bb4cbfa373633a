package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// What poll waits for.
const (
	pollIn    = int16(unix.POLLIN)
	pollOut   = int16(unix.POLLOUT)
	pollRDHup = int16(unix.POLLRDHUP)
)

// endingDefaults are shared by the scenarios about the close.
var endingDefaults = Params{Port: 2000, Message: "request", Reply: "reply", Backlog: 1, Buffer: 1024}

// served is the server's part up to the reply.
func served(p Params) []session.Step {
	return steps(listen(p), session.Accept("listener", "conn"),
		session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"))
}

// asked is the client's part up to the reply.
func asked(p Params) []session.Step {
	return steps(connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer))
}
