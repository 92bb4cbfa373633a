package diagnose

import (
	"net/netip"
	"slices"
	"syscall"

	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Global is the evidence that belongs to no single connection.
type Global struct {
	Calls     []calls.Call
	Facts     []hostfacts.Facts
	ICMP      []wire.ICMP // errors whose connection was not captured
	Neighbors []wire.NeighborMsg
	Exits     []capture.ActorExit
	At        string // the host of the run whose interface was captured, "" when that is not known
	Peers     []Peer // every connection of the run: a connect() of theirs is judged there
	Dropped   uint64 // frames the kernel had no room for
	Iface     string // where a run was captured, "" for a plain capture
	NoTCP     bool   // not one TCP segment was captured
	Blind     bool   // nobody captured: there was no right to
}

// Global returns the findings of no connection: calls that failed without a packet, ICMP errors about traffic that was
// not captured, and a capture that lost frames.
func (e *Engine) Global(g *Global) []report.Finding {
	var found []report.Finding
	again := map[failure][]uint32{}
	for i := range g.Calls {
		call := &g.Calls[i]
		waits := call.Op == "connect" && call.End == 0 // it says nothing yet, but a rule of the firewall may
		if call.Errno == 0 && !waits || !g.lonely(call) {
			continue
		}
		if same := (failure{call.Actor, call.PID, call.Op, call.Args, call.Errno}); call.Op != "connect" {
			if again[same] = append(again[same], call.Number); len(again[same]) > 1 {
				continue // a loop that does not heed the error
			}
		}
		c := &Case{Call: call, Blind: g.unseen(call), Calls: g.Calls, Facts: g.Facts, Exits: g.Exits, At: g.At, Peers: g.Peers, Neighbors: g.Neighbors}
		found = append(found, e.judge(c, refused|noAnswer|1<<Bind)...)
	}
	for i := range found {
		found[i].Evidence = append(slices.Clip(found[i].Evidence), g.timesMore(&found[i], again)...)
	}
	return append(found, e.captureFindings(g)...)
}

// failure is what calls have in common that fail again and again.
type failure struct {
	actor    string
	pid      int
	op, args string
	errno    syscall.Errno
}

// timesMore says how often the call of a finding failed once more in the same way; nothing where it did not.
func (g *Global) timesMore(f *report.Finding, again map[failure][]uint32) []string {
	for _, numbers := range again {
		if n := len(numbers); n > 1 && len(f.Calls) > 0 && f.Calls[0] == numbers[0] {
			return []string{"it fails so " + Times(n-1) + " more, the last time in call " + Num(numbers[n-1])}
		}
	}
	return nil
}

// lonely reports whether a failed call sent no packet: every call that never sends, and a connect() whose connection
// is not in the capture.
func (g *Global) lonely(call *calls.Call) bool {
	switch call.Op {
	case "bind", "listen", "socket", "setsockopt":
		return true
	case "accept", "accept4":
		return call.Remote == ""
	case "connect":
		return call.Proto == "" && (call.Errno == syscall.EADDRNOTAVAIL || !g.captured(call) && !g.outOfSight(call))
	}
	return false
}

// unseen reports whether nobody knows which packets a call sent: nothing was captured, or not on the host that made it.
func (g *Global) unseen(call *calls.Call) bool {
	return call.Op == "connect" && (g.Blind || g.At != "" && g.At != "client")
}

// outOfSight reports whether a connection would not have been captured: what a host says to itself stays on its lo.
func (g *Global) outOfSight(call *calls.Call) bool {
	return g.Iface != "" && g.Iface != "lo" && g.Iface != "any" && Asked(call).Addr().IsLoopback()
}

func (g *Global) captured(call *calls.Call) bool {
	remote := Asked(call)
	for i := range g.Peers {
		p := &g.Peers[i]
		if p.ServerPort == remote.Port() && p.Server.Netip() == remote.Addr().Unmap().WithZone("") &&
			(call.End == 0 || p.First <= call.End+clockSlack) && p.Last >= call.Begin-clockSlack {
			return true
		}
	}
	return false
}

// clockSlack is how far a packet's time may lie outside the call that caused it.
const clockSlack = capture.Stamp(1e6)

// captureFindings are those about the capture as a whole.
func (e *Engine) captureFindings(g *Global) []report.Finding {
	var found []report.Finding
	if g.Dropped > 0 {
		found = append(found, dropped(g.Dropped))
	}
	found = append(found, e.unanswered(g)...)
	for i := range g.ICMP {
		if i == icmpKept {
			break
		}
		found = append(found, strayICMP(&g.ICMP[i]))
	}
	return found
}

// icmpKept bounds the findings of errors about traffic that was not captured.
const icmpKept = 16

func dropped(n uint64) report.Finding {
	return report.Finding{
		Cause: "capture-loss", Title: "the capture lost frames", Level: Certain.String(), Severity: "warning",
		Frames: []uint32{}, Calls: []uint32{}, Excluded: []report.Exclusion{},
		Evidence: []string{"the kernel dropped " + Count(n, "frame") + " before they could be captured: a missing segment proves nothing"},
		Fix:      "capture again with a larger buffer or a narrower filter",
	}
}

func strayICMP(e *wire.ICMP) report.Finding {
	name := ErrnoOf(e)
	sees := connectErrors[name]
	if e.Flags.Any(wire.ACK) {
		sees = "" // on an established connection the error is only remembered (RFC 1122, 4.2.3.9)
	}
	return report.Finding{
		Cause: "icmp-unmatched", Title: "an ICMP error about a connection that was not captured",
		Level: Certain.String(), Severity: "note", Frames: []uint32{e.Frame}, Calls: []uint32{}, Excluded: []report.Exclusion{},
		Evidence:   []string{e.From.String() + " says " + ICMPText(e) + " for " + quotedEnds(e) + " " + Frame(e.Frame)},
		ClientSees: sees,
		Fix:        "capture where both the segments and the ICMP messages pass",
	}
}

// quotedEnds names the ends of the segment that an error quotes, as far as the snap length left them.
func quotedEnds(e *wire.ICMP) string {
	switch {
	case e.QuotedTCP >= 4:
		return netip.AddrPortFrom(e.Src.Netip(), e.SrcPort).String() + " > " + netip.AddrPortFrom(e.Dst.Netip(), e.DstPort).String()
	case e.V6 && e.QuotedDst == 16 || !e.V6 && e.QuotedDst == 4:
		return e.Src.String() + " > " + e.Dst.String() + ", ports unknown: the snap length cut the quote"
	}
	return "a segment of " + e.Src.String() + ": the snap length cut the quote"
}
