package scenario

import "tcplab/session"

// InjectedInWindow and InjectedOutside have a forger that does not know the numbers.
var (
	InjectedInWindow = missed("injected-rst-in-window", "+100", "A forged RST within the window, but not at the next number: answered by an ACK",
		"RFC 5961: only a RST with exactly the next number counts. Any other in the window is answered by a challenge ACK, and the connection lives.")
	InjectedOutside = missed("injected-rst-out-of-window", "-5000", "A forged RST outside the window: ignored",
		"Whoever guesses must hit the window; else nothing happens at all.")
)

// missed is an exchange that a forged RST with a wrong number does not disturb.
func missed(name, offset, title, teaches string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Reset, Seeds: []string{"000"}, Cause: name, Defaults: resetDefaults,
		Stage: on("delay both 20ms", "reset to sender plain ttl 57 seq "+offset+" c2s data 1 once"),
		Actors: func(p Params) []session.Script {
			return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
		},
		Expect: func(Params) []Claim {
			return []Claim{ends("client", 0), ends("server", 0), finds(name), shows("first to close: client", "connections[0].close.by", "client")}
		},
	}
}
