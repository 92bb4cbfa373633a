package join

import (
	"math"
	"slices"
	"time"

	"tcplab/capture"
)

// Clock says how far the second capture's clock is ahead of the first's.
//
// As in NTP (RFC 5905, 8): a packet to the second is seen later by its delay and the offset, one back by its delay less the
// offset. The least of each hold the shortest delays. Their difference gives the offset if both ways are equally long;
// their sum, the shortest round trip, bounds the error whatever the ways are: no packet arrives before it leaves.
type Clock struct {
	Offset time.Duration // at At, on the first clock
	Bound  time.Duration // how far off Offset can be: half the shortest round trip
	Skew   float64       // how much faster the second clock runs, as a fraction; 0 when that cannot be measured
	At     capture.Stamp
	Pairs  [2]int // packets seen at both ends, to the second capture and back
	Same   bool   // both captures were made by one clock
	Known  bool   // packets of both ways were seen at both ends: else Offset is one end of what is possible
	Skewed bool   // Skew was measured
	Wrong  bool   // the shortest round trip is negative: a clock was stepped
}

// First puts a stamp of the second clock on the first.
func (c *Clock) First(at capture.Stamp) capture.Stamp {
	at -= capture.Stamp(c.Offset)
	return at - capture.Stamp(c.Skew*float64(at-c.At))
}

// gap is how much later a packet was seen by the second capture: with the sign of its way for those back.
type gap struct{ at, by int64 }

// estimate compares the stamps of all packets that were matched.
func (j *Join) estimate(same bool) Clock {
	if same {
		return Clock{Same: true, Known: true}
	}
	var ways [2][]gap
	for _, c := range j.conns {
		for _, d := range directions {
			from := c.sender(d)
			for _, p := range c.seen[0].way[d] {
				if p.mate != none {
					by := int64(c.seen[1].way[d][p.mate].time - p.time)
					ways[from] = append(ways[from], gap{int64(p.time), by * int64(1-2*from)})
				}
			}
		}
	}
	clock := Clock{Pairs: [2]int{len(ways[0]), len(ways[1])}, Known: len(ways[0]) > 0 && len(ways[1]) > 0}
	if clock.Known {
		clock.skew(ways)
	}
	clock.level(ways)
	return clock
}

// level takes the offset from the least gaps, straightened by the skew.
func (c *Clock) level(ways [2][]gap) {
	there, back := c.least(ways[0], 1), c.least(ways[1], -1)
	switch {
	case c.Known:
		c.Offset, c.Bound = time.Duration((there-back)/2), time.Duration((there+back)/2)
		c.Wrong = there+back < 0
	case len(ways[0]) > 0:
		c.Offset = time.Duration(there)
	case len(ways[1]) > 0:
		c.Offset = time.Duration(-back)
	}
}

// least is the smallest gap, in ns, without what the skew adds; sign is that of the way.
func (c *Clock) least(way []gap, sign float64) int64 {
	least := int64(math.MaxInt64)
	for _, g := range way {
		least = min(least, g.by-int64(sign*c.Skew*float64(g.at-int64(c.At))))
	}
	return least
}

// The limits of what is called a skew: the captures are cut into bins, whose least gaps must lie on a line well enough.
const (
	skewBins = 100
	skewMost = 1e-3 // a clock that is worse is none
	skewSure = 6    // how much the drift must exceed the scatter
	skewNeed = 10   // bins of each way with packets
)

// skew measures how the gaps drift: the line that lies below all of them and touches them best, the same for both ways.
func (c *Clock) skew(ways [2][]gap) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, way := range ways {
		for _, g := range way {
			first, last = min(first, g.at), max(last, g.at)
		}
	}
	c.At = capture.Stamp(first + (last-first)/2)
	bins := [2][]gap{binned(ways[0], first, last), binned(ways[1], first, last)}
	if len(bins[0]) < skewNeed || len(bins[1]) < skewNeed {
		return
	}
	low, high := -skewMost, skewMost
	for range 80 { // the height above the line is convex in its slope
		a, b := low+(high-low)/3, high-(high-low)/3
		if height(bins, a, c.At) < height(bins, b, c.At) {
			high = b
		} else {
			low = a
		}
	}
	slope := (low + high) / 2
	scatter := height(bins, slope, c.At)/float64(len(bins[0])+len(bins[1])) + 1e3
	if math.Abs(slope)*float64(last-first) > skewSure*scatter {
		c.Skew, c.Skewed = slope, true
	}
}

// binned keeps the least gap of each stretch of time.
func binned(way []gap, first, last int64) []gap {
	var bins [skewBins]*gap
	for i := range way {
		n := int((way[i].at - first) * (skewBins - 1) / max(last-first, 1))
		if bins[n] == nil || way[i].by < bins[n].by {
			bins[n] = &way[i]
		}
	}
	var list []gap
	for _, g := range bins {
		if g != nil {
			list = append(list, *g)
		}
	}
	return list
}

// height is how far the gaps lie above the lines of this slope that touch the lowest, in ns.
func height(ways [2][]gap, slope float64, at capture.Stamp) (sum float64) {
	for n, way := range ways {
		sign := float64(1 - 2*n)
		least := math.Inf(1)
		base := way[0].by
		for _, g := range way {
			above := float64(g.by-base) - sign*slope*float64(g.at-int64(at))
			sum += above
			least = min(least, above)
		}
		sum -= least * float64(len(way))
	}
	return sum
}

// median is the middle of a list, 0 for none. It orders the list.
func median(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}
