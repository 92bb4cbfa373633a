package scenario

import "tcplab/session"

// SplitHandshake has a box that makes two steps of the handshake's second one.
var SplitHandshake = &Scenario{
	Name:  "split-handshake",
	Title: "The answer to the SYN is a SYN without an ACK: a handshake in four steps",
	Teaches: "RFC 9293 (3.5, figure 7) has two SYNs that cross, so a client that gets a bare SYN answers with SYN,ACK and is content with an ACK. Firewalls that take " +
		"whoever sends the SYN,ACK for the server have been fooled by it.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Cause:    "split-handshake",
	Defaults: resetDefaults,
	// SYN alone. Without timestamps: Linux since 6.14 completes a handshake only by an ACK that echoes the SYN,ACK's own (Linux
	// tcp_check_req), and the client echoes that of the ACK behind it, which may be of the next millisecond.
	Stage: on("strip timestamps c2s syn", "set ack 0 s2c synack once", "set flags 2 s2c synack once"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{counts("client", "connect", 1), counts("server", "accept", 1), moves("client", "recv", len(p.Reply)+1), ends("client", 0), ends("server", 0),
			finds("split-handshake")}, closes("client", "SF")...)
	},
}
