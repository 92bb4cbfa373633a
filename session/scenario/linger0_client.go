package scenario

import "tcplab/session"

// LingerClient is LingerZero with the client as the one that aborts.
var LingerClient = &Scenario{
	Name:     "linger0-client",
	Title:    "The client closes with SO_LINGER 0",
	Teaches:  "Clients do it to spare themselves TIME-WAIT. The server reads ECONNRESET where an end of file was due.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "linger0-client",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Recv("conn", p.Buffer)),
			actor("client", asked(p), session.Linger("sock", 0), session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "recv", "ECONNRESET"), ends("server", 1), ends("client", 0), finds("linger0-client")}
	},
}
