package reset

import (
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// InjectedRST: a box on the path forged a RST in the name of one end; that end goes on sending as if nothing had happened.
//
// A host that reset a connection sends nothing more on it but further RSTs (RFC 9293, 3.10.5). New segments after its RST
// prove that another machine made it (Weaver, Sommer, Paxson, NDSS 2009: RST_SEQ_DATA). A load balancer or NAT that resets
// does the same, so this speaks of a box on the path, not of intent.
var InjectedRST = &diagnose.Rule{
	ID: "injected-rst-onpath", Aliases: []string{"injected-rst-both", "injected-rst-multiple", "injected-rst-ack-zero", "rst-one-side"},
	Title:   "a box on the path reset the connection in the name of one end",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause:      "The RST was not made by the end whose address it carries: a firewall, load balancer, NAT or filter on the way made it.",
	Fix:        "capture at both ends at once and compare; find the hop at the RST's distance with  traceroute -T -p PORT HOST;  see whether content (a name in TLS or HTTP) triggers it",
	Refs:       []string{"RFC 3360", "RFC 5961", "RFC 9293 3.10.5"},
	Scenario:   "injected-rst-onpath",
	Implies:    []string{"injected-rst-in-window", "injected-rst-out-of-window"}, // more of the same box
	LookAlikes: []string{"half-open-server-rebooted", "idle-timeout-reset", "write-after-peer-close", "linger0-server", "duplicate-ip"},
	Judge:      injectedRST,
}

func injectedRST(c *diagnose.Case) diagnose.Verdict {
	rst := opened(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(noReset)
	case c.Over(rst) && !c.Made(rst.Frame):
		return diagnose.Ruled("both ends had closed when it came")
	}
	if told := toldElsewhere(c, rst); told != nil {
		return behindUs(c, told, rst)
	}
	after := goesOn(c, rst)
	if after == nil {
		after = repeatsOn(c, rst)
	}
	low, high, known := c.TTLRange(rst.Dir)
	// Routes differ by a hop or two; what a host sends through its stack and what its kernel answers share one route.
	foreign := known && (int(rst.TTL) < int(low)-2 || int(rst.TTL) > int(high)+2)
	if after == nil && foreign {
		after = takes(c, rst)
	}
	v := diagnose.Verdict{Frames: []uint32{rst.Frame}, Evidence: marks(c, rst, foreign)}
	signs := detected(c, rst)
	v.Evidence = append(v.Evidence, signs...)
	both := alsoTold(c, rst)
	switch ack := c.Conv.Handshake.ACK; {
	case c.Made(rst.Frame):
		v.Level, v.Why = diagnose.Certain, "the end it names did not send it"
		v.Evidence = append(v.Evidence, "both ends were captured: it reached the "+rst.Dir.Other().Sender()+", and the "+rst.Dir.Sender()+" did not send it "+diagnose.Seg(rst.Frame))
		if after != nil {
			v.Frames = append(v.Frames, after.Frame)
			v.Evidence = append(v.Evidence, "the "+rst.Dir.Sender()+" was not told and goes on "+diagnose.Took(after.Time.Sub(rst.Time))+" later "+diagnose.Seg(after.Frame))
		}
	case c.Arrived(rst.Frame) || c.Lost(rst.Frame):
		return diagnose.Ruled("both ends were captured, and the " + rst.Dir.Sender() + "'s shows it leaving: it did send the RST")
	case !c.Half(rst.Dir).SYN.Seen && c.LastBefore(rst.Frame, rst.Dir, nil) == nil:
		return diagnose.Ruled("nothing else of the " + rst.Dir.Sender() + " was captured before it: whether the connection was open is not known")
	case forgot(c, rst):
		return diagnose.Ruled("it answers the first data after a pause, which the " + rst.Dir.Sender() + " never got: a box that had forgotten the connection")
	case !foreign && knownStranger(c):
		return diagnose.Ruled("the RST is the answer of the client's own kernel to a segment that its connection never got: a NAT passed it untranslated")
	case !foreign && rst.Dir == flow.ToServer && c.SYNACK().Seen && (ack == 0 || ack > rst.Frame):
		return diagnose.Ruled("the RST answers the SYN-ACK from the client's own distance: its kernel does not know what a raw socket asked for")
	case foreign && both != nil:
		v.Level, v.Why, v.Variant, v.Calls = diagnose.Certain, "both ends were told of a RST, and neither sent one", "injected-rst-both", []uint32{both.Number}
		v.Evidence = append(v.Evidence, "the "+rst.Dir.Sender()+" was told of one too: "+callText(both)+", and the "+rst.Dir.Other().Sender()+" had sent none, as the capture at its end shows")
		return told(v, c, rst)
	case after != nil:
		v.Frames = append(v.Frames, after.Frame)
		v.Evidence = append(v.Evidence, "the "+rst.Dir.Sender()+" goes on with the connection "+diagnose.Took(after.Time.Sub(rst.Time))+" later "+diagnose.Seg(after.Frame))
		v.Level, v.Why = diagnose.Likely, "the end that reset goes on"
		if c.Conv.OneWay {
			return diagnose.Open("one direction alone does not show what the RST answered; a capture of both would decide")
		}
		switch {
		case foreign:
			v.Level = diagnose.Certain
		case known && (rst.TTL < low || rst.TTL > high) && after.TTL != rst.TTL:
			v.Level = diagnose.Strong
			v.Evidence = append(v.Evidence, "the RST arrives with TTL "+diagnose.Num(rst.TTL)+", what comes after it with "+diagnose.Num(after.TTL)+" as before")
		}
	case foreign && c.Shape() == diagnose.Foreign && !c.Conv.OneWay:
		v.Level, v.Why = diagnose.Strong, "a RST from another distance, in a form the end's kernel does not send"
	case foreign && idleless(c, rst):
		v.Level, v.Why = diagnose.Likely, "a RST from another distance"
	case len(signs) > 0:
		v.Level, v.Why = diagnose.Likely, "RSTs that no kernel sends"
	case c.Shape() == diagnose.Foreign:
		return diagnose.Open("its form is not that of a Linux kernel; a capture at the other end would decide")
	default:
		return diagnose.Ruled("the RST has the form and distance of the " + rst.Dir.Sender() + "'s own kernel, which is silent afterwards")
	}
	v.Variant = pattern(c, rst, after)
	return told(v, c, rst)
}

// toldElsewhere is the call by which the end that sends rst, its kernel's answer to what it knows no more, had learned of a RST
// that did not pass where this capture was made; nil when there is none. At that end itself one would only be missing here.
func toldElsewhere(c *diagnose.Case, rst *flow.Reset) *calls.Call {
	if c.Join != nil || c.At == "" || c.At == rst.Dir.Sender() || c.Shape() != diagnose.UnknownFlow {
		return nil
	}
	return toldUnseen(c, rst.Dir)
}

// marks are what the RST shows of its maker.
func marks(c *diagnose.Case, rst *flow.Reset, foreign bool) []string {
	list := []string{"a RST in the name of the " + rst.Dir.Sender() + " " + diagnose.Seg(rst.Frame)}
	if foreign {
		low, high, _ := c.TTLRange(rst.Dir)
		list = append(list, "it arrives with TTL "+diagnose.Num(rst.TTL)+"; the "+rst.Dir.Sender()+"'s own segments arrive with "+ttls(low, high))
	}
	if c.SYN().Timestamps && c.SYNACK().Timestamps && rst.Flags.Any(wire.ACK) && rst.Options&wire.HasTimestamps == 0 {
		list = append(list, "it lacks the timestamps that were agreed on")
	}
	return list
}

// alsoTold is the call by which the end that rst names learned of a RST to itself, which the other end, where this capture was
// made, did not send; nil when there is none.
func alsoTold(c *diagnose.Case, rst *flow.Reset) *calls.Call {
	if c.Join != nil || c.At != rst.Dir.Other().Sender() {
		return nil
	}
	return toldUnseen(c, rst.Dir)
}

// behindUs is the verdict on a RST that a box made between here and the end which call told of it.
func behindUs(c *diagnose.Case, call *calls.Call, rst *flow.Reset) diagnose.Verdict {
	victim, other := rst.Dir.Sender(), rst.Dir.Other().Sender()
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "one end was told of a RST that the other did not send",
		Evidence: []string{callText(call) + ", and no RST to the " + victim + " passed here, at the " + c.At + ": a box between the two made it",
			"the " + victim + "'s kernel answers what comes as one that knows the connection no more " + diagnose.Seg(rst.Frame)},
		Frames: []uint32{rst.Frame}, Calls: []uint32{call.Number}}
	to := c.LastBefore(rst.Frame, rst.Dir.Other(), nil)
	if to != nil && to.Time.Sub(call.End) > lately {
		v.Variant = "rst-one-side"
		v.Evidence = append(v.Evidence, "the "+other+" was not told and goes on "+diagnose.Took(to.Time.Sub(call.End))+" later "+diagnose.Seg(to.Frame))
	}
	return told(v, c, rst)
}

