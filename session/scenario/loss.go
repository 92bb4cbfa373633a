package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"tcplab/session"
	"tcplab/session/lab"
)

// lossDefaults make a request of eight full segments: one flight, with room to spare.
var lossDefaults = Params{Port: 8080, Reply: "received", Backlog: 3, Buffer: 16 << 10, Size: 8 * 1448}

// longWay makes a round trip long beside what a busy machine is late by.
const longWay = "delay both 100ms"

// LossFastRetransmit loses one segment in the middle of many. Nothing but the receiver's complaint brings it again.
var LossFastRetransmit = lossy("loss-fast-retransmit", "The third segment is lost, those behind it arrive", 1,
	"Each segment that arrives beyond the hole makes the receiver repeat its ACK, with the hole in SACK. The sender repeats what is missing at "+
		"once, a round trip later: nobody waits for a timer.",
	[]Arrangement{patient("client"), noProbe("client")}, longWay, "drop c2s data 3 once")

// LossTail loses the last segment, which nothing follows. The one before it is late, so that two are in flight: for a single one
// the probe would wait as long as the timer.
var LossTail = lossy("loss-tail-tlp", "The last segment is lost, and nothing behind it shows the hole", 1,
	"No later segment makes the receiver complain. After two round trips the sender probes by sending the last segment again: a tail loss probe.",
	[]Arrangement{patient("client")}, "delay both 50ms", "drop c2s data 8 once", "hold c2s data 7 for c2s data 8")

// LossTimeout loses a whole flight and the first repetitions, so that only the timer is left.
var LossTimeout = lossy("loss-rto", "The whole flight is lost, and the first repetitions with it", 0,
	"When nothing comes back the sender waits for its timer, which doubles each time: 0.2, 0.4, 0.8 seconds.", nil, "delay both 5ms", "drop c2s data times 10")

// lossy is a request that crosses a cable which loses some of it; repeated is how many segments the client sends again, 0 when
// that does not matter.
func lossy(name, title string, repeated int, teaches string, arrange []Arrangement, rules ...string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"003"}, Cause: name, Defaults: lossDefaults,
		Stage:  &Stage{Topology: lab.Direct, Cable: rules, Arrange: func(Params) []Arrangement { return arrange }},
		Actors: largeRequest,
		Expect: func(p Params) []Claim {
			claims := append(answered(p), finds(name))
			if repeated > 0 {
				claims = append(claims, shows(fmt.Sprintf("segments sent again: %d", repeated),
					"connections[0].client_to_server.retransmissions", strconv.Itoa(repeated)))
			}
			return claims
		},
	}
}

// largeRequest is a client that sends one line of Size bytes and a server that answers it.
func largeRequest(p Params) []session.Script {
	return []session.Script{
		actor("server", served(p), serverEnd(p)),
		actor("client", connect(p), session.Send("sock", strings.Repeat("x", p.Size-1)+"\n"), session.RecvLine("sock", p.Buffer),
			clientEnd(p)),
	}
}

// answered is what such an exchange shows, whatever the wire does to it.
func answered(p Params) []Claim {
	return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "send", p.Size), moves("server", "recv", p.Size),
		moves("client", "recv", len(p.Reply)+1)}, closes("client", "SF")...)
}
