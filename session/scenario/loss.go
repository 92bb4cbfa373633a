package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"tcplab/session"
)

// lossDefaults make a request of eight full segments: one flight, with room to spare.
var lossDefaults = Params{Port: 8080, Reply: "received", Backlog: 3, Buffer: 16 << 10, Size: 8 * 1448}

// longWay makes a round trip long beside what a busy machine is late by: a tail loss probe comes after two round trips.
const longWay = "delay both 100ms"

// LossFastRetransmit loses one segment in the middle of many.
var LossFastRetransmit = lossy("loss-fast-retransmit", longWay, "drop c2s data 3 once", "The third segment is lost, those behind it arrive", 1,
	"Each segment that arrives beyond the hole makes the receiver repeat its ACK, with the hole in SACK. The sender repeats what is missing at "+
		"once, a round trip later: nobody waits for a timer.")

// LossTail loses the last segment, which nothing follows.
var LossTail = lossy("loss-tail-tlp", longWay, "drop c2s data 8 once", "The last segment is lost, and nothing behind it shows the hole", 1,
	"No later segment makes the receiver complain. The sender probes after a while by sending the last segment again: a tail loss probe.")

// LossTimeout loses a whole flight and the first repetitions, so that only the timer is left.
var LossTimeout = lossy("loss-rto", "delay both 5ms", "drop c2s data times 10", "The whole flight is lost, and the first repetitions with it", 0,
	"When nothing comes back the sender waits for its timer, which doubles each time: 0.2, 0.4, 0.8 seconds.")

// lossy is a request that crosses a cable of some length which loses some of it; repeated is how many segments the client sends again, 0
// when that does not matter.
func lossy(name, way, rule, title string, repeated int, teaches string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Waiting, Seeds: []string{"003"}, Cause: name,
		Defaults: lossDefaults, Stage: on(way, rule), Actors: largeRequest,
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
