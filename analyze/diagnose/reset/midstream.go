package reset

import (
	"bytes"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// InjectedSYN: a SYN came in on a live connection; its receiver did not obey it, and both ends go on.
//
// RFC 5961, 4.2: in a synchronized state a SYN draws a challenge ACK, whatever its number; a client that had really restarted
// would answer that with a RST. Linux sends no more than one such ACK in half a second (net.ipv4.tcp_invalid_ratelimit).
var InjectedSYN = &diagnose.Rule{
	ID: "injected-syn", Title: "a SYN came in on a live connection and was not obeyed",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding, diagnose.NoAnswer, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "Somebody forges SYNs, a box replays one, or a scanner happens to use the ports of a connection. The connection lives on.",
	Fix:        "nothing is broken; to find the source compare its TTL with  traceroute -T -p PORT HOST;  nstat -az TcpExtTCPSYNChallenge",
	Refs:       []string{"RFC 5961 4.2", "RFC 9293 3.10.7.4"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("TCP_INVALID_SYN")},
	Scenario:   "injected-syn",
	LookAlikes: []string{"half-open-client-rebooted", "injected-ack-unsent"},
	Judge:      injectedSYN,
}

func injectedSYN(c *diagnose.Case) diagnose.Verdict {
	syn := c.SYN()
	outlives := func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.ServerPort == c.Conv.ServerPort &&
			p.Frame < c.Conv.FirstFrame && p.LastFrame[flow.ToServer] > c.Conv.LastFrame && !(p.Reset > c.Conv.LastFrame && p.ResetBy == flow.ToServer)
	}
	old, whose, other := c.Peer(outlives), "client", "server"
	if old == nil && c.Turned != nil && outlives(c.Turned) {
		old, whose, other = c.Turned, "server", "client"
	}
	switch {
	case !syn.Seen || c.SYNACK().Seen:
		return diagnose.Ruled("the SYN opened a connection, or none was seen")
	case old == nil:
		return diagnose.Ruled("no connection of these ports was open before the SYN and went on after it")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Severity: "warning", Why: "a SYN, no answer of its own, and the old connection goes on",
		Evidence: []string{"the connection of these ports was open " + diagnose.Seg(old.Frame) + " when a SYN of its " + whose + " came " + diagnose.Seg(syn.Frame),
			"both ends go on with it: the " + whose + " never sent that SYN " + diagnose.Seg(old.LastFrame[flow.ToServer])},
		Frames: []uint32{syn.Frame, old.LastFrame[flow.ToServer]}}
	challenge := c.FirstAfter(syn.Frame, flow.ToClient, func(r *flow.Row) bool { return diagnose.Pure(r) && r.AckRaw != syn.ISN+1 })
	if challenge != nil {
		v.Level, v.Why, v.Frames = diagnose.Certain, "a SYN, a challenge ACK, and the old connection goes on", append(v.Frames, challenge.Frame)
		v.Evidence = append(v.Evidence, "the "+other+" answers with an ACK of the old numbers, not with SYN-ACK "+diagnose.Seg(challenge.Frame))
	}
	if ttl := old.LeastTTL[flow.ToServer]; syn.TTL != ttl {
		v.Evidence = append(v.Evidence, "the SYN has TTL "+diagnose.Num(syn.TTL)+", the "+whose+"'s own segments "+diagnose.Num(ttl)+" "+diagnose.Seg(old.Frame))
	}
	return v
}

// InjectedAckUnsent: a segment acknowledges bytes that were never sent; it drew a challenge ACK and nothing else.
//
// RFC 9293, 3.10.7.4 and RFC 5961, 5.2: send an ACK, drop the segment. Where the other end later sends just those numbers the
// capture had missed nothing of it: they had not been sent.
var InjectedAckUnsent = &diagnose.Rule{
	ID: "injected-ack-unsent", Title: "a segment acknowledged bytes that were never sent; it was ignored",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "Somebody forges segments, or a box on the path translates sequence numbers wrongly. The connection lives on.",
	Fix:        "compare the segment's TTL and IP ID with its neighbours';  nstat -az TcpExtTCPChallengeACK TcpExtTCPACKSkippedChallenge",
	Refs:       []string{"RFC 9293 3.10.7.4", "RFC 5961 5.2"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("TCP_ACK_UNSENT_DATA")},
	Scenario:   "injected-ack-unsent",
	LookAlikes: []string{"capture-loss", "injected-syn", "injected-data"},
	Judge:      injectedAckUnsent,
}

