package scenario

import (
	"time"

	"tcplab/session/lab"
)

// RefusedRetried makes a Linux client look like one of Windows, whose kernel does not take no for an answer at once.
var RefusedRetried = &Scenario{
	Name:  "refused-retried",
	Title: "A closed port is asked three times before connect fails, as clients of Windows do",
	Teaches: "Windows repeats a refused SYN twice, half a second apart: SYN, RST, SYN, RST, SYN, RST. Here the cable keeps the first two refusals from a Linux " +
		"client, whose kernel waits a second; the capture is made at the server.",
	Topic:    Refused,
	Seeds:    []string{"000", "003"},
	Cause:    "closed-port",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"drop s2c rst times 2"}, At: "server"},
	Actors:   alone,
	Expect: func(Params) []Claim {
		return append(unreached("ECONNREFUSED"), failsAfter("client", 1900*time.Millisecond), finds("closed-port"))
	},
}

// failsAfter claims that connect took that long to fail.
func failsAfter(actor string, d time.Duration) Claim {
	return Claim{Text: the(actor) + "'s connect fails only after " + d.String(), Call: &Call{Actor: actor, Op: "connect", Errno: "ECONNREFUSED", AtLeast: d}}
}
