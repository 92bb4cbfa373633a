package slow

import (
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// noticeable is the shortest pause of a program that is reported, and only when it is a good part of the connection's time.
const noticeable = 500 * time.Millisecond

// ServerThinkTime: the request had arrived, the window was open, nothing was in flight: the server's program took its time.
var ServerThinkTime = &diagnose.Rule{
	ID: "server-think-time", Title: "the server's program took its time to answer", Symptom: diagnose.Slow, Pace: true, Needs: diagnose.ServerCalls,
	Cause:      "The network had delivered the request. The time went by in the server: computing, a database, a lock, another service.",
	Fix:        "look at the server's log and profiler for this request; capture at the server to be sure:  tcpdump -ni any 'tcp port PORT'",
	Refs:       []string{"RFC 9293 3.8.6"},
	Scenario:   "server-think-time",
	LookAlikes: []string{"accept-delay", "nagle-delayed-ack", "client-think-time", "server-stopped"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return think(c, flow.ToClient) },
}

// ClientThinkTime: the answer had arrived, and the client's program took its time to go on.
var ClientThinkTime = &diagnose.Rule{
	ID: "client-think-time", Title: "the client's program took its time between its messages", Symptom: diagnose.Slow, Pace: true, Needs: diagnose.ClientCalls,
	Cause:      "The client had all it waited for and sent nothing: a person, a timer, a slow computation.",
	Fix:        "nothing in the network helps; profile the client",
	Refs:       []string{"RFC 9293 3.8.6"},
	Scenario:   "client-think-time",
	LookAlikes: []string{"server-think-time"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return think(c, flow.ToServer) },
}

// pause is a time in which only one end could have gone on.
type pause struct {
	before, after *flow.Row
	long          time.Duration
	acked         uint32 // frame of the ACK that came meanwhile, 0 when none did
}

// noPause is the verdict on nearly every connection, made once.
var noPause = [...]string{
	flow.ToServer: "the client never answered after a pause of " + noticeable.String(),
	flow.ToClient: "the server never answered after a pause of " + noticeable.String(),
}

// think judges the longest pause that end's program made.
func think(c *diagnose.Case, end flow.Dir) diagnose.Verdict {
	longest, total := pauses(c, end)
	switch {
	case longest.after == nil:
		return diagnose.Ruled(noPause[end])
	case c.Conv.ServerPort == bgp:
		return diagnose.Ruled("both ends of BGP speak by timers: nobody waits for an answer")
	case total*10 < c.Conv.Duration()*3:
		return diagnose.Ruled("its pauses are less than a third of the time")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: "note", Why: "a pause with nothing in flight",
		Frames: []uint32{longest.before.Frame, longest.after.Frame},
		Evidence: []string{"the " + end.Sender() + " sends nothing for " + diagnose.Took(longest.long) + ", from segment " + diagnose.Num(longest.before.Frame) +
			" to segment " + diagnose.Num(longest.after.Frame) + ", with nothing in flight"}}
	if longest.acked != 0 && !(end == flow.ToClient && onlyFirstSlow(c).Level > diagnose.No) {
		v.Level = diagnose.Strong
		v.Frames = append(v.Frames, longest.acked)
		v.Evidence = append(v.Evidence, "its kernel had acknowledged the data long before "+diagnose.Seg(longest.acked))
	}
	switch n, known := c.Unseen(longest.after); {
	case n > 0 && !known:
		v.Level = diagnose.Likely // packets of it may not have come here
	case n > 0:
		return diagnose.Ruled(diagnose.Count(n, "packet") + " of the " + end.Sender() + " before its answer were not captured: it was lost on the way, not late " + diagnose.Seg(longest.after.Frame))
	}
	if call := lateAccept(c); call != 0 && end == flow.ToClient {
		return diagnose.Ruled("the server accepted the connection late (call " + diagnose.Num(call) + ")")
	}
	if !c.SYN().Seen || !alternates(c, end) {
		v.Level = diagnose.Likely // who waits for whom is not known
	} else if end == flow.ToClient {
		if longest.long >= 2*noticeable {
			v.Severity = "warning"
		}
	}
	v.Evidence = append(v.Evidence, "such pauses make "+diagnose.Took(total)+" of "+diagnose.Took(c.Conv.Duration())+" "+diagnose.Seg(c.Conv.LastFrame))
	return v
}

// bgp is the port of BGP, whose keep-alives look like requests and answers (RFC 4271, 4.4).
const bgp = 179

// alternates reports whether the other end always waits for end before it speaks again: a dialogue of requests and answers.
// Two messages in a row, further apart than one act of a program, show that it does not.
func alternates(c *diagnose.Case, end flow.Dir) bool {
	var last *flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch {
		case c.Conv.Gap > 0 && i == c.Conv.GapAt:
			last = nil
		case !diagnose.Data(r) || r.Marks.Any(classify.AnyRetransmission):
			continue
		case r.Dir == end:
			last = nil
			continue
		case last != nil && r.Time.Sub(last.Time) > noticeable/20 && r.Ack == last.Ack:
			return false
		}
		if diagnose.Data(r) && r.Dir != end {
			last = r
		}
	}
	return true
}

