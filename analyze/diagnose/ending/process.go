package ending

import (
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// KillWithoutUnreadData: the process was killed, and because it had read everything its kernel closed in order.
//
// The kernel closes a dead process's sockets as close() would (RFC 9293, 3.6): the peer sees an ordinary end of file.
var KillWithoutUnreadData = &diagnose.Rule{
	ID: "kill-without-unread-data", Title: "the process was killed; the end of file its peer sees is not its own decision",
	Symptom: diagnose.OddEnding, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "A signal ended the process. Its socket held no unread bytes, so the kernel sent a FIN, not a RST: a crash looks like a close.",
	Fix:        "do not take end of file for success: let the protocol say when a message is complete; find out who killed it:  journalctl -e; dmesg | grep -i oom",
	Refs:       []string{"RFC 9293 3.6", "RFC 2525 2.17"},
	Scenario:   "kill-without-unread-data",
	LookAlikes: []string{"kill-with-unread-data"},
	Judge:      killed,
}

func killed(c *diagnose.Case) diagnose.Verdict {
	for _, end := range [...]flow.Dir{flow.ToClient, flow.ToServer} {
		h := c.Half(end)
		if h.FIN == 0 || !c.Called(end) || c.Closed(end) != nil {
			continue
		}
		for _, signal := range [...]string{"SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"} {
			if call := c.Signalled(end, signal); call != nil && call.Begin <= h.FINTime {
				return diagnose.Verdict{Level: diagnose.Certain, Why: "killed, never closed", Severity: weightOfKill(c, end),
					Evidence: []string{"kill(" + call.Args + ") ends the " + end.Sender() + " (call " + diagnose.Num(call.Number) + "), which had not called close()",
						"its kernel sends the FIN in its place " + diagnose.Seg(h.FIN)},
					Frames: []uint32{h.FIN}, Calls: []uint32{call.Number}}
			}
		}
	}
	if len(c.Calls) == 0 {
		return diagnose.Unjudged("the system calls and signals of the run")
	}
	return diagnose.Ruled("no process was killed with its socket open")
}

// weightOfKill: where every byte of both ends had arrived and was read, the killed end's peer lost nothing.
func weightOfKill(c *diagnose.Case, end flow.Dir) string {
	own, theirs := c.Half(end), c.Half(end.Other())
	unread, known := c.Unread(end)
	if known && unread == 0 && own.Acked == own.NextSeq && theirs.Acked >= theirs.NextSeq-1 {
		return "note"
	}
	return "warning"
}

// ServerStopped: the server's process does not run, while its kernel completes handshakes and acknowledges data.
//
// An ACK is the kernel's (RFC 9293, 3.8.6 leaves it to the TCP): it is no proof that a program has read anything.
var ServerStopped = &diagnose.Rule{
	ID: "server-stopped", Aliases: []string{"reuseport-stuck-member"}, Title: "the server's kernel acknowledges, its program does not answer: stopped or hanging",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow}, Needs: diagnose.ServerCalls | diagnose.HostFacts,
	Cause:      "The process is stopped (SIGSTOP, a debugger), blocked, or has no thread left to accept and read.",
	Fix:        "ss -ltnp 'sport = :PORT' (Recv-Q);  grep State /proc/PID/status;  a stack dump of the process;  kill -CONT PID",
	Refs:       []string{"RFC 9293 3.8.6", "RFC 1122 4.2.3.2"},
	Scenario:   "server-stopped",
	LookAlikes: []string{"deadlock-recv", "accept-emfile", "server-think-time"},
	Judge:      serverStopped,
}

// readBy is how many of its first windows an end takes at most while nobody reads.
const readBy = 4

