package wireshark

import (
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

var (
	randomFiles  = flag.Int("random-files", 4, "how many random captures are compared with tshark")
	randomFrames = flag.Int("random-frames", 1500, "segments in each")
	randomSeed   = flag.Uint64("random-seed", 1, "seed of the first")
)

// TestRandomCaptures compares both judgements on segments that no real host would send in such an order: every rule of
// the analysis meets states that captures seldom show.
func TestRandomCaptures(t *testing.T) {
	needTshark(t)
	for i := range *randomFiles {
		seed := *randomSeed + uint64(i)
		frames := newChaos(seed).frames(*randomFrames)
		file := filepath.Join(t.TempDir(), "random.pcap")
		if err := os.WriteFile(file, encodePcap(frames), 0o600); err != nil {
			t.Fatal(err)
		}
		got := make(map[uint32]judged)
		a := New()
		for k := range frames {
			frames[k].judge(a, got)
		}
		values := 0
		lines := append(compare(t, file, columns(), got, &values), compareCompleteness(t, file, a, got)...)
		for _, line := range lines[:min(10, len(lines))] {
			t.Errorf("seed %d: %s", seed, line)
		}
		t.Logf("seed %d: %d frames, %d streams, %d values, %d differences", seed, len(frames), a.Streams(), values, len(lines))
	}
}

// chaos invents segments of a few connections that share hosts.
type chaos struct {
	rnd   *rand.Rand
	now   capture.Stamp
	ends  []end
	pairs int
}

// end is one end of a connection, as far as plausible numbers need it.
type end struct {
	port      uint16
	isn, next wire.Seq
	acked     wire.Seq
	window    uint16
	sent      []wire.Segment
}

func newChaos(seed uint64) *chaos {
	c := &chaos{rnd: rand.New(rand.NewPCG(seed, 17)), now: 1_700_000_000_000_000_000, pairs: 4}
	isns := []wire.Seq{1000, 0xfffffff0, 0, 0x7fffff00, 5000, 0x80000000, 1, 0xffffffff}
	for i := range 2 * c.pairs {
		isn := isns[(i+int(seed))%len(isns)]
		c.ends = append(c.ends, end{port: uint16(1000 + i), isn: isn, next: isn, window: 1000})
	}
	return c
}

func (c *chaos) pick(values ...int) int { return values[c.rnd.IntN(len(values))] }

// invented is a frame of a random capture: a segment, or an ICMP error that quotes it.
type invented struct {
	segment wire.Segment
	quoted  int // bytes of its TCP header in the ICMP error, 0 when the segment itself is the frame
}

func (v *invented) judge(a *Analyzer, got map[uint32]judged) {
	s := &v.segment
	if v.quoted == 0 {
		got[s.Frame] = judged{Result: a.Segment(s)}
		return
	}
	q := wire.ICMP{Frame: s.Frame, Time: s.Time, Src: s.Src, Dst: s.Dst, SrcPort: s.SrcPort, DstPort: s.DstPort,
		Seq: s.Seq, Ack: s.Ack, Flags: s.Flags, Window: s.Window,
		QuotedTCP: uint8(v.quoted), HeaderLen: uint8(20 + len(s.Options.Raw))}
	if v.quoted == 20+len(s.Options.Raw) {
		q.Options = s.Options
	}
	if r, ok := a.ICMP(&q); ok {
		got[s.Frame] = judged{Result: r, quote: true, cut: v.quoted < 20}
	}
}

func (c *chaos) frames(n int) []invented {
	list := make([]invented, 0, n)
	for i := range n {
		c.now += capture.Stamp(c.pick(0, 1000, 50_000, 400_000, 900_000, 2_999_999, 5_000_000, 19_999_999, 20_000_000, 200_000_000,
			int(time.Second), -700_000))
		pair, side := c.rnd.IntN(c.pairs), c.rnd.IntN(2)
		s := c.segment(&c.ends[2*pair+side], &c.ends[2*pair+1-side])
		s.Frame, s.Time = uint32(i+1), c.now
		v := invented{segment: s}
		if c.rnd.IntN(25) == 0 && s.Options.Has&wire.HasFastOpen == 0 {
			v.quoted = min(20+len(s.Options.Raw), c.pick(8, 12, 16, 18, 20, 24, 60))
		}
		list = append(list, v)
	}
	return list
}

// segment invents what from sends to to: mostly what a real host would do next, often a repetition or worse.
func (c *chaos) segment(from, to *end) wire.Segment {
	if len(from.sent) > 0 && c.rnd.IntN(6) == 0 {
		old := max(0, len(from.sent)-1-c.rnd.IntN(8))
		return from.sent[old]
	}
	s := wire.Segment{Src: address(byte(from.port)), Dst: address(byte(to.port)), SrcPort: from.port, DstPort: to.port,
		Seq: from.next, Ack: from.acked, Flags: wire.ACK, Window: from.window, TTL: 64}
	switch c.rnd.IntN(24) {
	case 0:
		c.syn(&s, from, to)
	case 1:
		s.Flags |= wire.FIN
		s.Len = uint32(c.pick(0, 0, 100))
	case 2:
		s.Flags = wire.Flags(c.pick(int(wire.RST), int(wire.RST|wire.ACK)))
		s.Window = uint16(c.pick(0, 1000))
		s.Len = uint32(c.pick(0, 0, 20))
	case 3:
		s.Seq--
		s.Len = uint32(c.pick(0, 1, 2, 100))
	case 4:
		s.Seq += wire.Seq(c.pick(100, 200, -50, -100, -151))
		s.Len = uint32(c.pick(0, 100, 150))
	case 5:
		s.Window = uint16(c.pick(0, 1000, 1001, 65535))
	case 6:
		s.Ack = to.next + wire.Seq(c.pick(0, 1, 100, -100, -50))
		s.Len = uint32(c.pick(0, 0, 100))
	case 7, 8, 9:
		s.Ack = to.next
		s.Options = c.sack(to.next)
	case 10, 11, 12, 13:
		s.Ack = to.next
	case 14, 15:
	case 16:
		s.Len = 1
	case 17: // fills the window exactly
		s.Len = uint32(to.acked) + uint32(to.window)<<c.pick(0, 2) - uint32(s.Seq)
		if s.Len > 9000 {
			s.Len = 10
		}
	default:
		s.Len = uint32(c.pick(1, 2, 100, 100, 100, 250))
		if c.rnd.IntN(3) == 0 {
			s.Flags |= wire.PSH
		}
	}
	c.remember(&s, from)
	return s
}

func (c *chaos) syn(s *wire.Segment, from, to *end) {
	if c.rnd.IntN(3) == 0 {
		from.isn += wire.Seq(c.pick(64000, 1, 0x40000000))
	}
	s.Seq = from.isn
	s.Flags = wire.SYN
	s.Ack = 0
	if c.rnd.IntN(2) == 0 {
		s.Flags |= wire.ACK
		s.Ack = to.next
	}
	if c.rnd.IntN(2) == 0 {
		s.Options.Has |= wire.HasWindowScale
		s.Options.WindowScale = uint8(c.pick(0, 2, 7, 15))
		s.Options.Raw = append(s.Options.Raw, 3, 3, s.Options.WindowScale, 1)
	}
	if c.rnd.IntN(3) == 0 {
		s.Options.Has |= wire.HasFastOpen
		s.Options.Raw = append(s.Options.Raw, fastOpens[c.rnd.IntN(len(fastOpens))]...)
		s.Len = uint32(c.pick(0, 50))
	}
}

// fastOpens are Fast Open options with and without a cookie, also of the experimental kinds.
var fastOpens = [][]byte{{34, 2, 1, 1}, {34, 6, 1, 2, 3, 4, 1, 1}, {254, 6, 0xf9, 0x89, 7, 7, 1, 1}, {253, 4, 0xf9, 0x89}}

func (c *chaos) sack(ack wire.Seq) (o wire.Options) {
	if c.rnd.IntN(2) == 0 {
		return o
	}
	o.Has, o.NumSACK = wire.HasSACK, uint8(c.pick(1, 2, 3, 4))
	o.Raw = append(o.Raw, 1, 1, 5, 2+8*o.NumSACK)
	for i := range o.NumSACK {
		left := ack - wire.Seq(c.pick(100, 50, 300)*int(i+1))
		o.SACK[i] = wire.Block{Left: left, Right: left + wire.Seq(c.pick(20, 100, 1))}
		o.Raw = binary.BigEndian.AppendUint32(o.Raw, uint32(o.SACK[i].Left))
		o.Raw = binary.BigEndian.AppendUint32(o.Raw, uint32(o.SACK[i].Right))
	}
	return o
}

// remember moves from as a host would be moved by sending s.
func (c *chaos) remember(s *wire.Segment, from *end) {
	if from.next.Less(s.End()) || s.Flags.Has(wire.SYN) {
		from.next = s.End()
	}
	if s.Flags.Has(wire.ACK) {
		from.acked = s.Ack
	}
	from.window = s.Window
	from.sent = append(from.sent, *s)
}
