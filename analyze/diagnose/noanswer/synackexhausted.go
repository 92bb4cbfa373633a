package noanswer

import (
	"slices"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// SynackRetriesExhausted: the server never got the handshake's last ACK, gave the half-open connection up, and then met the
// client's data as a stranger.
//
// Linux repeats the SYN-ACK net.ipv4.tcp_synack_retries times (5: 63 s) and forgets the attempt without a word; the next
// segment gets the RST of RFC 9293, 3.10.7.2. The client had been connected all the time, so it sees ECONNRESET.
var SynackRetriesExhausted = &diagnose.Rule{
	ID: "synack-retries-exhausted", Title: "the server gave the half-open connection up, and reset the client's later data",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.BothDirections,
	Cause: "The handshake's last ACK and the data behind it did not reach the server's socket. It repeated its SYN-ACK until " +
		"tcp_synack_retries ran out, and answers what comes later as for any unknown connection.",
	Fix: "find what loses the client's segments:  on HOST  tcpdump -ni any 'tcp port PORT and host CLIENT';  if they are there: " +
		"nstat -az TcpExtListenOverflows",
	Refs:       []string{"RFC 9293 3.8.1", "RFC 9293 3.10.7.2", "ip-sysctl tcp_synack_retries"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS"), diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "synack-retries-exhausted",
	Implies:    append([]string{"final-ack-dropped", "accept-queue-full-late", "half-open-server-rebooted"}, lossesInVain...),
	LookAlikes: []string{"half-open-server-rebooted", "abort-on-overflow", "accept-queue-full-late"},
	Judge:      synackExhausted,
}

func synackExhausted(c *diagnose.Case) diagnose.Verdict {
	rst, copies := c.Reset(), synacks(c)
	switch {
	case rst == nil || rst.Dir != flow.ToClient || rst.Flags.Any(wire.ACK) || rst.Window != 0:
		return diagnose.Ruled("the server did not reset what came after its last SYN-ACK")
	case c.Half(flow.ToClient).PayloadBytes > 0 || rst.Seq != 1:
		return diagnose.Ruled("the server had taken the connection")
	}
	v := diagnose.Verdict{
		Level: diagnose.Strong, Why: "SYN-ACKs in vain, then a RST",
		Evidence: []string{"", "then it answers a segment of the client with a bare RST whose number is that segment's ACK: it has forgotten the attempt " +
			diagnose.Seg(rst.Frame)},
		Frames: append(slices.Clone(copies), rst.Frame), ClientSees: "recv: ECONNRESET"}
	ack := c.Conv.Handshake.ACK
	switch late := repeated(c); {
	case late != 0 && late < rst.Frame:
		v.Evidence[0] = "the client acknowledges the SYN-ACK " + diagnose.Seg(ack) + ", yet the server repeats it up to " + diagnose.Seg(copies[len(copies)-1])
		v.Frames = append([]uint32{ack}, v.Frames...)
	case len(copies) > 1 && ack == rst.AnswersFrame && copies[len(copies)-1] < ack:
		v.Evidence[0] = "the server repeats its SYN-ACK " + diagnose.Seg(copies[len(copies)-1]) + ", and nothing comes back before that segment " + diagnose.Seg(ack)
	default:
		return diagnose.Ruled("the server did not repeat its SYN-ACK in vain before its RST")
	}
	return v
}
