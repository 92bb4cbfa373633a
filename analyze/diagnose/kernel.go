package diagnose

import (
	"net/netip"

	"tcplab/analyze/flow"
	"tcplab/capture/hostfacts"
)

// Reason is what a kernel says in its tracepoints when it drops a packet or sends a RST (catalogue of reasons:
// include/net/dropreason-core.h, include/net/rstreason.h). Words are compared: their numbers change between versions.
type Reason struct {
	Event string // "tcp_send_reset", "kfree_skb" …
	State string // of the socket; "" stands for any
	Word  string // "TCP_ABORT_ON_CLOSE"; "" stands for any
	Reply bool   // of a packet that answers one of the connection
	Sure  bool   // said of this connection it leaves no other cause
}

// SentReset is the Reason of a RST that a kernel sent.
func SentReset(state, word string) Reason { return Reason{Event: sendReset, State: state, Word: word} }

// Dropped is the Reason of a packet that was thrown away.
func Dropped(word string) Reason { return Reason{Event: dropSkb, Word: word} }

// Surely returns r as one that leaves no other cause.
func (r Reason) Surely() Reason { r.Sure = true; return r }

const sendReset, dropSkb = "tcp_send_reset", "kfree_skb"

func (r *Reason) is(d *hostfacts.Drop) bool {
	return r.Event == d.Event && r.Reply == d.Answer && (r.State == "" || r.State == d.State) && (r.Word == "" || r.Word == d.Reason)
}

// Said is what the kernels of the run said of this connection's packets, in order; nil when nobody listened.
func (c *Case) Said() []*hostfacts.Drop {
	if c.saidDone || c.Conv == nil {
		return c.said
	}
	c.saidDone = true
	server, client := c.Server(), c.Client()
	for i := range c.Facts {
		for k := range c.Facts[i].Drops {
			d := &c.Facts[i].Drops[k]
			src, _ := netip.ParseAddrPort(d.Src)
			dst, _ := netip.ParseAddrPort(d.Dst)
			if (src == client && dst == server || src == server && dst == client) && d.Time >= c.Conv.First-1e6 {
				c.said = append(c.said, d)
			}
		}
	}
	return c.said
}

// SaidReset is what end's kernel said of the RST that it sent, nil when it said nothing.
func (c *Case) SaidReset(end flow.Dir) *hostfacts.Drop {
	from := c.Client()
	if end == flow.ToClient {
		from = c.Server()
	}
	for _, d := range c.Said() {
		if src, _ := netip.ParseAddrPort(d.Src); d.Event == sendReset && src == from {
			return d
		}
	}
	return nil
}

// verdict is the rule's own, weighed with what the kernels said: their word is the last.
func (r *rule) verdict(c *Case) Verdict {
	switch {
	case c.Blind && r.Unseen != nil:
		return r.Unseen(c)
	case c.Blind:
		return Unjudged("packets: nobody captured")
	}
	v := r.Judge(c)
	if v.Level == No || len(r.Kernel) == 0 || len(c.Said()) == 0 {
		return v
	}
	var match *hostfacts.Drop
	sure, times, resets := false, 0, false
	for i := range r.Kernel {
		reason := &r.Kernel[i]
		resets = resets || reason.Event == sendReset
		for _, d := range c.Said() {
			if !reason.is(d) {
				continue
			}
			if times++; match == nil || reason.Sure && !sure {
				match, sure = d, reason.Sure
			}
		}
	}
	if match != nil {
		return saidSo(c, v, match, sure, times)
	}
	if rst := c.Conv.Reset; resets && rst != nil {
		if other := c.SaidReset(rst.Dir); other != nil {
			return Ruled("the " + rst.Dir.Sender() + "'s kernel gives another reason for the RST: " + words(other))
		}
	}
	return v
}

// saidSo adds the kernel's word to a verdict. An event that was tied to its packet by time alone may be of another one.
func saidSo(c *Case, v Verdict, d *hostfacts.Drop, sure bool, times int) Verdict {
	if v.Evidence == nil {
		v.Evidence = []string{v.Why}
		if rst := c.Conv.Reset; rst != nil && v.Frames == nil {
			v.Frames = []uint32{rst.Frame}
		}
		if sure {
			v.Evidence = nil // what was open is no longer
		}
	}
	v.Evidence = append(v.Evidence, "the kernel itself says: "+words(d))
	switch {
	case !sure:
		return v
	case d.ByTime && times < 2:
		v.Level = max(v.Level, Strong)
	default:
		v.Level = Certain
	}
	v.Reason = ""
	return v
}

// words is a kernel's reason in a sentence: "tcp_send_reset with reason TCP_ABORT_ON_CLOSE in state TCP_CLOSE".
func words(d *hostfacts.Drop) string {
	text := d.Event
	if d.Reason != "" {
		text += " with reason " + d.Reason
	}
	if d.State != "" && d.State != "UNKNOWN" {
		text += " in state " + d.State
	}
	if d.Where != "" {
		text += " at " + d.Where
	}
	if d.Hook != "" {
		text += " in the " + d.Hook + " hook"
	}
	text += " for "
	if d.Answer {
		text += "what answers "
	}
	text += d.Src + " > " + d.Dst
	switch {
	case !d.ByTime:
		return text + " (tracepoint)"
	case d.Event == sendReset: // of a listener (net/ipv4/tcp_ipv4.c, tcp_v4_send_reset)
		return text + " (tracepoint, which names the port alone: tied by the moment)"
	}
	return text + " (tracepoint, which names no addresses: tied by moment and length)"
}

// DroppedReply is the Reason of an answer that was thrown away before anybody saw it.
func DroppedReply(word string) Reason { return Reason{Event: dropSkb, Word: word, Reply: true} }

// SaidDrop is the first packet of the connection that a kernel threw away for this reason, nil when it said no such thing.
func (c *Case) SaidDrop(r Reason) *hostfacts.Drop {
	for _, d := range c.Said() {
		if r.is(d) {
			return d
		}
	}
	return nil
}
