package noanswer

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/hostfacts"
)

// SynLostOnce: the first SYN was lost; its copy was answered. The connect took a second longer, and the server is innocent.
//
// The initial retransmission timeout is 1 s (RFC 6298, 2.1), so a connect time of 1, 2, 3, 4, 5 or 7 s is the sign of loss.
var SynLostOnce = &diagnose.Rule{
	ID: "syn-lost-once", Title: "the connect was slow because a SYN was lost",
	Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.BothDirections,
	Cause:      "A SYN did not arrive, and the client sends the next one only after a second. The server did not delay anything.",
	Fix:        "if it happens often look for loss:  mtr -T -P PORT HOST; nstat -az TcpExtTCPSynRetrans",
	Refs:       []string{"RFC 6298 2.1", "RFC 9293 3.8.1"},
	Scenario:   "syn-lost-once",
	LookAlikes: []string{"synack-lost-once", "ecn-blackhole", "tfo-blackhole", "accept-queue-full"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return lostOnce(c, "syn-lost-once") },
}

// SynackLostOnce: the server's SYN-ACK was lost; after the client's second SYN a copy arrives.
var SynackLostOnce = &diagnose.Rule{
	ID: "synack-lost-once", Title: "the connect was slow because a SYN-ACK was lost",
	Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.BothDirections,
	Cause:      "The server answered, but the answer did not arrive; both ends repeat after a second.",
	Fix:        "if it happens often look for loss on the way back:  on HOST  nstat -az TcpExtTCPSynRetrans; mtr CLIENT",
	Refs:       []string{"RFC 6298 2.1", "RFC 9293 3.8.1"},
	Scenario:   "synack-lost-once",
	LookAlikes: []string{"syn-lost-once", "accept-queue-full-late"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return lostOnce(c, "synack-lost-once") },
}

// EcnBlackhole: SYNs that ask for ECN vanish, the first one without is answered (RFC 3168, 6.1.1.1).
var EcnBlackhole = &diagnose.Rule{
	ID: "ecn-blackhole", Title: "SYNs that ask for ECN are dropped on the way",
	Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.BothDirections,
	Cause:      "A box drops SYNs with ECE and CWR set; the client falls back to a plain SYN after a second.",
	Fix:        "sysctl -w net.ipv4.tcp_ecn=2  (answer ECN, do not ask), and report it to the owner of the path",
	Refs:       []string{"RFC 3168 6.1.1.1"},
	Scenario:   "ecn-blackhole",
	LookAlikes: []string{"syn-lost-once", "tfo-blackhole", "syn-dropped"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return lostOnce(c, "ecn-blackhole") },
}

// TfoBlackhole: SYNs with data or the Fast Open option vanish, the first one without is answered (RFC 7413, 7).
var TfoBlackhole = &diagnose.Rule{
	ID: "tfo-blackhole", Aliases: []string{"tfo-option-blackhole"}, Title: "SYNs with TCP Fast Open are dropped on the way",
	Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.BothDirections,
	Cause:      "A box drops SYNs that carry data or the Fast Open option; the client falls back after a second.",
	Fix:        "sysctl -w net.ipv4.tcp_fastopen=0; nstat -az TcpExtTCPFastOpenActiveFail",
	Refs:       []string{"RFC 7413 7"},
	Scenario:   "tfo-blackhole",
	LookAlikes: []string{"syn-lost-once", "ecn-blackhole"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return lostOnce(c, "tfo-blackhole") },
}