func serverStopped(c *diagnose.Case) diagnose.Verdict {
	client, server := c.Half(flow.ToServer), c.Half(flow.ToClient)
	if client.PayloadBytes == 0 || client.Acked <= 1 {
		return diagnose.Ruled("no data of the client was acknowledged")
	}
	v := diagnose.Verdict{Severity: "error", Frames: []uint32{client.LastData}}
	if stop := c.Signalled(flow.ToClient, "SIGSTOP"); stop != nil {
		v.Level, v.Why, v.Calls = diagnose.Certain, "the server was stopped", []uint32{stop.Number}
		v.Evidence = []string{"kill(" + stop.Args + ") stops the server (call " + diagnose.Num(stop.Number) + ")",
			"its kernel acknowledges the client's data all the same " + diagnose.Seg(client.LastData)}
		return v
	}
	if c.Called(flow.ToClient) {
		return diagnose.Ruled("the server's calls show that it runs")
	}
	waited, rest := c.Conv.Last.Sub(client.LastDataTime), c.Silence()
	switch {
	case server.PayloadBytes > 0:
		return diagnose.Ruled("the server's program has spoken on this connection")
	case stuckMember(c, &v):
		return v
	case server.FIN != 0 || c.Reset() != nil && c.Reset().Dir == flow.ToClient:
		return diagnose.Ruled("the server's end closed: its program runs")
	case server.ZeroWindows > 0:
		return diagnose.Ruled("the server's window closed: its program does not read, and that is said of the window")
	case client.UniqueBytes > readBy*uint64(max(c.SYNACK().Window, 1)) && c.SYNACK().Seen:
		return diagnose.Ruled("the server took more than its first buffer holds: its program reads")
	case waited < time.Second && waited+rest < diagnose.Unanswered:
		return diagnose.Ruled("nobody waited for the answer")
	case monologue(c):
		return diagnose.Ruled("the client speaks again and again without waiting for an answer: there may be none in its protocol")
	case c.Conv.OneWay:
		return diagnose.Ruled("only one direction was captured")
	case client.Acked != client.NextSeq && client.FIN == 0:
		return diagnose.Ruled("the last data was not acknowledged")
	}
	v.Level, v.Why = diagnose.Likely, "acknowledged, never answered"
	v.Evidence = []string{"the client's data was acknowledged by the server's kernel " + diagnose.Seg(client.LastData),
		"and " + diagnose.Took(waited+rest) + " later there is no answer " + diagnose.Seg(c.Conv.LastFrame)}
	if waited < time.Second {
		v.Level, v.Why = diagnose.Possible, "acknowledged, and not answered while the capture went on: the program may hang, be slow, or have nothing to say"
	}
	return v
}

// monologue reports whether the client said something several times, each time long after its last words had been acknowledged.
func monologue(c *diagnose.Case) bool {
	again, last := 0, capture.Stamp(0)
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Dir != flow.ToServer || !diagnose.Data(r) || r.Marks.Any(classify.AnyRetransmission) {
			continue
		}
		if last != 0 && r.Time.Sub(last) > c.Conv.Handshake.RTT+200*time.Millisecond {
			again++
		}
		last = r.Time
	}
	return again > 1
}

// stuckMember: two sockets share the port (SO_REUSEPORT), in the queue of one connections wait, in that of the other none do.
func stuckMember(c *diagnose.Case, v *diagnose.Verdict) bool {
	for _, f := range c.ServerFacts() {
		var stuck, serves *hostfacts.Socket
		for i := range f.Sockets {
			switch s := &f.Sockets[i]; {
			case s.State != "LISTEN" || !strings.HasSuffix(s.Local, ":"+diagnose.Num(c.Conv.ServerPort)):
			case s.RecvQ > 0 && (stuck == nil || s.RecvQ > stuck.RecvQ):
				stuck = s
			case s.RecvQ == 0:
				serves = s
			}
		}
		if stuck == nil || serves == nil || stuck.Local != serves.Local {
			continue
		}
		v.Level, v.Variant, v.Why = diagnose.Certain, "reuseport-stuck-member", "one of two listeners on the port does not accept"
		v.Title = "two sockets listen on the port (SO_REUSEPORT), and one of them never accepts"
		v.Evidence = []string{"the client's data was acknowledged by the server's kernel " + diagnose.Seg(c.Half(flow.ToServer).LastData) + ", and never answered",
			diagnose.Count(stuck.RecvQ, "connection") + " wait in the queue of one listener on " + stuck.Local + owner(stuck) + ", none in that of the other" + owner(serves) + " (socket table)"}
		v.Fix = "find the copy that hangs, and end it:  ss -ltnp 'sport = :PORT'  (the line whose Recv-Q grows)"
		return true
	}
	return false
}

// owner names the process of a socket in brackets, "" when it is not known.
func owner(s *hostfacts.Socket) string {
	if s.PID == 0 {
		return ""
	}
	return " (" + strings.TrimSpace(s.Process+" "+strconv.Itoa(s.PID)) + ")"
}

