package analyze

import (
	"cmp"
	"slices"

	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// tally counts what every frame turned out to be.
type tally struct {
	kinds       [wire.UnknownLink + 1]uint64
	duplicates  uint64
	frames      uint64
	first, last capture.Stamp
	others      map[protocol]uint64 // of frames that are not TCP
	unknown     map[capture.LinkType]uint64
}

// protocol is what a frame carries, as far as its headers say.
type protocol struct {
	etherType uint16
	proto     uint8
}

func (t *tally) add(f *capture.Frame, p *wire.Packet, kind wire.Kind) {
	t.kinds[kind]++
	if t.frames == 0 || f.Time < t.first {
		t.first = f.Time
	}
	if t.frames == 0 || f.Time > t.last {
		t.last = f.Time
	}
	t.frames++
	switch kind {
	case wire.NotTCP, wire.Neighbor:
		if t.others == nil {
			t.others = map[protocol]uint64{}
		}
		t.others[protocol{p.EtherType, p.Proto}]++
	case wire.UnknownLink:
		if t.unknown == nil {
			t.unknown = map[capture.LinkType]uint64{}
		}
		t.unknown[f.Link]++
	}
}

func (t *tally) counts() report.Counts {
	k := &t.kinds
	return report.Counts{
		TCP: k[wire.TCP], ICMPError: k[wire.ICMPError], NotTCP: k[wire.NotTCP] + k[wire.Neighbor], Fragment: k[wire.Fragment],
		Malformed: k[wire.Malformed] + k[wire.Truncated], UnknownLink: k[wire.UnknownLink], Duplicate: t.duplicates,
	}
}

// shares says what the frames that are not TCP were, most frequent first.
func (t *tally) shares() []report.Share {
	byName := map[string]uint64{}
	for p, n := range t.others {
		byName[wire.ProtocolName(p.etherType, p.proto)] += n
	}
	for link, n := range t.unknown {
		byName["link type "+link.String()] += n
	}
	shares := []report.Share{}
	for name, n := range byName {
		shares = append(shares, report.Share{Name: name, Frames: n})
	}
	slices.SortFunc(shares, func(a, b report.Share) int {
		return cmp.Or(cmp.Compare(b.Frames, a.Frames), cmp.Compare(a.Name, b.Name))
	})
	return shares
}
