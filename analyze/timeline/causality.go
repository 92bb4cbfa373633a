package timeline

import (
	"net/netip"
	"strings"
	"syscall"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// linked is a call, the conversation it belongs to, the frames it caused, and the frame that let it return.
type linked struct {
	call   *calls.Call
	conv   *flow.Conversation
	dir    flow.Dir // of the end that made the call
	frames []uint32
	after  uint32 // 0 when no packet released it
}

// stream is one direction of a conversation.
type stream struct {
	conv *flow.Conversation
	dir  flow.Dir
}

// ledger counts the bytes each stream has sent and delivered while the calls are walked in order.
type ledger struct {
	sent, received map[stream]uint64
	closed         map[stream]bool
	deaf           map[stream]bool // its end asked for no more: recv then gives 0 without a FIN
}

// link finds for each call its conversation, the frames it caused and the frame that released it.
func link(cs []calls.Call, convs []*flow.Conversation) []linked {
	var links []linked
	book := ledger{map[stream]uint64{}, map[stream]uint64{}, map[stream]bool{}, map[stream]bool{}}
	for i := range cs {
		c := &cs[i]
		if conv, dir := conversation(c, convs); conv != nil {
			l := linked{call: c, conv: conv, dir: dir}
			l.follow(&book)
			links = append(links, l)
		}
	}
	return links
}

// follow finds what a call caused, by its operation.
func (l *linked) follow(book *ledger) {
	key := stream{l.conv, l.dir}
	switch op := l.call.Op; {
	case op == "connect" && !l.call.Dissolves():
		l.connect()
	case op == "accept", op == "accept4":
		l.after = l.conv.Handshake.ACK
	case op == "shutdown", op == "close", op == "connect":
		if !book.closed[key] {
			book.closed[key] = l.finish()
		}
		book.deaf[key] = book.deaf[key] || op == "shutdown" && strings.Contains(l.call.Args, "SHUT_RD") // or SHUT_RDWR
	}
	switch n := l.call.N; {
	case calls.Sends(l.call.Op) && n > 0:
		l.data(book.sent[key], uint64(n))
		book.sent[key] += uint64(n)
	case calls.Receives(l.call.Op):
		l.receive(book)
	}
}

// conversation finds the conversation of a call by the addresses of its socket; when they were used again, the last one
// that had begun before the call ended. A refused connect has no local address any more, so the attempt that its time
// covers is taken.
func conversation(c *calls.Call, convs []*flow.Conversation) (*flow.Conversation, flow.Dir) {
	remote, err := netip.ParseAddrPort(c.Remote)
	if err != nil || c.Proto != "" {
		return nil, 0
	}
	local, _ := netip.ParseAddrPort(c.Local)
	var found *flow.Conversation
	var dir flow.Dir
	for _, conv := range convs {
		if found != nil && (c.End != 0 && conv.First > c.End || c.Op != "connect" && forged(conv, found)) {
			continue
		}
		client, server := ends(conv)
		switch {
		case same(local, client) && same(remote, server):
			found, dir = conv, flow.ToServer
		case same(local, server) && same(remote, client):
			found, dir = conv, flow.ToClient
		}
	}
	if found != nil {
		return found, dir
	}
	for _, conv := range convs {
		_, server := ends(conv)
		if c.Op == "connect" && same(remote, server) && within(conv.First, c) {
			return conv, flow.ToServer
		}
	}
	return nil, 0
}

// forged reports whether next was opened by a SYN that the open connection before it did not obey (RFC 5961, 4): the
// sockets are still those of that connection.
func forged(next, before *flow.Conversation) bool {
	return before.Handshake.SYNACK != 0 && next.Handshake.SYN != 0 && next.Handshake.SYNACK == 0
}

func ends(c *flow.Conversation) (client, server netip.AddrPort) {
	return netip.AddrPortFrom(c.Client.Netip(), c.ClientPort), netip.AddrPortFrom(c.Server.Netip(), c.ServerPort)
}

func same(a, b netip.AddrPort) bool {
	return a.IsValid() && a.Port() == b.Port() && a.Addr().Unmap() == b.Addr().Unmap()
}

func within(t capture.Stamp, c *calls.Call) bool {
	return c.Begin-capture.Stamp(Tolerance) <= t && (c.End == 0 || t <= c.End)
}

// connect causes every SYN, and the ACK of the SYN-ACK; the answer lets it return.
func (l *linked) connect() {
	c := l.conv
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.Dir == l.dir && (r.Flags.Any(wire.SYN) || r.Frame == c.Handshake.ACK && r.Len == 0) {
			l.frames = append(l.frames, r.Frame)
		}
	}
	switch {
	case l.call.End == 0 || l.call.Errno == syscall.EINPROGRESS: // it waited for no answer
	case l.call.Errno == 0:
		l.after = l.answer()
	case len(c.ICMP) > 0:
		l.after = c.ICMP[len(c.ICMP)-1].Frame
	case c.Reset != nil && c.Reset.Dir != l.dir:
		l.after = c.Reset.Frame
	}
}

