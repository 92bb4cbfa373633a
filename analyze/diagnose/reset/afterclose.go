package reset

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/calls"
)

// WriteAfterPeerClose: data was sent to an end that had closed both directions; its kernel answers with a RST.
//
// After the peer's FIN a first send() succeeds: a FIN says only that the peer sends no more (RFC 9293, 3.6). The peer's
// program had called close(), so nothing can be delivered (RFC 1122, 4.2.2.13). Because the FIN came first Linux reports
// EPIPE with SIGPIPE, never ECONNRESET.
var WriteAfterPeerClose = &diagnose.Rule{
	ID: "write-after-peer-close", Aliases: []string{"timewait-data", "sigpipe-death", "kill-without-unread-data"},
	Title:   "data was sent to an end that had already closed",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause: "One end closed; the other ignored the end of file, or did not look, and went on sending. The first send() succeeds, the next " +
		"one fails with EPIPE, and SIGPIPE ends a program that does not handle it.",
	Fix:        "treat recv() == 0 as the end; check pooled connections with poll() before reuse; send with MSG_NOSIGNAL",
	Refs:       []string{"RFC 9293 3.6", "RFC 1122 4.2.2.13"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_TIMEWAIT_SOCKET"), diagnose.SentReset("", "TCP_ABORT_ON_DATA"), diagnose.SentReset("", "NO_SOCKET"), diagnose.SentReset("TCP_LISTEN", "")},
	Scenario:   "write-after-peer-close",
	LookAlikes: []string{"close-while-peer-sends", "keepalive-race", "half-open-server-rebooted", "injected-rst-onpath"},
	Judge:      writeAfterPeerClose,
}

func writeAfterPeerClose(c *diagnose.Case) diagnose.Verdict {
	rst, to, why := reply(c)
	if rst != nil && to.Len > 0 {
		if ack := finMissed(c, rst); ack != nil {
			return told(diagnose.Verdict{Level: diagnose.Likely, Why: "data after the ACK of a FIN that was not captured, and a RST", Frames: []uint32{ack.Frame, to.Frame, rst.Frame},
				Evidence: []string{missedText(rst, ack), "the " + to.Dir.Sender() + " sends " + diagnose.Count(to.Len, "byte") + " all the same " + diagnose.Seg(to.Frame), replyEvidence(rst, to)}}, c, rst)
		}
	}
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case !closedBefore(c, rst, to):
		return diagnose.Ruled("no FIN of the " + rst.Dir.Sender() + " came before")
	case to.Len == 0:
		return diagnose.Ruled("the RST does not answer data")
	case to.Ack != c.Half(rst.Dir).NextSeq:
		return diagnose.Ruled("the data does not acknowledge the FIN: they crossed on the way")
	}
	v := diagnose.Verdict{
		Level: diagnose.Certain, Why: "FIN, data beyond it, RST",
		Evidence: []string{
			"the " + rst.Dir.Sender() + " closes with a FIN " + diagnose.Seg(c.Half(rst.Dir).FIN),
			"the " + to.Dir.Sender() + ", which has acknowledged the FIN, sends " + diagnose.Count(to.Len, "byte") + " all the same " + diagnose.Seg(to.Frame),
			replyEvidence(rst, to),
		},
		Frames: []uint32{c.Half(rst.Dir).FIN, to.Frame, rst.Frame},
	}
	return told(parting(v, c, to), c, rst)
}

// mostFarewell is the most that an end says to take its leave: a TLS close_notify, "221 Goodbye".
const mostFarewell = 128

// parting makes a note of data that its sender could do without: its last words, after which it closes too. TLS ends say
// close_notify so (RFC 8446, 6.1), and whoever closed first does not wait for it.
func parting(v diagnose.Verdict, c *diagnose.Case, to *flow.Row) diagnose.Verdict {
	own := c.Half(to.Dir)
	// What followed the farewell within a moment belongs to the same act; a FIN much later is another decision.
	closes := own.FIN >= to.Frame && own.FINTime.Sub(to.Time) < rightBehind
	last := own.NextSeq.Sub(to.Seq) <= mostFarewell && own.Acked.Sub(to.Seq) >= 0
	if !last || (!closes || waited(c, to)) && !alert(to) {
		return v
	}
	v.Severity, v.Title = "note", "the last words of one end met an end that had closed: nothing else was lost"
	v.Fix = "nothing is broken: both ends were closing. A program that must not miss the last words reads until recv() returns 0 before it closes"
	if closes {
		v.Evidence = append(v.Evidence, "these are its last "+diagnose.Count(to.Len, "byte")+", and it closes as well "+diagnose.Seg(own.FIN)+"; all before them was acknowledged")
	} else {
		v.Evidence = append(v.Evidence, "they are a TLS alert, and all before them was acknowledged "+diagnose.Seg(to.Frame))
	}
	return v
}

