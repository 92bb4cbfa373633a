package diagnose

import (
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// calm reports whether nothing happened on a connection but that it took its time: it opened, carried data both ways, and closed as
// it should, no segment of it is marked, and no wait between two of them is one that a rule looks at. What is left to be judged of it
// is its pace. Captures hold millions of these, and sixty rules would say No of each.
func (c *Case) calm() bool {
	v := c.Conv
	return len(c.Calls)+len(c.Facts) == 0 && c.Join == nil && v.Half[flow.ToServer].PayloadBytes > 0 && v.Half[flow.ToClient].PayloadBytes > 0 &&
		closedCleanly(v) && offersAlike(v) && c.firstOfItsPorts() && goesOn(v)
}

// brisk reports whether a calm connection carried so little, in so short a time, that no rule about paces looks at it. That it took
// longer than patience is then the distance alone.
func (c *Case) brisk() bool {
	v := c.Conv
	const least = 4 * 536 // less than any of them wants to see
	return max(v.Half[flow.ToServer].PayloadBytes, v.Half[flow.ToClient].PayloadBytes) < least && v.Duration() < 3*patience
}

// uneventful reports whether there is nothing to say of a connection that has no other symptom than that it took its time. TestBriskIsQuiet
// holds this to what all rules say.
func (e *Engine) uneventful(c *Case) bool {
	if !c.calm() {
		return false
	}
	if c.brisk() {
		return true
	}
	for _, r := range e.paces {
		if v := r.Judge(c); v.Level > No {
			return false
		}
	}
	return true
}

// closedCleanly: the handshake is there, both ends closed, and all that was captured is kept, once.
func closedCleanly(v *flow.Conversation) bool {
	h := &v.Handshake
	return h.SYN != 0 && h.SYNACK != 0 && h.ACK != 0 && v.Outcome == "SF" && (v.Close.Kind == "three-way" || v.Close.Kind == "four-way") &&
		int(v.Frames) == len(v.Rows) && len(v.SYNs)+len(v.Resets)+len(v.ICMP)+len(v.Warnings)+int(v.Duplicates) == 0
}

// offersAlike: both SYNs came once, and agree on what they offer, of which nothing is out of the ordinary.
func offersAlike(v *flow.Conversation) bool {
	a, b := &v.Half[flow.ToServer].SYN, &v.Half[flow.ToClient].SYN
	const usual = wire.HasMSS | wire.HasWindowScale | wire.HasSACKPermitted
	return a.Seen && b.Seen && a.Options == b.Options && a.Options&^wire.HasTimestamps == usual && a.MSS >= 536 && b.MSS >= 536 &&
		a.Flags == wire.SYN && b.Flags == wire.SYN|wire.ACK && a.Len+b.Len == 0
}

// firstOfItsPorts: no other connection of the same ports is remembered, of which this one could be the next.
func (c *Case) firstOfItsPorts() bool {
	return c.Peer(func(p *Peer) bool { return p.ClientPort == c.Conv.ClientPort }) == nil
}

// lingering is how long an ACK may take, beyond the round trip, before it counts as delayed.
const lingering = 20 * time.Millisecond

// goesOn: every segment is what was to come next, within patience, and no data waited for a delayed ACK.
func goesOn(v *flow.Conversation) bool {
	rows := v.Rows
	var stamps [2]uint32
	var acked [2]wire.Seq
	for i := range rows {
		r := &rows[i]
		if r.Marks&^classify.Offload != 0 || r.Flags.Any(wire.RST|wire.URG|wire.ECE|wire.CWR) || int32(r.TSVal-stamps[r.Dir]) < 0 && stamps[r.Dir] != 0 {
			return false
		}
		if r.Flags.Any(wire.ACK) && r.Ack.Less(acked[r.Dir]) {
			return false // what was acknowledged before had not been sent
		}
		stamps[r.Dir], acked[r.Dir] = r.TSVal, r.Ack
		if i == 0 {
			continue
		}
		before := &rows[i-1]
		wait := r.Time.Sub(before.Time)
		if wait < 0 || wait >= patience {
			return false
		}
		if wait-min(wait/2, v.Half[before.Dir].RTT.Min) >= lingering && Pure(r) && Data(before) && i+1 < len(rows) && Data(&rows[i+1]) && rows[i+1].Dir == before.Dir {
			return false
		}
	}
	return true
}
