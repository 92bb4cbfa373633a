package noanswer

import (
	"strings"
	"syscall"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// Why several causes are ruled out with the same words.
const (
	answered   = "the SYN was answered"
	noSYN      = "no SYN was captured"
	needServer = "a capture or the counters at the server would decide: nstat -az; nft list ruleset"
)

// unanswered checks that nothing answered the SYN; why is "" then.
func unanswered(c *diagnose.Case) (why string) {
	switch {
	case !c.SYN().Seen:
		return noSYN
	case c.Half(flow.ToClient).Packets > 0:
		return answered
	case c.Half(flow.ToServer).Packets > uint64(max(len(c.Conv.SYNs), 1)):
		return "the client went on as if it had been answered: only one direction was captured"
	case len(c.Conv.ICMP) > 0:
		return "an ICMP error answered " + diagnose.Frame(c.Conv.ICMP[0].Frame)
	case refused(c):
		return "connect() was refused: something answered"
	case c.Watched() < diagnose.AnswerTime && !timedOut(c):
		return c.EndsAfterSYN() + ": an answer may have come later"
	}
	return ""
}

// refused reports whether the client's connect() is on record as refused, though the capture does not show by what.
func refused(c *diagnose.Case) bool {
	call := c.ConnectCall()
	return call != nil && call.Errno == syscall.ECONNREFUSED
}

// timedOut reports whether the client's connect() is on record as failed.
func timedOut(c *diagnose.Case) bool {
	call := c.ConnectCall()
	return call != nil && call.Errno != 0
}

// silence describes the unanswered SYNs.
func silence(c *diagnose.Case) []string {
	times := c.SYNTimes()
	at := make([]string, 0, len(times))
	for _, t := range times {
		at = append(at, strings.TrimSuffix(diagnose.Took(t.Round(100*time.Millisecond)), "s"))
	}
	until := ""
	if rest := c.Silence(); rest > diagnose.AnswerTime {
		until = " in the " + diagnose.Took(rest) + " until the capture ends"
	}
	list := []string{diagnose.Num(len(times)) + " SYN, at " + strings.Join(at, ", ") + " s, and no answer of any kind" + until + " " + diagnose.Seg(c.Conv.FirstFrame)}
	if once(c) {
		list = append(list, "the client never repeats it, as every TCP does after 1 or 3 s: its program gave up before, or the SYN was made by hand "+diagnose.Seg(c.Conv.FirstFrame))
	}
	if system := c.Retries(); system != "" {
		list = append(list, "the client repeats by the schedule of "+system+" "+diagnose.Seg(c.Conv.LastFrame))
	}
	if call := c.ConnectCall(); call != nil && call.Errno != 0 {
		list = append(list, diagnose.SeenBy(call)+" after "+diagnose.Took(call.Duration())+" (call "+diagnose.Num(call.Number)+")")
	}
	return list
}

// once reports whether the client sent a single SYN in a time in which every TCP repeats it (RFC 6298, 2.1; older systems
// wait three seconds).
func once(c *diagnose.Case) bool { return len(c.Conv.SYNs) < 2 && c.Silence() > 4*time.Second }

func synFrames(c *diagnose.Case) []uint32 {
	if len(c.Conv.SYNs) == 0 {
		return []uint32{c.Conv.FirstFrame}
	}
	list := make([]uint32, len(c.Conv.SYNs))
	for i := range c.Conv.SYNs {
		list[i] = c.Conv.SYNs[i].Frame
	}
	return list
}

func connectCalls(c *diagnose.Case) []uint32 {
	if call := c.ConnectCall(); call != nil {
		return []uint32{call.Number}
	}
	return nil
}

// synacks are the frames of the server's SYN-ACK and its copies, as far as kept; one that acknowledges another number than
// the SYN's is no answer to it.
func synacks(c *diagnose.Case) []uint32 {
	var list []uint32
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		answers := !c.SYN().Seen || r.AckRaw.Sub(c.SYN().ISN) > 0 && r.AckRaw.Sub(c.SYN().ISN) <= int32(c.SYN().Len)+1
		if r.Dir == flow.ToClient && r.Flags.Has(wire.SYN|wire.ACK) && answers {
			list = append(list, r.Frame)
		}
	}
	return list
}
