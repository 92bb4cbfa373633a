package flow

import (
	"testing"
	"time"
)

func TestNumbersWrap(t *testing.T) {
	// The client's numbers pass 2³² inside its first segment: nothing may look old, lost or new because of it.
	s := parseStory(t, `
isn 0xfffffff0 0xfffffffe
0     > S  0:0
0.010 < S. 0:0 ack 1
0.011 > .  1:0 ack 1
0.012 > P. 1:100 ack 1
0.020 < .  1:0 ack 101
0.021 < P. 1:50 ack 101
0.022 > .  101:0 ack 51
0.030 > F. 101:0 ack 51
0.031 < F. 51:0 ack 102
0.032 > .  102:0 ack 52
`)
	convs := follow(s)
	checkRows(t, s, convs)
	c := convs[0]
	if got := c.Rows[4].Ack; got != 101 {
		t.Errorf("relative ack %d, want 101", got)
	}
	if c.Half[0].UniqueBytes != 100 || c.Half[1].UniqueBytes != 50 || c.Half[0].MissingBytes != 0 {
		t.Errorf("bytes %d and %d, missing %d", c.Half[0].UniqueBytes, c.Half[1].UniqueBytes, c.Half[0].MissingBytes)
	}
	if c.Outcome != "SF" {
		t.Errorf("outcome %s", c.Outcome)
	}
}

func TestHandshakes(t *testing.T) {
	for _, tt := range []struct {
		name, text, kind string
		rtt              time.Duration
		completeness     uint8
		known            bool
	}{
		{"normal", opened, "normal", 11 * time.Millisecond, 7, true},
		{"the round trip counts from the latest SYN", `
0     > S  0:0 id 1
1     > S  0:0 id 2           -> retransmission
1.010 < S. 0:0 ack 1
1.020 > .  1:0 ack 1
`, "normal", 20 * time.Millisecond, 7, true},
		{"simultaneous open (RFC 9293, figure 8)", `
0     > S  0:0                -> | SYN-SENT SYN-RECEIVED
0.001 < S  0:0                -> | SYN-RECEIVED SYN-RECEIVED
0.010 > S. 0:0 ack 1          -> | SYN-RECEIVED ESTABLISHED
0.011 < S. 0:0 ack 1          -> | ESTABLISHED ESTABLISHED
`, "simultaneous", 0, 3, true},
		{"an older connection answers the SYN (RFC 9293, 3.10.7.3 and figure 9)", `
0     > S  0:0                -> | SYN-SENT UNKNOWN
0.010 < .  700000:0 ack 5000  -> ack-unseen | SYN-SENT UNKNOWN
0.011 > R  5000:0             -> | SYN-SENT CLOSED
1.000 > S  0:0                -> retransmission | SYN-SENT UNKNOWN
`, "partial", 0, 37, true},
		{"the ACK was not captured", `
0     > S  0:0
0.010 < S. 0:0 ack 1
`, "partial", 0, 3, true},
		{"the SYN was not captured", `
0.010 < S. 0:0 ack 1
0.011 > .  1:0 ack 1
`, "partial", 0, 6, true},
		{"nothing of it was captured", `
0.010 > P. 1:10 ack 1
0.011 < .  1:0 ack 11
`, "", 0, 12, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parseStory(t, tt.text)
			convs := follow(s)
			if len(convs) != 1 {
				t.Fatalf("%d conversations, want 1", len(convs))
			}
			checkRows(t, s, convs)
			c := convs[0]
			if c.Handshake.Kind != tt.kind || c.Handshake.RTT != tt.rtt {
				t.Errorf("handshake %q in %v, want %q in %v", c.Handshake.Kind, c.Handshake.RTT, tt.kind, tt.rtt)
			}
			if c.Completeness != tt.completeness || c.ClientKnown != tt.known {
				t.Errorf("completeness %d, client known %v; want %d, %v", c.Completeness, c.ClientKnown, tt.completeness, tt.known)
			}
		})
	}
}

