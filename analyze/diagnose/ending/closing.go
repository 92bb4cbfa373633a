package ending

import (
	"net/netip"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// CloseWaitLeak: one end closed, the other never did: its program forgot close(), and the connection stays in CLOSE-WAIT.
//
// Nothing times out in CLOSE-WAIT (RFC 9293, 3.3.2): it waits for the local program alone.
var CloseWaitLeak = &diagnose.Rule{
	ID: "close-wait-leak", Title: "one end closed, the other end's program does not: CLOSE-WAIT",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow}, Needs: diagnose.HostFacts,
	Cause:      "A program ignores the end of file, or a copy of the descriptor stays open (a parent after fork, a forgotten reference). Descriptors pile up.",
	Fix:        "find the holder:  ss -tanp state close-wait;  close every copy of the descriptor, in the parent too, when recv() returns 0",
	Refs:       []string{"RFC 9293 3.3.2", "RFC 9293 3.6"},
	Scenario:   "close-wait-leak",
	LookAlikes: []string{"half-close", "server-stopped", "fin-lost"},
	Judge:      closeWaitLeak,
}

// leaves is how long an end may take to close after the other one did before it is worth a word.
const leaves = 10 * time.Second

func closeWaitLeak(c *diagnose.Case) diagnose.Verdict {
	for _, end := range [...]flow.Dir{flow.ToClient, flow.ToServer} {
		mine, theirs := c.Half(end), c.Half(end.Other())
		if theirs.FIN == 0 || theirs.FINAcked == 0 || mine.FIN != 0 && mine.FIN < theirs.FIN || mine.LastData > theirs.FIN {
			continue
		}
		if mine.FIN == 0 && mine.MissingAcked > 0 {
			continue // the capture lacks what was acknowledged: its FIN may be among it
		}
		waited, holder := halfOpen(c, end), inCloseWait(c, end)
		if waited <= leaves && holder == "" {
			continue
		}
		v := diagnose.Verdict{Frames: []uint32{theirs.FIN, theirs.FINAcked}, Evidence: []string{
			"the " + end.Other().Sender() + " closes " + diagnose.Seg(theirs.FIN) + ", and the " + end.Sender() + "'s kernel acknowledges it " + diagnose.Seg(theirs.FINAcked)}}
		if holder != "" {
			v.Level, v.Why = diagnose.Certain, "the socket is in CLOSE-WAIT"
			v.Evidence = append(v.Evidence, "the "+end.Sender()+"'s socket is in CLOSE-WAIT, held by "+holder+" (socket table)")
			return v
		}
		return leaked(c, v, end, waited)
	}
	return diagnose.Ruled("both ends closed, or none")
}

// halfOpen is how long end left the connection open after the other end's FIN: until it closed or aborted, or as long as
// the capture goes on.
func halfOpen(c *diagnose.Case, end flow.Dir) time.Duration {
	until := c.Conv.Last + capture.Stamp(c.Silence())
	if r := c.Reset(); r != nil && r.Dir == end {
		until = r.Time
	}
	if mine := c.Half(end); mine.FIN != 0 {
		until = mine.FINTime
	}
	return until.Sub(c.Half(end.Other()).FINTime)
}

// leaked says how bad the wait is: an end that closed in order later was merely slow.
func leaked(c *diagnose.Case, v diagnose.Verdict, end flow.Dir, waited time.Duration) diagnose.Verdict {
	v.Level, v.Why = diagnose.Strong, "no FIN for a long time"
	if fin := c.Half(end).FIN; fin != 0 {
		v.Severity, v.Title = "note", "the "+end.Sender()+" closed "+diagnose.Took(waited)+" after the other end: half-open in between"
		v.Fix = "nothing is broken; close sooner if descriptors are scarce:  ss -tanp state close-wait"
		v.Frames = append(v.Frames, fin)
		v.Evidence = append(v.Evidence, "it closes in order "+diagnose.Took(waited)+" later "+diagnose.Seg(fin))
		return v
	}
	v.Evidence = append(v.Evidence, diagnose.Took(waited)+" later the "+end.Sender()+" has neither sent data nor closed "+diagnose.Seg(c.Conv.LastFrame))
	return v
}

// aMoment is what a program is given to answer a FIN before its CLOSE-WAIT is held against it.
const aMoment = time.Second

// inCloseWait names the holder of end's socket in CLOSE-WAIT, "" when no snapshot shows one.
func inCloseWait(c *diagnose.Case, end flow.Dir) string {
	mine, theirs := c.Client(), c.Server()
	if end == flow.ToClient {
		mine, theirs = theirs, mine
	}
	for i := range c.Facts {
		if after := c.Facts[i].Taken.Sub(c.Half(end.Other()).FINTime); after >= 0 && after < aMoment && !c.Called(end) {
			continue // its program has had no time to close
		}
		for k := range c.Facts[i].Sockets {
			s := &c.Facts[i].Sockets[k]
			local, err := netip.ParseAddrPort(s.Local)
			remote, err2 := netip.ParseAddrPort(s.Remote)
			if err == nil && err2 == nil && s.State == "CLOSE-WAIT" && local == mine && remote == theirs {
				return diagnose.Owner(s)
			}
		}
	}
	return ""
}

