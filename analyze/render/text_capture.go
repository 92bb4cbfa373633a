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
	client, server := sentBy(p.r.Calls, true), sentBy(p.r.Calls, false)
	if wire := wireBytes(p.r); len(p.r.Calls) > 0 && client+server+wire[0]+wire[1] > 0 {
		text += fmt.Sprintf(" · the ends sent %d and %s", client, plural(server, "byte"))
		if wire == [2]uint64{client, server} {
			text += ", all of them captured"
		} else {
			style = texttab.Warn
			text += fmt.Sprintf(", the capture has %d and %d", wire[0], wire[1])
		}
	}
	p.labelled("capture", style, text)
}

// sentBy sums what the calls of one side say they sent.
func sentBy(calls []report.Call, client bool) (total uint64) {
	for _, c := range calls {
		switch c.Op {
		case "send", "sendto", "sendmsg", "write", "writev":
			if n, err := strconv.ParseUint(c.Result, 10, 64); err == nil && isClient(c.Actor) == client {
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

// kernelFields are what of TCP_INFO a reader looks for first, by its name there and in words; the rest is in the JSON.
var kernelFields = []struct{ name, words string }{
	{"rtt", "rtt %d µs"}, {"min_rtt", "least %d µs"}, {"rto", "rto %d µs"}, {"snd_cwnd", "cwnd %d"}, {"snd_mss", "mss %d"},
	{"bytes_sent", "sent %d"}, {"bytes_acked", "acknowledged %d"}, {"bytes_received", "received %d"}, {"total_retrans", "repeated %d"},
}

// kernelText writes the kernel's own view of one end.
func kernelText(v report.KernelView) string {
	parts := []string{v.Actor + " " + v.State}
	if v.When != "" {
		parts[0] += " before " + v.When
	}
	for _, f := range kernelFields {
		if n, known := v.Fields[f.name]; known {
			parts = append(parts, fmt.Sprintf(f.words, n))
		}
	}
	return strings.Join(parts, " · ")
}

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
