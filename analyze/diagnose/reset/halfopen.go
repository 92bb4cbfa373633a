package reset

import (
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// HalfOpenServerRebooted: one end lost the connection without a word, by a restart, and answers the next data with a RST.
//
// RFC 9293, 3.5.1 describes it: the RST takes its number from the ACK of a segment that means nothing to the kernel.
var HalfOpenServerRebooted = &diagnose.Rule{
	ID: "half-open-server-rebooted", Aliases: []string{"failover"}, Title: "the other end no longer knows the connection (restarted, or another host took over)",
	Symptom: diagnose.ResetBy, Needs: diagnose.ServerCalls | diagnose.HostFacts,
	Cause:      "The host was rebooted, or the address moved to another one, while the connection was idle: no FIN or RST was ever sent for it.",
	Fix:        "compare uptime and service start on HOST:  uptime -s; systemctl show -p ActiveEnterTimestamp SERVICE;  use keep-alives or pings of the application",
	Refs:       []string{"RFC 9293 3.5.1", "RFC 9293 3.5.2"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS"), diagnose.SentReset("", "NO_SOCKET")}, // a NAT's new port meets both too
	Scenario:   "half-open-server-rebooted",
	LookAlikes: []string{"idle-timeout-reset", "nat-idle-rebind", "write-after-peer-close", "abort-on-overflow", "injected-rst-onpath"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return forgotten(c, false) },
}

// KeepalivePeerReset: a keep-alive probe found out that the other end no longer knows the connection.
var KeepalivePeerReset = &diagnose.Rule{
	ID: "keepalive-peer-reset", Title: "a keep-alive probe was answered with a RST: the other end had forgotten the connection",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause:      "The other end lost the connection without a word (reboot, failover); the keep-alive did what it is for and found out.",
	Fix:        "find out why the other end lost it:  uptime -s; systemctl status  on HOST; then reconnect",
	Refs:       []string{"RFC 9293 3.8.4", "RFC 9293 3.5.1"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS").Surely(), diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "keepalive-peer-reset",
	LookAlikes: []string{"half-open-server-rebooted", "keepalive-timeout", "idle-timeout-reset"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return forgotten(c, true) },
}

func forgotten(c *diagnose.Case, byProbe bool) diagnose.Verdict {
	rst, to, why := reply(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	probe := to.Len <= 1 && to.Marks.Any(classify.KeepAlive)
	low, high, ok := c.TTLRange(rst.Dir)
	switch {
	case closedBefore(c, rst, to):
		return diagnose.Ruled(finFirst)
	case finMissed(c, rst) != nil:
		return diagnose.Ruled(missedText(rst, finMissed(c, rst)))
	case c.Conv.Half[rst.Dir.Other()].FIN != 0 && c.Conv.Half[rst.Dir.Other()].FIN <= to.Frame:
		return diagnose.Ruled("the RST answers an end that was closing")
	case probe != byProbe:
		return diagnose.Ruled(probeWords(probe))
	case !probe && to.Len == 0 && (c.Half(rst.Dir).PayloadBytes == 0 || rst.Dir == flow.ToServer):
		return diagnose.Ruled("the RST answers neither data nor a probe")
	case ok && (rst.TTL < low || rst.TTL > high):
		return diagnose.Ruled("the RST comes from elsewhere: TTL " + diagnose.Num(rst.TTL) + ", the end's own segments " + diagnose.Num(low))
	case madeHere(c, rst):
		return diagnose.Ruled(onlyOnce)
	case !ok:
		return diagnose.Open("no other segment of the " + rst.Dir.Sender() + " was captured to compare with")
	case rst.Seq == 1 && c.Half(rst.Dir).PayloadBytes == 0 && to.Time.Sub(c.Conv.First) < time.Second:
		return diagnose.Ruled("the connection had just been opened: nobody had time to forget it")
	case toldUnseen(c, rst.Dir) != nil:
		return diagnose.Ruled("its program had been told of another RST, " + callText(toldUnseen(c, rst.Dir)))
	case untranslated(c) != nil:
		return diagnose.Ruled("a stray segment of another address was reset before: the NAT lost its track")
	case rst.Seq == 1 && (again(c, to.Frame) || c.Conv.Handshake.ACK == to.Frame && c.SYNACK().Time.Sub(c.Conv.First) > time.Second/2):
		return diagnose.Ruled("the server repeated its SYN-ACK: it never had the connection")
	}
	v := diagnose.Verdict{
		Level: diagnose.Strong, Why: "a kernel that does not know the connection, at the old end's distance",
		Evidence: []string{
			what(probe, to.Len) + " of the " + to.Dir.Sender() + " " + diagnose.Seg(to.Frame),
			replyEvidence(rst, to),
			"no FIN or RST of the " + rst.Dir.Sender() + " came before, and its TTL is that of its other segments (" + diagnose.Num(rst.TTL) + ")",
		},
		Frames: []uint32{to.Frame, rst.Frame},
	}
	idle := idleBefore(c, to)
	switch {
	case !probe && to.Len == 0:
		v.Level, v.Why = diagnose.Possible, "it answers a bare ACK of what its own end had just said: a crash at that moment, or a box between forgot the connection"
		v.Evidence[0] = "an ACK of the " + to.Dir.Sender() + " " + diagnose.Seg(to.Frame)
	case asked(c, rst.Dir, to.Time):
		v.Level, v.Why = diagnose.Possible, "the client had just asked, and its kernel does not know the connection when the answer comes: it was reset or closed out of this capture's sight, or it crashed"
	case idle < time.Second || to.Marks.Any(classify.AnyRetransmission):
		v.Level = diagnose.Likely // a crash in the middle of an exchange; a firewall on the host does the same
	case !probe && rst.Dir == flow.ToClient && routed(c, rst):
		v.Level = diagnose.Likely // a NAT between may have forgotten it, and the server still know it
		fallthrough
	default:
		v.Evidence = append(v.Evidence, "the connection had been idle for "+diagnose.Took(idle))
	}
	return told(v, c, rst)
}

// asked reports whether end is the client, and had sent something within the second before: nobody reboots while it waits.
func asked(c *diagnose.Case, end flow.Dir, at capture.Stamp) bool {
	own := c.LastBefore(1<<31, end, func(r *flow.Row) bool { return diagnose.Data(r) && r.Time < at })
	return end == flow.ToServer && own != nil && at.Sub(own.Time) < time.Second
}

// onlyOnce is why a RST is not its end's own.
const onlyOnce = "what the end itself sent was captured twice, going in and out; the RST only once: the box where this was captured made it"

func probeWords(probe bool) string {
	if probe {
		return "the RST answers a keep-alive probe"
	}
	return "the RST does not answer a keep-alive probe"
}

func what(probe bool, n uint32) string {
	if probe {
		return "a keep-alive probe"
	}
	return diagnose.Count(n, "byte")
}

// IdleTimeoutReset: a box on the way forgot the idle connection and answers the next segment itself.
//
// The RST has the box's TTL, not the end's (RFC 5382, REQ-5 asks such boxes to remember for 2 h 4 min).
var IdleTimeoutReset = &diagnose.Rule{
	ID: "idle-timeout-reset", Title: "a box on the way dropped the idle connection and reset it at the next data",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause: "A NAT, firewall or load balancer forgets connections that are idle for its timer: AWS NLB and NAT gateway 350 s, Azure 240 s, " +
		"GCP NAT 1200 s, home routers 300 to 3600 s.",
	Fix: "send keep-alives more often than the box's timer:  sysctl -w net.ipv4.tcp_keepalive_time=120  and SO_KEEPALIVE in the program, " +
		"or raise the timer; on the box  conntrack -L -d HOST",
	Refs:       []string{"RFC 5382 REQ-5", "RFC 9293 3.8.4", "RFC 3360"},
	Scenario:   "idle-timeout-reset",
	LookAlikes: []string{"half-open-server-rebooted", "keepalive-race", "injected-rst-onpath"},
	Judge:      idleTimeoutReset,
}

func idleTimeoutReset(c *diagnose.Case) diagnose.Verdict {
	rst, to, why := reply(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	low, high, ok := c.TTLRange(rst.Dir)
	idle := idleBefore(c, to)
	switch {
	case closedBefore(c, rst, to) || finMissed(c, rst) != nil:
		return diagnose.Ruled(finFirst)
	case to.Len == 0:
		return diagnose.Ruled("the RST does not answer data")
	case !ok:
		return diagnose.Unjudged("another segment of the " + rst.Dir.Sender() + ", to compare its TTL with")
	case rst.TTL >= low && rst.TTL <= high && !madeHere(c, rst):
		return diagnose.Ruled("the RST has the TTL of the " + rst.Dir.Sender() + "'s own segments (" + diagnose.Num(rst.TTL) + ")")
	case idle < time.Second:
		return diagnose.Ruled("the connection was not idle before")
	}
	v := diagnose.Verdict{
		Level: diagnose.Likely, Why: "idle, then a RST from elsewhere",
		Evidence: []string{
			"after " + diagnose.Took(idle) + " without data the " + to.Dir.Sender() + " sends " + diagnose.Count(to.Len, "byte") + " " + diagnose.Seg(to.Frame),
			"a RST answers with TTL " + diagnose.Num(rst.TTL) + "; the " + rst.Dir.Sender() + "'s own segments arrive with " + diagnose.Num(low) + " " + diagnose.Seg(rst.Frame),
		},
		Frames: []uint32{to.Frame, rst.Frame},
	}
	if madeHere(c, rst) {
		v.Evidence[1] = "a RST answers " + diagnose.Seg(rst.Frame) + "; " + onlyOnce
	}
	if name := diagnose.BoxTimer(idle); name != "" {
		v.Evidence = append(v.Evidence, "the pause fits the timer of "+name)
	}
	if after := goesOn(c, rst); after != nil && forgot(c, rst) {
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "the "+rst.Dir.Sender()+" itself knows of neither: it goes on, and never acknowledges that data "+diagnose.Seg(after.Frame))
		v.Frames = append(v.Frames, after.Frame)
	}
	return told(v, c, rst)
}

// forgot reports whether a RST from elsewhere has the form of a box that had forgotten an idle connection: it answers the
// first data after a pause, and the end in whose name it was sent never acknowledged that data.
func forgot(c *diagnose.Case, rst *flow.Reset) bool {
	first, to, why := reply(c)
	if why != "" || first.Frame != rst.Frame || to.Len == 0 || idleBefore(c, to) < time.Second {
		return false
	}
	return c.FirstAfter(rst.Frame, rst.Dir, func(r *flow.Row) bool { return to.End().LessEq(r.Ack) && !r.Flags.Any(wire.RST) }) == nil
}

// again reports whether the SYN-ACK was repeated between the client's ACK and frame.
func again(c *diagnose.Case, frame uint32) bool {
	ack := c.Conv.Handshake.ACK
	return ack != 0 && c.LastBefore(frame, flow.ToClient, func(r *flow.Row) bool { return r.Frame > ack && r.Flags.Any(wire.SYN) }) != nil
}
