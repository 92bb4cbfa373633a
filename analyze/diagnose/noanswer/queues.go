package noanswer

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// AcceptQueueFull: the listener's queue of finished connections is full, and Linux drops further SYNs silently.
//
// listen(B) lets B+1 connections wait; RFC 9293 leaves the rest to the implementation. ListenOverflows counts each dropped SYN.
var AcceptQueueFull = &diagnose.Rule{
	ID: "accept-queue-full", Title: "the server does not accept: its queue is full, so SYNs are dropped",
	Symptom: diagnose.NoAnswer, Needs: diagnose.HostFacts,
	Cause:      "The server's program calls accept() too slowly, or hangs; backlog + 1 connections wait, and every further SYN is dropped.",
	Fix:        "on HOST compare Recv-Q and Send-Q:  ss -ltn 'sport = :PORT'; nstat -az TcpExtListenOverflows TcpExtListenDrops;  raise backlog and net.core.somaxconn, accept faster",
	Refs:       []string{"listen(2)", "RFC 9293 3.10.7.2"},
	Scenario:   "accept-queue-full",
	LookAlikes: []string{"syn-dropped", "syn-queue-full", "connlimit-drop", "synack-dropped"},
	Judge:      acceptQueueFull, Unseen: queueUnseen,
}

func acceptQueueFull(c *diagnose.Case) diagnose.Verdict {
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	v := diagnose.Verdict{Evidence: silence(c), Frames: synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c)}
	s := c.Sockets()
	if text := overfull(s); text != "" {
		v.Level, v.Why = diagnose.Certain, "the accept queue is full"
		v.Evidence = append(v.Evidence, text)
		return v
	}
	if n := c.Grew("TcpExt.ListenOverflows"); n > 0 {
		v.Level, v.Why = diagnose.Certain, "the kernel counted overflows"
		v.Evidence = append(v.Evidence, "ListenOverflows grew by "+diagnose.Num(n)+" on the server's host (counters)")
		return v
	}
	if s.Known && s.Here == nil {
		return diagnose.Ruled("nothing listens on the port (socket table)")
	}
	if c.SaidDrop(netfilter) != nil {
		return diagnose.Ruled(tookSYN)
	}
	worked := waiting(c)
	if worked == nil {
		return diagnose.Open("the listener's queue and ListenOverflows on the server would decide")
	}
	v.Level, v.Why = diagnose.Likely, "connections opened just before wait for the server's program"
	v.Evidence = append(v.Evidence, "another connection to the port was opened before, and the server's program has not said a byte on it "+diagnose.Seg(worked.Frame))
	v.Frames = append(v.Frames, worked.Frame)
	return v
}

// overfull says that more connections wait for the server's program than its backlog is, "" when they do not.
func overfull(s *diagnose.Sockets) string {
	if s.Here == nil || s.Here.RecvQ <= s.Here.SendQ {
		return ""
	}
	return diagnose.Owner(s.Here) + " has " + diagnose.Count(s.Here.RecvQ, "connection") + " waiting, and a backlog of " + diagnose.Num(s.Here.SendQ) + " (socket table)"
}

// waiting is an earlier connection to the port that was opened and on which the server's program did nothing.
func waiting(c *diagnose.Case) *diagnose.Peer {
	return c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Opened && p.First <= c.Conv.First && p.ServerPayload == 0 && p.FINs < 2 && p.Reset == 0
	})
}

// lossesInVain are what a connection looks like on which nothing gets through.
var lossesInVain = []string{"loss-rto", "loss-tail-tlp", "loss-fast-retransmit", "loss-sack-off"}

// AcceptQueueFullLate: the queue filled up between SYN and ACK: the server ignores the handshake's last ACK and the data.
//
// It stays in SYN-RECEIVED and repeats its SYN-ACK (RFC 9293, 3.8.1), although the client has answered every copy.
var AcceptQueueFullLate = &diagnose.Rule{
	ID: "accept-queue-full-late", Title: "the server repeats its SYN-ACK although it was acknowledged: its accept queue is full",
	Symptom: diagnose.NoAnswer, Also: []diagnose.Symptom{diagnose.Slow, diagnose.OddEnding}, Needs: diagnose.HostFacts,
	Cause:      "The accept queue filled up during the handshake. The client is connected and sends; the server's kernel drops it all until accept() makes room.",
	Fix:        "on HOST:  ss -ltn 'sport = :PORT'; nstat -az TcpExtListenOverflows;  raise backlog and net.core.somaxconn, accept faster",
	Refs:       []string{"RFC 9293 3.8.1", "listen(2)"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("TCP_LISTEN_OVERFLOW").Surely()},
	Scenario:   "accept-queue-full-late",
	Implies:    lossesInVain,
	LookAlikes: []string{"final-ack-dropped", "synack-lost-once", "synack-dropped"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return halfOpened(c, "accept-queue-full-late") },
}

