package diagnose

import (
	"slices"
	"time"

	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// A host asks for a neighbour's address three times, a second apart, before it gives up (RFC 4861, 10; Linux does so for ARP
// as well); an answer would have ended the series.
const (
	asksOften  = 3
	asksSpaced = 700 * time.Millisecond
)

// search is what one host asked about one address.
type search struct {
	asker, target wire.Addr
	frames        []uint32
	last          *wire.NeighborMsg
}

// unanswered are the findings about addresses that were searched for in vain, of a capture without a single TCP segment:
// whoever made it because connect() failed finds here that not even the SYN could be sent. Among connections of others such
// searches are everyday noise.
func (e *Engine) unanswered(g *Global) []report.Finding {
	at, known := e.byID["host-down-onlink"]
	if !known || len(g.Calls) > 0 {
		return nil
	}
	list := slices.DeleteFunc(searches(g.Neighbors), func(s search) bool { return len(s.frames) < asksOften })
	if !g.NoTCP {
		return besides(g, list, e.rules[at])
	}
	var found []report.Finding
	for _, s := range list[:min(len(list), icmpKept)] {
		rule, target := e.rules[at], s.target.String()
		found = append(found, report.Finding{
			Cause: rule.ID, Title: "the host " + target + " does not answer on this network: off, or the address is unused", Level: Strong.String(), Severity: rule.Symptom.severity(),
			Frames: s.frames, Calls: []uint32{}, Excluded: []report.Exclusion{},
			Evidence: []string{s.asker.String() + " asks for the hardware address of " + target + " " + Times(len(s.frames)) + ", a second apart, and no answer came " + Frame(s.frames[0]),
				"no TCP segment was captured: a SYN leaves only when the address is known"},
			ClientSees: "connect: EHOSTUNREACH",
			Fix:        "ip neigh show " + target + "; arping -c 3 " + target + ";  check the address, the cable and the VLAN",
		})
	}
	return found
}

// fewSearches is how many searches in vain of one host are worth a word beside its connections: more are a scan, or everyday noise.
const fewSearches = 2

// besides are notes about addresses that an end of captured connections searched for in vain: what it wanted there nobody saw.
func besides(g *Global, list []search, rule *rule) (found []report.Finding) {
	if len(list) > fewSearches {
		return nil
	}
	for _, s := range list {
		ours := func(p Peer) bool { return p.Client == s.asker }
		if !slices.ContainsFunc(g.Peers, ours) || slices.ContainsFunc(g.Peers, func(p Peer) bool { return p.Server == s.target || p.Client == s.target }) {
			continue
		}
		target := s.target.String()
		found = append(found, report.Finding{
			Cause: rule.ID, Title: "the host " + target + " does not answer on this network: off, or the address is unused", Level: Likely.String(), Severity: "note",
			Frames: s.frames, Calls: []uint32{}, Excluded: []report.Exclusion{},
			Evidence: []string{s.asker.String() + ", which has connections in this capture, asks for the hardware address of " + target + " " + Times(len(s.frames)) +
				", a second apart, and no answer came " + Frame(s.frames[0])},
			Fix: "ip neigh show " + target + "; arping -c 3 " + target + ";  check the address, the cable and the VLAN",
		})
	}
	return found
}

// searches gathers who asked for whom again and again; those that were answered are left out.
func searches(seen []wire.NeighborMsg) []search {
	var list []search
	for i := range seen {
		m := &seen[i]
		if m.Reply {
			for k := range list {
				if list[k].target == m.Sender || list[k].target == m.Target {
					list[k].frames = nil
				}
			}
			continue
		}
		if m.Sender == (wire.Addr{}) || m.Sender == m.Target || m.Sender.Netip().IsUnspecified() {
			continue // whoever asks for its own address tries whether it is free (RFC 5227; RFC 4862, 5.4)
		}
		k := 0
		for k < len(list) && (list[k].asker != m.Sender || list[k].target != m.Target) {
			k++
		}
		if k == len(list) {
			list = append(list, search{asker: m.Sender, target: m.Target})
		}
		s := &list[k]
		if s.last == nil || m.Time.Sub(s.last.Time) >= asksSpaced {
			s.frames, s.last = append(s.frames, m.Frame), m
		}
	}
	return list
}
