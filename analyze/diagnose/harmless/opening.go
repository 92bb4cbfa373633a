package harmless

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// SimultaneousOpen: both ends sent a SYN, and the two crossed (RFC 9293, 3.5, figure 7): legal and rare.
var SimultaneousOpen = &diagnose.Rule{
	ID: "simultaneous-open", Aliases: []string{"split-handshake"}, Title: "both ends opened the connection at once",
	Symptom: diagnose.Harmless, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause:    "Both programs called connect() with fixed ports (hole punching), or a server answered a SYN with a SYN.",
	Fix:      "nothing is wrong; neither end gets the connection from accept()",
	Refs:     []string{"RFC 9293 3.5"},
	Scenario: "simultaneous-open", LookAlikes: []string{"self-connect"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		a, b := c.SYN(), c.SYNACK()
		switch {
		case c.Conv.Handshake.Kind != "simultaneous":
			return diagnose.Ruled("one end opened the connection")
		case c.Conv.Client == c.Conv.Server && c.Conv.ClientPort == c.Conv.ServerPort:
			return diagnose.Ruled("the client is connected to itself")
		}
		v := diagnose.Verdict{Level: diagnose.Certain, Why: "two SYNs crossed", Frames: []uint32{a.Frame, b.Frame},
			Evidence: []string{"a SYN of either end: " + diagnose.Seg(a.Frame) + " and " + diagnose.Seg(b.Frame) + ", neither acknowledges the other"}}
		if ack := c.FirstAfter(b.Frame, flow.ToClient, nil); ack != nil && !ack.Flags.Any(wire.SYN|wire.RST) && a.Frame < b.Frame {
			// An end that opens itself repeats its SYN with the ACK (RFC 9293, 3.5); this one answered, in two segments.
			v.Variant, v.Title = "split-handshake", "the server answered the SYN with a SYN of its own and an ACK apart: a handshake in four steps"
			v.Fix = "nothing is wrong"
			v.Frames = append(v.Frames, ack.Frame)
			v.Evidence = append(v.Evidence, "the server never sends SYN and ACK together: it goes on with an ACK alone "+diagnose.Seg(ack.Frame))
		}
		return v
	},
}

// HalfOpenClientRebooted: the client uses a pair of ports again that the server still knows as open.
//
// The server answers with its old numbers (a challenge ACK, RFC 5961, 4), the client's kernel resets that, and the next SYN
// opens the connection: some 13 ms in all on Linux, which repeats the SYN at once.
var HalfOpenClientRebooted = &diagnose.Rule{
	ID: "half-open-client-rebooted", Title: "the server still knew an old connection of the same ports; it was reset first",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.NoAnswer, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "The client restarted, or its NAT gave the port out again, while the server still had the old connection open.",
	Fix:        "nothing to do for the new connection; the server's program gets ECONNRESET on the old one:  ss -tn 'sport = :PORT and dst CLIENT'",
	Refs:       []string{"RFC 5961 4", "RFC 9293 3.10.7.4"},
	Scenario:   "half-open-client-rebooted",
	Implies:    []string{"syn-lost-once"},
	LookAlikes: []string{"time-wait-old-syn", "client-gave-up"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return challenged(c, false) },
}

// TimeWaitOldSyn: the ports were in TIME-WAIT at the server, and the SYN's number was not newer.
//
// RFC 9293, 3.6.1 and RFC 6191 let a newer SYN open at once; an older one draws the old ACK, and the RST against that ends
// TIME-WAIT (RFC 1337 describes it).
var TimeWaitOldSyn = &diagnose.Rule{
	ID: "time-wait-old-syn", Aliases: []string{"time-wait-old-syn-rfc1337"},
	Title:   "the ports were still in TIME-WAIT at the server",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.NoAnswer, diagnose.Slow}, Needs: diagnose.BothDirections,
	Cause:      "The server closed first and the client used the same port again within a minute, with an older sequence number.",
	Fix:        "let the client close first, or let it choose its port;  sysctl net.ipv4.tcp_rfc1337 net.ipv4.tcp_tw_reuse",
	Refs:       []string{"RFC 9293 3.6.1", "RFC 6191", "RFC 1337"},
	Scenario:   "time-wait-old-syn",
	LookAlikes: []string{"half-open-client-rebooted", "client-gave-up"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return challenged(c, true) },
}

