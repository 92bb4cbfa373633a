package noanswer

import (
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// DeferAccept: the server's kernel keeps an open connection to itself until the client has said something.
//
// TCP_DEFER_ACCEPT drops the handshake's last ACK when it carries no data; when its time is over the SYN-ACK is repeated
// once, and the next ACK opens the connection for the program (tcp(7)). RFC 9293, 3.10.7.4 knows no such thing.
var DeferAccept = &diagnose.Rule{
	ID: "defer-accept", Title: "the server waits for the client's first byte before it accepts (TCP_DEFER_ACCEPT)",
	Symptom: diagnose.NoAnswer, Also: []diagnose.Symptom{diagnose.Slow, diagnose.OddEnding}, Needs: diagnose.ServerCalls,
	Cause:      "The listener has TCP_DEFER_ACCEPT set (Apache and nginx can): accept() returns only when data has come. A client that waits for a greeting waits in vain.",
	Fix:        "harmless for protocols in which the client speaks first; else remove TCP_DEFER_ACCEPT:  nstat -az TcpExtTCPDeferAcceptDrop",
	Refs:       []string{"tcp(7) TCP_DEFER_ACCEPT", "RFC 9293 3.10.7.4"},
	Scenario:   "defer-accept",
	LookAlikes: []string{"final-ack-dropped", "accept-queue-full-late"},
	Judge:      deferAccept,
}

func deferAccept(c *diagnose.Case) diagnose.Verdict {
	if c.Half(flow.ToServer).PayloadBytes > 0 && c.Half(flow.ToServer).FirstDataTime.Sub(c.Conv.First) < time.Second {
		return diagnose.Ruled("the client spoke at once")
	}
	late := repeated(c)
	if late == 0 {
		return diagnose.Ruled("no SYN-ACK came after the client's ACK")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: "note", Why: "a SYN-ACK repeated to a silent client, then accepted",
		Evidence: []string{"the client acknowledges the SYN-ACK without data " + diagnose.Seg(c.Conv.Handshake.ACK) +
			", and the server repeats it as long as the client is silent " + diagnose.Seg(late)},
		Frames: []uint32{c.Conv.Handshake.ACK, late}}
	for _, call := range c.Calls {
		if call.Op == "setsockopt" && strings.Contains(call.Args, "TCP_DEFER_ACCEPT") {
			v.Level, v.Calls = diagnose.Certain, []uint32{call.Number}
			v.Evidence = append(v.Evidence, "the server asked for it: setsockopt("+call.Args+") (call "+diagnose.Num(call.Number)+")")
			return v
		}
	}
	after := c.FirstAfter(late, flow.ToClient, nil)
	if after == nil || after.Len == 0 && after.End() == after.Seq {
		return diagnose.Open("whether the server's listener defers, only its program's calls show")
	}
	v.Frames = append(v.Frames, after.Frame)
	v.Evidence = append(v.Evidence, "later the server goes on with the connection, so the ACK had reached it "+diagnose.Seg(after.Frame))
	return v
}

// repeated is the frame of the first SYN-ACK that came after the client's ACK and not at once, 0 when there is none.
func repeated(c *diagnose.Case) uint32 {
	for _, frame := range synacks(c) {
		if ack := c.Row(c.Conv.Handshake.ACK); ack != nil && frame > ack.Frame && c.Row(frame).Time.Sub(ack.Time) > time.Second/2 {
			return frame
		}
	}
	return 0
}
