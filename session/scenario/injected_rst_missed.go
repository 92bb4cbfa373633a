package scenario

import (
	"fmt"
	"time"

	"tcplab/session"
)

// InjectedInWindow, InjectedOutside and InjectedLate have a forger who does not know the numbers, or not in time.
var (
	InjectedInWindow = missed("injected-rst-in-window", "injected-rst-in-window", "A forged RST within the window, but not at the next number: answered by an ACK",
		"RFC 5961: only a RST with exactly the next number counts. Any other in the window is answered by a challenge ACK, and the connection lives.",
		"reset to sender plain ttl 57 seq +100 c2s data 1 once")
	InjectedOutside = missed("injected-rst-out-of-window", "injected-rst-out-of-window", "A forged RST outside the window: ignored",
		"Whoever guesses must hit the window; else nothing happens at all.",
		"reset to sender plain ttl 57 seq -5000 c2s data 1 once")
	// The number is the one that the answer begins with, and the RST comes right behind it.
	InjectedLate = unhurriedly(missed("injected-rst-late", "injected-rst-out-of-window", "A forged RST comes right behind the server's answer, with the number that was right before it: ignored",
		"A box beside the path races against the real answer. When the answer wins, the number of the RST has passed, and it means nothing any more.",
		fmt.Sprintf("reset to receiver plain ttl 57 seq -%d s2c data 1 once", len(resetDefaults.Reply)+1)))
)

// unhurriedly is the exchange with a client that thinks about the answer: no call tells it of a RST that its kernel ignores, and
// its FIN shall come behind that.
func unhurriedly(s *Scenario) *Scenario {
	s.Actors = func(p Params) []session.Script {
		return []session.Script{actor("server", served(p), serverEnd(p)),
			actor("client", asked(p), session.Sleep(200*time.Millisecond, "the program works on the answer"), clientEnd(p))}
	}
	return s
}

// missed is an exchange that a forged RST with a wrong number does not disturb.
func missed(name, cause, title, teaches string, rules ...string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Reset, Seeds: []string{"000"}, Cause: cause, Defaults: resetDefaults,
		Stage: on(append([]string{"delay both 20ms"}, rules...)...),
		Actors: func(p Params) []session.Script {
			return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
		},
		Expect: func(Params) []Claim {
			return []Claim{ends("client", 0), ends("server", 0), finds(cause), shows("first to close: client", "connections[0].close.by", "client")}
		},
	}
}
