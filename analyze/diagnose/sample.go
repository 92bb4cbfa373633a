package diagnose

import (
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// samples of a kind are attempts as different as two of it can be: what is said of all of them alike is said of every one.
const samples = 4

// sample is an attempt of a kind with free values of its own, which are found again in what the rules say of it.
type sample struct {
	conv   flow.Conversation
	second flow.Reset       // what conv.Reset points to
	holes  [numHoles]string // as text has them
}

// hole is a free value in a text.
type hole uint8

const (
	noHole hole = iota
	firstFrame
	secondFrame
	clientAddr
	serverAddr
	clientPort
	numHoles
)

// sampleOf makes sample n of k. The waits are the ends of their magnitudes in every combination: a rule with a limit
// between them says different things of the samples.
func sampleOf(k *kind, n uint32) *sample {
	gap, rest := ends(k.gap, n&1), ends(k.rest, n&2)
	start := capture.Stamp(1_700_000_000_000_000_000 + int64(n)*86_399_123_456_789)
	in := free{
		frames: [3]uint32{0, 3_111_111_111 + n*1_010_101, 3_222_222_222 + n*2_020_202},
		times:  [3]capture.Stamp{0, start, start + capture.Stamp(gap)},
		begin:  [2]wire.Seq{wire.Seq(77_123_457 * (n + 1)), wire.Seq(555_123_459 * (n + 1))},
		ids:    [3]uint16{0, uint16(9_001 + 7_919*n), uint16(40_009 - 7_907*n)},
		stamps: [3]uint32{0, 87_654_321 * (n + 1), 43_218_765 * (n + 1)},
		macs:   [3][6]byte{{}, {2, 0xc1, byte(n), 1, 2, 3}, {2, 0x5e, byte(n), 4, 5, 6}},
		put:    true,
	}
	filled := *k
	filled.each(&in)
	s := &sample{}
	c := &s.conv
	*c = flow.Conversation{
		ID: 1_000_000 + n, ClientPort: uint16(61_987 - 1_013*n), ServerPort: k.serverPort, ClientKnown: k.clientKnown, VLAN: k.vlan, Tunnel: k.tunnel,
		FirstFrame: in.frames[1], LastFrame: in.frames[k.frames], Frames: k.frames, First: in.times[1], Last: in.times[1] + capture.Stamp(gap),
		Outcome: k.outcome, History: k.history, Completeness: k.completeness, State: k.state, Handshake: filled.handshake,
		Close: flow.Close{Kind: k.close, By: k.closedBy, TimeWait: k.timeWait}, Half: filled.half, Vantage: k.vantage, OneWay: k.oneWay,
		Rows: filled.rows[:k.frames],
	}
	c.Client, c.Server = address(k.client, byte(n), 201), address(k.server, byte(n), 221)
	if k.sameHost {
		c.Client = c.Server
	}
	if k.rest != noMagnitude {
		c.Until = c.Last + capture.Stamp(rest)
	}
	if filled.closing != 0 {
		c.Close.Frames = []uint32{filled.closing}
	}
	if k.reset {
		s.second = filled.first
		c.Reset, c.Resets = &s.second, []flow.Reset{filled.first}
	}
	s.holes = [numHoles]string{"", Num(in.frames[1]), Num(in.frames[2]), c.Client.String(), c.Server.String(), Num(c.ClientPort)}
	return s
}

// address is one of a place, all of whose digits are written, so that none is found in another one.
func address(p place, n, unlike byte) wire.Addr {
	a := wire.Addr{10: 0xff, 11: 0xff, 13: 101 + n, 14: unlike + n, 15: unlike + 2*n}
	switch p {
	case private4:
		a[12] = 10
	case loopback4:
		a[12] = 127
	case link4:
		a[12], a[13] = 169, 254
	case public4:
		a[12] = 91
	default:
		a = wire.Addr{0x2a, 0, 0xc1, n + 1, 0xc2, 1, 0xc3, 1, 0xc4, 1, 0xc5, 1, 0xc6, 1, unlike, n + 1}
		switch p {
		case private6:
			a[0] = 0xfd
		case link6:
			a[0], a[1] = 0xfe, 0x80
		}
	}
	return a
}

// others are connections beside that of s which ended as it did: in the second half of the samples there are as many as an
// Index keeps, to the same port and to others, of the same client and of others, long before it and just after.
func (s *sample) others(n int) []Peer {
	if n < samples/2 {
		return nil
	}
	list := make([]Peer, perHost)
	for i := range list {
		p := &list[i]
		*p = PeerOf(&s.conv)
		p.ID += uint32(1 + i)
		away := capture.Stamp(time.Millisecond) << i // up to 24 days
		if i&1 == 0 {
			away, p.ID = -away, p.ID-100
		}
		p.First, p.Last = p.First+away, p.Last+away
		p.Frame += uint32(i) - perHost/2
		if p.Reset != 0 {
			p.Reset, p.ResetTime = p.Reset+uint32(i)-perHost/2, p.ResetTime+away
		}
		p.SYNSeq += wire.Seq(i * 1_000_003)
		p.ClientPort += uint16(i % 3)
		if i&2 != 0 {
			p.ServerPort += uint16(i)
		}
		if i&4 != 0 {
			p.Client[15] ^= 0x40
		}
	}
	return list
}
