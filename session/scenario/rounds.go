package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// What keeps a sender slow, seen from one round trip to the next.
var (
	SlowStart = paced("slow-start", 140<<10, "A transfer that is over before TCP has found out what the path carries",
		"A connection begins with ten segments and may double each round trip. A short transfer over a long path ends before it is fast: another connection would begin again.",
		upload)
	SlowStartAfterIdle = paced("slow-start-after-idle", 160<<10, "After a pause the sender begins slowly again",
		"What a sender knows of the path is stale after a timeout of silence: Linux begins again with ten segments (net.ipv4.tcp_slow_start_after_idle).",
		inPieces(2, session.Sleep(time.Second, "the program has nothing to send")))
	ApplicationLimited = paced("application-limited", 16000, "The client's program produces little at a time, with pauses",
		"Everything is delivered before the next piece is written: the network waits for the program.",
		inPieces(8, session.Sleep(150*time.Millisecond, "the program computes the next piece")))
)

// paced is a request over a path of 40 ms.
func paced(name string, size int, title, teaches string, actors func(Params) []session.Script) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"003"}, Cause: name,
		Defaults: Params{Port: 8080, Backlog: 3, Buffer: 64 << 10, Size: size},
		Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 20ms"}, Arrange: func(Params) []Arrangement {
			return []Arrangement{noProbe("client")}
		}},
		Actors: actors,
		Expect: uploaded(name),
	}
}

// inPieces sends Size bytes in n pieces, with something after each.
func inPieces(n int, between session.Step) func(Params) []session.Script {
	return func(p Params) []session.Script {
		return uploadBy(p, room, session.Connect("sock", p.Server()), session.Repeat(n, session.SendSize("sock", p.Size/n), between))
	}
}
