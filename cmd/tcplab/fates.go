package main

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/report"
	"tcplab/capture"
)

// deeds sums up what the scripted cable of a lab did that a plain one would not: by rule, direction and fate, in the
// order in which it happened first.
func deeds(fates []capture.Fate, r *report.Report) (list []report.Deed) {
	if len(fates) == 0 {
		return nil
	}
	frames := captured(r).frames(fates)
	cut := "" // the rule that cut the cable: what comes later names none
	for i := range fates {
		f := &fates[i]
		for _, rule := range told(f) {
			if f.Fate == "cut off" {
				cut = cmp.Or(rule, cut)
				rule = cut
			}
			n := slices.IndexFunc(list, func(d report.Deed) bool { return d.Fate == f.Fate && d.Dir == f.Dir && d.Rule == rule })
			if n < 0 {
				n = len(list)
				list = append(list, report.Deed{Fate: f.Fate, Dir: f.Dir, Rule: rule, Frames: []uint32{}})
			}
			list[n].Packets++
			if frames[i] != 0 {
				list[n].Frames = append(list[n].Frames, frames[i])
			}
		}
	}
	return list
}

// told are the rules that account for a fate. A packet that got through owes it to all that applied to it; the way of any
// other ended with the last of them.
func told(f *capture.Fate) []string {
	switch {
	case f.Fate == "carried" || f.Fate == "changed":
		return slices.DeleteFunc(slices.Clone(f.Rules), besides)
	case len(f.Rules) > 0:
		return f.Rules[len(f.Rules)-1:]
	}
	return []string{""}
}

// besides reports whether a rule leaves the packet itself alone: what it adds has a fate of its own.
func besides(rule string) bool {
	verb, _, _ := strings.Cut(rule, " ")
	return verb == "reset" || verb == "inject" || verb == "duplicate"
}

// near bounds how far apart in time the cable and the capture see the same packet: less than the shortest time after
// which Linux repeats a segment.
const near = 150 * time.Millisecond

// identity is what a segment and its repetitions share.
type identity struct {
	src   netip.AddrPort
	seq   uint32
	len   int
	flags string
}

// sightings are the captured segments by what tells them apart, each with its time.
type sightings map[identity][]sightedAt

type sightedAt struct {
	frame uint32
	time  capture.Stamp
}

// captured lists the segments of a report.
func captured(r *report.Report) sightings {
	seen := sightings{}
	for i := range r.Connections {
		c := &r.Connections[i]
		from := map[string]netip.AddrPort{"c2s": addrPortOf(c.Client), "s2c": addrPortOf(c.Server)}
		for _, s := range c.Segments {
			id := identity{from[s.Dir], s.SeqRaw, int(s.Len), s.Flags}
			seen[id] = append(seen[id], sightedAt{s.Frame, capture.StampOf(c.Start.Add(time.Duration(s.Time)))})
		}
	}
	return seen
}

// addrPortOf is the zero value for an end whose address does not parse: nothing matches it.
func addrPortOf(e report.Endpoint) netip.AddrPort {
	addr, err := netip.ParseAddr(e.Addr)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, e.Port)
}

// frames finds the frame of each packet that the cable saw, 0 for one that the capture does not hold: that was made at one
// end, before the cable or behind it. Where both have seen as many alike they are the same ones, one after the other, however
// late a busy machine made the cable, and so they are where the capture holds more: the run ended before the cable took those.
// Else the time tells.
func (s sightings) frames(fates []capture.Fate) []uint32 {
	alike := map[identity][]int{}
	for i := range fates {
		id := identityOf(&fates[i])
		alike[id] = append(alike[id], i)
	}
	frames := make([]uint32, len(fates))
	for id, group := range alike {
		for k, i := range group {
			if len(group) <= len(s[id]) {
				frames[i] = s[id][k].frame
			} else {
				frames[i] = s.nearest(&fates[i])
			}
		}
	}
	return frames
}

func identityOf(f *capture.Fate) identity { return identity{f.Src, f.Seq, f.Len, f.Flags} }

// nearest is the frame of the packet that was captured when f was in the cable, 0 when none was.
func (s sightings) nearest(f *capture.Fate) (frame uint32) {
	best := near
	for _, sighted := range s[identityOf(f)] {
		for _, at := range []capture.Stamp{f.Came, f.Left} {
			if gap := sighted.time.Sub(at).Abs(); at != 0 && gap < best {
				best, frame = gap, sighted.frame
			}
		}
	}
	return frame
}