// waited reports whether the program that sent the segment went on to read the end of the other's stream, by its calls: whoever
// reads on expects an answer, and what it said was no farewell.
func waited(c *diagnose.Case, to *flow.Row) bool {
	for _, call := range c.CallsOf(to.Dir) {
		if calls.Receives(call.Op) && call.N == 0 && call.Errno == 0 && call.End > to.Time {
			return true
		}
	}
	return false
}

// alert reports whether a segment is a TLS alert record (RFC 8446, 5.1), as far as its bytes were kept.
func alert(r *flow.Row) bool {
	said := r.Said()
	return len(said) >= 3 && said[0] == 21 && said[1] == 3
}

// CloseWhilePeerSends: FIN and data crossed on the way, and the data met a closed socket.
//
// The FIN's sender called close(), which gives up receiving too (RFC 1122, 4.2.2.13); data that was already on its way gets
// a RST with the FIN's own sequence number.
var CloseWhilePeerSends = &diagnose.Rule{
	ID: "close-while-peer-sends", Title: "one end closed while the other was still sending: FIN and data crossed",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause:      "close() on one side while data of the other side was on its way. Whether that data was used is not known.",
	Fix:        "let the protocol say who closes; the closing side: shutdown(SHUT_WR), then recv() until 0, then close()",
	Refs:       []string{"RFC 1122 4.2.2.13", "RFC 9293 3.6.1", "RFC 9112 9.6"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_TIMEWAIT_SOCKET"), diagnose.SentReset("", "TCP_ABORT_ON_DATA"), diagnose.SentReset("", "NO_SOCKET"), diagnose.SentReset("TCP_LISTEN", "")},
	Scenario:   "close-while-peer-sends",
	LookAlikes: []string{"keepalive-race", "accept-then-close", "write-after-peer-close", "injected-rst-onpath"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		v, _ := crossed(c, "close-while-peer-sends")
		return v
	},
}

// AcceptThenClose: the server accepts and closes at once, without a byte.
var AcceptThenClose = &diagnose.Rule{
	ID: "accept-then-close", Title: "the server accepts connections and closes them at once",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause:      "The server closed right after the handshake without a byte: a connection limit, an access list, a crash loop behind a supervisor.",
	Fix:        "read the server's log at this second; check its limits and access rules, and  systemctl status",
	Refs:       []string{"RFC 1122 4.2.2.13", "RFC 9293 3.6.1"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_TIMEWAIT_SOCKET"), diagnose.SentReset("", "TCP_ABORT_ON_DATA"), diagnose.SentReset("", "NO_SOCKET"), diagnose.SentReset("TCP_LISTEN", "")},
	Scenario:   "accept-then-close",
	Implies:    []string{"write-after-peer-close"},
	LookAlikes: []string{"close-while-peer-sends", "write-after-peer-close", "proxy-dead-backend", "keepalive-race"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		if v, crossed := crossed(c, "accept-then-close"); crossed {
			return v
		}
		return turnedAway(c)
	},
}

// turnedAway judges a server that closes in order, as soon as it has accepted and without a byte: once is nothing to speak
// of, but when every connection to the port ends so there is a reason. What the client says afterwards meets nobody: the
// RSTs it draws are a consequence.
func turnedAway(c *diagnose.Case) diagnose.Verdict {
	client, server := c.Half(flow.ToServer), c.Half(flow.ToClient)
	switch {
	case !c.SYNACK().Seen || server.FIN == 0 || server.PayloadBytes > 0 || client.FIN != 0 && client.FIN < server.FIN:
		return diagnose.Ruled("the server did not close first, or it had said something")
	case server.FINTime.Sub(c.SYNACK().Time) > c.Conv.Handshake.RTT+5*rightBehind || c.Called(flow.ToClient):
		return diagnose.Ruled("the server did not close at once, or its calls are on record")
	}
	served := c.Peer(func(p *diagnose.Peer) bool { return p.ServerPort == c.Conv.ServerPort && p.ServerPayload > 0 })
	first := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Opened && p.FINs > 0 && p.ServerPayload == 0
	})
	if served != nil || first == nil {
		return diagnose.Ruled("it closed once, or other connections to the port were served")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: "warning", Why: "closed at once, and so were all others", Frames: []uint32{server.FIN, first.Frame},
		Evidence: []string{"the server closes " + diagnose.Took(server.FINTime.Sub(c.SYNACK().Time)) + " after the handshake without a byte " + diagnose.Seg(server.FIN),
			"no connection to the port that this capture holds was served " + diagnose.Seg(first.Frame)}}
	if rst := c.Reset(); rst != nil && rst.Dir == flow.ToClient && client.FirstData > server.FIN {
		v.Level, v.Severity, v.Frames = diagnose.Strong, "error", append(v.Frames, client.FirstData, rst.Frame)
		v.Evidence = append(v.Evidence, "what the client says after that meets a closed socket "+diagnose.Seg(rst.Frame))
	}
	return v
}

