package scenario

import "tcplab/session"

// ResetBeforeAccept aborts a connection that waits in the accept queue.
var ResetBeforeAccept = &Scenario{
	Name:  "reset-before-accept",
	Title: "The client aborts before the server has accepted",
	Teaches: "On Linux accept still returns the dead connection: getpeername gives ENOTCONN, the data that had come can be read, then " +
		"recv gives ECONNRESET.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "reset-before-accept",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("client:exited"), session.Accept("listener", "conn"),
				session.Getpeername("conn").Unchecked(), session.Recv("conn", p.Buffer), session.Recv("conn", p.Buffer)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Linger("sock", 0), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{fails("server", "getpeername", "ENOTCONN"), moves("server", "recv", len(p.Message)+1),
			fails("server", "recv", "ECONNRESET"), ends("server", 1), ends("client", 0), finds("reset-before-accept")}
	},
}
