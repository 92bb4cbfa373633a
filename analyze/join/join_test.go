package join

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// seg is a segment as one end sends it.
type seg struct {
	at         time.Duration
	fromServer bool
	flags      wire.Flags
	seq, ack   uint32
	len        int
	id         uint16
	tsval      uint32
	ttl        uint8 // 0: 64
}

const start = capture.Stamp(1_700_000_000_000_000_000)

// frame writes a segment of 10.0.0.1:40000 and 10.0.0.2:80 as a raw IPv4 packet with timestamps.
func (s seg) frame() capture.Frame {
	const head = 20 + 32
	b := make([]byte, head+s.len)
	be := binary.BigEndian
	b[0], b[8], b[9] = 0x45, s.ttl, 6
	if s.ttl == 0 {
		b[8] = 64
	}
	be.PutUint16(b[2:], uint16(len(b)))
	be.PutUint16(b[4:], s.id)
	src, dst := []byte{10, 0, 0, 1, 0x9c, 0x40}, []byte{10, 0, 0, 2, 0, 80}
	if s.fromServer {
		src, dst = dst, src
	}
	copy(b[12:], src[:4])
	copy(b[16:], dst[:4])
	t := b[20:]
	copy(t, src[4:])
	copy(t[2:], dst[4:])
	be.PutUint32(t[4:], s.seq)
	be.PutUint32(t[8:], s.ack)
	t[12], t[13] = 8<<4, byte(s.flags)
	be.PutUint16(t[14:], 1000)
	copy(t[20:], []byte{1, 1, 8, 10})
	be.PutUint32(t[24:], s.tsval)
	for i := range s.len {
		t[32+i] = byte(int(s.seq) + i)
	}
	return capture.Frame{Time: start + capture.Stamp(s.at), Link: capture.LinkRaw, WireLen: uint32(len(b)), Data: b}
}

// memory is a capture that is held in memory.
type memory struct {
	frames []capture.Frame
	next   int
}

func (m *memory) Next(f *capture.Frame) error {
	if m.next == len(m.frames) {
		return io.EOF
	}
	*f = m.frames[m.next]
	m.next++
	f.Number = uint32(m.next)
	return nil
}

func (m *memory) Stats() capture.Stats { return capture.Stats{} }
func (m *memory) Close() error         { return nil }

// captureOf makes a capture of segments, in the order of their times, on a clock.
func captureOf(name string, list []seg, clock func(time.Duration) time.Duration) Capture {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b seg) int { return int(a.at - b.at) })
	var frames []capture.Frame
	for _, s := range list {
		s.at = clock(s.at)
		frames = append(frames, s.frame())
	}
	return Capture{Name: name, Open: func() (capture.Source, error) { return &memory{frames: frames}, nil }}
}

func straight(d time.Duration) time.Duration { return d }

// delay is a segment as it arrives some time later.
func (s seg) delay(d time.Duration) seg { s.at += d; return s }

const ms = time.Millisecond

// handshake is SYN, SYN-ACK and ACK on a path of 5 ms, as each end sees it.
func handshake() (client, server []seg) {
	syn := seg{flags: wire.SYN, seq: 1000, id: 1, tsval: 1}
	synack := seg{at: 6 * ms, fromServer: true, flags: wire.SYN | wire.ACK, seq: 5000, ack: 1001, tsval: 100}
	ack := seg{at: 12 * ms, flags: wire.ACK, seq: 1001, ack: 5001, id: 2, tsval: 2}
	return []seg{syn, synack.delay(5 * ms), ack}, []seg{syn.delay(5 * ms), synack, ack.delay(5 * ms)}
}

// data is a segment of the client, as it leaves.
func data(at time.Duration, seq uint32, size int, id uint16) seg {
	return seg{at: at, flags: wire.ACK | wire.PSH, seq: seq, ack: 5001, len: size, id: id, tsval: uint32(at / ms)}
}

// joinOf joins the two captures and returns the only connection.
func joinOf(t *testing.T, client, server Capture) (*Join, *Conn) {
	t.Helper()
	j, err := Of(t.Context(), client, server, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.conns) != 1 {
		t.Fatalf("%d connections", len(j.conns))
	}
	return j, j.conns[0]
}

func TestSegmentsCutOtherwise(t *testing.T) {
	client, server := handshake()
	big := data(20*ms, 1001, 4000, 10) // the network card makes three of it
	small := [...]seg{data(30*ms, 5001, 1000, 13), data(30*ms, 6001, 1000, 14)}
	client = append(client, big, small[0], small[1])
	joined := data(30*ms, 5001, 2000, 13) // which the receiver's card made one of
	for i, at := range []uint32{1001, 2449, 3897} {
		piece := big.delay(5 * ms)
		piece.seq, piece.len, piece.id = at, min(1448, int(5001-at)), uint16(10+i)
		server = append(server, piece)
	}
	server = append(server, joined.delay(5*ms))
	j, c := joinOf(t, captureOf("client", client, straight), captureOf("server", server, straight))
	w := c.Way[flow.ToServer]
	if len(w.Recut) != 3 || len(w.Lost)+len(w.Unsent)+len(w.Injected)+len(w.Missed) > 0 || len(j.entries) != 6 {
		t.Errorf("%+v, %d frames", w, len(j.entries))
	}
}

