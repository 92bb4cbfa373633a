package reset

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// rightBehind is how soon a RST follows what the same act of a program caused.
const rightBehind = 20 * time.Millisecond

// Linger0Server: the server's program aborted with SO_LINGER {1,0}: close() sends a RST and throws away what is unsent.
//
// RFC 9293, 3.10.5 calls it ABORT; POSIX's SO_LINGER with time 0 asks for it.
var Linger0Server = linger0("linger0-server", "server", flow.ToClient)

// Linger0Client is the same at the client.
var Linger0Client = linger0("linger0-client", "client", flow.ToServer)

func linger0(id, who string, end flow.Dir) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: "the " + who + "'s program aborted the connection (SO_LINGER 0)",
		Symptom: diagnose.ResetBy, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
		Cause: "close() on a socket with SO_LINGER {on, 0} sends a RST at once and leaves no TIME-WAIT. Load balancers and clients " +
			"that avoid TIME-WAIT do it on purpose.",
		Fix:        "search the " + who + "'s program for SO_LINGER or SetLinger(0), or watch it:  strace -f -e trace=setsockopt,close -p PID",
		Refs:       []string{"RFC 9293 3.10.5", "RFC 1122 4.2.2.13", "socket(7) SO_LINGER"},
		Scenario:   id,
		Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_CLOSE", "TCP_STATE")},
		LookAlikes: []string{"close-unread-data", "kill-with-unread-data", "listener-closed-queue", "sock-destroy", "health-check-reset", "injected-rst-onpath"},
		Judge:      func(c *diagnose.Case) diagnose.Verdict { return judgeLinger0(c, end) },
	}
}

func judgeLinger0(c *diagnose.Case, end flow.Dir) diagnose.Verdict {
	rst, sure, why := abort(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case rst.Dir != end:
		return diagnose.Ruled("the " + rst.Dir.Sender() + " sent the RST")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: weight(c, end), Why: "an abort, and nothing was left to read",
		Evidence: []string{quitEvidence(c, rst)}, Frames: []uint32{rst.Frame}}
	if call := callOf(c, end, "setsockopt", "l_onoff=1, l_linger=0"); call != nil {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "its program asked for it: setsockopt("+call.Args+") (call "+diagnose.Num(call.Number)+")")
		v.Calls = append(v.Calls, call.Number)
		return told(v, c, rst)
	}
	own, theirs := c.Half(end), c.Half(end.Other())
	final := end == flow.ToServer && own.PayloadBytes > 0 // a client need not answer an answer
	switch {
	case c.Called(end):
		return diagnose.Ruled("its calls are on record, and none sets SO_LINGER")
	case end == flow.ToClient && own.PayloadBytes+theirs.PayloadBytes == 0 && !saidState(c, end):
		v := diagnose.Open("nothing was said on the connection: it may have waited in the queue of a listener that was closed; the server's calls would decide")
		v.Severity = weight(c, end)
		return v
	case c.Conv.OneWay, !c.SYNACK().Seen && theirs.PayloadBytes == 0:
		return diagnose.Open("what the other end had sent was not captured: whether anything was unread is not known")
	case closedWindow(c, rst) != nil:
		return diagnose.Ruled("its window had closed: its program had not read what it had received " + diagnose.Seg(closedWindow(c, rst).Frame))
	case unheard(c, rst):
		return diagnose.Open("the RST acknowledges bytes that this capture does not hold: whether they were read is not known")
	case final && midway(c, rst):
		v := diagnose.Open("the server was still sending: some of it may have lain unread, which looks the same; the program's calls would decide")
		v.Severity = weight(c, end)
		return v
	case rightAfter(rst, own, theirs):
		v := diagnose.Open("the RST is right behind the answer: whether the request had been read to its end, only the program's calls show")
		v.Severity = weight(c, end)
		return v
	case saidState(c, end): // what is not read would have been said
		return told(v, c, rst)
	case !sure || theirs.LastData > own.LastData && theirs.PayloadBytes > 0 && !final:
		v := diagnose.Open("it looks the same when data was unread; the program's calls would decide")
		v.Severity = weight(c, end)
		return v
	}
	v.Evidence = append(v.Evidence, "everything the "+end.Other().Sender()+" sent had been acknowledged, and answered if it asked for an answer")
	return told(v, c, rst)
}

// saidState reports whether end's kernel says that it reset for nothing but the state of the socket: close() with SO_LINGER 0.
func saidState(c *diagnose.Case, end flow.Dir) bool {
	said := c.SaidReset(end)
	return said != nil && said.Reason == "TCP_STATE" && said.State == "TCP_CLOSE"
}

// closedWindow is the last segment of the RST's sender when it left hardly any room in its buffer, with which bytes lay unread in
// it (RFC 9293, 3.8.6); nil when it did not.
func closedWindow(c *diagnose.Case, rst *flow.Reset) *flow.Row {
	own := c.LastOffer(rst)
	if own == nil || c.Half(rst.Dir).ZeroWindows == 0 || own.Window >= uint32(max(c.Half(rst.Dir).SYN.MSS, 536)) {
		return nil
	}
	return own
}

// midway reports whether the other end had sent more than a RST acknowledges: it came in the middle of what that end had to say.
func midway(c *diagnose.Case, rst *flow.Reset) bool {
	r := c.Row(rst.Frame)
	return r != nil && r.Flags.Any(wire.ACK) && c.Half(rst.Dir.Other()).ISNKnown && r.Ack.Less(c.Half(rst.Dir.Other()).NextSeq)
}

// unheard reports whether a RST acknowledges more than the capture holds.
func unheard(c *diagnose.Case, rst *flow.Reset) bool {
	r := c.Row(rst.Frame)
	return r != nil && c.Half(rst.Dir.Other()).ISNKnown && c.Half(rst.Dir.Other()).NextSeq.Less(r.Ack)
}

// rightAfter reports whether a server's RST comes right behind its answer: then it may as well not have read the request to
// its end.
func rightAfter(rst *flow.Reset, own, theirs *flow.Half) bool {
	return rst.Dir == flow.ToClient && own.PayloadBytes > 0 && theirs.PayloadBytes > 0 && rst.Time.Sub(own.LastDataTime) < rightBehind
}

// weight: a client that aborts its own connection, as browsers do with idle ones, has rarely lost anything; an abort after
// the other end had closed costs nothing when all that was said had arrived.
func weight(c *diagnose.Case, aborts flow.Dir) string {
	own, theirs := c.Half(aborts), c.Half(aborts.Other())
	closed := theirs.FIN != 0 && theirs.FINAcked != 0 && own.Acked == own.NextSeq
	switch {
	case closed && (aborts == flow.ToServer || own.LastData > theirs.LastData):
		return "note"
	case closed || aborts == flow.ToServer:
		return "warning"
	}
	return "error"
}