// Two answers to one SYN, with other numbers each: the connection is the one of the answer that the client acknowledges.
func TestTwoAnswersToOneSYN(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		synAck     uint32 // frame of the answer taken
	}{
		{"the first is taken", `
0     > S  0:0
0.010 < S. 0:0 ack 1
0.011 < S. 900000:0 ack 1
0.012 > .  1:0 ack 1
0.013 > P. 1:100 ack 1
0.020 < P. 1:50 ack 101
0.021 > .  101:0 ack 51
`, 2},
		{"the second is taken", `
0     > S  0:0
0.010 < S. 900000:0 ack 1
0.011 < S. 0:0 ack 1
0.012 > .  1:0 ack 1
0.013 > P. 1:100 ack 1
0.020 < P. 1:50 ack 101
0.021 > .  101:0 ack 51
`, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parseStory(t, tt.text)
			convs := follow(s)
			checkRows(t, s, convs)
			c := convs[0]
			if len(convs) != 1 || c.Half[1].SYN.Frame != tt.synAck || c.Handshake.SYNACK != tt.synAck || c.Handshake.ACK != 4 {
				t.Errorf("%d conversations; the answer taken is %d of %d, handshake %+v", len(convs), c.Half[1].SYN.Frame, tt.synAck, c.Handshake)
			}
			if h := &c.Half[1]; h.UniqueBytes != 50 || h.Retransmissions != 0 || h.MissingBytes != 0 || c.Rows[5].Seq != 1 {
				t.Errorf("server: %d bytes, %d sent again, %d missing; its data begins at %d", h.UniqueBytes, h.Retransmissions,
					h.MissingBytes, c.Rows[5].Seq)
			}
		})
	}
}

func TestPortReuse(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		conns      int
	}{
		{"a new number after the close opens a new connection", opened + `
0.020 > F. 1:0 ack 1
0.021 < F. 1:0 ack 2
0.022 > .  2:0 ack 2
5     > S  700000:0           -> port-reused | SYN-SENT UNKNOWN
`, 2},
		{"a new number although the old one never closed", opened + `
5     > S  700000:0           -> port-reused
5.001 < S. 900000:0 ack 700001
`, 2},
		{"the same number again is one attempt, also after a refusal", `
0     > S  0:0 id 1           -> | SYN-SENT CLOSED
0.001 < R. -5000:0 ack 1 win 0
0.5   > S  0:0 id 2           -> retransmission | SYN-SENT CLOSED
0.501 < R. -5000:0 ack 1 win 0 id 9
`, 1},
		{"a SYN captured after its SYN-ACK belongs to it", `
0.001 < S. 0:0 ack 1
0.002 > S  0:0
0.003 > .  1:0 ack 1
`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parseStory(t, tt.text)
			convs := follow(s)
			if len(convs) != tt.conns {
				t.Fatalf("%d conversations, want %d", len(convs), tt.conns)
			}
			checkRows(t, s, convs)
		})
	}
}

func TestMiddleOfConnection(t *testing.T) {
	s := parseStory(t, `
0     < P. 1:1000 ack 1
0.010 > .  1:0 ack 1001
0.020 > P. 1:20 ack 1001
0.030 < P. 1001:500 ack 21
`)
	c := follow(s)[0]
	checkRows(t, s, []*Conversation{c})
	if c.ClientKnown || c.ClientPort != 40000 {
		t.Errorf("client port %d, known %v: want 40000, guessed from the ports", c.ClientPort, c.ClientKnown)
	}
	if c.Outcome != "OTH" || len(c.Warnings) != 1 {
		t.Errorf("outcome %s, warnings %q", c.Outcome, c.Warnings)
	}
}

func TestTunnelsSeparateOnlyLivingConnections(t *testing.T) {
	s := parseStory(t, opened+`
0.020 > S  700000:0
0.021 < S. 900000:0 ack 700001
0.022 > P. 1:10 ack 1
`)
	for i := range s.segments {
		s.segments[i].Tunnel = 7
	}
	s.segments[1].Tunnel = 9 // the mirror of the other direction: still one connection
	s.segments[3].Tunnel, s.segments[4].Tunnel = 8, 8
	convs := follow(s)
	if len(convs) != 2 || convs[0].Frames != 4 || convs[1].Frames != 2 {
		t.Fatalf("%d conversations, want two of 4 and 2 frames", len(convs))
	}
}