// challenged judges SYN, a bare ACK with foreign numbers, the client's RST with just that number. The connection that had
// the ports before tells the two causes apart; without it the server most likely still had it open.
func challenged(c *diagnose.Case, wasClosed bool) diagnose.Verdict {
	syn := c.SYN()
	if !syn.Seen {
		return diagnose.Ruled("no SYN was captured")
	}
	ack := c.FirstAfter(c.Conv.Handshake.SYN, flow.ToClient, nil)
	if ack == nil || !diagnose.Pure(ack) || ack.AckRaw == syn.ISN+1+wire.Seq(syn.Len) {
		return diagnose.Ruled("the SYN was not answered with an ACK of other numbers")
	}
	rst := c.FirstAfter(ack.Frame, flow.ToServer, nil)
	if rst == nil || !rst.Flags.Any(wire.RST) || rst.SeqRaw != ack.AckRaw {
		return diagnose.Ruled("the client did not reset that answer")
	}
	if said := saidBefore(c, ack.Frame); said != nil {
		return diagnose.Ruled("the client had gone on before that answer: its SYN had been answered, and the capture missed it " + diagnose.Seg(said.Frame))
	}
	old := c.Peer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.ServerPort == c.Conv.ServerPort && p.First < c.Conv.First
	})
	closed := old != nil && old.FINs > 0
	if closed != wasClosed {
		return diagnose.Ruled(map[bool]string{true: "the old connection had been closed", false: "no old connection of these ports was closed in this capture"}[closed])
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Severity: "warning", Why: "a challenge ACK and its RST", Frames: []uint32{syn.Frame, ack.Frame, rst.Frame},
		Evidence: []string{"the SYN is answered with an ACK of foreign numbers " + diagnose.Seg(ack.Frame),
			"the client's kernel resets it with just that number " + diagnose.Seg(rst.Frame)}}
	again := c.FirstAfter(rst.Frame, flow.ToClient, func(r *flow.Row) bool { return diagnose.Pure(r) && r.AckRaw == ack.AckRaw })
	if again != nil && wasClosed {
		v.Variant, v.Title = "time-wait-old-syn-rfc1337", "the ports stay in TIME-WAIT at the server: it does not let RSTs end that (tcp_rfc1337)"
		v.Frames = append(v.Frames, again.Frame)
		v.Evidence = append(v.Evidence, "the RST has no effect: the next SYN draws the same ACK "+diagnose.Seg(again.Frame))
	}
	if old != nil && old.FINs != 1 { // with one FIN at hand the other may have been missed
		v.Level = diagnose.Certain
	}
	if old != nil {
		v.Frames = append(v.Frames, old.Frame)
		v.Evidence = append(v.Evidence, "the same ports had a connection before "+diagnose.Seg(old.Frame))
	}
	return v
}

// TimeWaitNewSyn: the ports were in TIME-WAIT at the server, and the SYN's number was newer, so it opened at once.
//
// RFC 9293, 3.6.1 and RFC 6191 allow just that.
var TimeWaitNewSyn = &diagnose.Rule{
	ID: "time-wait-new-syn", Title: "the ports were used again out of TIME-WAIT, as TCP allows for a newer SYN",
	Symptom: diagnose.Harmless, Needs: diagnose.BothDirections,
	Cause:    "The client chose the same port again within a minute; its sequence number or timestamp was newer.",
	Fix:      "nothing is wrong",
	Refs:     []string{"RFC 9293 3.6.1", "RFC 6191"},
	Scenario: "time-wait-new-syn", LookAlikes: []string{"time-wait-old-syn", "half-open-client-rebooted"},
	Judge: timeWaitNewSyn,
}

// timeWait is how long Linux keeps TIME-WAIT.
const timeWait = 60 * time.Second

func timeWaitNewSyn(c *diagnose.Case) diagnose.Verdict {
	if !c.SYN().Seen || c.Conv.Handshake.SYNACK == 0 || len(c.Conv.SYNs) > 1 {
		return diagnose.Ruled("the SYN was not answered at once")
	}
	old := c.Peer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.ServerPort == c.Conv.ServerPort &&
			p.FINs == 2 && p.Last <= c.Conv.First && c.Conv.First.Sub(p.Last) < timeWait && c.SYN().ISN.Sub(p.SYNSeq) > 0
	})
	if old == nil {
		return diagnose.Ruled("no connection of the same ports was closed in the minute before")
	}
	if old.Reset != 0 { // RFC 1337: Linux takes it by default
		return diagnose.Ruled("a RST of the old connection may have ended TIME-WAIT " + diagnose.Seg(old.Reset))
	}
	between := c.Peer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.ServerPort == c.Conv.ServerPort &&
			p.Reset != 0 && p.First >= old.Last && p.First < c.Conv.First
	})
	if between != nil {
		return diagnose.Ruled("a RST between the two may have ended TIME-WAIT " + diagnose.Seg(between.Reset))
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "a newer SYN on ports in TIME-WAIT", Frames: []uint32{old.Frame, c.SYN().Frame, c.Conv.Handshake.SYNACK},
		Evidence: []string{"the same ports had a connection that both ends closed " + diagnose.Took(c.Conv.First.Sub(old.Last)) + " before " + diagnose.Seg(old.Frame),
			"the new SYN, with a newer number, is answered at once " + diagnose.Seg(c.Conv.Handshake.SYNACK)}}
}