// lostOnce judges a connect that succeeded after repeated SYNs: what made the answered SYN different decides.
func lostOnce(c *diagnose.Case, cause string) diagnose.Verdict {
	syns := c.Conv.SYNs
	switch {
	case cause == "ecn-blackhole" && len(syns) > 1 && c.SYN().Flags.Has(wire.ECE|wire.CWR) && unanswered(c) == "":
		return insists(c)
	case len(syns) < 2 && cause == "syn-lost-once":
		return lostBefore(c)
	case len(syns) < 2:
		return diagnose.Ruled(sentOnce)
	case !c.SYNACK().Seen || c.Refusal() != nil:
		return diagnose.Ruled("no SYN-ACK came")
	case c.Conv.Handshake.ACK == 0 && c.Half(flow.ToServer).PayloadBytes == 0:
		return diagnose.Ruled("the connection was never opened")
	case syns[1].Time.Sub(syns[0].Time) < time.Second/2: // the timer ran while the neighbour's address was asked for, too
		return diagnose.Ruled("the SYN was repeated long before a timeout")
	}
	if took := slowPath(c); took > 0 {
		return diagnose.Ruled("each SYN was answered, " + diagnose.Took(took) + " after it was sent: the path is that slow, nothing was lost")
	}
	if is := lossOf(c); is != cause {
		return diagnose.Ruled("the segments fit " + is + " better")
	}
	answer := c.Conv.Handshake.SYNACK
	last := c.SYNTimes()[len(syns)-1]
	level, title := howSure(c, cause)
	v := diagnose.Verdict{
		Level: level, Why: "repeated, then answered", Title: title, Variant: bareFastOpen(c, cause),
		Evidence: []string{"the SYN was sent " + diagnose.Times(len(syns)) + ", the last time after " + diagnose.Took(last) + " " + diagnose.Seg(syns[len(syns)-1].Frame),
			lossWords[cause] + " " + diagnose.Seg(answer)},
		Frames: append(synFrames(c), answer), Calls: connectCalls(c),
	}
	if lost := c.FirstAfter(0, lossDir[cause], func(r *flow.Row) bool { return r.Flags.Any(wire.SYN) && c.Lost(r.Frame) }); lost != nil {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "both ends were captured: it left one and never reached the other "+diagnose.Seg(lost.Frame))
	}
	return v
}

const sentOnce = "the SYN was sent once"

// lostBefore: the first SYN was lost between the client and the place of the capture, which saw its copy alone.
func lostBefore(c *diagnose.Case) diagnose.Verdict {
	call := c.ConnectCall()
	if call == nil || call.Errno != 0 || c.At == "" || c.At == "client" || !c.SYN().Seen || !c.SYNACK().Seen {
		return diagnose.Ruled(sentOnce)
	}
	late := c.Conv.First.Sub(call.Begin)
	if late < 900*time.Millisecond || (late-late.Round(time.Second)).Abs() > 100*time.Millisecond {
		return diagnose.Ruled(sentOnce)
	}
	return diagnose.Verdict{Level: diagnose.Likely, Why: "the SYN came a timer late", Calls: connectCalls(c), Frames: []uint32{c.SYN().Frame, c.Conv.Handshake.SYNACK},
		Title: "the connect was slow because a SYN, or the question for a neighbour's address, was lost near the client",
		Evidence: []string{"connect() began " + diagnose.Took(late) + " before its SYN passed here, at the " + c.At + " (call " + diagnose.Num(call.Number) + ") " + diagnose.Seg(c.SYN().Frame),
			"it was answered at once " + diagnose.Seg(c.Conv.Handshake.SYNACK)}}
}

// insists judges a client that asks for ECN in every SYN, and is never answered: another attempt of its decides.
func insists(c *diagnose.Case) diagnose.Verdict {
	answered := func(asks bool) *diagnose.Peer {
		return c.Peer(func(p *diagnose.Peer) bool {
			return p.ServerPort == c.Conv.ServerPort && p.Client == c.Conv.Client && p.SYNACK != 0 && p.Offer != 0 && p.AsksECN == asks
		})
	}
	passes, alike := answered(false), answered(true)
	switch {
	case alike != nil:
		return diagnose.Ruled("a SYN that asks for ECN was answered " + diagnose.Seg(alike.SYNACK))
	case passes == nil:
		return diagnose.Open("every SYN asks for ECN; an attempt without would decide:  sysctl net.ipv4.tcp_ecn net.ipv4.tcp_ecn_fallback")
	}
	return diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "asking for ECN no answer, without asking one",
		Evidence: append(silence(c), "each of these SYNs asks for ECN "+diagnose.Seg(c.SYN().Frame)+"; an attempt of the same client that does not was answered "+
			diagnose.Seg(passes.SYNACK)),
		Frames: append(synFrames(c), passes.Frame, passes.SYNACK), Calls: connectCalls(c), ClientSees: giveUp(c)}
}

