package scenario

import "tcplab/session"

// OptionBlackhole has a box that drops SYNs with timestamps.
var OptionBlackhole = &Scenario{
	Name:  "option-blackhole",
	Title: "SYNs that offer timestamps are dropped; the same client gets through without them",
	Teaches: "Linux repeats its SYN with the same options, so connect times out as behind any firewall. Only a second attempt without the option " +
		"shows what the box dislikes.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "option-blackhole",
	Defaults: resetDefaults,
	Stage:    on("drop c2s syn option timestamps"),
	Actors:   func(p Params) []session.Script { return secondTry(p, session.Sysctl("net.ipv4.tcp_timestamps", "0")) },
	Expect:   func(p Params) []Claim { return secondWorks(p, "option-blackhole") },
}

// secondTry is a client that gives up, changes a setting of its host, and tries again.
func secondTry(p Params, change session.Step) []session.Script {
	return []session.Script{
		actor("server", served(p), serverEnd(p)),
		actor("client", session.Await("server:listening"), session.Socket("sock", p.Server()), session.SetOption("sock", "TCP_SYNCNT", 1),
			session.Connect("sock", p.Server()).Unchecked(), session.Close("sock"), change, asked(p), clientEnd(p)),
	}
}

// secondWorks is what that shows.
func secondWorks(p Params, cause string) []Claim {
	return []Claim{fails("client", "connect", "ETIMEDOUT"), counts("client", "connect", 1), moves("client", "recv", len(p.Reply)+1), ends("client", 0), ends("server", 0),
		finds(cause)}
}