func injectedAckUnsent(c *diagnose.Case) diagnose.Verdict {
	if numbersReturn(c) {
		return diagnose.Ruled("more than 2 GiB went by: a lower number can be a later one")
	}
	var sent [2]wire.Seq // how far each end had sent
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Flags.Any(wire.RST) || missed(c, r.Frame) {
			continue
		}
		sent[r.Dir] = sent[r.Dir].Max(r.End())
		if !r.Flags.Any(wire.ACK) || r.Flags.Any(wire.SYN) || r.Marks.Any(classify.DuplicateCapture) || !c.Half(r.Dir.Other()).ISNKnown ||
			r.Ack.LessEq(sent[r.Dir.Other()]) || asksForSYN(c, r) {
			continue
		}
		// A real receiver's next ACK never goes back; here the sender goes on below the number, for the first time.
		later := c.FirstAfter(r.Frame, r.Dir.Other(), func(o *flow.Row) bool {
			return diagnose.Data(o) && o.Seq.Less(r.Ack) && !o.Marks.Any(classify.AnyRetransmission|classify.OutOfOrder|classify.KeepAlive|classify.ZeroWindowProbe)
		})
		back := c.FirstAfter(r.Frame, r.Dir, func(o *flow.Row) bool {
			return o.Flags.Any(wire.ACK) && o.Ack.Less(r.Ack) && !o.Flags.Any(wire.SYN|wire.RST)
		})
		if back == nil {
			continue
		}
		v := diagnose.Verdict{Level: diagnose.Strong, Severity: "warning", Why: "an ACK of bytes that were not sent", Frames: []uint32{r.Frame, back.Frame},
			Evidence: []string{"a segment in the name of the " + r.Dir.Sender() + " acknowledges " + diagnose.Num(r.Ack) + ", which the " +
				r.Dir.Other().Sender() + " had not sent " + diagnose.Seg(r.Frame),
				"later the " + r.Dir.Sender() + " acknowledges only " + diagnose.Num(back.Ack) + " " + diagnose.Seg(back.Frame)}}
		if r.TTL != back.TTL || later != nil {
			v.Level = diagnose.Certain
		}
		if r.TTL != back.TTL {
			v.Evidence = append(v.Evidence, "it has TTL "+diagnose.Num(r.TTL)+", the "+r.Dir.Sender()+"'s next segment "+diagnose.Num(back.TTL)+" "+diagnose.Seg(back.Frame))
		}
		if later != nil {
			v.Frames = append(v.Frames, later.Frame)
			v.Evidence = append(v.Evidence, "bytes below that number are sent for the first time only later "+diagnose.Seg(later.Frame))
		}
		return v
	}
	return diagnose.Ruled("no ACK is beyond what had been sent, as far as kept")
}

// asksForSYN reports whether r came while a SYN was not yet answered: an older connection's own number, by which its end asks
// whether the peer began anew (RFC 9293, 3.5.1, and 3.10.7.4 with RFC 5961, 4). Nobody forged that.
func asksForSYN(c *diagnose.Case, r *flow.Row) bool {
	h := &c.Conv.Handshake
	return h.SYN != 0 && (h.ACK == 0 || r.Frame < h.ACK)
}

// missed reports whether rows were left out before frame, so that what had been sent by then is not known.
func missed(c *diagnose.Case, frame uint32) bool {
	return c.Conv.Gap > 0 && c.Conv.Rows[c.Conv.GapAt].Frame <= frame
}

// InjectedData: the same sequence numbers came twice with different bytes: two machines spoke in the name of one end.
//
// A retransmission repeats what was sent (RFC 9293, 3.8.1); a receiver keeps what came first.
var InjectedData = &diagnose.Rule{
	ID: "injected-data", Title: "the same sequence numbers arrived with different bytes",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause: "A machine on the path put its own bytes into the stream before the end's own arrived (a block page, a redirect, an attack), or a " +
		"middlebox or faulty memory changes bytes.",
	Fix:        "capture at both ends at once and compare the bytes;  tcplab analyze FILE --conn N;  use TLS, which notices",
	Refs:       []string{"RFC 9293 3.8.1", "RFC 9293 3.10.7.4"},
	Scenario:   "injected-data",
	Implies:    []string{"spurious-retransmit"},
	LookAlikes: []string{"injected-fin", "bad-checksum", "capture-duplicates"},
	Judge:      injectedData,
}

func injectedData(c *diagnose.Case) diagnose.Verdict {
	if numbersReturn(c) {
		return diagnose.Ruled("more than 2 GiB went by: the same number can be another byte")
	}
	if c.Half(flow.ToServer).Checksums.Refused+c.Half(flow.ToClient).Checksums.Refused > 0 {
		return diagnose.Ruled("bytes were damaged on the way: their checksum is wrong")
	}
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if !diagnose.Data(r) || r.Marks.Any(classify.DuplicateCapture|classify.KeepAlive|classify.ZeroWindowProbe) ||
			!r.Marks.Any(classify.AnyRetransmission|classify.OutOfOrder) {
			continue
		}
		first := c.FirstAfter(0, r.Dir, func(o *flow.Row) bool { return diagnose.Data(o) && o.Seq == r.Seq })
		if first == nil || first.Frame >= r.Frame || first.IPID != 0 && first.IPID == r.IPID || sameBytes(first, r) {
			continue
		}
		v := diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "other bytes for the same numbers", Frames: []uint32{first.Frame, r.Frame},
			Evidence: []string{"number " + diagnose.Num(r.Seq) + " of the " + r.Dir.Sender() + " comes with other bytes in " + diagnose.Seg(first.Frame)[1:len(diagnose.Seg(first.Frame))-1] +
				" than in its copy " + diagnose.Seg(r.Frame)}}
		if first.TTL != r.TTL {
			v.Level = diagnose.Certain
			v.Evidence = append(v.Evidence, "they arrive with TTL "+diagnose.Num(first.TTL)+" and "+diagnose.Num(r.TTL)+": two machines sent them "+diagnose.Seg(r.Frame))
		}
		return v
	}
	return diagnose.Ruled("no bytes came twice and different, as far as kept")
}

// numbersReturn reports whether an end sent so much that its numbers do not tell before from after (RFC 9293, 3.4).
func numbersReturn(c *diagnose.Case) bool {
	sent := func(h *flow.Half) uint64 { return h.UniqueBytes + h.MissingBytes }
	return max(sent(c.Half(flow.ToServer)), sent(c.Half(flow.ToClient))) > 1<<31
}

// sameBytes compares the beginnings that were kept of two segments with the same first number.
func sameBytes(a, b *flow.Row) bool {
	x, y := a.Said(), b.Said()
	n := min(len(x), len(y))
	return n == 0 || bytes.Equal(x[:n], y[:n])
}
