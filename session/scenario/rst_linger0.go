package scenario

import "tcplab/session"

// LingerZero closes with SO_LINGER 0.
var LingerZero = &Scenario{
	Name:     "rst-linger0",
	Title:    "The server closes with SO_LINGER 0",
	Teaches:  "With a linger time of 0, close throws away what is unsent and resets. Nothing was unread: on the wire it looks the same.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "linger0-server",
	Variants: []string{literal, fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		linger := []session.Step{session.Linger("conn", 0)}
		if p.Variant == fixed {
			linger = nil
		}
		return []session.Script{
			actor("server", served(p), session.Await("client:replied"), linger, session.Info("conn", "close"),
				session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("replied"), session.Recv("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("server", "SF")...)
		}
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds("linger0-server")}
	},
}