// lately is how long after the RST an end goes on that was not told of it and had nothing on its way.
const lately = time.Second

// pattern names how the box sent its RSTs, "" when it sent one and what its victim's peer had on the way came behind it.
func pattern(c *diagnose.Case, rst *flow.Reset, after *flow.Row) string {
	low, high, known := c.TTLRange(rst.Dir.Other())
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		switch {
		case r.Frame <= rst.Frame:
		case r.Dir != rst.Dir:
			if known && r.TTL == rst.TTL && (r.TTL < low || r.TTL > high) {
				return "injected-rst-both"
			}
		case r.TTL != rst.TTL || answered(c, r) && r.SeqRaw != rst.SeqRaw:
		case r.SeqRaw != rst.SeqRaw:
			return "injected-rst-multiple"
		case r.AckRaw != rst.AckRaw && (r.AckRaw == 0 || rst.AckRaw == 0) && !(r.Flags | rst.Flags).Any(wire.ACK):
			return "injected-rst-ack-zero"
		}
	}
	if after != nil && after.Time.Sub(rst.Time) > lately {
		return "rst-one-side"
	}
	return ""
}

func ttls(low, high uint8) string {
	if low == high {
		return diagnose.Num(low)
	}
	return diagnose.Num(low) + " to " + diagnose.Num(high)
}

