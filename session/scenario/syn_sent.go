package scenario

import "tcplab/session"

// BadAckInSYNSent and BareRSTInSYNSent have a forger who answers the SYN without knowing its number.
var (
	BadAckInSYNSent = unbelieved("syn-sent-bad-ack", "inject syn,ack to sender ttl 57 ack -1000 c2s syn once",
		"A SYN,ACK that confirms another SYN comes first: the client resets it and goes on",
		"An answer must acknowledge the SYN's number. The kernel resets just what the wrong one says, repeats its SYN at once, and the real answer opens the connection.")
	BareRSTInSYNSent = unbelieved("syn-sent-bare-rst", "reset to sender plain ttl 64 c2s syn once",
		"A RST without an ACK comes before the answer to the SYN: ignored",
		"In SYN-SENT a RST counts only if it acknowledges the SYN: who guesses cannot refuse a connection.")
)

// unbelieved is an exchange whose client gets a forged answer before the server's.
func unbelieved(name, rule, title, teaches string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Refused, Seeds: []string{"000"}, Cause: name, Defaults: Hello.Defaults,
		Stage:  on("delay both 20ms", rule),
		Actors: Hello.Actors,
		Expect: func(Params) []Claim {
			return []Claim{counts("client", "connect", 1), ends("client", 0), ends("server", 0), finds(name)}
		},
	}
}

// BadAckRST has a closed port whose RST acknowledges a wrong number, as some small stacks send it.
var BadAckRST = &Scenario{
	Name:  "syn-sent-bad-rst",
	Title: "A closed port's RST acknowledges a wrong number: ignored, and connect times out",
	Teaches: "A refusal must acknowledge the SYN, number and all. A stack that gets it wrong by one is not believed: instead of a refusal at once the client waits for its " +
		"timer.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "syn-sent-bare-rst",
	Defaults: refusedDefaults,
	Stage:    on("set ack +1 s2c rst"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("client", session.Socket("sock", p.Server()), session.SetOption("sock", "TCP_SYNCNT", 1), session.Connect("sock", p.Server()))}
	},
	Expect: func(Params) []Claim { return append(unreached("ETIMEDOUT"), finds("syn-sent-bare-rst")) },
}
