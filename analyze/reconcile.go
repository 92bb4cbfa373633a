package analyze

import (
	"fmt"
	"math"
	"net/netip"

	"tcplab/analyze/flow"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// reconcile compares what the ends say they sent with what was captured: it is the proof that the capture is complete.
func (r *run) reconcile() []string {
	var w []string
	for _, c := range r.convs {
		for d := range c.Half {
			dir := flow.Dir(d)
			said, known := r.saidSent(c, dir)
			seen := c.Half[d].UniqueBytes
			if h := &c.Half[d]; h.FIN != 0 && h.LastData > h.FIN {
				continue // data behind a FIN: one of them is forged, and the FIN takes a number of the data's
			}
			if h := &c.Half[d]; h.SYN.Seen && !c.Half[dir.Other()].SYN.Seen && c.Frames > 1 && seen > 0 {
				continue // its SYN was never answered, and so is forged: it takes a number of the data's
			}
			if known && said > seen && !r.mayBeUnsent(c) {
				w = append(w, fmt.Sprintf("the %s says it sent %d bytes, the capture holds %d of them: %d are missing",
					dir.Sender(), said, seen, said-seen))
			}
			if n := c.Half[d].MissingAcked; n > 0 && !(known && said <= seen) { // else the ACK of them was forged
				w = append(w, fmt.Sprintf("%d bytes of the %s are missing in the middle of the capture", n, dir.Sender()))
			}
		}
	}
	return w
}

// saidSent adds up the bytes that the calls of one end handed to the kernel; known is false when no call of it is recorded.
func (r *run) saidSent(c *flow.Conversation, d flow.Dir) (n uint64, known bool) {
	local, remote := netip.AddrPortFrom(c.Client.Netip(), c.ClientPort), netip.AddrPortFrom(c.Server.Netip(), c.ServerPort)
	if d == flow.ToClient {
		local, remote = remote, local
	}
	until := r.nextUse(c)
	for i := range r.in.Calls {
		k := &r.in.Calls[i]
		if k.Local != local.String() || k.Remote != remote.String() || k.End != 0 && k.End < c.First || k.Begin >= until {
			continue
		}
		known = true
		if calls.Sends(k.Op) {
			n += uint64(max(k.N, 0))
		}
	}
	return n, known
}

// nextUse is when the next connection between the same addresses and ports began: calls from then on are its own.
func (r *run) nextUse(c *flow.Conversation) capture.Stamp {
	for _, o := range r.convs { // by ID, which is the order of first frames
		if o.ID > c.ID && o.Client == c.Client && o.Server == c.Server && o.ClientPort == c.ClientPort && o.ServerPort == c.ServerPort {
			return o.First
		}
	}
	return math.MaxInt64
}

// mayBeUnsent reports whether the kernel may still hold bytes it took from a send: a reset throws them away, and a
// connection that is not over may still send them.
func (r *run) mayBeUnsent(c *flow.Conversation) bool {
	return c.Close.Kind == "reset" || c.Close.Kind == "none" || c.Close.Kind == "half"
}
