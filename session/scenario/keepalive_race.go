package scenario

import (
	"time"

	"tcplab/session"
)

// KeepaliveRace uses an idle connection again in the moment in which the server closes it.
var KeepaliveRace = &Scenario{
	Name:  "keepalive-race",
	Title: "The server's idle timeout ends the connection just as the client uses it again",
	Teaches: "FIN and request cross. The client cannot know whether its request was carried out; it may repeat it only if that does no harm. Let the client's " +
		"timeout be the shorter one.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "keepalive-race",
	Defaults: resetDefaults,
	Stage:    crossing(2, "server"), // where the FIN is seen before the request
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Poll("conn", pollIn, 1200*time.Millisecond).Unchecked(), session.Signal("bored"), session.Await("server:bored"),
				session.Close("conn"), session.Close("listener")),
			// The event is there at once, the FIN a little later.
			actor("client", asked(p), session.Await("server:bored"), session.Send("sock", p.Message+"\n"),
				session.RecvEOF("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("keepalive-race")}
	},
}
