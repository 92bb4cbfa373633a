package reset

import (
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// ListenerClosedQueue: the listening socket was closed while finished connections waited in its accept queue; the kernel
// resets them all.
//
// inet_csk_listen_stop aborts each one (RFC 9293, 3.10.5): the clients had connected, and perhaps sent data that was
// acknowledged, but no program ever saw them.
var ListenerClosedQueue = &diagnose.Rule{
	ID: "listener-closed-queue", Title: "the server closed its listening socket with connections waiting in the queue",
	Symptom: diagnose.ResetBy, Needs: diagnose.ServerCalls,
	Cause:      "The server exited or was restarted while connections waited for accept(): the kernel resets them all at one instant.",
	Fix:        "hand the socket over on restart (socket activation, SO_REUSEPORT with net.ipv4.tcp_migrate_req=1) and accept what waits before closing; systemctl status",
	Refs:       []string{"RFC 9293 3.10.5"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_CLOSE", "TCP_STATE")},
	Scenario:   "listener-closed-queue",
	Implies:    []string{"linger0-server", "close-unread-data", "kill-with-unread-data"}, // nobody had accepted what was reset
	LookAlikes: []string{"linger0-server", "close-unread-data", "abort-on-overflow"},
	Judge:      listenerClosed,
}

// sameInstant is how far apart the RSTs of one close() can be.
const sameInstant = 2 * time.Millisecond

func listenerClosed(c *diagnose.Case) diagnose.Verdict {
	rst, _, why := abort(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case rst.Dir != flow.ToClient:
		return diagnose.Ruled("the client sent the RST")
	case c.Half(flow.ToClient).PayloadBytes > 0:
		return diagnose.Ruled("the server's program had answered: the connection was accepted")
	}
	v := diagnose.Verdict{Evidence: []string{quitEvidence(c, rst)}, Frames: []uint32{rst.Frame}}
	if call, never := closesListener(c, rst.Time); call != 0 {
		if !never {
			return diagnose.Ruled("the server's calls show that the connection was accepted")
		}
		v.Level, v.Why, v.Calls = diagnose.Certain, "the listener was closed, the connection never accepted", []uint32{call}
		v.Evidence = append(v.Evidence, "the server closes its listening socket without having accepted the connection (call "+diagnose.Num(call)+")")
		return told(v, c, rst)
	}
	if c.Called(flow.ToClient) {
		return diagnose.Ruled("no close() of a listening socket at that time is on record")
	}
	together := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Shape == diagnose.Quit && p.ResetBy == flow.ToClient && near(p.ResetTime, rst.Time)
	})
	refused := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Refused && p.Reset > rst.Frame
	})
	open := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.SYNACK != 0 && p.First > rst.Time
	})
	switch {
	case together == nil && refused == nil && open != nil:
		return diagnose.Ruled("the port goes on taking connections afterwards " + diagnose.Seg(open.SYNACK))
	case together == nil && refused == nil:
		return diagnose.Open("the server's calls, or other connections to the port, would decide")
	case together != nil:
		v.Evidence = append(v.Evidence, "another connection to the port is reset at the same instant "+diagnose.Seg(together.Reset))
		v.Frames = append(v.Frames, together.Reset)
	}
	v.Level, v.Why = diagnose.Likely, "the port closed at the same time"
	if refused != nil {
		v.Evidence = append(v.Evidence, "afterwards the port refuses connections "+diagnose.Seg(refused.Reset))
		v.Frames = append(v.Frames, refused.Reset)
	}
	if together != nil && refused != nil {
		v.Level = diagnose.Strong
	}
	return told(v, c, rst)
}

func near(a, b capture.Stamp) bool { d := a.Sub(b); return -sameInstant < d && d < sameInstant }

// during reports whether something happened while the kernel was in a call, which takes long on a busy machine.
func during(call *calls.Call, at capture.Stamp) bool {
	return at.Sub(call.Begin) > -sameInstant && (call.End == 0 || at.Sub(call.End) < sameInstant)
}

// closesListener is the server's close() at the time of the RST on a socket that was listening, 0 when none was recorded,
// and whether the connection was never accepted.
func closesListener(c *diagnose.Case, at capture.Stamp) (number uint32, neverAccepted bool) {
	listening := map[int]string{}
	for i := range c.Calls {
		call := &c.Calls[i]
		switch {
		case call.Op == "listen" && call.Errno == 0:
			listening[call.FD] = call.Actor
		case call.Op == "close" && listening[call.FD] == call.Actor && call.Actor != "" && call.Remote == "" && during(call, at):
			number = call.Number
		}
	}
	for _, call := range c.CallsOf(flow.ToClient) {
		if strings.HasPrefix(call.Op, "accept") {
			return number, false
		}
	}
	return number, true
}
