package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// memory holds what the rules say of attempts of a kind, so that the next one of the kind need not be judged: it is told
// the same with its own frames and addresses. It is learned from samples, and only where they are all told the same.
type memory struct {
	known [512]*acquaintance
	now   kind
	page  page
	heard map[wire.Addr]bool // the addresses that the first neighbour messages name
	until int                // how many messages these are
}

// acquaintance is a kind that was met.
type acquaintance struct {
	kind   kind
	judged bool
	alike  bool // every attempt of the kind is told the same
	lore        // in that case
}

// lore is what every attempt of a kind is told.
type lore struct {
	told  []told
	found []report.Finding // the same about the attempt at hand, written over that about the one before
}

// told is a finding about every attempt of a kind.
type told struct {
	report.Finding // but for what follows
	frames         []hole
	evidence       []text
	fix            text
}

// text is words and holes in turn, words first.
type text struct {
	words []string
	holes []hole
}

// recall returns the findings of an attempt whose kind is known; false when it must be judged.
func (m *memory) recall(e *Engine, c *Case) ([]report.Finding, bool) {
	if !c.uniform || len(c.Calls)+len(c.Facts) > 0 || !m.now.of(c.Conv) {
		return nil, false
	}
	k := &m.now
	if k.neighbors = len(c.Neighbors) > 0; k.neighbors && m.named(c) {
		return nil, false
	}
	at := &m.known[k.hash()%uint32(len(m.known))]
	switch a := *at; {
	case a == nil:
		*at = &acquaintance{kind: *k}
		return nil, false
	case a.kind != *k:
		*a = acquaintance{kind: *k}
		return nil, false
	case !a.judged:
		a.learn(e)
	}
	if !(*at).alike {
		return nil, false
	}
	m.page.client, m.page.server = c.Conv.Client.String(), c.Conv.Server.String()
	return (*at).about(c.Conv, &m.page), true
}

// named reports whether a neighbour message is about one of the two ends.
func (m *memory) named(c *Case) bool {
	if m.heard == nil || m.until > len(c.Neighbors) {
		m.heard, m.until = map[wire.Addr]bool{}, 0
	}
	for ; m.until < len(c.Neighbors); m.until++ {
		n := &c.Neighbors[m.until]
		m.heard[n.Sender], m.heard[n.Target] = true, true
	}
	return m.heard[c.Conv.Client] || m.heard[c.Conv.Server]
}