// howSure says how well the segments tell the cause from its look-alikes, and names what is left open; "" is the rule's own title.
func howSure(c *diagnose.Case, cause string) (level diagnose.Level, title string) {
	syns := c.Conv.SYNs
	told := echoes(c, c.Row(syns[len(syns)-1].Frame)) && !echoes(c, c.Row(syns[0].Frame))
	switch {
	case cause == "syn-lost-once" && c.Conv.Vantage != "server" && !told:
		return diagnose.Likely, "the connect was slow because a SYN, or the answer to it, was lost"
	case cause == "synack-lost-once" && heldUp(c):
		return diagnose.Likely, "the connect was slow because a SYN-ACK was held up on the way"
	case cause == "synack-lost-once" && c.Half(flow.ToServer).RTT.Min == 0 && len(synacks(c)) == 1:
		return diagnose.Likely, "" // a path that takes as long looks the same
	}
	return diagnose.Strong, ""
}

// bareFastOpen tells a SYN that only asks for a Fast Open cookie from one that carries data; "" of other causes.
func bareFastOpen(c *diagnose.Case, cause string) string {
	if first := c.Row(c.Conv.SYNs[0].Frame); cause == "tfo-blackhole" && first != nil && first.Len == 0 {
		return "tfo-option-blackhole"
	}
	return ""
}

// lossDir is the direction in which the lost segment travels.
var lossDir = map[string]flow.Dir{"synack-lost-once": flow.ToClient} // all others: flow.ToServer

var lossWords = map[string]string{
	"syn-lost-once":    "that copy was answered at once",
	"synack-lost-once": "SYN-ACKs came for both: the first one was lost, or late",
	"ecn-blackhole":    "the first SYN asked for ECN, the one that was answered did not",
	"tfo-blackhole":    "the first SYN used Fast Open, the one that was answered did not",
}

func lossOf(c *diagnose.Case) string {
	syns := c.Conv.SYNs
	first, last := c.Row(syns[0].Frame), c.Row(syns[len(syns)-1].Frame)
	answers := synacks(c)
	switch {
	case first == nil || last == nil:
	case first.Flags.Any(wire.ECE) && !last.Flags.Any(wire.ECE):
		return "ecn-blackhole"
	case (first.Len > 0 || first.OptionSet&wire.HasFastOpen != 0) && last.Len == 0 && last.OptionSet&wire.HasFastOpen == 0:
		return "tfo-blackhole"
	case c.Arrived(first.Frame), echoes(c, first) && !echoes(c, last):
		return "synack-lost-once"
	case len(answers) > 1 && c.Row(answers[1]).Time.Sub(last.Time) < 900*time.Millisecond,
		len(answers) > 0 && answers[0] < last.Frame:
		return "synack-lost-once"
	}
	return "syn-lost-once"
}

// slowPath is how long the answer to a SYN took, when the path alone explains it; 0 otherwise.
func slowPath(c *diagnose.Case) time.Duration {
	trip := c.Half(flow.ToServer).RTT.Min
	if answer := c.Row(c.Conv.Handshake.SYNACK); answer != nil && trip > 0 {
		if took := answer.Time.Sub(c.Conv.SYNs[0].Time); took > time.Second/2 && took < 13*trip/10 {
			return took
		}
	}
	return slowAnswers(c)
}

// slowAnswers is how long the answers to two SYNs took, when each came as long after its own; 0 otherwise. The copies of a server
// whose answer was lost come together: its timer's, and the answer to the second SYN.
func slowAnswers(c *diagnose.Case) time.Duration {
	syns, answers := c.Conv.SYNs, synacks(c)
	if len(syns) < 2 || len(answers) < 2 || answers[0] < syns[len(syns)-1].Frame && len(syns) > 2 {
		return 0
	}
	apart := c.Row(answers[1]).Time.Sub(c.Row(answers[0]).Time)
	took := c.Row(answers[0]).Time.Sub(syns[0].Time)
	waited := syns[1].Time.Sub(syns[0].Time)
	if apart < waited*8/10 || apart > waited*12/10 || took < waited*8/10 || c.Conv.Vantage == "server" {
		return 0
	}
	return took
}

