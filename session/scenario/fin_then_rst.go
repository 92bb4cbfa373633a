package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// FinThenReset half-closes and then closes with data unread.
var FinThenReset = &Scenario{
	Name:     "fin-then-rst",
	Title:    "The server half-closes, more data comes, and it closes without reading: FIN, then RST",
	Teaches:  "After shutdown(SHUT_WR) the other direction is still open. Read it to its end before close, or it is reset.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "fin-then-rst",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Shutdown("conn", unix.SHUT_WR), session.Poll("conn", pollIn, -1),
				session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Send("sock", "one thing more\n"),
				session.Poll("sock", 0, -1), session.Send("sock", "and another\n").NoSignal()),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "send", "EPIPE"), ends("client", 1), ends("server", 0), finds("fin-then-rst")}
	},
}
