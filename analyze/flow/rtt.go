package flow

import (
	"slices"
	"time"
)

// maxSamples bounds the round trips kept for median and 95th percentile. When they are full, every second one is
// dropped and from then on every second, fourth … sample is kept: the quantiles are those of an even selection.
const maxSamples = 1024

// earlySamples show the path before this connection has filled a queue: an initial window (RFC 6928) without its tail.
const earlySamples = 8

// rtts collects the round trips of one direction.
type rtts struct {
	kept     []int64 // ns
	n        uint64
	stride   uint64
	min, max int64
}

func (r *rtts) reset() { *r = rtts{kept: r.kept[:0]} }

func (r *rtts) add(d time.Duration) {
	v := int64(d)
	if r.n == 0 || v < r.min {
		r.min = v
	}
	r.max = max(r.max, v)
	if r.stride == 0 {
		r.stride = 1
	}
	if r.n%r.stride == 0 {
		if len(r.kept) == maxSamples {
			for i := range maxSamples / 2 {
				r.kept[i] = r.kept[2*i]
			}
			r.kept = r.kept[:maxSamples/2]
			r.stride *= 2
		}
		if r.n%r.stride == 0 {
			r.kept = append(r.kept, v)
		}
	}
	r.n++
}

// summary returns the quantiles by nearest rank.
func (r *rtts) summary() RTTSummary {
	if r.n == 0 {
		return RTTSummary{}
	}
	var early time.Duration
	if first := r.kept[1:min(len(r.kept), 1+earlySamples)]; len(first) > 0 {
		early = time.Duration(slices.Min(first))
	}
	slices.Sort(r.kept)
	at := func(percent int) time.Duration {
		return time.Duration(r.kept[(len(r.kept)*percent+99)/100-1])
	}
	return RTTSummary{Min: time.Duration(r.min), Median: at(50), P95: at(95), Max: time.Duration(r.max), Early: early, Samples: r.n}
}