func TestPartOfALargeSegmentIsLost(t *testing.T) {
	client, server := handshake()
	big := data(20*ms, 1001, 2896, 10)
	again := data(60*ms, 1001, 1448, 12)
	client = append(client, big, again, data(80*ms, 3897, 10, 13))
	second := big.delay(5 * ms)
	second.seq, second.len, second.id = 2449, 1448, 11
	server = append(server, second, again.delay(5*ms), data(85*ms, 3897, 10, 13))
	_, c := joinOf(t, captureOf("client", client, straight), captureOf("server", server, straight))
	if w := c.Way[flow.ToServer]; len(w.Lost) != 1 || w.LostBytes != 1448 || len(w.Unsent) != 0 {
		t.Errorf("%+v", w)
	}
}

// Which copy of a repeated segment was lost is told by its timestamp and IP ID.
func TestWhichCopyWasLost(t *testing.T) {
	client, server := handshake()
	first, second := data(20*ms, 1001, 100, 10), data(220*ms, 1001, 100, 11)
	client = append(client, first, second, data(300*ms, 1101, 1, 12))
	server = append(server, second.delay(5*ms), data(305*ms, 1101, 1, 12))
	j, c := joinOf(t, captureOf("client", client, straight), captureOf("server", server, straight))
	if w := c.Way[flow.ToServer]; len(w.Lost) != 1 || w.Lost[0] != 4 {
		t.Errorf("%+v", w)
	}
	if s, ok := j.Sighting(5); !ok || s.Fate != Arrived || s.Sent.Frame != 5 || s.Arrived.Frame != 4 || s.Arrived.Time-s.Sent.Time != capture.Stamp(5*ms) {
		t.Errorf("%+v", s)
	}
}

// What only the receiver has: made on the way when it came from another distance, missed by the sender's capture when the
// numbers go on behind it, else not to be told apart.
func TestWhatOnlyTheReceiverHas(t *testing.T) {
	client, server := handshake()
	forged := seg{at: 30 * ms, flags: wire.RST | wire.ACK, seq: 1001, ack: 5001, ttl: 57}
	missed, next := data(40*ms, 1001, 100, 10), data(50*ms, 1101, 100, 11)
	bare := seg{at: 60 * ms, flags: wire.ACK, seq: 1201, ack: 5001, id: 12, tsval: 60}
	client = append(client, next, data(90*ms, 1201, 1, 13))
	server = append(server, forged, missed.delay(5*ms), next.delay(5*ms), bare.delay(5*ms), data(95*ms, 1201, 1, 13))
	_, c := joinOf(t, captureOf("client", client, straight), captureOf("server", server, straight))
	if w := c.Way[flow.ToServer]; len(w.Injected) != 1 || len(w.Missed) != 1 || len(w.Unsent) != 1 || len(w.Lost) != 0 {
		t.Errorf("%+v", w)
	}
	known := captureOf("client", client, straight)
	known.Complete = true // then all that it lacks was not sent
	_, c = joinOf(t, known, captureOf("server", server, straight))
	if w := c.Way[flow.ToServer]; len(w.Injected) != 3 || len(w.Missed)+len(w.Unsent) != 0 {
		t.Errorf("complete: %+v", w)
	}
}

// Nothing is called lost for which nobody was looking any more.
func TestNobodyWasLooking(t *testing.T) {
	client, server := handshake()
	client = append(client, data(20*ms, 1001, 100, 10), data(900*ms, 1101, 100, 11))
	server = append(server, data(25*ms, 1001, 100, 10))
	_, c := joinOf(t, captureOf("client", client, straight), captureOf("server", server, straight))
	if w := c.Way[flow.ToServer]; len(w.Lost) != 0 || len(w.Unwatched) != 1 {
		t.Errorf("%+v", w)
	}
	watched := captureOf("server", server, straight)
	watched.To = start + capture.Stamp(2*time.Second)
	_, c = joinOf(t, captureOf("client", client, straight), watched)
	if w := c.Way[flow.ToServer]; len(w.Lost) != 1 {
		t.Errorf("watched: %+v", w)
	}
}

// A capture on the any device can show each packet twice; nothing of that happened on the way.
func TestACaptureThatShowsPacketsTwice(t *testing.T) {
	client, server := handshake()
	client = append(client, data(20*ms, 1001, 100, 10))
	server = append(server, data(25*ms, 1001, 100, 10))
	twice := slices.Concat(server, server)
	_, c := joinOf(t, captureOf("client", client, straight), captureOf("server", twice, straight))
	for d, w := range c.Way {
		if w.Sent != w.Arrived || len(w.Copied)+len(w.Injected)+len(w.Unsent) > 0 {
			t.Errorf("%d: %+v", d, w)
		}
	}
}

