package main

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
	"tcplab/session/lab"
)

// tracing waits for the kernel's reasons; who may not have them is told in the facts.
type tracing struct {
	opened chan struct{}
	t      *live.Tracing
	err    error
}

// startTracing begins to record the kernel's reasons. It takes some 50 ms, so it is done while the actors start.
func startTracing() *tracing {
	t := &tracing{opened: make(chan struct{})}
	go func() {
		defer close(t.opened)
		t.t, t.err = live.OpenTracing()
	}()
	if !live.TracingKnowsProcesses() {
		t.await() // the actors would not be known to be this process's own
	}
	return t
}

// await returns when the kernel records, or will not.
func (t *tracing) await() { <-t.opened }

// finish ends the recording and adds what it says of the run to the facts. alone: nobody else is in the networks of the run.
func (t *tracing) finish(f *hostfacts.Facts, clock capture.ClockSnapshot, s packetsSeen, alone bool) {
	t.await()
	trace, err := &live.Trace{}, t.err
	if t.t != nil {
		trace, err = t.t.Close(clock, alone)
	}
	for i := range s {
		trace.Claim(s[i].at, s[i].length, s[i].src, s[i].dst)
	}
	const what = "why the kernel dropped packets and reset connections"
	if err != nil {
		f.Missing = append(f.Missing, hostfacts.Missing{What: what, Why: err.Error(), Needs: live.TracingNeeds})
	}
	var open int
	if f.Drops, open = s.drops(trace.Events, alone); open > 0 {
		f.Missing = append(f.Missing, hostfacts.Missing{What: what, Needs: "a machine on which nothing else sends meanwhile",
			Why: fmt.Sprintf("of %d events that fit a packet of the run it is not known whether they are another network's", open)})
	}
}

// packetSeen is a packet of the run, seen by the capture or in the cable.
type packetSeen struct {
	at       capture.Stamp
	src, dst netip.AddrPort
	reset    bool
	length   int // of the IP packet, 0 when it is not known
}

// packetsSeen are the packets of a run.
type packetsSeen []packetSeen

// seenIn collects the TCP packets of a capture, and those that left the cable, which the capture need not have seen.
func seenIn(frames []capture.Frame, fates []capture.Fate) (all packetsSeen) {
	var p wire.Packet
	for i := range frames {
		f := &frames[i]
		if wire.Decode(f, &p) != wire.TCP {
			continue
		}
		s := &p.Segment
		seen := packetSeen{at: f.Time, src: netip.AddrPortFrom(s.Src.Netip(), s.SrcPort), dst: netip.AddrPortFrom(s.Dst.Netip(), s.DstPort), reset: s.Flags.Has(wire.RST)}
		if f.Link == capture.LinkEthernet {
			const header = 14
			seen.length = int(f.WireLen) - header
		}
		all = append(all, seen)
	}
	for i := range fates {
		if f := &fates[i]; f.Left != 0 && f.Flags != "" {
			all = append(all, packetSeen{at: f.Left, src: f.Src, dst: f.Dst})
		}
	}
	return all
}

// drops picks out the events that are about the run: the kernel records those of the whole machine. open counts those that
// fit a packet of the run, and nothing tells whose they are. Another lab may have the same addresses and ports at the same time, so that
// where this run's programs alone send even an event that names both ends must not be of another's cause.
func (all packetsSeen) drops(events []live.KernelEvent, alone bool) (list []hostfacts.Drop, open int) {
	for i := range events {
		e := &events[i]
		packet, answer := all.of(e)
		if packet == nil || e.Reason == "OTHERHOST" && lab.CableEnd(e.Iface) { // the relay takes what is for others
			continue
		}
		switch both := namesBoth(e); {
		case e.Chain.Ours, both && (e.Chain.Open || !alone):
		case e.Chain.Open:
			open++
			continue
		default:
			continue
		}
		d := hostfacts.Drop{Time: e.Time, Event: e.Name, Reason: e.Reason, State: e.State, Where: e.Where, Hook: e.Hook, Iface: e.Iface,
			Src: packet.src.String(), Dst: packet.dst.String(), ByTime: !namesBoth(e), Answer: answer}
		if !d.ByTime {
			d.Src, d.Dst = e.Src.String(), e.Dst.String() // perhaps of a packet that nobody saw
		}
		list = append(list, d)
	}
	return list, open
}

// namesBoth reports whether an event tells the addresses of both ends.
func namesBoth(e *live.KernelEvent) bool { return e.Src.Port() != 0 && e.Dst.Port() != 0 }

// A packet is judged as soon as it is received, and the cable stamps one when it has left it, which may be a little later
// than the host at its other end has judged it.
const soonest, latest = -300 * time.Microsecond, 300 * time.Microsecond

// of finds the packet that an event is about, nil when it is none of the run's; answer says that it is about one that was made of
// that packet and not seen. Of an event without addresses it is the packet that was followed to it, or else the one nearest in time,
// of the same length.
func (all packetsSeen) of(e *live.KernelEvent) (packet *packetSeen, answer bool) {
	followed, ok := live.Ends{Src: e.Src, Dst: e.Dst}, true
	if !namesBoth(e) {
		followed = live.Ends{}
	}
	if e.Src.Port() == 0 && !e.Chain.Open {
		followed, answer, ok = e.Packet()
	}
	switch {
	case !ok:
		return nil, false
	case followed == live.Ends{}:
		return all.nearest(e), answer
	}
	at := slices.IndexFunc(all, func(s packetSeen) bool { return live.Ends{Src: s.src, Dst: s.dst} == followed })
	if at < 0 {
		at = slices.IndexFunc(all, func(s packetSeen) bool { return live.Ends{Src: s.dst, Dst: s.src} == followed })
	}
	if at < 0 {
		return nil, false
	}
	return &all[at], answer
}

func (all packetsSeen) nearest(e *live.KernelEvent) (nearest *packetSeen) {
	for i := range all {
		s := &all[i]
		after := e.Time.Sub(s.at)
		if after < soonest || after > latest || !s.fits(e) {
			continue
		}
		if nearest == nil || after.Abs() < e.Time.Sub(nearest.at).Abs() {
			nearest = s
		}
	}
	return nearest
}

// fits reports whether an event without addresses can be about the packet. A listener that resets is named by its port
// alone.
func (s *packetSeen) fits(e *live.KernelEvent) bool {
	if e.Src.Port() != 0 {
		return s.reset && s.src.Port() == e.Src.Port()
	}
	return (s.length == 0 || e.Len == 0 || s.length == e.Len) && e.IPv6 == s.src.Addr().Is6()
}
