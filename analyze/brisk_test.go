package analyze_test

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// TestBriskIsQuiet: where the engine finds nothing on a connection that has symptoms, no rule finds anything. It passes over
// connections on which nothing happened; some of every capture here are of that kind.
func TestBriskIsQuiet(t *testing.T) {
	paths, err := filepath.Glob("../pcaps/*/frames.pcapng")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no kept runs: %v", err)
	}
	more, _ := filepath.Glob("../../shared/captures/*/*.pcap*")
	quiet := 0
	for _, path := range append(paths, more...) {
		src, err := pcapfile.Open(path)
		if err != nil {
			continue // not every file there is a capture
		}
		quiet += quietAll(t, path, src)
		src.Close()
	}
	if n := quietAll(t, "short", generated(t, "short", 20_000)); n < 1000 {
		t.Errorf("%d connections of the short shape were passed over, %d of others", n, quiet)
	}
	if n := quietAll(t, "calm", &calm{Rand: rand.New(rand.NewPCG(1, 1)), left: 3000}); n < 500 {
		t.Errorf("%d of 3000 calm connections were passed over", n)
	}
}

// calm makes connections on which nothing is lost: near and far, requests and answers of all sizes, from programs that write at once and
// such as take their time.
type calm struct {
	capture.Source
	*rand.Rand
	left   int
	now    capture.Stamp
	number uint32
	next   [2]wire.Seq
	frames []capture.Frame
}

func (c *calm) Next(f *capture.Frame) error {
	for len(c.frames) == 0 {
		if c.left--; c.left < 0 {
			return io.EOF
		}
		c.connection()
	}
	*f, c.frames = c.frames[0], c.frames[1:]
	return nil
}

// send adds a segment of one end, which acknowledges all that the other one sent.
func (c *calm) send(from int, flags wire.Flags, size int) {
	be := binary.BigEndian
	options := []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1}
	if flags.Any(wire.SYN) {
		options = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1, 1, 3, 3, 7}
	}
	b := make([]byte, 54, 54+len(options)+size)
	b[12], b[14], b[16], b[17], b[22], b[23] = 8, 0x45, byte((40+len(options)+size)>>8), byte(40+len(options)+size), 64, 6
	be.PutUint16(b[18:], uint16(c.number+1))
	for i := range 2 {
		b[26+4*i], b[28+4*i], b[29+4*i] = 10, byte(c.left>>8), byte(from^i)
		be.PutUint16(b[34+2*i:], []uint16{uint16(40000 + c.left), 80}[from^i])
	}
	be.PutUint32(b[38:], uint32(c.next[from]))
	if flags.Any(wire.ACK) {
		be.PutUint32(b[42:], uint32(c.next[1-from]))
	}
	b[46], b[47], b[48] = byte(20+len(options))<<2, byte(flags), 200
	b = append(append(b, options...), make([]byte, size)...)
	if c.next[from] += wire.Seq(size); flags.Any(wire.SYN | wire.FIN) {
		c.next[from]++
	}
	c.number++
	c.frames = append(c.frames, capture.Frame{Number: c.number, Time: 1_700_000_000_000_000_000 + c.now, Link: capture.LinkEthernet, Data: b, WireLen: uint32(len(b))})
}

// wait lets up to d go by.
func (c *calm) wait(d time.Duration) { c.now += capture.Stamp(c.Int64N(int64(d) + 1)) }

func (c *calm) connection() {
	trip := []time.Duration{time.Millisecond, 12 * time.Millisecond, 70 * time.Millisecond}[c.IntN(3)]
	think := []time.Duration{0, 30 * time.Millisecond, 145 * time.Millisecond, 800 * time.Millisecond}[c.IntN(4)]
	const ack = wire.ACK
	c.wait(time.Second)
	c.send(0, wire.SYN, 0)
	c.now += capture.Stamp(trip)
	c.send(1, wire.SYN|ack, 0)
	c.send(0, ack, 0)
	c.send(0, ack, 1+c.IntN(400))
	flight, growth := 1+c.IntN(4), 1+c.IntN(2)
	for range 1 + c.IntN(25) {
		c.wait(think)
		for range min(flight, 64) {
			c.send(1, ack, 1+c.IntN(1448))
		}
		flight *= growth
		c.now += capture.Stamp(trip)
		if c.IntN(8) == 0 {
			c.send(0, ack, 1+c.IntN(400))
		} else {
			c.send(0, ack, 0)
		}
	}
	c.send(0, wire.FIN|ack, 0)
	c.now += capture.Stamp(trip)
	c.send(1, wire.FIN|ack, 0)
	c.send(0, ack, 0)
}

// quietAll judges every connection of src by every rule, and returns how many the engine found nothing on.
func quietAll(t *testing.T, name string, src capture.Source) (quiet int) {
	engine, index := diagnose.New(analyze.Rules()), diagnose.NewIndex()
	table := flow.Table{Done: func(conv *flow.Conversation) {
		index.Add(conv)
		symptoms := diagnose.Incident(conv)
		if symptoms == 0 {
			return
		}
		c := diagnose.Case{Conv: conv}
		index.Join(&c)
		if len(engine.Connection(&c)) > 0 {
			return
		}
		quiet++
		for _, r := range analyze.Rules() {
			if r.Local || r.Quiet || symptoms&(diagnose.Of(r.Also...)|diagnose.Of(r.Symptom)) == 0 {
				continue
			}
			c := diagnose.Case{Conv: conv}
			index.Join(&c)
			if v := r.Judge(&c); v.Level != diagnose.No {
				t.Errorf("%s: connection %d is passed over, and %s is %v: %s", name, conv.ID, r.ID, v.Level, v.Why)
			}
		}
	}}
	var f capture.Frame
	var p wire.Packet
	for src.Next(&f) == nil { // damaged files are read as far as they go
		if wire.Decode(&f, &p) == wire.TCP {
			table.Segment(&p.Segment)
		}
	}
	table.Finish()
	return quiet
}