// pauses finds the times between data of the other end and the next data of end; rows that were left out are not judged.
func pauses(c *diagnose.Case, end flow.Dir) (longest pause, total time.Duration) {
	var before *flow.Row
	var acked uint32
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if c.Conv.Gap > 0 && i == c.Conv.GapAt {
			before = nil
		}
		switch {
		case diagnose.Data(r) && r.Dir != end:
			before, acked = r, 0
		case diagnose.Pure(r) && r.Dir == end && before != nil && acked == 0 && r.Time.Sub(before.Time) < noticeable/2:
			acked = r.Frame
		case diagnose.Data(r) && r.Dir == end && before != nil:
			if long := r.Time.Sub(before.Time) - c.Conv.Handshake.RTT; long >= noticeable && r.Marks == 0 {
				total += long
				if long > longest.long {
					longest = pause{before, r, long, acked}
				}
			}
			before = nil
		}
	}
	return longest, total
}

// lateAccept is the server's accept() of this connection when it ended long after the handshake, 0 otherwise.
func lateAccept(c *diagnose.Case) uint32 {
	for _, call := range c.CallsOf(flow.ToClient) {
		if strings.HasPrefix(call.Op, "accept") && call.End.Sub(c.SYNACK().Time) > noticeable/2 {
			return call.Number
		}
	}
	return 0
}

// AcceptDelay: the connection waited in the accept queue; only its first answer is slow.
var AcceptDelay = &diagnose.Rule{
	ID: "accept-delay", Title: "the server accepted the connection late", Symptom: diagnose.Slow, Pace: true, Needs: diagnose.ServerCalls,
	Cause:    "The kernel completed the handshake and acknowledged data; the program called accept() only later: too few acceptors, a busy loop.",
	Fix:      "ss -ltn 'sport = :PORT' (Recv-Q above 0);  accept in a thread of its own, or in more of them",
	Refs:     []string{"listen(2)", "accept(2)"},
	Scenario: "accept-delay", LookAlikes: []string{"server-think-time", "server-stopped"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		if !c.Called(flow.ToClient) {
			return onlyFirstSlow(c)
		}
		number := lateAccept(c)
		if number == 0 {
			return diagnose.Ruled("the server accepted the connection at once")
		}
		if !c.SYNACK().Seen {
			return diagnose.Ruled("no handshake was answered here")
		}
		if rst := c.Reset(); rst != nil && rst.Dir == flow.ToServer && c.Half(flow.ToClient).PayloadBytes == 0 {
			return diagnose.Ruled("the client gave up before: nobody waited for it")
		}
		if c.Conv.Half[0].PayloadBytes+c.Conv.Half[1].PayloadBytes == 0 {
			return diagnose.Ruled("nobody waited for it: no data passed")
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "accept() long after the handshake", Frames: []uint32{c.SYNACK().Frame}, Calls: []uint32{number},
			Evidence: []string{"the handshake was answered " + diagnose.Seg(c.SYNACK().Frame) + ", accept() returned the connection only later (call " + diagnose.Num(number) + ")"}}
	},
}

// onlyFirstSlow judges a dialogue without the server's calls: a program that is slow to accept is slow once, and answers all
// that comes later at once.
func onlyFirstSlow(c *diagnose.Case) diagnose.Verdict {
	if !c.SYNACK().Seen || c.Conv.Gap > 0 {
		return diagnose.Unjudged("the system calls of the server")
	}
	var asked, first *flow.Row
	var slow, later time.Duration
	others, size := 0, uint32(0)
	for i := range c.Conv.Rows {
		switch r := &c.Conv.Rows[i]; {
		case !diagnose.Data(r) || r.Marks.Any(classify.AnyRetransmission):
		case r.Dir == flow.ToServer:
			asked = r
		case asked == nil: // more of the same answer, or a greeting
			if first == nil {
				return diagnose.Ruled("the server spoke first: it had accepted")
			}
		case first == nil:
			first, slow, size, asked = r, r.Time.Sub(asked.Time)-c.Conv.Handshake.RTT, asked.Len, nil
		default:
			if size <= 2*asked.Len && asked.Len <= 2*size { // another request of the kind
				others++
			}
			later, asked = max(later, r.Time.Sub(asked.Time)), nil
		}
	}
	if first == nil || slow < noticeable || others == 0 || later > slow/4 {
		return diagnose.Unjudged("the system calls of the server")
	}
	severity := "note"
	if slow >= 2*noticeable {
		severity = "warning"
	}
	return diagnose.Verdict{Level: diagnose.Likely, Why: "the first answer is slow, and no other", Severity: severity, Frames: []uint32{c.SYNACK().Frame, first.Frame},
		Title: "the server answered late on a new connection only: perhaps it accepted the connection late",
		Evidence: []string{"the first answer comes " + diagnose.Took(slow) + " after the request " + diagnose.Seg(first.Frame),
			"to " + diagnose.Num(others) + " more requests of that size, and all others, it answers within " + diagnose.Took(later) + " " + diagnose.Seg(c.Half(flow.ToClient).LastData)}}
}