// FinalAckDropped: the handshake's last ACK, and what follows, does not reach the server.
var FinalAckDropped = &diagnose.Rule{
	ID: "final-ack-dropped", Title: "the server repeats its SYN-ACK: the client's ACK does not reach it",
	Symptom: diagnose.NoAnswer, Also: []diagnose.Symptom{diagnose.Slow, diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause:      "Something lets SYNs through and drops what follows: a stateful firewall that saw only half of the handshake, an asymmetric route.",
	Fix:        "capture at the server:  tcpdump -ni any 'tcp port PORT and host CLIENT';  without the ACK there, look at the stateful boxes between",
	Refs:       []string{"RFC 9293 3.8.1", "RFC 9293 3.10.7.4"},
	Scenario:   "final-ack-dropped",
	Implies:    lossesInVain,
	LookAlikes: []string{"accept-queue-full-late", "synack-lost-once"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return halfOpened(c, "final-ack-dropped") },
}

// halfOpened judges SYN-ACKs repeated after the client's ACK. Where the capture was made at the server the ACK did arrive,
// so the server's kernel ignored it; elsewhere both causes remain.
func halfOpened(c *diagnose.Case, cause string) diagnose.Verdict {
	copies := synacks(c)
	late := copies
	for len(late) > 0 && (c.Conv.Handshake.ACK == 0 || late[0] < c.Conv.Handshake.ACK) {
		late = late[1:]
	}
	if len(late) == 0 {
		return neverHeard(c, cause, copies)
	}
	if took := slowAnswers(c); took > 0 {
		return diagnose.Ruled("the late SYN-ACK answers the second SYN, " + diagnose.Took(took) + " after it as the first did")
	}
	first, again := c.Row(copies[0]), c.Row(late[0])
	if again.Time.Sub(first.Time) < 500_000_000 {
		return diagnose.Ruled("the SYN-ACK was repeated at once: it answers a repeated SYN")
	}
	if wrong := wrongNumber(c); wrong != nil {
		return diagnose.Ruled("an ACK reached the server, with a wrong number: its RST shows it " + diagnose.Seg(wrong.Frame))
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "SYN-ACK repeated after its ACK",
		Evidence: []string{"the client acknowledges the SYN-ACK " + diagnose.Seg(c.Conv.Handshake.ACK),
			"yet the server repeats it " + diagnose.Times(len(late)) + ", first after " + diagnose.Took(again.Time.Sub(first.Time)) + " " + diagnose.Seg(late[0])},
		Frames: append([]uint32{c.Conv.Handshake.ACK}, late...)}
	switch cause {
	case "accept-queue-full-late":
		return queueFullLate(c, v, ignored(c, late[len(late)-1]))
	case "final-ack-dropped":
		return ackDropped(c, v)
	}
	return v
}

// neverHeard judges SYN-ACKs that got no ACK at all.
func neverHeard(c *diagnose.Case, cause string, copies []uint32) diagnose.Verdict {
	call := c.ConnectCall()
	switch {
	case cause != "final-ack-dropped" || c.Conv.Handshake.ACK != 0 || len(copies) < 2 || len(c.Conv.SYNs) > 1 || c.Half(flow.ToServer).Resets > 0:
		return diagnose.Ruled("no SYN-ACK came after the client's ACK")
	case call == nil || call.End == 0 || call.Errno != 0:
		return diagnose.Open("the client does not repeat its SYN, so the SYN-ACK may have reached it; its connect(), or a capture beside it, would decide")
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "connected for the client, not for the server", Frames: copies, Calls: []uint32{call.Number},
		Evidence: []string{"connect() succeeds, so the SYN-ACK reached the client (call " + diagnose.Num(call.Number) + ")",
			"the server sends it " + diagnose.Times(len(copies)) + ", and nothing that the client says comes here " + diagnose.Seg(copies[len(copies)-1])}}
}

// ignored counts the segments of data that the client sent before the server's last SYN-ACK, as if nothing had come.
func ignored(c *diagnose.Case, last uint32) int {
	n := 0
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.Dir == flow.ToServer && diagnose.Data(r) && r.Frame < last {
			n++
		}
	}
	return n
}

// tookData reports whether the server went on with the connection after all.
func tookData(c *diagnose.Case) bool { return c.Half(flow.ToServer).Acked > 1 }

// queueFullLate: that the server's kernel ignored what had arrived is seen beside the server, in a counter, or by a
// connection that comes to life after much was ignored: a lost ACK alone is made good by the first data.
func queueFullLate(c *diagnose.Case, v diagnose.Verdict, ignored int) diagnose.Verdict {
	overflows := c.Grew("TcpExt.ListenOverflows")
	if tookData(c) {
		v.Evidence = append(v.Evidence, "later the server takes the data: there was room again "+diagnose.Seg(c.Half(flow.ToClient).LastFrame))
	}
	switch {
	case overflows > 0:
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "ListenOverflows grew by "+diagnose.Num(overflows)+" on the server's host (counters)")
	case c.Counted():
		return diagnose.Ruled("ListenOverflows did not grow on the server's host (counters)")
	case c.Half(flow.ToServer).PayloadBytes == 0:
		return diagnose.Open("the client has sent nothing: a listener that defers looks the same; ListenOverflows on the server would decide")
	case ignored == 0:
		return diagnose.Open("the client's ACK alone was ignored: it may have been lost; ListenOverflows on the server would decide")
	case c.Conv.Vantage == "server" || tookData(c) && ignored > 1:
		v.Level = diagnose.Strong
	}
	return v
}

func ackDropped(c *diagnose.Case, v diagnose.Verdict) diagnose.Verdict {
	switch {
	case c.Grew("TcpExt.ListenOverflows") > 0 || tookData(c):
		return diagnose.Ruled("the ACK reached the server")
	case c.Conv.Vantage == "server" && !c.Counted():
		return diagnose.Ruled("the ACK reached the server")
	case c.Counted():
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "ListenOverflows did not grow on the server's host: its queue had room (counters)")
	}
	return v
}
