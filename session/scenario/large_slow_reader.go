package scenario

import (
	"fmt"
	"time"

	"tcplab/session"
)

// pastBuffers is more than the buffers of both ends take while nobody reads.
const pastBuffers = 96 << 10

func choosePastBuffers(p *Params) error {
	if p.Size != 0 && p.Size < pastBuffers {
		return fmt.Errorf("size=%d fits into the buffers of both ends, so no window would close: %d is the least", p.Size, pastBuffers)
	}
	return nil
}

// LargeSlowReader sends more than the reader's window while the reader does something else.
var LargeSlowReader = &Scenario{
	Name:  "large-slow-reader",
	Title: "A large transfer to a reader that starts late",
	Teaches: "The receive window fills and closes; the sender waits, probes, and goes on when the reader makes room. The size of " +
		"sends, segments and recvs have nothing to do with each other.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "slow-reader",
	Defaults: Params{Port: 2000, Backlog: 1, Buffer: 1024, Size: 256 << 10},
	Choose:   choosePastBuffers,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server",
				session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.SetOption("listener", "SO_RCVBUF", 8192), session.Bind("listener", p.Server()),
				session.Listen("listener", p.Backlog), session.Accept("listener", "conn"),
				session.Await("client:blocked"), session.Sleep(300*time.Millisecond, "the reader does something else"), serverEnd(p)),
			actor("client", connect(p), session.SetOption("sock", "SO_SNDBUF", 32768),
				session.SendSize("sock", p.Size).DontWait(), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), fails("client", "send", "EAGAIN"),
			moves("client", "send", p.Size), moves("server", "recv", p.Size), finds("slow-reader or zero-window")}, closes("client", "SF")...)
	},
}
