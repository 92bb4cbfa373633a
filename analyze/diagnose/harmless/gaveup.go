package harmless

import (
	"syscall"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// ClientGaveUp: the SYN-ACK met no socket any more: the client had given up, and its kernel answers with a RST.
//
// RFC 9293, 3.10.7.1: in CLOSED a segment with an ACK gets <SEQ=SEG.ACK><CTL=RST>.
var ClientGaveUp = &diagnose.Rule{
	ID: "client-gave-up", Title: "the client had given up before the SYN-ACK came",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.ClientCalls,
	Cause:      "The client's connect timeout is shorter than the answer takes, or the client ended.",
	Fix:        "compare the client's timeout with the round trip:  ping HOST;  raise it, or find out why the answer is slow",
	Refs:       []string{"RFC 9293 3.10.7.1", "RFC 9293 3.5.2"},
	Scenario:   "client-gave-up",
	LookAlikes: []string{"happy-eyeballs-loser", "raw-syn-scan", "syn-rst-ack-spoofed"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return halfShake(c, "client-gave-up") },
}

// HappyEyeballsLoser: the client tried both address families at once (RFC 8305), and the other one won.
var HappyEyeballsLoser = &diagnose.Rule{
	ID: "happy-eyeballs-loser", Title: "the client tried IPv4 and IPv6 together, and the other one was faster",
	Symptom: diagnose.Harmless, Explains: true, Needs: diagnose.BothDirections,
	Cause:      "Browsers and other clients race connections over both families and drop the slower one.",
	Fix:        "nothing is wrong",
	Refs:       []string{"RFC 8305 5"},
	Scenario:   "happy-eyeballs-loser",
	LookAlikes: []string{"client-gave-up", "raw-syn-scan", "health-check-reset"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return halfShake(c, "happy-eyeballs-loser") },
}

// RawSynScan: a scanner sent the SYN by a raw socket, so its kernel knows nothing of it and resets the answer.
var RawSynScan = &diagnose.Rule{
	ID: "raw-syn-scan", Title: "a port scan: the SYN was made by hand, and the kernel behind it resets the answer",
	Symptom: diagnose.Harmless, Explains: true, Needs: diagnose.BothDirections,
	Cause:      "Port scanners (nmap -sS, ZMap, masscan) send SYNs through raw sockets: few or no options, odd windows.",
	Fix:        "nothing is wrong with the server; who scans:  whois CLIENT",
	Refs:       []string{"RFC 9293 3.10.7.1"},
	Scenario:   "raw-syn-scan",
	LookAlikes: []string{"client-gave-up", "happy-eyeballs-loser"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return halfShake(c, "raw-syn-scan") },
}

// halfShake judges SYN, SYN-ACK, RST of the client: what the SYN looks like and what else the client did decides.
func halfShake(c *diagnose.Case, cause string) diagnose.Verdict {
	rst := c.Reset()
	switch {
	case rst == nil || rst.Dir != flow.ToServer:
		return diagnose.Ruled("the client sent no RST")
	case !c.SYNACK().Seen || spokeBefore(c, rst.Frame) || rst.Flags.Any(wire.ACK) || rst.SeqRaw != c.SYN().ISN+1:
		return diagnose.Ruled("the RST does not answer the SYN-ACK")
	case len(c.Conv.SYNs) > 1 && c.Conv.Resets[0].Frame < c.Conv.SYNs[len(c.Conv.SYNs)-1].Frame:
		return diagnose.Ruled("the client repeats its SYN afterwards: it has not given up")
	case c.SYN().Seen && c.Conv.Handshake.ACK != 0 && c.Conv.Handshake.ACK < rst.Frame:
		return diagnose.Ruled("the handshake was completed")
	}
	if call := c.ConnectCall(); call != nil && call.Errno == syscall.ECONNREFUSED {
		return diagnose.Ruled("its connect() was refused: it had not given up (call " + diagnose.Num(call.Number) + ")")
	}
	other := c.PortPeer(func(p *diagnose.Peer) bool {
		apart := p.First.Sub(c.Conv.First)
		return p.Opened && p.Server.Is4() != c.Conv.Server.Is4() && apart > -race && apart < race
	})
	syn := c.SYN()
	byHand := syn.Seen && !syn.SACKPermitted && !syn.Timestamps && syn.Options&(wire.HasWindowScale|wire.CutOptions) == 0
	is := "client-gave-up"
	switch {
	case other != nil:
		is = "happy-eyeballs-loser"
	case byHand:
		is = "raw-syn-scan"
	}
	if is != cause {
		return diagnose.Ruled("the segments fit " + is + " better")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "RST against the SYN-ACK", Frames: []uint32{c.Conv.Handshake.SYNACK, rst.Frame},
		Evidence: []string{"the client's kernel answers the SYN-ACK " + diagnose.Seg(c.Conv.Handshake.SYNACK) +
			" with a bare RST: no socket waits for it " + diagnose.Seg(rst.Frame)}}
	switch {
	case other != nil:
		v.Level = diagnose.Strong
		v.Frames = append(v.Frames, other.Frame)
		v.Evidence = append(v.Evidence, "at the same time a connection to the same port over the other family succeeded "+diagnose.Seg(other.Frame))
	case byHand:
		v.Evidence = append(v.Evidence, "its SYN offers neither SACK nor timestamps nor window scaling, window "+diagnose.Num(syn.Window)+
			", as no current system's connect() does "+diagnose.Seg(syn.Frame))
	default:
		v.Severity = "warning"
		v.Evidence = append(v.Evidence, "the SYN-ACK came "+diagnose.Took(rst.Time.Sub(c.Conv.First))+" after the first SYN")
		if rst.Time.Sub(c.Conv.First) < impatience && c.ConnectCall() == nil {
			v.Level, v.Why = diagnose.Possible, "few programs give up so soon: it may have been refused by a RST that did not pass here, or have asked several addresses at once"
		}
	}
	return v
}

// impatience is the shortest timeout that a program is believed to have.
const impatience = 100 * time.Millisecond

// spokeBefore reports whether the client had sent data before frame.
func spokeBefore(c *diagnose.Case, frame uint32) bool {
	first := c.Half(flow.ToServer).FirstData
	return first != 0 && first < frame
}

// race is how far apart the attempts of RFC 8305 begin: 250 ms, and some slack.
const race = 400 * time.Millisecond

// HealthCheckReset: the client connected and aborted without a byte, as health checks do.
var HealthCheckReset = &diagnose.Rule{
	ID: "health-check-reset", Title: "a health check: connected and reset without a byte",
	Symptom: diagnose.Harmless, Explains: true, Needs: diagnose.BothDirections,
	Cause:      "Load balancers and monitors test a port by a handshake and drop the connection with a RST, to spare TIME-WAIT.",
	Fix:        "nothing is wrong; a server should not log it as an error",
	Refs:       []string{"RFC 9293 3.10.5"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_CLOSE", "TCP_STATE")},
	Scenario:   "health-check-reset",
	LookAlikes: []string{"linger0-client", "reset-before-accept", "client-gave-up"},
	Judge:      healthCheck,
}

func healthCheck(c *diagnose.Case) diagnose.Verdict {
	rst := c.Reset()
	switch {
	case rst == nil || rst.Dir != flow.ToServer || !c.SYNACK().Seen || c.Conv.Handshake.ACK == 0:
		return diagnose.Ruled("the client did not reset an open connection")
	case c.Half(flow.ToServer).PayloadBytes+c.Half(flow.ToClient).PayloadBytes > 0:
		return diagnose.Ruled("data was exchanged")
	case c.Shape() != diagnose.Quit && c.Shape() != diagnose.OtherSystem:
		return diagnose.Ruled("the RST is not a program's abort")
	case rst.Time.Sub(c.SYNACK().Time) > time.Second:
		return diagnose.Ruled("the connection stayed open for " + diagnose.Took(rst.Time.Sub(c.SYNACK().Time)))
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "handshake and RST without a byte", Frames: []uint32{c.Conv.Handshake.ACK, rst.Frame},
		Evidence: []string{"the client completes the handshake " + diagnose.Seg(c.Conv.Handshake.ACK) + " and aborts without a byte " +
			diagnose.Took(rst.Time.Sub(c.SYNACK().Time)) + " later " + diagnose.Seg(rst.Frame)}, ServerSees: "recv: ECONNRESET"}
	again := c.Peer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ServerPort == c.Conv.ServerPort && p.Shape == diagnose.Quit && p.ResetBy == flow.ToServer && p.Payload == 0
	})
	if again != nil {
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "the same client does it again and again "+diagnose.Seg(again.Frame))
		v.Frames = append(v.Frames, again.Frame)
	}
	return v
}