// idleless reports whether the connection was in use when the RST came: after a pause a box that forgot it is likelier.
func idleless(c *diagnose.Case, rst *flow.Reset) bool {
	to := c.Row(rst.AnswersFrame)
	return to != nil && idleBefore(c, to) < 50*rightBehind
}

// goesOn is the first segment of the RST's sender after it that a host which reset would not send: new data, or an ACK of
// what came after. What was on its way at the time of the RST repeats or continues with numbers up to ExpectedSeq only.
func goesOn(c *diagnose.Case, rst *flow.Reset) *flow.Row {
	return c.FirstAfter(rst.Frame, rst.Dir, func(r *flow.Row) bool {
		if r.Flags.Any(wire.RST | wire.SYN) {
			return false
		}
		beyond := rst.ExpectedSeq.Less(r.End()) && !r.Seq.Less(rst.ExpectedSeq)
		answers := c.LastBefore(r.Frame, rst.Dir.Other(), func(o *flow.Row) bool { return o.Frame > rst.Frame && o.Flags.Any(wire.ACK) && !o.Flags.Any(wire.RST) })
		return beyond || answers != nil && diagnose.Pure(r)
	})
}

// repeatsOn is data that the RST's sender repeats when all that was on its way must have come: its timer still runs, so it has not
// reset. Nil when there is none.
func repeatsOn(c *diagnose.Case, rst *flow.Reset) *flow.Row {
	const least = 150 * time.Millisecond // below Linux's shortest timer of 200 ms
	trip := c.Half(rst.Dir).RTT.Min + c.Half(rst.Dir.Other()).RTT.Min
	return c.FirstAfter(rst.Frame, rst.Dir, func(r *flow.Row) bool {
		return diagnose.Data(r) && r.Time.Sub(rst.Time) > least+2*trip && r.Marks.Any(classify.AnyRetransmission)
	})
}

