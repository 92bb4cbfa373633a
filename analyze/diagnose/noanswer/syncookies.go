package noanswer

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// SynCookies: the server answered without keeping state, so its SYN-ACK lacks the options that need memory.
//
// A cookie packs the MSS into the sequence number (RFC 4987, 3.6); window scale and SACK fit only where the client's
// timestamps carry them back.
var SynCookies = &diagnose.Rule{
	ID: "syn-cookies", Aliases: []string{"syn-cookies-no-ts"}, Title: "the server answered with a SYN cookie: window scaling and SACK are lost",
	Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.NoAnswer}, Needs: diagnose.HostFacts,
	Cause: "The server's queue of half-open connections was full (many clients at once, or a flood), so it kept no state. Without " +
		"timestamps the connection has no window scaling and no SACK: 64 KiB a round trip, slow repair of losses.",
	Fix: "on HOST:  nstat -az TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies; raise net.ipv4.tcp_max_syn_backlog and the backlog of listen();  " +
		"keep net.ipv4.tcp_timestamps on at the clients",
	Refs:       []string{"RFC 4987 3.6", "RFC 7323 2.2", "ip-sysctl tcp_syncookies"},
	Scenario:   "syn-cookies",
	LookAlikes: []string{"no-window-scaling", "syn-queue-full", "syncookie-ack-lost"},
	Judge:      synCookies,
}

const cookieOptions = wire.HasWindowScale | wire.HasSACKPermitted

func synCookies(c *diagnose.Case) diagnose.Verdict {
	syn, synack := c.SYN(), c.SYNACK()
	sent := c.Grew("TcpExt.SyncookiesSent")
	bare := synack.Options&(cookieOptions|wire.HasTimestamps) == 0
	switch {
	case !syn.Seen || !synack.Seen || synack.Flags&wire.ACK == 0:
		return diagnose.Unjudged("SYN and SYN-ACK of the connection")
	case (syn.Options|synack.Options)&wire.CutOptions != 0:
		return diagnose.Unjudged("the options of both SYNs: the snap length cut them")
	case syn.Options&cookieOptions != cookieOptions:
		return diagnose.Ruled("the client offered no window scaling or no SACK itself")
	case !bare && sent == 0:
		return diagnose.Ruled("the SYN-ACK carries the options that a cookie without timestamps cannot keep")
	}
	v := diagnose.Verdict{Severity: "note", Frames: []uint32{syn.Frame, synack.Frame}, Why: "a SYN-ACK without options that need memory",
		Evidence: []string{"the client offers window scaling and SACK " + diagnose.Seg(syn.Frame) + ", the SYN-ACK has no option but the MSS " + diagnose.Seg(synack.Frame)}}
	if bare && !syn.Timestamps {
		v.Variant = "syn-cookies-no-ts"
	}
	full := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Answer&cookieOptions == cookieOptions && p.Offer&cookieOptions == cookieOptions &&
			p.ServerTTL == synack.TTL // else a box on the path may have answered one of them
	})
	switch {
	case sent > 0 && !bare:
		v.Level, v.Why = diagnose.Likely, "the server sent cookies meanwhile"
		if c.Peer(func(p *diagnose.Peer) bool { return p.SYNACK != 0 }) != nil { // whose SYN got them is not known
			return diagnose.Ruled("cookies were sent meanwhile, but which of the SYNs got one the counters do not say")
		}
		v.Title = "the server answers with SYN cookies; timestamps keep the options"
		v.Evidence = []string{"SyncookiesSent grew by " + diagnose.Num(sent) + " on the server's host (counters) while this SYN was answered " + diagnose.Seg(synack.Frame)}
	case sent > 0:
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "SyncookiesSent grew by "+diagnose.Num(sent)+" on the server's host (counters)")
	case full != nil:
		v.Level = diagnose.Strong
		v.Frames = append(v.Frames, full.SYNACK)
		v.Evidence = append(v.Evidence, "another SYN-ACK of the same port has them "+diagnose.Seg(full.SYNACK)+": the listener can, and answered this one from no memory")
	case synack.TTL > 0 && synack.TTL <= 64 && synack.MSS > 0 && synack.Window == 44*synack.MSS && synack.Options&^wire.HasMSS == 0:
		v.Level = diagnose.Likely // 44 segments are the first window that Linux offers, and it has every option otherwise
		v.Evidence = append(v.Evidence, "its TTL and its window of 44 segments are Linux's, which offers both unless it keeps no memory "+diagnose.Seg(synack.Frame))
	default:
		return diagnose.Ruled("nothing shows that the server has these options otherwise: old systems and boxes that strip them answer so, too")
	}
	return v
}

