package ending

import (
	"slices"
	"strings"
	"syscall"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// Retries2Timeout: data is repeated until the sender gives up without a word; the peer stays in ESTABLISHED.
//
// RFC 9293, 3.8.3 lets a sender give up (R2); Linux sends no RST then.
var Retries2Timeout = timeout("retries2-timeout", []string{"retries2-default", "user-timeout", "orphan-timeout"},
	"data was repeated without an answer until the sender gave up",
	"The other host, or the path to it, died in the middle of the connection. No RST is sent when the timer ends, so the other end does not know.",
	"check path and host:  ping HOST; ip route get HOST;  timers: sysctl net.ipv4.tcp_retries2, TCP_USER_TIMEOUT", false)

// IdleTimeoutDrop: after a pause nothing gets through any more: a box on the way forgot the connection and drops its segments.
var IdleTimeoutDrop = timeout("idle-timeout-drop", nil,
	"after a pause nothing is answered any more: a box on the way forgot the connection",
	"A NAT, firewall or load balancer drops connections that are idle for its timer, without telling anybody: AWS 350 s, Azure 240 s, GCP NAT 1200 s.",
	"send keep-alives more often than the timer:  sysctl -w net.ipv4.tcp_keepalive_time=120  and SO_KEEPALIVE in the program; on the box  conntrack -L -d HOST", true)

func timeout(id string, aliases []string, title, cause, fix string, afterIdle bool) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Aliases: aliases, Title: title, Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow}, Needs: diagnose.BothDirections,
		Implies: []string{"loss-rto", "loss-tail-tlp", "loss-fast-retransmit"},
		Cause:   cause, Fix: fix, Refs: []string{"RFC 9293 3.8.3", "RFC 5482", "RFC 5382 REQ-5"}, Scenario: id,
		LookAlikes: []string{"retries2-timeout", "idle-timeout-drop", "pmtu-blackhole", "icmp-on-established"},
		Judge:      func(c *diagnose.Case) diagnose.Verdict { return gaveUp(c, afterIdle) },
	}
}

// enough is how many repetitions in vain make more than bad luck.
const enough = 3

// burst is how close together segments are sent again that belong to one repetition.
const burst = 10 * time.Millisecond

// usualPatience is how long Linux repeats data with net.ipv4.tcp_retries2 of 15, less its longest wait between two repetitions.
const usualPatience = 13 * time.Minute

func gaveUp(c *diagnose.Case, afterIdle bool) diagnose.Verdict {
	rows := c.Conv.Rows
	if len(rows) == 0 || !c.Established() || c.Conv.OneWay {
		return diagnose.Ruled("the connection was not open, or only one direction of it was captured")
	}
	last := &rows[len(rows)-1]
	var repeats []uint32
	var first, before *flow.Row // the first repetition, and what was sent before the last
	at, round := len(rows), capture.Stamp(0)
	for i := len(rows) - 1; i >= 0 && rows[i].Dir == last.Dir && rows[i].End() != rows[i].Seq; i-- {
		if before == nil && i < len(rows)-1 {
			before = &rows[i]
		}
		first, at = &rows[i], i
		if first.Marks.Any(classify.AnyRetransmission) && !first.Marks.Any(classify.KeepAlive|classify.ZeroWindowProbe) && (round == 0 || round.Sub(first.Time) > burst) {
			round = first.Time
			repeats = append([]uint32{first.Frame}, repeats...)
		}
	}
	if len(repeats) < enough {
		return diagnose.Ruled("the connection does not end with data repeated in vain")
	}
	idle := time.Duration(0)
	if at > 0 {
		idle = first.Time.Sub(rows[at-1].Time)
	}
	if (idle > leaves) != afterIdle {
		return diagnose.Ruled("the pause before was " + diagnose.Took(idle))
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "repeated in vain",
		Evidence: []string{"the " + last.Dir.Sender() + " repeats its data " + diagnose.Times(len(repeats)) + " in " +
			diagnose.Took(last.Time.Sub(first.Time)) + ", and nothing comes back " + diagnose.Seg(repeats[0])},
		Frames: repeats}
	if next := 2 * last.Time.Sub(before.Time); c.Silence() < next { // the timer doubles (RFC 6298, 5.5)
		v.Title = "data is repeated without an answer"
		v.Evidence = append(v.Evidence, "the capture ends "+diagnose.Took(c.Silence())+" after the last repetition "+diagnose.Seg(last.Frame)+
			", before the next was due: whether the sender has given up cannot be seen")
	}
	if afterIdle {
		v.Level = diagnose.Likely
		v.Evidence = append(v.Evidence, "before, the connection was idle for "+diagnose.Took(idle)+" "+diagnose.Seg(first.Frame))
		if name := diagnose.BoxTimer(idle); name != "" {
			v.Evidence = append(v.Evidence, "the pause fits the timer of "+name)
		}
	}
	spent := last.Time.Sub(first.Time)
	if v.Title == "" && !afterIdle && spent < usualPatience && !orphaned(c, last.Dir) {
		v.Evidence = append(v.Evidence, "then it is silent, long before Linux gives up by itself (15 minutes): the program set TCP_USER_TIMEOUT (user-timeout), or net.ipv4.tcp_retries2 is low "+diagnose.Seg(last.Frame))
	}
	sees := "recv: ETIMEDOUT"
	if !afterIdle {
		named(c, &v, last.Dir)
	}
	if v.Variant == "" && !afterIdle && ownTimeout(c, &v, last.Dir.Other()) {
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "what the "+last.Dir.Other().Sender()+" sent meanwhile did not pass here")
		return v
	}
	if !afterIdle && c.Silence() < last.Time.Sub(rows[len(rows)-2].Time) { // each wait is at least as long as the one before
		sees, v.Title = "", "data is repeated and nothing comes back: the path is cut, or the other end is gone"
	}
	if v.Variant == "orphan-timeout" {
		sees = "" // nobody is left to be told
	}
	if last.Dir == flow.ToServer {
		v.ClientSees = sees
	} else {
		v.ServerSees = sees
	}
	return v
}