// takes is the first ACK of the RST's sender after it that takes something which it had not acknowledged before, nil when there is
// none. It may have overtaken the RST of a host, but not by several hops.
func takes(c *diagnose.Case, rst *flow.Reset) *flow.Row {
	last := c.LastBefore(rst.Frame, rst.Dir, func(r *flow.Row) bool { return r.Flags.Any(wire.ACK) && !r.Flags.Any(wire.RST) })
	return c.FirstAfter(rst.Frame, rst.Dir, func(r *flow.Row) bool {
		return last != nil && diagnose.Pure(r) && last.Ack.Less(r.Ack) && r.TTL == last.TTL
	})
}

// InjectedRSTInWindow: a RST with a number inside the window, but not the next one, was answered with a challenge ACK.
//
// RFC 5961, 3.2: only the exact next number resets; so a blind attacker must guess 32 bits.
var InjectedRSTInWindow = &diagnose.Rule{
	ID: "injected-rst-in-window", Title: "a RST with a wrong number was refused with a challenge ACK",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "Somebody guesses RSTs, or a box on the path resets with numbers of its own. The connection lives on.",
	Fix:        "nothing is broken; to find the source compare its TTL with  traceroute -T -p PORT HOST",
	Refs:       []string{"RFC 5961 3.2"},
	Scenario:   "injected-rst-in-window",
	LookAlikes: []string{"injected-rst-out-of-window", "injected-rst-onpath"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return ignored(c, true) },
}

// InjectedRSTOutOfWindow: a RST with a number outside the window, or one already passed, was ignored.
var InjectedRSTOutOfWindow = &diagnose.Rule{
	ID: "injected-rst-out-of-window", Aliases: []string{"injected-rst-late"}, Title: "a RST with a number outside the window was ignored",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "A late or forged RST. Its receiver drops it without a word (RFC 9293, 3.10.7.4), and the connection lives on.",
	Fix:        "nothing is broken; to find the source compare its TTL with  traceroute -T -p PORT HOST",
	Refs:       []string{"RFC 9293 3.10.7.4", "RFC 5961 3.2"},
	Scenario:   "injected-rst-out-of-window",
	LookAlikes: []string{"injected-rst-in-window", "injected-rst-onpath"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return ignored(c, false) },
}

func ignored(c *diagnose.Case, challenged bool) diagnose.Verdict {
	if c.Conv.OneWay {
		return diagnose.Unjudged("the other direction: whether the RST had an effect")
	}
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		if r.Obeyed || r.AnswersSYN || !c.Half(r.Dir).SYN.Seen || r.Frame < c.Conv.Handshake.SYNACK {
			continue
		}
		if r.Dir == flow.ToServer && (c.Conv.Handshake.ACK == 0 || r.Frame < c.Conv.Handshake.ACK) {
			return diagnose.Ruled("the client resets before its handshake is done: its kernel's answer to a SYN-ACK with another number")
		}
		lives := goesOn(c, r)
		if lives == nil {
			return diagnose.Ruled("after the RST that does not count, nothing shows whether the connection lives on")
		}
		inside := r.ExpectedSeq.Less(r.Seq)
		if inside != challenged {
			return diagnose.Ruled("the number of the RST is on the other side of the window's edge")
		}
		v := diagnose.Verdict{Level: diagnose.Certain, Severity: "warning", Why: "the RST has no effect",
			Evidence: []string{"a RST in the name of the " + r.Dir.Sender() + " has sequence number " + diagnose.Num(r.Seq) + ", expected was " +
				diagnose.Num(r.ExpectedSeq) + " " + diagnose.Seg(r.Frame),
				"the " + r.Dir.Sender() + " goes on with the connection " + diagnose.Seg(lives.Frame)},
			Frames: []uint32{r.Frame, lives.Frame}}
		return v
	}
	return diagnose.Ruled("every RST counts")
}

