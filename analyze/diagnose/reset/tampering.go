package reset

import (
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// ConnectionTampering: the client's side falls silent or resets in one of the 19 ways that "Global, Passive Detection of
// Connection Tampering" (Sundara Raman et al., SIGCOMM 2023) counts at servers.
//
// Impatient clients, scanners, the losers of RFC 8305 and floods look the same, so a signature is a tag and no verdict; another
// TTL or IP ID than the client's other segments makes it likelier that a box on the path spoke, whatever for.
var ConnectionTampering = &diagnose.Rule{
	ID: "connection-tampering", Title: "the client's side ends as when a box on the path interferes",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.NoAnswer, diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause: "Firewalls, filters and censors drop or reset connections, often at the first data with a forbidden name. Clients that give up, " +
		"scanners and dying networks look the same to a server.",
	Fix:        "capture at the client too and compare; see whether the content decides: try another name or port;  traceroute -T -p PORT CLIENT",
	Refs:       []string{"RFC 3360", "Sundara Raman et al., Global, Passive Detection of Connection Tampering, SIGCOMM 2023"},
	Scenario:   "injected-rst",
	LookAlikes: []string{"injected-rst-onpath", "client-gave-up", "raw-syn-scan", "linger0-client"},
	Judge:      connectionTampering,
}

// tamperedWithin is how many segments of the client the paper looks at, and quiet how long its silence must last.
const (
	tamperedWithin = 10
	quiet          = 3 * time.Second
)

func connectionTampering(c *diagnose.Case) diagnose.Verdict {
	client := c.Half(flow.ToServer)
	switch {
	case !c.SYN().Seen || !c.SYNACK().Seen || client.Packets > tamperedWithin:
		return diagnose.Ruled("no handshake was seen, or the client sent more than the first ten segments")
	case c.Conv.Handshake.ACK == 0 && !c.SYN().SACKPermitted && !c.SYN().Timestamps && c.SYN().Options&(wire.HasWindowScale|wire.CutOptions) == 0:
		return diagnose.Ruled("the SYN was made by hand: a scanner's kernel resets the answer")
	case client.FIN != 0:
		return diagnose.Ruled("the client closed in order")
	}
	rsts := c.Conv.Resets[:0:0]
	for i := range c.Conv.Resets {
		if r := &c.Conv.Resets[i]; r.Dir == flow.ToServer {
			rsts = append(rsts, *r)
		}
	}
	before, after := stage(c, rsts), ending(c, rsts)
	if after == "" {
		return diagnose.Ruled("the client neither resets nor falls silent")
	}
	v := diagnose.Verdict{Level: diagnose.Possible, Severity: "note", Why: "a signature that impatient clients and scanners share",
		Title:    "tampering signature " + before + " → " + after + ": perhaps a box on the path",
		Evidence: []string{"after " + before + " the client's side shows " + after + " " + diagnose.Seg(client.LastFrame)}, Frames: []uint32{client.LastFrame}}
	v.Reason = "cannot be told apart: " + v.Why
	low, high, known := c.TTLRange(flow.ToServer)
	for i := range rsts {
		if ttl := int(rsts[i].TTL); known && (ttl < int(low)-2 || ttl > int(high)+2) {
			v.Level, v.Reason = diagnose.Likely, ""
			v.Evidence = append(v.Evidence, "the RST arrives with TTL "+diagnose.Num(rsts[i].TTL)+", the client's other segments with "+ttls(low, high)+
				": a box on the path made it "+diagnose.Seg(rsts[i].Frame))
			break
		}
	}
	return v
}

// stage names the client's segments before the end.
func stage(c *diagnose.Case, rsts []flow.Reset) string {
	client := c.Half(flow.ToServer)
	switch data := client.FirstData; {
	case c.Conv.Handshake.ACK == 0 || len(rsts) > 0 && rsts[0].Frame < c.Conv.Handshake.ACK:
		return "SYN"
	case data == 0 || len(rsts) > 0 && rsts[0].Frame < data:
		return "SYN; ACK"
	case client.LastData == data:
		return "first PSH+ACK"
	}
	return "PSH+ACK; data"
}

// ending names how the client's side ends, "" when it is none of the signatures.
func ending(c *diagnose.Case, rsts []flow.Reset) string {
	if len(rsts) == 0 {
		server := c.Half(flow.ToClient)
		if c.Conv.Last.Sub(c.Half(flow.ToServer).LastTime)+c.Silence() >= quiet && server.Acked.Less(server.NextSeq) && c.Reset() == nil {
			return "silence"
		}
		return ""
	}
	var kinds []string
	acks := map[wire.Seq]bool{}
	plain, acked := 0, 0
	for i := range rsts {
		if rsts[i].Flags.Any(wire.ACK) {
			acked++
		} else {
			plain++
			acks[rsts[i].AckRaw] = true
		}
	}
	if plain > 0 {
		kinds = append(kinds, several(plain, "RST"))
	}
	if acked > 0 {
		kinds = append(kinds, several(acked, "RST+ACK"))
	}
	text := strings.Join(kinds, " and ")
	switch {
	case plain > 1 && acks[0] && len(acks) > 1:
		text += ", one with ack number 0"
	case plain > 1 && len(acks) > 1:
		text += " with changing ack numbers"
	}
	return text
}

func several(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return diagnose.Num(n) + " " + what + "s"
}