// KeepaliveRace: a kept-alive connection was used again in the very moment the server's idle timeout closed it.
//
// RFC 9112, 9.3.1 warns of it: a client must be prepared for a request to fail on a reused connection.
var KeepaliveRace = &diagnose.Rule{
	ID: "keepalive-race", Title: "the server's idle timeout closed the connection just as the client used it again",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause: "Request and answer, a pause as long as the server's keep-alive timeout, then FIN and the next request cross. " +
		"Common timeouts: Node and Apache 5 s, load balancers 60 s, nginx 75 s.",
	Fix:        "keep idle connections in the client shorter than the server's timeout; repeat the request once on a fresh connection if it is idempotent",
	Refs:       []string{"RFC 9112 9.3.1", "RFC 9112 9.5"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_TIMEWAIT_SOCKET"), diagnose.SentReset("", "TCP_ABORT_ON_DATA"), diagnose.SentReset("", "NO_SOCKET"), diagnose.SentReset("TCP_LISTEN", "")},
	Scenario:   "keepalive-race",
	LookAlikes: []string{"close-while-peer-sends", "write-after-peer-close", "accept-then-close"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		v, _ := crossed(c, "keepalive-race")
		return v
	},
}

// crossed judges the three causes with the same segments; the time before the FIN and what was said before it decide.
func crossed(c *diagnose.Case, cause string) (diagnose.Verdict, bool) {
	rst, to, why := reply(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why), false
	case !closedBefore(c, rst, to):
		return diagnose.Ruled("no FIN of the " + rst.Dir.Sender() + " came before"), false
	case to.Len == 0:
		return diagnose.Ruled("the RST does not answer data"), false
	case to.Ack == c.Half(rst.Dir).NextSeq:
		return diagnose.Ruled("the data acknowledges the FIN: it was sent after it"), false
	}
	if is := crossing(c, rst); is != cause {
		return diagnose.Ruled("what came before the FIN fits " + is + " better"), false
	}
	fin := c.Half(rst.Dir).FIN
	v := diagnose.Verdict{
		Level: diagnose.Certain, Why: "FIN and data crossed",
		Evidence: []string{
			"the " + rst.Dir.Sender() + " closes with a FIN " + diagnose.Seg(fin),
			diagnose.Count(to.Len, "byte") + " of the " + to.Dir.Sender() + " crossed it without acknowledging the FIN " + diagnose.Seg(to.Frame),
			replyEvidence(rst, to),
		},
		Frames: []uint32{fin, to.Frame, rst.Frame},
	}
	if idle := idleBeforeFIN(c, rst.Dir); cause == "keepalive-race" {
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "before the FIN the connection was idle for "+diagnose.Took(idle)+", after a request and its answer")
		if name := diagnose.ServerTimer(idle); name != "" {
			v.Evidence = append(v.Evidence, "that is the keep-alive timeout of "+name+" as it is shipped")
		}
	}
	if cause == "close-while-peer-sends" { // whom nobody served has not taken leave
		v = parting(v, c, to)
	}
	return told(v, c, rst), true
}

// crossing names which of the three causes the time before the FIN fits.
func crossing(c *diagnose.Case, rst *flow.Reset) string {
	own, theirs := c.Half(rst.Dir), c.Half(rst.Dir.Other())
	switch {
	case own.PayloadBytes == 0 && rst.Dir == flow.ToClient && own.FINTime.Sub(c.SYNACK().Time) < 5*rightBehind && c.SYNACK().Seen:
		return "accept-then-close"
	case own.PayloadBytes > 0 && theirs.FirstData != 0 && theirs.FirstData < own.FIN && idleBeforeFIN(c, rst.Dir) > 50*rightBehind:
		return "keepalive-race"
	}
	return "close-while-peer-sends"
}
