package scenario

import "tcplab/session"

// serveOne is the life of one connection on the server.
func serveOne(p Params) []session.Step {
	return steps(session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
		session.RecvEOF("conn", p.Buffer), session.Close("conn"))
}