// FinLost: a FIN was lost and sent again: the peer's program learned of the end late.
var FinLost = &diagnose.Rule{
	ID: "fin-lost", Title: "a FIN was lost and repeated: the end of file came late",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "The FIN or its ACK was lost; the FIN is retransmitted like data.",
	Fix:        "if it happens often look for loss:  mtr -T -P PORT HOST",
	Refs:       []string{"RFC 9293 3.8.1", "RFC 6298"},
	Scenario:   "fin-lost",
	LookAlikes: []string{"close-wait-leak", "retries2-timeout"},
	Judge:      finLost,
}

// soonestRepeat is the soonest that a timer repeats a FIN. BSD systems send theirs a second time at once, to acknowledge a
// FIN that crossed it: that is no loss.
const soonestRepeat = 150 * time.Millisecond

// slackOfACK is how many of the longest round trips the ACK of a FIN that arrived can take: its receiver has nothing to wait
// for. Linux repeats a FIN after 200 ms at the soonest, whatever the round trip is.
const slackOfACK = 4

// answersFirstFIN reports whether ack, after the second copy of a FIN, is of the first: it comes sooner than any round trip
// lets it, and the time since the first copy is one that round trips of this connection take.
func answersFirstFIN(c *diagnose.Case, second, ack *flow.Row) bool {
	rtt, handshake := c.Half(second.Dir).RTT, c.Conv.Handshake.RTT
	least, most := handshake, max(rtt.Max, handshake)
	if rtt.Min > 0 && (least == 0 || rtt.Min < least) {
		least = rtt.Min
	}
	return 10*ack.Time.Sub(second.Time) < 8*least && ack.Time.Sub(c.Half(second.Dir).FINTime) <= slackOfACK*most
}

func finLost(c *diagnose.Case) diagnose.Verdict {
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		first := c.Half(r.Dir).FIN
		if !r.Flags.Any(wire.FIN) || r.Frame == first || first == 0 || r.Marks.Any(classify.DuplicateCapture) {
			continue
		}
		if c.Half(r.Dir).FINAcked == 0 || c.Half(r.Dir).FINAcked < r.Frame {
			continue // not answered at all: another cause; answered before: a retransmission that was not needed
		}
		if r.Time.Sub(c.Half(r.Dir).FINTime) < soonestRepeat {
			continue
		}
		if why := cameTwice(c, r); why != "" {
			return diagnose.Ruled(why)
		}
		level := diagnose.Strong
		if c.OptionsCut(c.Half(r.Dir).FINAcked-1, r.Dir.Other()) || !c.SYN().SACKPermitted || !c.SYNACK().SACKPermitted {
			level = diagnose.Likely // nobody could say that both copies had arrived
		}
		return diagnose.Verdict{Level: level, Why: "FIN repeated, then acknowledged",
			Evidence: []string{"the " + r.Dir.Sender() + " sends its FIN " + diagnose.Seg(first) + " and again " +
				diagnose.Took(r.Time.Sub(c.Half(r.Dir).FINTime)) + " later " + diagnose.Seg(r.Frame),
				"only then it is acknowledged " + diagnose.Seg(c.Half(r.Dir).FINAcked)},
			Frames: []uint32{first, r.Frame, c.Half(r.Dir).FINAcked}}
	}
	return diagnose.Ruled("no FIN was repeated before its ACK came")
}

// cameTwice says why a FIN that was repeated, again, had not been lost; "" when nothing shows that.
func cameTwice(c *diagnose.Case, again *flow.Row) string {
	own := c.Half(again.Dir)
	first, ack := c.Row(own.FIN), c.Row(own.FINAcked)
	if ack != nil && answersFirstFIN(c, again, ack) {
		return "the ACK comes sooner after the second copy than a round trip takes: it is late, and of the first " + diagnose.Seg(ack.Frame)
	}
	if first != nil && ack != nil && first.OptionSet&ack.OptionSet&wire.HasTimestamps != 0 && first.TSVal != again.TSVal && ack.TSEcr == first.TSVal {
		return "the ACK echoes the timestamp of the first copy (RFC 7323, 4.3): it had arrived " + diagnose.Seg(ack.Frame)
	}
	var copies, acks int
	var second uint32
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch {
		case r.Dir == again.Dir && r.Flags.Any(wire.FIN):
			copies++
		case r.Dir == again.Dir || r.Frame < own.FINAcked || r.Ack != again.End():
		case r.OptionSet&wire.HasSACK != 0: // nothing lies beyond a FIN: SACK is a DSACK (RFC 2883, 4)
			return "the receiver says that it got the FIN twice (DSACK) " + diagnose.Seg(r.Frame)
		case diagnose.Pure(r):
			if acks++; acks > 1 {
				second = r.Frame
			}
		}
	}
	switch {
	case acks >= copies && copies > 1:
		return "the receiver acknowledges each copy of the FIN: all of them had arrived " + diagnose.Seg(second)
	case c.Conv.Vantage == again.Dir.Other().Sender():
		return "both copies of the FIN were captured beside its receiver: the path delivered it " + diagnose.Seg(again.Frame)
	}
	return ""
}