// exchange is a request and a reply every 100 ms, on a path whose delays scatter above their least.
func exchange(n int, there, back time.Duration) (client, server []seg) {
	chance := rand.New(rand.NewPCG(1, 2))
	client, server = handshake()
	for i := range n {
		at := 100 * ms * time.Duration(i+1)
		late := func() time.Duration { return time.Duration(chance.ExpFloat64() * float64(200*time.Microsecond)) }
		request := data(at, 1001+uint32(i), 1, uint16(10+i))
		reply := seg{at: at + there + ms, fromServer: true, flags: wire.ACK, seq: 5001 + uint32(i), ack: 1002 + uint32(i), len: 1, id: uint16(10 + i),
			tsval: uint32(i)}
		client, server = append(client, request, reply.delay(back+late())), append(server, request.delay(there+late()), reply)
	}
	return client, server
}

// A clock that runs faster is found out, and the delays are straight again; one that does not is not accused.
func TestSkew(t *testing.T) {
	client, server := exchange(600, 5*ms, 5*ms)
	for _, ppm := range []float64{0, 40, -75, 400} {
		clock := func(d time.Duration) time.Duration { return d + 3*time.Hour + time.Duration(ppm*1e-6*float64(d)) }
		j, c := joinOf(t, captureOf("client", client, straight), captureOf("server", server, clock))
		if got := j.Clock.Skew * 1e6; got-ppm > 2 || got-ppm < -2 || j.Clock.Skewed != (ppm != 0) {
			t.Errorf("%v ppm: measured %v, %v", ppm, got, j.Clock.Skewed)
		}
		for d, w := range c.Way {
			if w.Min < 4900*time.Microsecond || w.Median > 5400*time.Microsecond {
				t.Errorf("%v ppm, way %d: %v to %v, mostly %v", ppm, d, w.Min, w.Max, w.Median)
			}
		}
	}
}

// On a path that is longer one way, the offset is wrong by half the difference, and the bound says that it may be.
func TestUnequalPath(t *testing.T) {
	client, server := exchange(50, 9*ms, 5*ms)
	j, _ := joinOf(t, captureOf("client", client, straight), captureOf("server", server, func(d time.Duration) time.Duration { return d - time.Second }))
	off := (j.Clock.Offset + time.Second).Abs()
	if off > j.Clock.Bound || j.Clock.Bound > 8*ms {
		t.Errorf("off by %v, ± %v", off, j.Clock.Bound)
	}
}

// With packets of one way only there is no offset, only a limit.
func TestOneWay(t *testing.T) {
	syn := seg{flags: wire.SYN, seq: 1000, id: 1, tsval: 1}
	again := seg{at: time.Second, flags: wire.SYN, seq: 1000, id: 2, tsval: 1000}
	j, c := joinOf(t, captureOf("client", []seg{syn, again}, straight), captureOf("server", []seg{syn.delay(5 * ms), again.delay(5 * ms)}, straight))
	if j.Clock.Known || j.Clock.Offset != 5*ms || c.Way[flow.ToServer].Arrived != 2 {
		t.Errorf("%+v, %+v", j.Clock, c.Way[flow.ToServer])
	}
}

func TestNothingShared(t *testing.T) {
	client, _ := handshake()
	_, other := handshake()
	for i := range other {
		other[i].seq, other[i].ack = other[i].seq+7, other[i].ack+7
	}
	if _, err := Of(t.Context(), captureOf("a", client, straight), captureOf("b", other, straight), false); !errors.Is(err, ErrNothingShared) {
		t.Errorf("%v", err)
	}
}

// The joined capture is each packet once, numbered anew, at the client's times; the order of the captures does not matter.
func TestSourceIsTheSameBothWaysRound(t *testing.T) {
	client, server := exchange(20, 5*ms, 5*ms)
	lost := seg{at: 55 * ms, fromServer: true, flags: wire.ACK, seq: 5001, ack: 1001, id: 9, tsval: 7}
	server = append(server, lost)
	a, b := captureOf("client", client, straight), captureOf("server", server, func(d time.Duration) time.Duration { return d + time.Hour })
	var seen [2][]capture.Stamp
	for i, pair := range [][2]Capture{{a, b}, {b, a}} {
		j, c := joinOf(t, pair[0], pair[1])
		src, err := j.Source()
		if err != nil {
			t.Fatal(err)
		}
		var f capture.Frame
		for src.Next(&f) == nil {
			if int(f.Number) != len(seen[i])+1 {
				t.Fatalf("frame %d after %d", f.Number, len(seen[i]))
			}
			seen[i] = append(seen[i], f.Time)
		}
		if len(c.Way[flow.ToClient].Lost) != 1 || j.Captures()[0].Name != "client" {
			t.Errorf("%+v, %s", c.Way[flow.ToClient], j.Captures()[0].Name)
		}
	}
	if len(seen[0]) != len(client)+1 || !slices.Equal(seen[0], seen[1]) || !slices.IsSorted(seen[0]) {
		t.Errorf("%d and %d frames, want %d", len(seen[0]), len(seen[1]), len(client)+1)
	}
}