// hash spreads kinds by what differs most in one capture.
func (k *kind) hash() uint32 {
	h := uint64(k.serverPort)<<48 | uint64(k.gap)<<40 | uint64(k.rest)<<32 | uint64(k.client)<<28 | uint64(k.server)<<24 | uint64(k.frames)<<20
	for i := range k.rows {
		r := &k.rows[i]
		h = (h ^ uint64(r.TTL)<<8 ^ uint64(r.Flags)<<2 ^ uint64(r.IPID)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return uint32(h)
}

// learn judges samples of the kind and keeps what is said of all of them alike.
func (a *acquaintance) learn(e *Engine) {
	a.judged = true
	for n := range samples {
		s := sampleOf(&a.kind, uint32(n))
		c := Case{Conv: &s.conv, Peers: s.others(n)}
		c.SamePort = c.Peers[:min(len(c.Peers), perPort)]
		if a.kind.neighbors {
			c.Neighbors = foreign[:1+n]
		}
		list := make([]told, 0, 2)
		for _, f := range e.judge(&c, Incident(c.Conv)) {
			list = append(list, s.generalize(f))
		}
		switch {
		case n == 0:
			a.told = list
		case !slices.EqualFunc(a.told, list, sameTold):
			a.told = nil
			return
		}
	}
	a.alike = true
	a.prepare()
}

// foreign are neighbour messages between hosts that none of the samples has to do with.
var foreign = [samples]wire.NeighborMsg{
	{Frame: 1, Sender: address(link4, 0, 1), Target: address(link4, 0, 2)},
	{Frame: 2, Reply: true, Sender: address(link4, 0, 2), Target: address(link4, 0, 1), MAC: [6]byte{2, 1, 1, 1, 1, 1}},
	{Frame: 3, Reply: true, Sender: address(link4, 0, 3), Target: address(link4, 0, 1), MAC: [6]byte{2, 2, 2, 2, 2, 2}},
	{Frame: 4, Sender: address(public6, 0, 4), Target: address(public6, 0, 5)},
}

// generalize takes the free values of s out of a finding about it.
func (s *sample) generalize(f report.Finding) told {
	t := told{Finding: f, fix: s.cut(f.Fix)}
	for _, frame := range f.Frames {
		switch frame {
		case s.conv.FirstFrame:
			t.frames = append(t.frames, firstFrame)
		case s.conv.LastFrame:
			t.frames = append(t.frames, secondFrame)
		default:
			t.frames = append(t.frames, noHole, hole(s.conv.ID)) // no other sample is told this
		}
	}
	for _, line := range f.Evidence {
		t.evidence = append(t.evidence, s.cut(line))
	}
	return t
}

func (s *sample) cut(words string) text {
	var t text
	for {
		at, which := len(words), noHole
		for h := firstFrame; h < numHoles; h++ {
			if i := strings.Index(words[:min(len(words), at+len(s.holes[h]))], s.holes[h]); i >= 0 && i < at {
				at, which = i, h
			}
		}
		t.words = append(t.words, words[:at])
		if which == noHole {
			return t
		}
		t.holes = append(t.holes, which)
		words = words[at+len(s.holes[which]):]
	}
}

// sameTold compares what is said of two samples. What has no holes must be equal as it stands.
func sameTold(a, b told) bool {
	return a.Cause == b.Cause && a.Title == b.Title && a.Level == b.Level && a.Severity == b.Severity &&
		a.ClientSees == b.ClientSees && a.ServerSees == b.ServerSees && slices.Equal(a.Calls, b.Calls) &&
		slices.Equal(a.Excluded, b.Excluded) && slices.Equal(a.frames, b.frames) &&
		slices.EqualFunc(a.evidence, b.evidence, sameText) && sameText(a.fix, b.fix)
}

func sameText(a, b text) bool {
	return slices.Equal(a.words, b.words) && slices.Equal(a.holes, b.holes)
}

// prepare makes room for the findings of one attempt, and puts in place what stands in those of all.
func (l *lore) prepare() {
	for i := range l.told {
		t := &l.told[i]
		f := t.Finding
		f.Frames, f.Evidence = make([]uint32, len(t.frames)), make([]string, len(t.evidence))
		for n := range t.evidence {
			f.Evidence[n] = t.evidence[n].words[0]
		}
		l.found = append(l.found, f)
	}
}

// about is what is told of c, until it is called again.
func (l *lore) about(c *flow.Conversation, p *page) []report.Finding {
	for i := range l.told {
		t, f := &l.told[i], &l.found[i]
		for n, h := range t.frames {
			if f.Frames[n] = c.FirstFrame; h == secondFrame {
				f.Frames[n] = c.LastFrame
			}
		}
		for n := range t.evidence {
			if e := &t.evidence[n]; len(e.holes) > 0 {
				f.Evidence[n] = p.fill(e, c)
			}
		}
		if len(t.fix.holes) > 0 {
			f.Fix = p.fill(&t.fix, c)
		}
	}
	return l.found
}

// page is where the texts of recalled findings are written.
type page struct {
	client, server string // the addresses of the attempt at hand
	text           strings.Builder
	value          []byte // of a hole
}

// fill is the text about c.
func (p *page) fill(t *text, c *flow.Conversation) string {
	const room, usual = 1 << 15, 1 << 9 // a text that takes more than is usual is moved when there is no room, no more
	if p.text.Cap()-p.text.Len() < usual {
		p.text = strings.Builder{}
		p.text.Grow(room)
	}
	start := p.text.Len()
	p.text.WriteString(t.words[0])
	for i, h := range t.holes {
		p.value = p.append(p.value[:0], h, c)
		p.text.Write(p.value)
		p.text.WriteString(t.words[i+1])
	}
	return p.text.String()[start:]
}

// append appends the value that c has for a hole.
func (p *page) append(buf []byte, h hole, c *flow.Conversation) []byte {
	switch h {
	case firstFrame:
		return strconv.AppendUint(buf, uint64(c.FirstFrame), 10)
	case secondFrame:
		return strconv.AppendUint(buf, uint64(c.LastFrame), 10)
	case clientAddr:
		return append(buf, p.client...)
	case serverAddr:
		return append(buf, p.server...)
	case clientPort:
		return strconv.AppendUint(buf, uint64(c.ClientPort), 10)
	}
	return buf
}
