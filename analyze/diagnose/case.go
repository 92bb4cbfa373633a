package diagnose

import (
	"net/netip"
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/join"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Case is one connection, or one failed call without a connection, with everything known about it. Its methods compute
// each shared fact once; a Case serves one judgement and is not for concurrent use.
type Case struct {
	Conv      *flow.Conversation // nil when no packet was seen
	Copies    []flow.Row         // frames of Conv that the capture holds a second time: its own rows are without them
	Call      *calls.Call        // the failed call of a case without packets, else nil
	Blind     bool               // nobody captured: which packets Call caused is not known
	Calls     []calls.Call       // of all actors of the run, nil for a plain capture
	Facts     []hostfacts.Facts
	Peers     []Peer              // connections to the same server, as far as they are still known: see Index
	SamePort  []Peer              // connections to the same port of any host, likewise
	Turned    *Peer               // an earlier one of the same addresses and ports that the other end opened, seen from this client
	Neighbors []wire.NeighborMsg  // ARP and neighbour discovery of the capture, the first few
	Join      *join.Join          // of two captures, one at each end; nil of one: see Fate
	Exits     []capture.ActorExit // how the programs of the run ended, nil when that is not known
	At        string              // the host of the run whose interface was captured, "" when that is not known

	Rounds any // the round trips of its sender, which several rules look at: see package slow

	uniform bool // every one of Peers, and of SamePort that concerns it, was an attempt that ended as all the others

	clientEnd, serverEnd netip.AddrPort
	endsDone             bool
	shape                Shape
	shapeDone            bool
	sockets              *Sockets
	said                 []*hostfacts.Drop
	saidDone             bool
	calls                *callIndex
}

// ends returns the server's and the client's address, as far as known; false when there is neither packet nor call.
func (c *Case) ends() (server, client netip.AddrPort, ok bool) {
	if !c.endsDone {
		c.endsDone = true
		switch {
		case c.Conv != nil:
			c.clientEnd = netip.AddrPortFrom(c.Conv.Client.Netip(), c.Conv.ClientPort)
			c.serverEnd = netip.AddrPortFrom(c.Conv.Server.Netip(), c.Conv.ServerPort)
		case c.Call != nil:
			c.clientEnd, _ = netip.ParseAddrPort(c.Call.Local)
			c.serverEnd = Asked(c.Call)
		}
	}
	return c.serverEnd, c.clientEnd, c.serverEnd.IsValid()
}

// Server is the address the connection was opened to.
func (c *Case) Server() netip.AddrPort { server, _, _ := c.ends(); return server }

// Client is the address that opened it.
func (c *Case) Client() netip.AddrPort { _, client, _ := c.ends(); return client }

// Half is what one end sent.
func (c *Case) Half(sender flow.Dir) *flow.Half { return &c.Conv.Half[sender] }

// SYN is the client's SYN; Seen is false when it was not captured.
func (c *Case) SYN() *flow.SYNInfo { return &c.Conv.Half[flow.ToServer].SYN }

// SYNACK is the server's SYN-ACK; Seen is false when none was captured.
func (c *Case) SYNACK() *flow.SYNInfo { return &c.Conv.Half[flow.ToClient].SYN }

// Reset is the first RST, nil when there is none.
func (c *Case) Reset() *flow.Reset { return c.Conv.Reset }

// Over reports whether both ends had closed, and acknowledged it, when the RST came: no program is left to be told of it (RFC 1337).
func (c *Case) Over(r *flow.Reset) bool {
	client, server := c.Half(flow.ToServer), c.Half(flow.ToClient)
	return client.FINAcked != 0 && client.FINAcked < r.Frame && server.FINAcked != 0 && server.FINAcked < r.Frame
}

// Established reports whether the connection was open, as far as seen: the handshake was completed, or happened before the
// capture began, or data shows it.
func (c *Case) Established() bool {
	h := &c.Conv.Handshake
	client, server := c.Half(flow.ToServer), c.Half(flow.ToClient)
	return h.ACK != 0 || !client.SYN.Seen || client.PayloadBytes > 0 && server.Packets > server.Resets
}

// Refusal is the RST that answered the SYN, nil when the attempt ended otherwise.
func (c *Case) Refusal() *flow.Reset {
	if c.Conv == nil || c.Conv.Reset == nil || !c.Conv.Reset.AnswersSYN {
		return nil
	}
	return c.Conv.Reset
}

// Row is the row of a frame, nil when it was not kept.
func (c *Case) Row(frame uint32) *flow.Row {
	rows := c.Conv.Rows
	for i := range rows {
		if rows[i].Frame == frame {
			return &rows[i]
		}
	}
	return nil
}

// LastBefore is the latest row of sender before frame that satisfies ok, nil when none was kept.
func (c *Case) LastBefore(frame uint32, sender flow.Dir, ok func(*flow.Row) bool) *flow.Row {
	var last *flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Frame >= frame {
			break
		}
		if r.Dir == sender && (ok == nil || ok(r)) {
			last = r
		}
	}
	return last
}

// OptionsCut reports whether the snap length hides what a sender said after frame beside its numbers.
func (c *Case) OptionsCut(frame uint32, sender flow.Dir) bool {
	return c.FirstAfter(frame, sender, func(r *flow.Row) bool { return r.OptionSet&wire.CutOptions != 0 }) != nil
}

// FirstAfter is the first row of sender after frame that satisfies ok, nil when none was kept.
func (c *Case) FirstAfter(frame uint32, sender flow.Dir, ok func(*flow.Row) bool) *flow.Row {
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Frame > frame && r.Dir == sender && (ok == nil || ok(r)) {
			return r
		}
	}
	return nil
}

// Silence is how long the capture went on after the connection's last segment without another one of it; 0 when that is
// not known.
//
// A capture with a day in it in which the connection says nothing was put together from several: then nobody watched.
func (c *Case) Silence() time.Duration {
	if rest := c.Conv.Until.Sub(c.Conv.Last); rest > 0 && rest < 24*time.Hour {
		return rest
	}
	return 0
}

// IdleBefore is how long the wire was silent before frame, 0 when the rows around it were not kept.
func (c *Case) IdleBefore(frame uint32) time.Duration {
	var before capture.Stamp
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Frame == frame {
			if before == 0 || c.Conv.Gap > 0 && i == c.Conv.GapAt {
				return 0
			}
			return r.Time.Sub(before)
		}
		before = r.Time
	}
	return 0
}

// Data reports whether r carries payload; Pure whether it is an ACK and nothing else.
func Data(r *flow.Row) bool { return r.Len > 0 && !r.Flags.Any(wire.SYN|wire.RST) }

// Pure reports whether r is an ACK without payload, SYN, FIN or RST.
func Pure(r *flow.Row) bool {
	return r.Len == 0 && r.Flags.Any(wire.ACK) && !r.Flags.Any(wire.SYN|wire.FIN|wire.RST)
}
