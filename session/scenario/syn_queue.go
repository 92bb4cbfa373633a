package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// crowding is how many clients never finish their handshakes where the queue of half-open connections is to be full.
const crowding = 16

// SYNQueueFull fills the queue of half-open connections.
var SYNQueueFull = &Scenario{
	Name:  "syn-queue-full",
	Title: "The queue of half-open connections is full, and SYN cookies are off: new SYNs are dropped",
	Teaches: "A SYN takes memory of the server until the last ACK comes. Many that never come, a flood or a broken path, shut everybody else out. " +
		"With net.ipv4.tcp_syncookies the server would need no memory for them.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "syn-queue-full",
	Defaults: Params{Port: 8080, Backlog: 128, Buffer: 1024},
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop c2s ack", "drop c2s fin"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_syncookies", "0"), sysctl("server", "net.ipv4.tcp_max_syn_backlog", "16")}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Facts("during"), session.Signal("ready"), session.Await("client:exited"), session.Await("crowd:exited"),
				session.Close("listener")),
			actor("crowd", session.Await("server:ready"), severalAtOnce(p, crowding), session.Signal("connected"), session.Await("client:exited")),
			actor("client", session.Await("crowd:connected"), session.Socket("sock", p.Server()), session.SetOption("sock", "TCP_SYNCNT", 1),
				session.Connect("sock", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("syn-queue-full")}
	},
}

// severalAtOnce begins n connections and waits for none of them but the first.
func severalAtOnce(p Params, n int) (all []session.Step) {
	for i, open := range several(p, n) {
		if i%2 == 1 {
			all = append(all, session.Nonblock(open.Sock))
			open = open.Unchecked()
		}
		all = append(all, open)
	}
	return append(all, session.Poll("sock1", pollOut, -1))
}

// SYNCookies lets the server keep nothing of a handshake.
var SYNCookies = &Scenario{
	Name:  "syn-cookies",
	Title: "The server keeps nothing of a handshake: what it must remember is in its sequence number",
	Teaches: "A SYN cookie needs no memory, so a flood costs none. The price: the options of the SYN must fit into the timestamp, and a lost ACK leaves " +
		"no trace of the connection. The counters SyncookiesSent and SyncookiesRecv show it.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Cause:    "syn-cookies",
	Defaults: Hello.Defaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_syncookies", "2")} // always, not only when the queue is full
	}},
	Actors: Hello.Actors,
	Expect: func(p Params) []Claim { return append(Hello.Expect(p), finds("syn-cookies")) },
}

// SYNCookiesNoTS has a client without timestamps: the cookie has no place for its other options.
var SYNCookiesNoTS = bareCookies()

func bareCookies() *Scenario {
	s, stage := *SYNCookies, *SYNCookies.Stage
	s.Name, s.Cause, s.Title = "syn-cookies-no-ts", "syn-cookies-no-ts", "SYN cookies and a client without timestamps: window scaling and SACK are lost"
	s.Teaches = "A cookie of 32 bits has room for the MSS alone; what else the SYN offers goes into the timestamp. Without timestamps the server must do without: windows of " +
		"64 KiB, and losses repaired one a round trip."
	s.Expect = func(p Params) []Claim { return append(Hello.Expect(p), finds(s.Cause)) }
	arrange := stage.Arrange
	stage.Arrange = func(p Params) []Arrangement {
		return append(arrange(p), sysctl("client", "net.ipv4.tcp_timestamps", "0"))
	}
	s.Stage = &stage
	return &s
}

// CookieLost loses the one segment in which a SYN cookie comes back.
var CookieLost = &Scenario{
	Name:  "syncookie-ack-lost",
	Title: "The ACK with the SYN cookie is lost: the client is connected, the server knows nothing, and both wait",
	Teaches: "Without a cookie the server would repeat its SYN,ACK. Here nobody repeats anything: a client that waits for a greeting waits for ever. Any " +
		"byte of its own would have opened the connection.",
	Topic:    Waiting,
	Seeds:    []string{"004"},
	Cause:    "syncookie-ack-lost",
	Defaults: resetDefaults,
	// The cut keeps what ends the client from the server: it would open the connection after all.
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop c2s ack", "cut both after 3400ms"}, At: "server", Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_syncookies", "2")}
	}},
	Actors: func(p Params) []session.Script {
		const patience = 3700 * time.Millisecond // longer than a server that remembers would take to repeat itself
		return []session.Script{
			actor("server", listen(p), session.Poll("listener", pollIn, patience).Unchecked(), session.Await("client:exited"), session.Close("listener")),
			actor("client", connect(p), session.Timeout("sock", "SO_RCVTIMEO", patience), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "recv", "EAGAIN"), ends("client", 0), ends("server", 0), finds("syncookie-ack-lost")}
	},
}