// InjectedFIN: data and a FIN from another distance than the end's own segments; the end's real data follows.
var InjectedFIN = &diagnose.Rule{
	ID: "injected-fin", Title: "a box on the path ended the connection with a forged FIN",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause:      "A FIN, often with a block page, was made by a machine on the way; the real answer came later and was refused.",
	Fix:        "capture at both ends at once and compare; find the hop at the FIN's distance with  traceroute -T -p PORT HOST",
	Refs:       []string{"RFC 9293 3.6", "RFC 3360"},
	Scenario:   "injected-fin",
	Implies:    []string{"close-while-peer-sends", "write-after-peer-close", "accept-then-close", "keepalive-race", "linger2-negative", "injected-data", "spurious-retransmit", "loss-rto", "loss-tail-tlp", "loss-fast-retransmit"},
	LookAlikes: []string{"close-while-peer-sends", "injected-rst-onpath"},
	Judge:      injectedFIN,
}

func injectedFIN(c *diagnose.Case) diagnose.Verdict {
	for _, d := range [...]flow.Dir{flow.ToClient, flow.ToServer} {
		fin := c.Row(c.Half(d).FIN)
		syn := &c.Half(d).SYN
		if fin == nil || !syn.Seen || fin.TTL == syn.TTL {
			continue
		}
		real := c.FirstAfter(fin.Frame, d, func(r *flow.Row) bool {
			return r.TTL == syn.TTL && diagnose.Data(r) && r.Seq.Less(fin.End())
		})
		if real == nil {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "a FIN from elsewhere, then the end's own data",
			Evidence: []string{"the FIN of the " + d.Sender() + " arrives with TTL " + diagnose.Num(fin.TTL) + ", its SYN came with " + diagnose.Num(syn.TTL) + " " + diagnose.Seg(fin.Frame),
				"later the " + d.Sender() + " sends its own data for the same numbers, with TTL " + diagnose.Num(real.TTL) + " " + diagnose.Seg(real.Frame)},
			Frames: []uint32{fin.Frame, real.Frame}}
	}
	if v := finBehindUs(c); v.Level > diagnose.No {
		return v
	}
	return diagnose.Ruled("no FIN comes from another distance than its end's other segments")
}

// finBehindUs judges the server's side of a forged FIN, which did not pass here: its victim closes, and acknowledges bytes in the
// server's name that it cannot have from the server.
func finBehindUs(c *diagnose.Case) diagnose.Verdict {
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		fin := c.Row(c.Half(d).FIN)
		if fin == nil || c.Half(d.Other()).FIN != 0 && c.Half(d.Other()).FIN < fin.Frame {
			continue
		}
		trip := c.Half(d.Other()).RTT.Min
		early := c.FirstAfter(0, d.Other(), func(r *flow.Row) bool {
			if !diagnose.Data(r) || !r.Seq.Less(fin.Ack) || !fin.Ack.Less(r.End()) || r.Len > uint32(max(c.Half(d).SYN.MSS, 536)) {
				return false // of a segment that an offload put together a part may well be acknowledged
			}
			return !r.Marks.Any(classify.AnyRetransmission) && fin.Time.Sub(r.Time) < trip/2
		})
		if early == nil {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "an end closes upon bytes that it cannot have from the other",
			Title: "a box on the path told one end that the other had closed: a forged FIN that did not pass here",
			Evidence: []string{"the " + d.Sender() + " closes and acknowledges " + diagnose.Num(fin.Ack) + ", where no segment of the " + d.Other().Sender() + " ends " + diagnose.Seg(fin.Frame),
				"the bytes before that number " + when(early, fin) + ", and a round trip takes " + diagnose.Took(trip) + ": others came in its name " + diagnose.Seg(early.Frame)},
			Frames: []uint32{early.Frame, fin.Frame}}
	}
	return diagnose.Verdict{}
}

// when says how long before or after the FIN the segment was sent.
func when(r, fin *flow.Row) string {
	if r.Frame > fin.Frame {
		return "are sent only " + diagnose.Took(r.Time.Sub(fin.Time)) + " later"
	}
	return "had been sent " + diagnose.Took(fin.Time.Sub(r.Time)) + " before"
}