// heldUp reports whether two SYN-ACKs came together of which the first had been made long before the second, by their timestamps:
// it waited somewhere, for a neighbour's address perhaps, and was not lost.
func heldUp(c *diagnose.Case) bool {
	answers := synacks(c)
	if len(answers) < 2 {
		return false
	}
	a, b := c.Row(answers[0]), c.Row(answers[1])
	return a.OptionSet&b.OptionSet&wire.HasTimestamps != 0 && b.Time.Sub(a.Time) < 100*time.Millisecond && b.TSVal-a.TSVal >= 500 && b.TSVal-a.TSVal < 1<<16
}

// echoes reports whether the first SYN-ACK that was captured carries syn's timestamp: then that SYN had arrived (RFC 7323, 3.2).
func echoes(c *diagnose.Case, syn *flow.Row) bool {
	answer := c.Row(c.Conv.Handshake.SYNACK)
	return answer != nil && answer.OptionSet&syn.OptionSet&wire.HasTimestamps != 0 && answer.TSEcr == syn.TSVal
}

// SynackDropped: the client repeats its SYN although the server has answered: the answers do not reach it.
var SynackDropped = &diagnose.Rule{
	ID: "synack-dropped", Aliases: []string{"synack-output-dropped"}, Title: "the server's SYN-ACK does not reach the client",
	Symptom: diagnose.NoAnswer, Needs: diagnose.BothDirections,
	Cause:      "The way back loses it: an asymmetric route with a stateful firewall, rp_filter on the return hop, the server's own OUTPUT chain.",
	Fix:        "on HOST:  ip route get CLIENT; nft list hook output; ss -tn state syn-recv;  compare with a capture at the client",
	Refs:       []string{"RFC 9293 3.8.1", "RFC 9293 3.8.3"},
	Scenario:   "synack-dropped",
	Kernel:     []diagnose.Reason{netfilterReply.Surely()},
	LookAlikes: []string{"syn-dropped", "final-ack-dropped", "synack-lost-once"},
	Judge:      synackDropped,
}

var netfilterReply = diagnose.DroppedReply("NETFILTER_DROP")

// replyDropped is what a kernel says of an answer to the SYN that netfilter threw away, nil when it says no such thing, or says
// that it took the SYN itself.
func replyDropped(c *diagnose.Case) *hostfacts.Drop {
	if c.SaidDrop(netfilter) != nil {
		return nil
	}
	return c.SaidDrop(netfilterReply)
}