// DeadlockRecv: both programs wait for the other to speak; nothing is in flight and nothing is lost.
var DeadlockRecv = &diagnose.Rule{
	ID: "deadlock-recv", Title: "both ends wait for the other to speak", Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow},
	Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause: "The programs disagree on whose turn it is: a missing delimiter or flush, an empty message, a reader that asks for more bytes than come. TCP cannot help.",
	Fix:   "frame the messages (length or delimiter), send empty ones with their frame, shutdown(SHUT_WR) when done; set SO_RCVTIMEO;  ss -tn 'dport = :PORT'  shows both queues empty",
	Refs:  []string{"RFC 9293 3.9.1"}, Scenario: "deadlock-recv", LookAlikes: []string{"server-stopped", "server-think-time"},
	Judge: deadlockRecv,
}

// stuck is how long both ends must wait at the same time before it is no coincidence.
const stuck = 100 * time.Millisecond

func deadlockRecv(c *diagnose.Case) diagnose.Verdict {
	if !c.Called(flow.ToServer) || !c.Called(flow.ToClient) {
		return diagnose.Unjudged("the system calls of both ends")
	}
	for _, a := range c.CallsOf(flow.ToServer) {
		for _, b := range c.CallsOf(flow.ToClient) {
			if !inVain(a) || !inVain(b) {
				continue
			}
			from := max(a.Begin, b.Begin)
			to := nextWord(c, from, min(ends(c, a), ends(c, b)))
			if to.Sub(from) < stuck || underWay(c, flow.ToServer, from, to) || underWay(c, flow.ToClient, from, to) {
				continue
			}
			return diagnose.Verdict{Level: diagnose.Certain, Severity: "error", Why: "both in recv at once",
				Evidence: []string{"client and server were both in recv() for " + diagnose.Took(to.Sub(from)) +
					" (calls " + diagnose.Num(a.Number) + " and " + diagnose.Num(b.Number) + "), and neither got a byte",
					"nothing was in flight meanwhile " + diagnose.Seg(lastFrameBefore(c, to))},
				Frames: []uint32{lastFrameBefore(c, to)}, Calls: []uint32{a.Number, b.Number}}
		}
	}
	return diagnose.Ruled("the two ends did not wait for each other at the same time")
}

// inVain reports whether a receive ended without data, or never.
func inVain(call *calls.Call) bool {
	return calls.Receives(call.Op) && (call.End == 0 || call.N <= 0)
}

func ends(c *diagnose.Case, call *calls.Call) capture.Stamp {
	if call.End == 0 {
		return c.Conv.Last
	}
	return call.End
}

// nextWord is when one of the ends said something, or closed, after from: by the segments and by the calls.
func nextWord(c *diagnose.Case, from, until capture.Stamp) capture.Stamp {
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.End() != r.Seq && r.Time > from && r.Time < until {
			until = r.Time
			break
		}
	}
	for i := range c.Calls {
		if call := &c.Calls[i]; speaks(call) && call.Begin > from && call.Begin < until {
			until = call.Begin
		}
	}
	return until
}

// speaks reports whether a call sends something, or says that nothing more comes.
func speaks(call *calls.Call) bool {
	return call.Op == "shutdown" || call.Op == "close" || sends(call) && call.N > 0
}

func sends(call *calls.Call) bool {
	return strings.HasPrefix(call.Op, "send") || strings.HasPrefix(call.Op, "write")
}

// underWay reports whether end had said something, or that nothing more comes, before the wait began, and it had not arrived
// when the wait ended: who waits for it waits for the network.
func underWay(c *diagnose.Case, end flow.Dir, from, to capture.Stamp) bool {
	said, arrived := uint32(0), uint32(0)
	for _, call := range c.CallsOf(end) {
		switch {
		case call.Begin > from || !speaks(call):
		case !sends(call):
			return true // its FIN: a receiver that has it does not wait
		default:
			said += uint32(call.N)
		}
	}
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.Dir != end && r.Flags.Any(wire.ACK) && r.Time <= to && r.Ack > 0 {
			arrived = max(arrived, uint32(r.Ack)-1)
		}
	}
	return c.Half(end).ISNKnown && said > arrived
}

func lastFrameBefore(c *diagnose.Case, at capture.Stamp) uint32 {
	frame := c.Conv.FirstFrame
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.Time < at {
			frame = r.Frame
		}
	}
	return frame
}