// answer is the SYN,ACK that let a connect succeed. Where both ends called connect, each has the other's (RFC 9293, 3.5, figure 8).
func (l *linked) answer() uint32 {
	c := l.conv
	if c.Handshake.Kind != "simultaneous" {
		return c.Handshake.SYNACK
	}
	for i := range c.Rows {
		if r := &c.Rows[i]; r.Dir != l.dir && r.Flags.Has(wire.SYN|wire.ACK) {
			return r.Frame
		}
	}
	return 0
}

// data finds the segments that carried n bytes from offset of what this end sent.
func (l *linked) data(offset, n uint64) {
	start := wire.Seq(1 + offset)
	end := start + wire.Seq(n)
	for i := range l.conv.Rows {
		r := &l.conv.Rows[i]
		if r.Dir == l.dir && r.Len > 0 && r.Seq.Less(end) && start.Less(r.Seq+wire.Seq(r.Len)) {
			l.frames = append(l.frames, r.Frame)
		}
	}
}

// receive finds the segment that carried the last byte a recv returned, the FIN when it returned 0, or the RST.
func (l *linked) receive(book *ledger) {
	from := stream{l.conv, l.dir.Other()}
	switch {
	case l.call.End == 0:
	case l.call.Errno != 0:
		if r := l.conv.Reset; r != nil && r.Dir == from.dir && r.Time <= l.call.End {
			l.after = r.Frame
		}
	case l.call.N == 0 && book.deaf[stream{l.conv, l.dir}]:
	case l.call.N == 0:
		l.after = l.conv.Half[from.dir].FIN
	default:
		book.received[from] += uint64(l.call.N)
		l.after = carrier(l.conv, from.dir, wire.Seq(book.received[from]))
	}
}

// carrier is the first segment of dir that carried byte number n, 0 when it was not captured.
func carrier(c *flow.Conversation, dir flow.Dir, n wire.Seq) uint32 {
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.Dir == dir && r.Len > 0 && r.Seq.LessEq(n) && n.Less(r.Seq+wire.Seq(r.Len)) {
			return r.Frame
		}
	}
	return 0
}

// finish finds the FIN or RST that a shutdown or close sent; it reports whether there was one.
func (l *linked) finish() bool {
	for i := range l.conv.Rows {
		r := &l.conv.Rows[i]
		abort := r.Flags.Has(wire.RST | wire.ACK)
		if r.Dir == l.dir && (abort || r.Flags.Any(wire.FIN)) && within(r.Time, l.call) {
			l.frames = append(l.frames, r.Frame)
			return true
		}
	}
	return false
}

// constraints lists what came before what: the table of causality.
func constraints(links []linked, cs []calls.Call) []Constraint {
	var cons []Constraint
	for i := range cs {
		cons = append(cons, Constraint{Cause: Ref{CallBegin, cs[i].Number}, Effect: Ref{CallEnd, cs[i].Number},
			Why: "a call ends after it begins"})
	}
	for _, l := range links {
		for _, f := range l.frames {
			cons = append(cons, Constraint{Cause: Ref{CallBegin, l.call.Number}, Effect: Ref{FrameSeen, f},
				Why: "a packet follows the call that sends it"})
		}
		if l.after != 0 {
			cons = append(cons, Constraint{Cause: Ref{FrameSeen, l.after}, Effect: Ref{CallEnd, l.call.Number},
				Why: "a call returns after the packet that lets it"})
		}
	}
	return cons
}