func synackDropped(c *diagnose.Case) diagnose.Verdict {
	answers := synacks(c)
	if len(answers) == 0 {
		if why := unanswered(c); why != "" {
			return diagnose.Ruled(why)
		}
		if rule := answerRule(c); rule != "" {
			return diagnose.Verdict{Level: diagnose.Certain, Variant: "synack-output-dropped", Why: "the server's own firewall drops its answers",
				Title: "the server's own firewall drops its SYN-ACK", Frames: synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c),
				Evidence: append(silence(c), "the firewall of the server's host has the rule  "+rule)}
		}
		if n := unroutable(c); n > 0 {
			return diagnose.Verdict{Level: diagnose.Likely, Why: "the listener threw the SYN away with room in its queues",
				Title: "the server takes the SYN and cannot answer it: no route leads back to the client", Frames: synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c),
				Evidence: append(silence(c), "TcpExt.ListenDrops grew by "+diagnose.Num(n)+" on the server's host and ListenOverflows did not, and it sends SYN cookies: no queue was in the way (counters, sysctl)"),
				Fix:      "on the server:  ip route get " + c.Client().Addr().String() + "; ip rule;  a security module that refuses the connection is counted there too:  ausearch -m avc -ts recent"}
		}
		if said := replyDropped(c); said != nil {
			return netfilterTakesReply(c, said.Hook)
		}
		if c.SaidDrop(netfilter) != nil {
			return diagnose.Ruled(tookSYN)
		}
		if c.Join != nil {
			return diagnose.Ruled("both ends were captured, and the server's shows no answer leaving")
		}
		return diagnose.Open("whether the server answers, only a capture there would show")
	}
	again := c.FirstAfter(answers[0], flow.ToServer, func(r *flow.Row) bool { return r.Flags&(wire.SYN|wire.ACK) == wire.SYN })
	switch {
	case c.Conv.Handshake.ACK != 0:
		return diagnose.Ruled("the client acknowledged the SYN-ACK")
	case bypassed(c) != 0, c.FirstAfter(answers[0], flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.RST) && r.SeqRaw == c.SYN().ISN+1 }) != nil:
		return diagnose.Ruled("the SYN-ACK arrives at the client's address, and is reset there")
	case again == nil && len(answers) < 2:
		return diagnose.Ruled("neither end repeats itself")
	case again == nil:
		return diagnose.Open("the client is silent after the SYN-ACK: it may be gone")
	}
	level := diagnose.Strong
	if c.Conv.Last.Sub(c.Row(answers[len(answers)-1]).Time)+c.Silence() < diagnose.AnswerTime && len(c.Conv.SYNs) == 2 {
		level = diagnose.Likely // the capture ends before an ACK of the last one could be missed
	}
	v := diagnose.Verdict{Level: level, Why: "SYN repeated after the SYN-ACK",
		Evidence: []string{"the server answers " + diagnose.Seg(answers[0]),
			"the client repeats its SYN as if it had not: the answer was lost behind this capture " + diagnose.Seg(again.Frame)},
		Frames: append(synFrames(c), answers...), ClientSees: giveUp(c)}
	if rule, fit := keepsOut(c); fit != diagnose.NoFit {
		v.Title, v.Fix = "the client's own firewall drops the server's SYN-ACK", "here:  nft list hook input; nft list ruleset | grep -n drop; iptables -S INPUT"
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
		if fit == diagnose.Fits {
			v.Level = diagnose.Certain
		}
	}
	if c.Lost(answers[0]) {
		v.Level = diagnose.Certain
		v.Evidence[1] = "both ends were captured: the answer left the server and never reached the client, which repeats its SYN " + diagnose.Seg(again.Frame)
	}
	return v
}

// tookSYN is why nothing behind a firewall can be the cause.
const tookSYN = "a firewall took the SYN (tracepoint)"

// netfilterTakesReply is the verdict where a kernel says that a firewall throws away what answers the SYN. A server that refuses
// says so of its RST.
func netfilterTakesReply(c *diagnose.Case, hook string) diagnose.Verdict {
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a firewall throws the answer away",
		Title:  whose(hook) + " drops the server's SYN-ACK",
		Frames: synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c), Evidence: silence(c),
		Fix: "on HOST and on each router to it:  nft list ruleset | grep -n drop;  which of them:  tcpdump -ni any 'tcp port PORT and host CLIENT'"}
	if rst := c.SaidReset(flow.ToClient); rst != nil {
		v.Title = whose(hook) + " drops the server's RST: the client is not told that it is refused"
		return v
	}
	if hook == "output" {
		v.Variant = "synack-output-dropped"
	}
	return v
}

// keepsOut is a rule of the client's own firewall that drops what comes from the server's port, and how well it fits.
func keepsOut(c *diagnose.Case) (rule string, best diagnose.Fit) {
	for _, f := range c.ClientFacts() {
		for _, r := range diagnose.FirewallOf(f) {
			if fit := r.Fit(c.Server(), c.Client()); r.Hook == "input" && r.Drops() && r.Names("sport", c.Conv.ServerPort) && fit > best {
				rule, best = r.Text, fit
			}
		}
	}
	return rule, best
}
