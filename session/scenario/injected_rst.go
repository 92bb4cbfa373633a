package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session"
)

// InjectedReset has a box on the path that forges a RST.
var InjectedReset = &Scenario{
	Name:  "injected-rst",
	Title: "A box on the path answers the request with a forged RST",
	Teaches: "The RST has another TTL than the server's packets, and the server goes on as if it had not sent it: it has not. What it sends " +
		"afterwards the client's kernel answers with a RST of its own.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-onpath",
	Defaults: resetDefaults,
	Stage:    on("delay both 20ms", "reset to sender ttl 57 c2s data 1 once", "hold c2s rst for s2c data"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			finds("injected-rst-onpath")}
	},
}

// RSTOneSide tells the client alone; the server finds out when it has something to say.
var RSTOneSide = &Scenario{
	Name:  "rst-one-side",
	Title: "The box resets the client only: the server learns of it at its next word, a second later",
	Teaches: "A RST that nobody tells the server of leaves it with half a connection. Its next word, seconds or hours later, meets a kernel that knows nothing, and is " +
		"reset: the server's log blames the client.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "rst-one-side",
	Defaults: resetDefaults,
	// The box speaks when the client has acknowledged the answer: nothing of the server's is on its way then.
	Stage: on("delay both 20ms", "pass c2s ack once", "reset to sender ttl 57 c2s ack once"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Await("client:reset"), session.Sleep(1200*time.Millisecond, "the server has no news"),
				session.Send("conn", p.Reply+"\n"), session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Recv("sock", p.Buffer).Unchecked(), session.Signal("reset"), session.Await("server:exited"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0), finds("rst-one-side")}
	},
}

// InjectedMultiple is how some boxes make sure.
var InjectedMultiple = &Scenario{
	Name:  "injected-rst-multiple",
	Title: "A box sends three RSTs with numbers further and further ahead",
	Teaches: "A box that watches from the side does not know how far the stream has come when its RST arrives: it sends several, 1460 and 4380 bytes ahead. No kernel " +
		"does that.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-multiple",
	Defaults: resetDefaults,
	Stage: on("delay both 20ms", "reset to sender ttl 57 c2s data 1 once", "reset to sender ttl 57 seq +1460 c2s data 1 once",
		"reset to sender ttl 57 seq +4380 c2s data 1 once",
		"hold c2s rst for s2c data"),
	Actors: InjectedReset.Actors,
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			finds("injected-rst-multiple")}
	},
}

// InjectedBoth is a box that leaves nobody to go on.
var InjectedBoth = &Scenario{
	Name:  "injected-rst-both",
	Title: "A box resets both ends, each in the other's name",
	Teaches: "Both programs see ECONNRESET, and each blames the other. Neither sent a RST: at either end the one that comes has another TTL than the " +
		"other end's segments, and what had arrived before it can still be read. What was under way then does not get through.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-both",
	Defaults: resetDefaults,
	// The server's ACK of the request tells the box that the request has come. The client's kernel would answer it with a RST of its own.
	Stage: on("delay both 20ms", "reset to sender ttl 57 c2s data 1 once", "reset to sender ttl 57 s2c ack once", "drop s2c ack"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			// The server reads when the RST has come: what arrived before it can still be read.
			actor("server", listen(p), session.Accept("listener", "conn"), session.Poll("conn", unix.POLLERR, -1), session.RecvLine("conn", p.Buffer),
				session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), fails("server", "recv", "ECONNRESET"), moves("server", "recv", len(p.Message)+1),
			ends("client", 0), ends("server", 0), finds("injected-rst-both")}
	},
}

// InjectedZero is a box that fills in the acknowledgement number of one RST and not of the other.
var InjectedZero = &Scenario{
	Name:  "injected-rst-ack-zero",
	Title: "A box sends two bare RSTs: one with an acknowledgement number that nobody reads, one with 0",
	Teaches: "Without the flag ACK the field means nothing, and a kernel leaves 0 in it. Two RSTs that differ there alone were made by a program; some filters " +
		"are known by just that.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "injected-rst-ack-zero",
	Defaults: resetDefaults,
	Stage: on("delay both 20ms", "reset to sender plain ttl 57 ack +0 c2s data 1 once", "reset to sender plain ttl 57 c2s data 1 once",
		"hold c2s rst for s2c data"),
	Actors: InjectedReset.Actors,
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), fails("server", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			finds("injected-rst-ack-zero")}
	},
}