// SyncookieAckLost: the handshake's last ACK was lost, and a server that answered by cookie does not know of the connection.
//
// Such a server repeats nothing (RFC 4987, 3.6: it keeps no state). A client that waits for its greeting waits for ever; the
// first segment that it sends itself completes the handshake.
var SyncookieAckLost = &diagnose.Rule{
	ID: "syncookie-ack-lost", Title: "the last ACK of a SYN-cookie handshake was lost: the server knows nothing of the connection",
	Symptom: diagnose.NoAnswer, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.HostFacts,
	Cause: "With SYN cookies the server remembers nothing until the ACK comes, and does not repeat its SYN-ACK. The client is connected " +
		"and waits for the server to speak; the server waits for nobody.",
	Fix:        "on HOST compare  nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv;  let the client speak first, or set a receive timeout",
	Refs:       []string{"RFC 4987 3.6", "RFC 9293 3.8.1"},
	Scenario:   "syncookie-ack-lost",
	LookAlikes: []string{"final-ack-dropped", "deadlock-recv", "defer-accept", "syn-cookies"},
	Judge:      syncookieAckLost,
}

// repeats is how soon every TCP that remembers a SYN repeats its answer to it (RFC 6298, 2.1), with some slack.
const repeats = 3 * time.Second

func syncookieAckLost(c *diagnose.Case) diagnose.Verdict {
	server, client := c.Half(flow.ToClient), c.Half(flow.ToServer)
	quiet := c.Watched() - c.SYNACK().Time.Sub(c.Conv.First)
	switch {
	case !c.SYNACK().Seen || server.Packets != 1 || !c.SYNACK().Flags.Any(wire.ACK):
		return diagnose.Ruled("the server sent more than one SYN-ACK, or none")
	case client.PayloadBytes > 0 || client.FIN != 0 || client.Resets > 0 || len(c.Conv.SYNs) > 1:
		return diagnose.Ruled("the client went on, or repeated its SYN")
	case quiet < repeats:
		return diagnose.Ruled("the capture goes on for " + diagnose.Took(max(quiet, 0)) + " after the SYN-ACK: too short to miss its repetition")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "a SYN-ACK that nobody acknowledges and nobody repeats",
		Evidence: []string{"the server answers the SYN " + diagnose.Seg(c.SYNACK().Frame) + ", no ACK follows, and in " + diagnose.Took(quiet) +
			" it does not repeat its answer: it keeps no state of the attempt (SYN cookie, SYN proxy)"},
		Frames: []uint32{c.SYN().Frame, c.SYNACK().Frame}}
	sent, got := c.Grew("TcpExt.SyncookiesSent"), c.Grew("TcpExt.SyncookiesRecv")
	if sent > got {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, diagnose.Were(sent, "cookie")+" sent by the server's host and "+diagnose.Num(got)+" came back (counters)")
	}
	completes := c.Peer(func(p *diagnose.Peer) bool { return p.Opened })
	if completes == nil && v.Level != diagnose.Certain && c.Conv.Handshake.ACK == 0 {
		return diagnose.Open("a capture whose filter lets nothing but SYNs through looks the same; SyncookiesSent on the server would decide")
	}
	if ack := c.Conv.Handshake.ACK; ack != 0 {
		v.Evidence[0] = "the client acknowledges the SYN-ACK " + diagnose.Seg(ack) + ", and both ends are silent for " + diagnose.Took(quiet)
		v.Frames = append(v.Frames, ack)
		if v.Level != diagnose.Certain {
			return diagnose.Open("a server that waits for the client looks the same; SyncookiesSent and SyncookiesRecv there would decide")
		}
	}
	return v
}
