package render

import (
	"fmt"
	"strconv"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// captureLines compare what the ends say they sent with what the wire showed: only then is a report complete.
func captureLines(r *report.Report) []labelledLine {
	if r.Run == nil {
		return nil
	}
	style := texttab.Good
	text := plural(r.Input.Counts.TCP, "segment")
	switch d := r.Input.KernelDropped; {
	case d == nil:
		text += " captured"
	case *d == 0:
		text += " captured, none dropped by the kernel"
	default:
		style = texttab.Bad
		text += fmt.Sprintf(" captured, the kernel dropped %d more", *d)
	}
	if sent, all := allCaptured(r); sent != "" {
		text += " · " + sent
		if !all {
			style = texttab.Warn
		}
	}
	return []labelledLine{{"capture", style, text}}
}

// allCaptured compares what the calls of those who ran here say they sent with what was captured; "" when none did.
func allCaptured(r *report.Report) (text string, all bool) {
	client, server := sentBy(r.Calls, true), sentBy(r.Calls, false)
	wire := wireBytes(r)
	if len(r.Calls) == 0 || client+server+wire[0]+wire[1] == 0 {
		return "", true
	}
	said, seen := fmt.Sprintf("the ends sent %d and %s", client, plural(server, "byte")), fmt.Sprintf("%d and %d", wire[0], wire[1])
	all = wire == [2]uint64{client, server}
	switch side(r) {
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
	isClient := clients(calls)
	for _, c := range calls {
		switch c.Op {
		case "send", "sendto", "sendmsg", "write", "writev", "sendfile":
			if n, err := strconv.ParseUint(c.Result, 10, 64); err == nil && isClient[c.Actor] == client && c.Proto == "" {
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

// expectations say what the scenario promised, what was not kept first.
func expectations(r *report.Report) (lines []labelledLine) {
	met := []string{}
	for _, e := range r.Expectations {
		if e.Met {
			met = append(met, e.Text)
		} else {
			lines = append(lines, labelledLine{"expected", texttab.Bad, "✗ not met: " + e.Text})
		}
	}
	if len(met) > 0 {
		lines = append(lines, labelledLine{"expected", texttab.Good, "✓ " + strings.Join(met, " · ")})
	}
	return lines
}
