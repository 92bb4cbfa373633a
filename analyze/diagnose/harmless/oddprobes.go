package harmless

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// OddFlagProbes: segments with flags that no TCP sends, or out of nowhere: somebody probes which ports are open.
//
// RFC 9293, 3.10.7.1 and 3.10.7.2: a closed port answers a segment without ACK with <SEQ=0><CTL=RST,ACK>, an open one drops it;
// one with ACK gets a RST from both. Scanners read the difference (NULL, FIN, Xmas, SYN+FIN scans; ACK scans find filters).
var OddFlagProbes = &diagnose.Rule{
	ID: "odd-flag-probes", Title: "a probe: a segment with flags that no TCP opens a connection with",
	Symptom: diagnose.Harmless, Also: []diagnose.Symptom{diagnose.OddEnding}, Explains: true, Needs: diagnose.BothDirections,
	Cause:      "A port scanner (nmap -sN, -sF, -sX, -sA, --scanflags) looks for open ports or filters, or a fingerprinter for the system's kind.",
	Fix:        "nothing is wrong with the server; who probes:  whois CLIENT",
	Refs:       []string{"RFC 9293 3.10.7.1", "RFC 9293 3.10.7.2", "RFC 9293 3.10.7.4"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("TCP_FLAGS")},
	Scenario:   "odd-flag-probes",
	Implies:    []string{"capture-ends-early"},
	LookAlikes: []string{"raw-syn-scan", "half-open-server-rebooted"},
	Judge:      oddProbes,
}

// mostProbes is how many segments of the prober a conversation of probes has at most.
const mostProbes = 4

func oddProbes(c *diagnose.Case) diagnose.Verdict {
	if len(c.Conv.Rows) == 0 || c.Conv.Handshake.ACK != 0 || c.Conv.Frames > 2*mostProbes ||
		c.Conv.Half[0].PayloadBytes+c.Conv.Half[1].PayloadBytes > 0 {
		return diagnose.Ruled("it is no lone probe: a connection was opened, or data passed")
	}
	first := &c.Conv.Rows[0]
	name := probeName(first)
	v := diagnose.Verdict{Frames: []uint32{first.Frame}}
	switch {
	case name != "":
		v.Level, v.Why = diagnose.Certain, "flags that no TCP sends"
		v.Title = "a probe: a segment with " + name
		v.Evidence = []string{"the conversation begins with a segment with " + name + ", which no TCP sends " + diagnose.Seg(first.Frame)}
	case first.Flags.Any(wire.SYN) && !first.Flags.Any(wire.ACK) || first.Flags.Any(wire.RST):
		return diagnose.Ruled("the first segment is an ordinary SYN, or a RST")
	default:
		if v = strayProbe(c, v, first); v.Level == diagnose.No {
			return v
		}
	}
	answer := c.FirstAfter(first.Frame, first.Dir.Other(), nil)
	switch {
	case answer == nil:
		v.Evidence = append(v.Evidence, "nothing answers it: the port is open, or a filter drops it "+diagnose.Seg(first.Frame))
	case answer.Flags.Has(wire.RST | wire.ACK):
		v.Frames = append(v.Frames, answer.Frame)
		v.Evidence = append(v.Evidence, "RST,ACK answers: the port is closed "+diagnose.Seg(answer.Frame))
	case answer.Flags.Any(wire.RST):
		v.Frames = append(v.Frames, answer.Frame)
		v.Evidence = append(v.Evidence, "a bare RST answers, as open and closed ports give it: no filter drops it "+diagnose.Seg(answer.Frame))
	}
	return v
}

// probeName names flags that stand in no segment of RFC 9293: each but a SYN or RST carries ACK.
func probeName(r *flow.Row) string {
	switch f := r.Flags &^ (wire.ECE | wire.CWR); {
	case f == 0:
		return "no flag at all (NULL scan)"
	case f.Has(wire.FIN|wire.PSH|wire.URG) && !f.Any(wire.SYN|wire.ACK|wire.RST):
		return "FIN, PSH and URG (Xmas scan)"
	case f == wire.FIN:
		return "FIN alone (FIN scan)"
	case f.Has(wire.SYN | wire.FIN):
		return "SYN and FIN"
	case f.Has(wire.SYN | wire.RST):
		return "SYN and RST"
	}
	return ""
}

// strayProbe judges a lone segment with ACK: alone it may be the tail of a connection; to several ports it is a scan.
func strayProbe(c *diagnose.Case, v diagnose.Verdict, first *flow.Row) diagnose.Verdict {
	rst := c.FirstAfter(first.Frame, first.Dir.Other(), func(r *flow.Row) bool { return r.Flags.Any(wire.RST) && r.SeqRaw == first.AckRaw })
	if rst == nil || first.Dir != flow.ToServer {
		return diagnose.Ruled("its flags are those of an ordinary segment")
	}
	ports := map[uint16]bool{c.Conv.ServerPort: true}
	for i := range c.Peers {
		if p := &c.Peers[i]; p.Client == c.Conv.Client && p.Reset != 0 && !p.Opened && p.SYNSeq == 0 && p.Payload == 0 {
			ports[p.ServerPort] = true
		}
	}
	what := "a lone segment with " + first.Flags.Words() + " gets a RST " + diagnose.Seg(first.Frame)
	if len(ports) < 3 {
		return diagnose.Open("a lone segment that meets no connection: a probe, or what is left of a connection that began before the capture")
	}
	v.Level, v.Why = diagnose.Strong, "the same to several ports"
	v.Title = "a probe: segments with " + first.Flags.Words() + " out of nowhere, to several ports"
	v.Evidence = []string{what, "the same client does so at " + diagnose.Count(len(ports), "port") + " of the host, without any connection " + diagnose.Seg(rst.Frame)}
	return v
}
