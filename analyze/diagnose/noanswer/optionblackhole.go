package noanswer

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

// OptionBlackhole: SYNs with a certain option vanish, those without it are answered.
//
// A host ignores options that it does not know (RFC 9293, 3.2, MUST-6); a box that drops them breaks that. Linux repeats its
// SYN with the same options, so only another attempt without them shows the difference.
var OptionBlackhole = &diagnose.Rule{
	ID: "option-blackhole", Title: "SYNs with a certain TCP option are dropped on the way",
	Symptom: diagnose.NoAnswer, Needs: diagnose.BothDirections,
	Cause:      "A firewall or an old box drops SYNs that carry an option it does not like, often timestamps.",
	Fix:        "try without:  sysctl -w net.ipv4.tcp_timestamps=0; nc -vz HOST PORT;  if that works, find the box:  traceroute -T -O timestamps -p PORT HOST",
	Refs:       []string{"RFC 9293 3.2", "RFC 7323 1.3"},
	Scenario:   "option-blackhole",
	LookAlikes: []string{"syn-dropped", "ecn-blackhole", "tfo-blackhole"},
	Judge:      optionBlackhole,
}

// blamed are options that boxes are known to drop, by what people call them.
var blamed = []struct {
	option wire.OptionSet
	name   string
}{
	{wire.HasTimestamps, "timestamps"}, {wire.HasFastOpen, "Fast Open"}, {wire.HasWindowScale, "window scaling"},
	{wire.HasSACKPermitted, "SACK"}, {wire.HasMPTCP, "Multipath TCP"},
}

func optionBlackhole(c *diagnose.Case) diagnose.Verdict {
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	offer := c.SYN().Options
	for _, b := range blamed {
		if offer&b.option == 0 {
			continue
		}
		passes := c.Peer(func(p *diagnose.Peer) bool {
			return p.ServerPort == c.Conv.ServerPort && p.Client == c.Conv.Client && p.SYNACK != 0 && p.Offer != 0 && p.Offer&b.option == 0
		})
		fails := c.Peer(func(p *diagnose.Peer) bool {
			return p.ServerPort == c.Conv.ServerPort && p.SYNACK != 0 && p.Offer&b.option != 0
		})
		if passes == nil || fails != nil {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "with the option no answer, without it one",
			Title: "SYNs with the TCP option " + b.name + " are dropped on the way",
			Evidence: append(silence(c), "these SYNs offer "+b.name+" "+diagnose.Seg(c.SYN().Frame)+"; an attempt of the same client without it was answered "+
				diagnose.Seg(passes.SYNACK)),
			Frames: append(synFrames(c), passes.Frame, passes.SYNACK), Calls: connectCalls(c), ClientSees: giveUp(c)}
	}
	alike := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.SYNACK != 0 && p.Offer&offer == offer
	})
	switch {
	case offer&wire.HasTimestamps == 0:
		return diagnose.Ruled("the SYN has none of the options that boxes are known to drop")
	case alike != nil:
		return diagnose.Ruled("a SYN with the same options was answered " + diagnose.Seg(alike.SYNACK))
	}
	return diagnose.Open("an attempt without timestamps would decide")
}
