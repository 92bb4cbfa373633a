package scenario

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session"
)

// ConnLimit has a firewall that allows two connections of a client and refuses more.
var ConnLimit = &Scenario{
	Name:     "connlimit",
	Title:    "A client's third connection is refused by a limit; the first two go on",
	Teaches:  "A refusal that depends on how many connections there are is no closed port. The limit counts open connections, also idle ones.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "connlimit",
	Defaults: Hello.Defaults,
	Stage:    guarded("tcp flags syn ct count over 2 reject with tcp reset"),
	Actors: func(p Params) []session.Script {
		answer := func(conn string) []session.Step {
			return []session.Step{session.RecvLine(conn, p.Buffer), session.Send(conn, p.Reply+"\n"), session.RecvEOF(conn, p.Buffer), session.Close(conn)}
		}
		ask := func(sock string) []session.Step {
			return []session.Step{session.Send(sock, p.Message+"\n"), session.RecvLine(sock, p.Buffer), session.Shutdown(sock, unix.SHUT_WR),
				session.RecvEOF(sock, p.Buffer), session.Close(sock)}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Accept("listener", "conn2"), session.Facts("during"), session.Signal("ready"),
				answer("conn"), answer("conn2"), session.Close("listener")),
			actor("client", session.Await("server:listening"), several(p, 2), session.Await("server:ready"),
				session.Socket("sock", p.Server()), session.Connect("sock", p.Server()).Unchecked(), ask("sock1"), ask("sock2")),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{counts("client", "connect", 2), fails("client", "connect", "ECONNREFUSED"), moves("client", "recv", 2*len(p.Reply)+2), ends("client", 0),
			ends("server", 0), finds("connlimit")}
	},
}

// several opens n connections in the variables sock1, sock2 …
func several(p Params, n int) (all []session.Step) {
	for i := range n {
		name := "sock" + strconv.Itoa(i+1)
		all = append(all, session.Socket(name, p.Server()), session.Connect(name, p.Server()))
	}
	return all
}

// ConnLimitDrop has one that does not answer.
var ConnLimitDrop = &Scenario{
	Name:     "connlimit-drop",
	Title:    "A client's second connection is dropped by a limit while the first goes on",
	Teaches:  "New connections time out, old ones work: a device on the way counts, or its table is full.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "connlimit-drop",
	Defaults: resetDefaults,
	Stage:    guarded("tcp flags syn ct count over 1 drop"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.Signal("connected"), session.Await("client2:in-connect"),
				session.Sleep(500*time.Millisecond, "the second attempt goes on"),
				session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), session.Await("client2:exited"), clientEnd(p)),
			actor("client2", session.Await("client:connected"), session.Socket("sock", p.Server()), session.SetOption("sock", "TCP_SYNCNT", 1),
				session.Connect("sock", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client2", "connect", "ETIMEDOUT"), ends("client2", 1), ends("client", 0), ends("server", 0), finds("connlimit-drop")}
	},
}
