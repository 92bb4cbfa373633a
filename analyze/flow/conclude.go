package flow

import "tcplab/analyze/wire"

// conclude completes the conversation of a track that is at its end.
func (t *track) conclude() *Conversation {
	c := &t.conv
	c.ClientKnown = t.known
	c.Outcome, c.History = t.zeek.outcome(), t.zeek.text()
	c.Completeness = t.complete.Value()
	c.Handshake.Kind = t.handshakeKind()
	c.Close = t.closeKind()
	c.State = t.lives.states()
	c.Rows, c.Gap, c.GapAt = t.rows.list()
	for d := range c.Half {
		t.concludeHalf(Dir(d))
	}
	t.settleStates()
	c.Vantage = vantage(c)
	if len(c.SYNs) < 2 {
		c.SYNs = c.SYNs[:0]
	}
	c.OneWay = c.Half[0].Packets == 0 || c.Half[1].Packets == 0
	t.warn()
	return c
}

func (t *track) concludeHalf(d Dir) {
	h, side := &t.conv.Half[d], &t.pair.Side[d]
	h.RTT = t.rtt[d].summary()
	if t.conv.Half[d.Other()].Packets == 0 {
		h.MaxInFlight = 0 // nothing shows what was acknowledged
	}
	if t.measures != nil {
		h.Measures = t.measures[d].result(h.UniqueBytes, t.conv.Duration())
	}
	h.MissingBytes, h.MissingAcked = side.Missing()
	_, h.ISNKnown = side.Known()
	h.ScaleKnown = t.pair.ScaleKnown()
	h.NextSeq, h.Acked = side.Next(), side.Acked()
	if h.TTLMin > h.TTLMax {
		h.TTLMin = 0
	}
}

// settleStates takes back what was assumed of a server that never spoke: a refused SYN met no socket, and of an
// unanswered one nothing is known.
func (t *track) settleStates() {
	c := &t.conv
	if t.lives.end[ToClient].syn || t.lives.end[ToClient].open {
		return
	}
	server := Unknown
	if c.Reset != nil && c.Reset.AnswersSYN {
		server = Closed
	}
	for i := range c.Rows {
		if c.Rows[i].State[ToClient] == SynReceived {
			c.Rows[i].State[ToClient] = server
		}
	}
	if c.State[ToClient] == SynReceived {
		c.State[ToClient] = server
	}
}

// warn says what could not be known.
func (t *track) warn() {
	c := &t.conv
	h := &c.Handshake
	client, server := &c.Half[ToServer], &c.Half[ToClient]
	switch {
	case c.OneWay && c.Frames > 1 && c.Outcome != "S0":
		c.Warnings = append(c.Warnings, "only one direction was captured")
	case !client.ISNKnown && !server.ISNKnown && c.Frames > 1:
		c.Warnings = append(c.Warnings, "the handshake was not captured: sequence numbers count from the first byte seen and windows are not scaled")
	case h.SYN == 0 && h.SYNACK != 0:
		c.Warnings = append(c.Warnings, "the SYN was not captured: what the client offered is not known")
	case h.SYN != 0 && h.SYNACK == 0 && !server.SYN.Seen && server.Packets > server.Resets:
		c.Warnings = append(c.Warnings, "the SYN,ACK was not captured: what the server offered is not known")
	}
	if t.conv.Duplicates > 0 {
		c.Warnings = append(c.Warnings, "the capture holds some packets twice; copies are marked and not counted")
	}
}

// initialTTLs are the values systems start with: 64 Linux, macOS, BSD; 128 Windows; 255 routers, Solaris.
func initialTTL(ttl uint8) bool { return ttl == 64 || ttl == 128 || ttl == 255 }

// vantage infers where the capture was made: a packet that still has its sender's initial TTL was captured beside the
// sender; between SYN, SYN-ACK and ACK the shorter wait is on the side of the capture.
func vantage(c *Conversation) string {
	client, server := &c.Half[ToServer], &c.Half[ToClient]
	if c.Client == c.Server || isLoopback(c.Client) && isLoopback(c.Server) {
		return "both hosts"
	}
	if !client.SYN.Seen || !server.SYN.Seen || c.Handshake.ACK == 0 {
		return besides(client, server)
	}
	nearClient, nearServer := initialTTL(client.SYN.TTL), initialTTL(server.SYN.TTL)
	beyond := server.SYN.Time.Sub(client.SYN.Time)
	before := c.Handshake.RTT - beyond
	switch {
	case nearClient && !nearServer:
		return "client"
	case nearServer && !nearClient:
		return "server"
	case before*4 < beyond:
		return "client"
	case beyond*4 < before:
		return "server"
	case nearClient && nearServer:
		return ""
	}
	return "middle"
}

// besides infers it from the TTLs alone, where the handshake was not captured whole.
func besides(client, server *Half) string {
	if client.TTLMin == 0 || server.TTLMin == 0 || client.TTLMin != client.TTLMax || server.TTLMin != server.TTLMax {
		return ""
	}
	switch nearClient, nearServer := initialTTL(client.TTLMin), initialTTL(server.TTLMin); {
	case nearClient && !nearServer:
		return "client"
	case nearServer && !nearClient:
		return "server"
	}
	return ""
}

func isLoopback(a wire.Addr) bool { return a.Netip().IsLoopback() }
