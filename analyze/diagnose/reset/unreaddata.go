package reset

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// CloseUnreadData: a program closed a socket while bytes it had not read lay in it; its kernel then resets.
//
// RFC 2525, 2.17 asks for the RST: the peer must learn that its data was lost. Linux does it in tcp_close. The wire shows
// data acknowledged by the kernel and never answered; only the calls show that it was never read.
var CloseUnreadData = &diagnose.Rule{
	ID: "close-unread-data", Aliases: []string{"close-unread-after-reply", "server-speaks-and-closes"},
	Title:   "closed with unread data: the program closed its socket before it had read everything",
	Symptom: diagnose.ResetBy, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause: "close() with bytes still in the receive buffer sends a RST instead of a FIN. Typical: an error answer sent without reading " +
		"the request to its end, a read buffer shorter than the message, the wrong protocol on the port.",
	Fix:        "read until recv() returns 0 before close(), or shutdown(SHUT_WR) and drain; look at Recv-Q on HOST:  ss -tinp 'sport = :PORT'",
	Refs:       []string{"RFC 2525 2.17", "RFC 9293 3.6.1", "RFC 1122 4.2.2.13", "RFC 9112 9.6"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", abortOnClose)},
	Scenario:   "close-unread-data",
	LookAlikes: []string{"kill-with-unread-data", "linger0-server", "linger0-client", "proxy-dead-backend", "listener-closed-queue", "sock-destroy"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return unread(c, true) },
}

// KillWithUnreadData: the process was killed while bytes it had not read lay in its socket.
//
// The kernel closes the sockets of a dead process as close() would (RFC 2525, 2.17): with unread bytes that is a RST, without
// a FIN. The wire is that of close-unread-data; the calls show that close() was never called.
var KillWithUnreadData = &diagnose.Rule{
	ID: "kill-with-unread-data", Title: "the process died with unread data in its socket",
	Symptom: diagnose.ResetBy, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "The process was killed or crashed; its socket held bytes that it had not read, so its kernel sent a RST.",
	Fix:        "find out why it died:  journalctl -e; dmesg | grep -i -e oom -e segfault; coredumpctl",
	Refs:       []string{"RFC 2525 2.17"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", abortOnClose)},
	Scenario:   "kill-with-unread-data",
	LookAlikes: []string{"close-unread-data", "linger0-server", "linger0-client"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return unread(c, false) },
}

// unread judges an abort by unread data; closed says whether close() was called, where the calls are known.
func unread(c *diagnose.Case, closed bool) diagnose.Verdict {
	rst, sure, why := abort(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	from := rst.Dir.Other()
	if c.Half(from).PayloadBytes == 0 {
		return diagnose.Ruled("the " + rst.Dir.Sender() + " had received nothing to read")
	}
	v := diagnose.Verdict{Severity: weight(c, rst.Dir), Frames: []uint32{c.Half(from).LastData, rst.Frame}}
	bytes, known := c.Unread(rst.Dir)
	switch {
	case known && bytes == 0:
		return diagnose.Ruled("the " + rst.Dir.Sender() + "'s calls show that it had read everything")
	case known:
		call, how := c.Closed(rst.Dir), endOf(c, rst.Dir)
		switch {
		case (call != nil || how == left) != closed:
			return diagnose.Ruled(closeSeen(call != nil, how))
		case call == nil && how == ended:
			return diagnose.Ruled("tcplab itself ended the program, because the run did not end in time")
		}
		v.Level, v.Why = diagnose.Certain, "bytes were unread"
		v.Evidence = []string{quitEvidence(c, rst), diagnose.Count(bytes, "byte") + " had reached the " + rst.Dir.Sender() + " that its calls never read"}
		if call == nil {
			call = c.Signalled(rst.Dir, "SIGKILL")
			switch {
			case how == left:
				v.Title = "the program ended with unread data in its socket"
				v.Evidence = append(v.Evidence, "the "+rst.Dir.Sender()+"'s program ended without close(), which closed the socket "+diagnose.Seg(rst.Frame))
			case call == nil:
				v.Title = "the process ended, without close(), with unread data in its socket"
			}
		}
		if call != nil {
			v.Calls = append(v.Calls, call.Number)
			v.Evidence = append(v.Evidence, call.Op+"("+call.Args+") (call "+diagnose.Num(call.Number)+")")
		}
		return told(v, c, rst)
	case !closed:
		return candidate(c, rst, "the same segments as a close() with unread data; the process's end would decide")
	}
	if said := c.SaidReset(rst.Dir); said != nil && said.Reason == abortOnClose {
		v.Level, v.Why, v.Evidence = diagnose.Strong, "bytes were unread", []string{quitEvidence(c, rst)}
		v.Title = "the socket was closed, by close() or with its process, before everything was read"
		return told(v, c, rst)
	}
	return told(unreadByWire(c, rst, sure, v), c, rst)
}

// abortOnClose is the kernel's reason for a RST when a socket is closed with unread bytes. It closes those of a process that dies as
// close() would (net/ipv4/tcp.c, __tcp_close), and does not say which it was.
const abortOnClose = "TCP_ABORT_ON_CLOSE"

// exit is how a program came to its end.
type exit uint8

const (
	unknown exit = iota
	left         // it ended by itself, and its sockets were closed with it
	killed       // a signal ended it
	ended        // a signal of nobody in the run: the run was over
)

// endOf says how the program at end ended, as far as the record of the run tells.
func endOf(c *diagnose.Case, end flow.Dir) exit {
	switch x := c.Exit(end); {
	case x == nil:
		return unknown
	case x.Signal == "":
		return left
	case x.Signal == "SIGKILL" && c.Signalled(end, "SIGKILL") == nil:
		return ended
	}
	return killed
}

func closeSeen(seen bool, how exit) string {
	switch {
	case seen:
		return "close() was called"
	case how == left:
		return "the program ended by itself, nobody killed it"
	}
	return "close() was never called"
}

// unreadByWire: data that was acknowledged and never answered was most likely not read.
func unreadByWire(c *diagnose.Case, rst *flow.Reset, sure bool, v diagnose.Verdict) diagnose.Verdict {
	own, theirs := c.Half(rst.Dir), c.Half(rst.Dir.Other())
	if full := closedWindow(c, rst); full != nil {
		v.Level, v.Why, v.Frames = diagnose.Likely, "its window had closed over what it had not read", []uint32{full.Frame, rst.Frame}
		v.Evidence = []string{quitEvidence(c, rst), "the " + rst.Dir.Sender() + "'s window had closed: what it had received lay unread " + diagnose.Seg(full.Frame)}
		return v
	}
	v.Level, v.Why = diagnose.Likely, "the last data was acknowledged, not answered"
	v.Evidence = []string{quitEvidence(c, rst),
		"the last data of the " + rst.Dir.Other().Sender() + " was acknowledged, but never answered " + diagnose.Seg(theirs.LastData)}
	answered := own.LastData > theirs.LastData
	if answered {
		v.Evidence[1] = "an answer precedes it, with more data of the " + rst.Dir.Other().Sender() + " before that " + diagnose.Seg(theirs.LastData)
	}
	final := rst.Dir == flow.ToServer && own.PayloadBytes > 0 && !answered // a client need not answer an answer
	if answered && rst.Time.Sub(own.LastDataTime) > rightBehind || final || !sure {
		return candidate(c, rst, "whether bytes were unread, only the program's calls show")
	}
	if answered {
		v.Level = diagnose.Possible
		v.Why = "the RST is right behind the answer; only the program's calls show whether bytes were unread"
	}
	return v
}

func candidate(c *diagnose.Case, rst *flow.Reset, why string) diagnose.Verdict {
	v := diagnose.Open(why)
	v.Severity = weight(c, rst.Dir)
	v.Frames = []uint32{rst.Frame}
	return v
}
