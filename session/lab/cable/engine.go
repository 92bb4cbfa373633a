package cable

import (
	"math/rand/v2"
	"time"

	"tcplab/capture"
)

// engine decides; it touches neither sockets nor clocks, so that the same packets at the same times meet the same fate.
type engine struct {
	rules   []Rule
	applied []int  // how often each rule has applied
	come    []bool // whether what the rule holds packets for has come
	chance  *rand.Rand
	begin   time.Time // of the first TCP or UDP packet
	packets [3]int    // TCP packets seen: c2s, s2c, both together
	cut     [2]bool
	data    map[stream]ordinals
	lines   map[*Rule]*link
	last    time.Time     // of the last TCP packet
	idle    time.Duration // before the packet in hand
	fates   []Fate
	queue   queue
}

// stream is one direction of one connection.
type stream struct {
	ports uint32
	dir   Dir
	v6    bool
}

// ordinals numbers the data segments of a stream by their first sequence number: a retransmission keeps its number, and
// one that is cut elsewhere counts as new.
type ordinals map[uint32]int

func (o ordinals) number(seq uint32) int {
	if o[seq] == 0 {
		o[seq] = len(o) + 1
	}
	return o[seq]
}

func newEngine(s *Script) *engine {
	return &engine{rules: s.Rules, applied: make([]int, len(s.Rules)), come: make([]bool, len(s.Rules)), chance: rand.New(rand.NewPCG(s.Seed, 0)),
		data: map[stream]ordinals{}, lines: map[*Rule]*link{}}
}

// hand is the packet that the engine is deciding on.
type hand struct {
	packet
	isIP    bool
	dir     Dir
	now     time.Time
	ordinal int           // of the data segment, 0 for none
	fate    int           // index into fates
	wait    time.Duration // how long it stays in the cable
	gone    bool          // it does not leave at the other end
	passed  bool          // no further rule looks at it
	swapped bool          // the next packet overtakes it
	heldBy  int           // the rule that holds it, counted from 1; 0 for none
	after   []*departure  // what follows it: copies and forged packets
}

// arrive takes one frame and queues what becomes of it. The frame is the engine's from here on.
func (e *engine) arrive(dir Dir, frame []byte, now time.Time) {
	h := &hand{dir: dir, now: now, fate: len(e.fates)}
	h.packet, h.isIP = parse(frame)
	h.frame = frame
	e.fates = append(e.fates, fateOf(h, len(e.fates)+1))
	e.count(h)
	if e.cut[dir] {
		e.lose(h, CutOff)
	}
	for i := range e.rules {
		if r := &e.rules[i]; !h.gone && !h.passed && !e.come[i] && e.applies(i, r, h) {
			e.applied[i]++
			f := &e.fates[h.fate]
			f.Rules = append(f.Rules, r.Text)
			if r.Action.Verb == "hold" {
				h.heldBy = i + 1
			}
			e.apply(r, h)
		}
	}
	if !h.gone {
		e.releaseFor(h)
	}
	e.depart(h)
}

// count numbers the packet among its like.
func (e *engine) count(h *hand) {
	if !h.isIP {
		return
	}
	if e.begin.IsZero() && (h.tcp() || h.proto == protoUDP) { // not what interfaces say by themselves when they come up
		e.begin = h.now
	}
	if !h.tcp() {
		return
	}
	if e.idle = 0; !e.last.IsZero() {
		e.idle = h.now.Sub(e.last)
	}
	e.last = h.now
	e.packets[h.dir]++
	e.packets[2]++
	if len(h.data()) > 0 {
		key := stream{h.ports(), h.dir, h.v6}
		if e.data[key] == nil || h.flags()&flagSYN != 0 {
			e.data[key] = ordinals{}
		}
		h.ordinal = e.data[key].number(h.seq())
	}
}

// releaseFor lets go what was held for a packet like the one in hand, which goes on itself.
func (e *engine) releaseFor(h *hand) {
	for i := range e.rules {
		if what := e.rules[i].For; what != nil && !e.come[i] && what.Dirs[h.dir] && e.selects(what, h) {
			e.come[i] = true
			e.queue.release(i+1, h.now)
		}
	}
}

// lose ends the packet's way.
func (e *engine) lose(h *hand, what string) {
	h.gone = true
	e.fates[h.fate].Fate = what
}

// depart queues what is left of the packet, and what follows it.
func (e *engine) depart(h *hand) {
	due := h.now.Add(h.wait)
	if !h.gone {
		e.queue.add(&departure{dir: h.dir, frame: h.frame, due: due, fate: h.fate, swapped: h.swapped, heldBy: h.heldBy, wait: h.wait})
	}
	for _, d := range h.after {
		d.due = due.Add(d.later)
		e.queue.add(d)
	}
}

// sent completes the fate of a frame that has left.
func (e *engine) sent(d *departure, at time.Time) {
	f := &e.fates[d.fate]
	f.Left = capture.StampOf(at)
	if f.Fate == Waiting {
		f.Fate = Carried
	}
}
