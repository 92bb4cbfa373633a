package refused

import (
	"strconv"
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/hostfacts"
)

// Why several causes are ruled out with the same words.
const (
	noRefusal  = "no RST answered the SYN"
	notItsForm = "the RST has not the form a kernel without a listener sends: sequence 0, window 0, no options"
	notOnPort  = "nothing else listens on the port (socket table)"
)

// Verdicts on every refusal of a capture without facts, made once: such captures hold millions.
var (
	needsTables   = diagnose.Open("the socket tables of the server's host would decide: ss -ltnp")
	needsRules    = diagnose.Open("its RST is that of a closed port bit for bit; the server's socket table and firewall rules would decide")
	needsPorts    = diagnose.Unjudged("the list of ports that the server's host listens on: ss -ltnp")
	needsDistance = diagnose.Unjudged("another answer of the same host, to compare its TTL with")
	needsIPv4     = diagnose.Open("an attempt over IPv4, or the server's socket table, would decide")
	needsIPv6     = diagnose.Open("an attempt over IPv6, or the server's socket table, would decide")
)

// refusal checks what every refusal by RST has in common; why is "" when it is one.
func refusal(c *diagnose.Case) (rst *flow.Reset, why string) {
	rst = c.Refusal()
	switch {
	case rst == nil:
		return nil, noRefusal
	case c.Shape() != diagnose.NobodyHere:
		return nil, notItsForm
	case c.SYNACK().Seen:
		return nil, "a SYN-ACK answered as well"
	case c.Made(rst.Frame):
		return nil, "the RST was made on the way: the server's own capture does not have it"
	}
	return rst, ""
}

// elsewhere is the verdict of a cause that the socket tables of the server's host prove: sock listens on the port where
// it cannot take the connection. where says so: "only on a loopback address".
func elsewhere(c *diagnose.Case, find func(*diagnose.Sockets) *hostfacts.Socket, where string) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	s := c.Sockets()
	if !s.Known {
		return needsTables
	}
	sock := find(s)
	switch {
	case s.Here != nil:
		return diagnose.Ruled(diagnose.Owner(s.Here) + " listens on the address and port itself")
	case sock == nil:
		return diagnose.Ruled(notOnPort)
	}
	return diagnose.Verdict{
		Level:    diagnose.Certain,
		Why:      "the port has a listener, " + where,
		Evidence: append(wireEvidence(c, rst), diagnose.Owner(sock)+" listens on the port, "+where+" (socket table)"),
		Frames:   frames(c, rst),
		Calls:    connectCalls(c),
	}
}

// wireEvidence says what the RST shows; the sequence numbers are those of RFC 9293, 3.10.7.1.
func wireEvidence(c *diagnose.Case, rst *flow.Reset) []string {
	var buf [160]byte // one string, and no parts of it: a scan leaves a million refusals
	ack := uint64(rst.AckRaw - c.SYN().ISN)
	b := strconv.AppendUint(append(buf[:0], "the RST acknowledges our SYN ("...), ack, 10)
	b = strconv.AppendUint(append(b, " = 0 + "...), ack, 10)
	b = append(b, ") with sequence 0, window 0 and no options: a kernel without a listener (segment "...)
	b = append(strconv.AppendUint(b, uint64(rst.Frame), 10), ')')
	list := make([]string, 1, 3)
	list[0] = string(b)
	if call := c.ConnectCall(); call != nil && call.Errno != 0 {
		text := diagnose.SeenBy(call) + " " + diagnose.Took(call.Duration()) + " after the call (call " + diagnose.Num(call.Number) + ")"
		if call.Errno == syscall.ETIMEDOUT {
			text += ": the refusal did not reach the client, or not as it passed here"
		}
		list = append(list, text)
	}
	if n := len(c.Conv.SYNs); n > 1 {
		list = append(list, "the client tried "+diagnose.Times(n)+tries(c, n)+diagnose.Seg(c.Conv.SYNs[n-1].Frame))
	}
	return list
}

// tries says how many of n SYNs were refused by a RST that counts: one that acknowledges the SYN (RFC 9293, 3.10.7.3).
func tries(c *diagnose.Case, n int) string {
	count, others := 0, 0
	for i := range c.Conv.Resets {
		if r := &c.Conv.Resets[i]; r.AnswersSYN {
			count++
		} else if r.Dir == flow.ToClient {
			others++
		}
	}
	switch {
	case count >= n || count == flow.MaxResets: // as many as are kept
		return ", each refused "
	case others > 0:
		return "; " + diagnose.Count(count, "RST") + " refused it, " + diagnose.Count(others, "other") + " did not acknowledge its SYN "
	}
	return ", and was refused " + diagnose.Times(count) + " "
}

// frames are the SYN and its refusal; of an attempt that was repeated, every refusal.
func frames(c *diagnose.Case, rst *flow.Reset) []uint32 {
	if len(c.Conv.Resets) < 2 {
		return []uint32{c.Conv.FirstFrame, rst.Frame}
	}
	list := []uint32{c.Conv.FirstFrame}
	for i := range c.Conv.Resets {
		if r := &c.Conv.Resets[i]; r.AnswersSYN {
			list = append(list, r.Frame)
		}
	}
	return list
}

func connectCalls(c *diagnose.Case) []uint32 {
	if call := c.ConnectCall(); call != nil {
		return []uint32{call.Number}
	}
	return nil
}