// named tells whose timer it was, where that shows: the program asked for TCP_USER_TIMEOUT (RFC 5482), or it had closed, and
// its kernel repeats data and FIN alone.
func named(c *diagnose.Case, v *diagnose.Verdict, end flow.Dir) {
	if ownTimeout(c, v, end) {
		v.Level = diagnose.Certain
		return
	}
	if h := c.Half(end); orphaned(c, end) {
		v.Variant, v.Title = "orphan-timeout", "the program had closed, and its kernel repeats the last data in vain: nobody is told"
		v.Frames = append(v.Frames, h.FIN)
		v.Evidence = append(v.Evidence, "the "+end.Sender()+"'s FIN is among what is never acknowledged: its program had closed before "+diagnose.Seg(h.FIN))
		v.Fix = "check path and host:  ping HOST; ip route get HOST;  what close() leaves behind may be lost: shutdown(SHUT_WR), then recv() until 0;  sysctl net.ipv4.tcp_orphan_retries"
	}
}

// orphaned reports whether the end's kernel is alone with what it repeats: its FIN is never acknowledged, and its program, where its
// calls are known, has closed.
func orphaned(c *diagnose.Case, end flow.Dir) bool {
	h, called := c.Half(end), c.CallsOf(end)
	closed := slices.ContainsFunc(called, func(call *calls.Call) bool { return call.Op == "close" })
	return h.FIN != 0 && h.FINAcked == 0 && (closed || !c.Called(end))
}

// ownTimeout reports whether end's program had asked for a timeout of its own, and was told when it ended.
func ownTimeout(c *diagnose.Case, v *diagnose.Verdict, end flow.Dir) bool {
	var asked *calls.Call
	for _, call := range c.CallsOf(end) {
		switch {
		case call.Op == "setsockopt" && strings.Contains(call.Args, "TCP_USER_TIMEOUT"):
			asked = call
		case call.Errno == syscall.ETIMEDOUT && asked != nil:
			v.Variant, v.Title = "user-timeout", "data was repeated without an answer until the program's own timeout (TCP_USER_TIMEOUT) ended"
			v.Calls = append(v.Calls, asked.Number, call.Number)
			v.Evidence = append(v.Evidence, "the "+end.Sender()+"'s program set it: setsockopt("+asked.Args+") (call "+diagnose.Num(asked.Number)+")",
				diagnose.SeenBy(call)+" (call "+diagnose.Num(call.Number)+")")
			return true
		}
	}
	return false
}

// ICMPOnEstablished: ICMP errors came back for data of an open connection; they are soft errors, remembered for the timeout.
//
// RFC 1122, 4.2.3.9: such an error must not end the connection. Linux reports it when the timer ends.
var ICMPOnEstablished = &diagnose.Rule{
	ID: "icmp-on-established", Title: "routers report errors for data of the open connection",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "The path broke while the connection was open. TCP goes on repeating; if it does not heal, the errno of the ICMP error is reported.",
	Fix:        "ip route get HOST; traceroute -T -p PORT HOST;  ask who runs the box that sent the error",
	Refs:       []string{"RFC 1122 4.2.3.9", "RFC 6069", "RFC 5927"},
	Scenario:   "icmp-on-established",
	Implies:    []string{"loss-rto", "loss-tail-tlp", "retries2-timeout"},
	LookAlikes: []string{"retries2-timeout", "pmtu-ok"},
	Judge:      icmpOnEstablished,
}

func icmpOnEstablished(c *diagnose.Case) diagnose.Verdict {
	if !c.SYNACK().Seen && c.SYN().Seen {
		return diagnose.Ruled("the connection was not open")
	}
	e := c.FirstICMP(func(e *wire.ICMP) bool { return diagnose.ErrnoOf(e) != "" && e.Frame > c.Conv.Handshake.SYNACK })
	if e == nil {
		return diagnose.Ruled("no ICMP error came for the open connection")
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "an ICMP error quotes the open connection",
		Evidence: []string{e.From.String() + " reports " + diagnose.ICMPText(e) + " for a segment of the open connection " + diagnose.Frame(e.Frame)},
		Frames:   []uint32{e.Frame}}
}
