package render

import (
	"fmt"
	"strconv"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// captureVerdict compares what the ends say they sent with what the wire showed: only then is a report complete.
func (p *page) captureVerdict() {
	if p.r.Run == nil {
		return
	}
	style := texttab.Good
	text := plural(p.r.Input.Counts.TCP, "segment")
	switch d := p.r.Input.KernelDropped; {
	case d == nil:
		text += " captured"
	case *d == 0:
		text += " captured, none dropped by the kernel"
	default:
		style = texttab.Bad
		text += fmt.Sprintf(" captured, the kernel dropped %d more", *d)
	}
	if sent, all := p.allCaptured(); sent != "" {
		text += " · " + sent
		if !all {
			style = texttab.Warn
		}
	}
	p.labelled("capture", style, text)
}

// allCaptured compares what the calls of those who ran here say they sent with what was captured; "" when none did.
func (p *page) allCaptured() (text string, all bool) {
	client, server := sentBy(p.r.Calls, true), sentBy(p.r.Calls, false)
	wire := wireBytes(p.r)
	if len(p.r.Calls) == 0 || client+server+wire[0]+wire[1] == 0 {
		return "", true
	}
	said, seen := fmt.Sprintf("the ends sent %d and %s", client, plural(server, "byte")), fmt.Sprintf("%d and %d", wire[0], wire[1])
	all = wire == [2]uint64{client, server}
	switch side(p.r) {
	case "client":
		said, seen, all = "the client sent "+plural(client, "byte"), itoa(wire[0]), client == wire[0]
	case "server":
		said, seen, all = "the server sent "+plural(server, "byte"), itoa(wire[1]), server == wire[1]
	}
	if all {
		return said + ", all of them captured", true
	}
	return said + ", the capture has " + seen, false
}

// sentBy sums what the calls of one side say they sent.
func sentBy(calls []report.Call, client bool) (total uint64) {
	for _, c := range calls {
		switch c.Op {
		case "send", "sendto", "sendmsg", "write", "writev", "sendfile":
			if n, err := strconv.ParseUint(c.Result, 10, 64); err == nil && isClient(c.Actor) == client && c.Proto != "udp" {
				total += n
			}
		}
	}
	return total
}

// wireBytes sums the payload of each direction over all connections.
func wireBytes(r *report.Report) (n [2]uint64) {
	for i := range r.Connections {
		n[0] += r.Connections[i].ClientToServer.UniqueBytes
		n[1] += r.Connections[i].ServerToClient.UniqueBytes
	}
	return n
}

// kernelText writes the kernel's own view of one end; the whole of TCP_INFO is in the JSON.
func (p *page) kernelText(v report.KernelView) string {
	waits := v.State == "CLOSED" && p.holdsTimeWait(v)
	first := v.Actor + " in " + v.State
	if waits {
		first = v.Actor + "'s socket was already handed to TIME-WAIT"
	}
	if v.When != "" {
		first += " before " + v.When
	}
	parts := []string{first}
	if rtt := v.Fields["rtt"]; rtt > 0 {
		parts = append(parts, fmt.Sprintf("rtt %s, rto %s", micros(rtt), micros(v.Fields["rto"])))
	}
	if sent, known := v.Fields["bytes_sent"]; known {
		parts = append(parts, fmt.Sprintf("sent %d, acknowledged %d%s", sent, v.Fields["bytes_acked"], flagsAcked(v)),
			fmt.Sprintf("received %d%s", v.Fields["bytes_received"], finReceived(v.State, waits)))
	}
	if again, lost := v.Fields["total_retrans"], v.Fields["lost"]; again+lost > 0 {
		parts = append(parts, fmt.Sprintf("repeated %d, lost %d, cwnd %d, mss %d", again, lost, v.Fields["snd_cwnd"], v.Fields["snd_mss"]))
	}
	return strings.Join(parts, " · ")
}

// holdsTimeWait reports whether the end that v shows is the one left in TIME-WAIT: Linux then keeps a small record in
// place of the socket, which reads CLOSED.
func (p *page) holdsTimeWait(v report.KernelView) bool {
	for i := range p.r.Connections {
		c := &p.r.Connections[i]
		side := map[string]string{endpoint(c.Client): "client", endpoint(c.Server): "server"}[v.Local]
		if side != "" && (v.Remote == endpoint(c.Server) || v.Remote == endpoint(c.Client)) {
			return c.Close.TimeWait == side || c.Close.TimeWait == "both"
		}
	}
	return false
}

// flagsAcked names what the kernel counts as acknowledged beside bytes: of the end that connects the SYN, and the FIN.
func flagsAcked(v report.KernelView) string {
	acked, sent := v.Fields["bytes_acked"], v.Fields["bytes_sent"]-v.Fields["bytes_retrans"]
	switch {
	case acked == sent+2:
		return " with SYN and FIN"
	case acked == sent+1 && isClient(v.Actor):
		return " with the SYN"
	case acked == sent+1:
		return " with the FIN"
	}
	return ""
}

// finReceived: a FIN that arrived counts as a byte received.
func finReceived(state string, waits bool) string {
	switch state {
	case "CLOSE-WAIT", "LAST-ACK", "CLOSING", "TIME-WAIT":
		return " with the FIN"
	}
	if waits {
		return " with the FIN"
	}
	return ""
}

// micros writes the kernel's microseconds as milliseconds: "0.08 ms", "204 ms".
func micros(n uint64) string { return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) + " ms" }

// expectations says whether the run showed what the scenario promised: what failed on lines of its own.
func (p *page) expectations() {
	met := []string{}
	for _, e := range p.r.Expectations {
		if e.Met {
			met = append(met, e.Text)
		} else {
			p.labelled("expected", texttab.Bad, "✗ not met: "+e.Text)
		}
	}
	if len(met) > 0 {
		p.labelled("expected", texttab.Good, "✓ "+strings.Join(met, " · "))
	}
}
