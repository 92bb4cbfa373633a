package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session"
)

// ForkLeak forgets the parent's close after fork.
var ForkLeak = &Scenario{
	Name:  "fork-fd-leak",
	Title: "The parent forgets to close the connection it has forked for: no FIN leaves",
	Teaches: "A connection ends when the last descriptor of it is closed. The child's close sends nothing while the parent holds a copy: " +
		"the client waits for an end of file that does not come.",
	Topic:    Concurrency,
	Seeds:    []string{"001"},
	Cause:    "close-wait-leak",
	Variants: []string{literal, fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		forget := steps(session.Wait(), session.Signal("served"), session.Await("client:exited"), session.Close("conn"))
		if p.Variant == fixed {
			forget = steps(session.Close("conn"), session.Wait(), session.Await("client:exited"))
		}
		patience := 300 * time.Millisecond // for an end that does not come
		if p.Variant == fixed {
			patience = 10 * time.Second // it comes at once, on a busy machine a little later
		}
		child := actor("child", session.Close("listener"), serveOne(p))
		child.ForkedBy = "server"
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Fork("child"), forget, session.Close("listener")),
			child,
			actor("client", asked(p), session.Shutdown("sock", unix.SHUT_WR),
				session.Timeout("sock", "SO_RCVTIMEO", patience), session.RecvEOF("sock", p.Buffer).Unchecked(),
				session.Facts("during"), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0), ends("child", 0)}, closes("client", "SF")...)
		}
		return []Claim{fails("client", "recv", "EAGAIN"), ends("client", 0), ends("server", 0), ends("child", 0), finds("close-wait-leak")}
	},
}
