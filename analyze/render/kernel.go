package render

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// runLines say of a run what belongs to no single connection: whether its capture is whole, what the scripted cable did, what
// the kernels say, and what was expected.
func runLines(r *report.Report) []labelledLine {
	lines := captureLines(r)
	for _, d := range r.Cable {
		lines = append(lines, labelledLine{"the wire", texttab.Warn, deedText(d)})
	}
	return slices.Concat(lines, saidLines(r), kernelLines(r), expectations(r))
}

// saidLines are what a program found wrong by itself, without a call that failed.
func saidLines(r *report.Report) (lines []labelledLine) {
	for i := range r.Actors {
		a := &r.Actors[i]
		failed := slices.ContainsFunc(r.Calls, func(c report.Call) bool { return c.Actor == a.Name && c.Errno != "" })
		if a.Error != "" && !failed {
			lines = append(lines, labelledLine{"program", texttab.Warn, a.Name + ": " + texttab.Clean(a.Error)})
		}
	}
	return lines
}

// kernelLines are what the kernels say beside the wire: of each end, of each listener, and what each host counted.
func kernelLines(r *report.Report) (lines []labelledLine) {
	for _, v := range r.Kernel {
		lines = append(lines, labelledLine{"kernel", texttab.Dim, kernelText(r, v)})
	}
	if text := zombieText(r); text != "" {
		lines = append(lines, labelledLine{"kernel", texttab.Dim, text})
	}
	for i := range r.Listeners {
		lines = append(lines, labelledLine{"kernel", texttab.Dim, listenerText(&r.Listeners[i])})
	}
	for _, h := range r.Hosts {
		if told := telling(h.Counters); len(told) > 0 {
			lines = append(lines, labelledLine{"counters", texttab.Dim, h.Host + ": " + strings.Join(told, ", ")})
		}
	}
	return lines
}

// zombieText counts the processes that had ended and were never waited for, "" when there are none.
func zombieText(r *report.Report) string {
	var names []string
	for i := range r.Actors {
		if r.Actors[i].Zombie {
			names = append(names, r.Actors[i].Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return plural(uint64(len(names)), "zombie") + ": " + strings.Join(names, ", ") + " ended, and the process that forked them never waits for them"
}

// kernelText writes the kernel's own view of one end; the whole of TCP_INFO is in the JSON.
func kernelText(r *report.Report, v report.KernelView) string {
	waits := v.State == "CLOSED" && holdsTimeWait(r, v)
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
		parts = append(parts, fmt.Sprintf("sent %d, acknowledged %d%s", sent, v.Fields["bytes_acked"], flagsAcked(v, clients(r.Calls)[v.Actor])),
			fmt.Sprintf("received %d%s", v.Fields["bytes_received"], finReceived(v.State, waits)))
	}
	if again, lost := v.Fields["total_retrans"], v.Fields["lost"]; again+lost > 0 {
		parts = append(parts, fmt.Sprintf("repeated %d, lost %d, cwnd %d, mss %d", again, lost, v.Fields["snd_cwnd"], v.Fields["snd_mss"]))
	}
	return strings.Join(parts, " · ")
}

// holdsTimeWait reports whether the end that v shows is the one left in TIME-WAIT: Linux then keeps a small record in
// place of the socket, which reads CLOSED.
func holdsTimeWait(r *report.Report, v report.KernelView) bool {
	for i := range r.Connections {
		c := &r.Connections[i]
		side := map[string]string{endpoint(c.Client): "client", endpoint(c.Server): "server"}[v.Local]
		if side != "" && (v.Remote == endpoint(c.Server) || v.Remote == endpoint(c.Client)) {
			return c.Close.TimeWait == side || c.Close.TimeWait == "both"
		}
	}
	return false
}

// flagsAcked names what the kernel counts as acknowledged beside bytes: of the end that connects the SYN, and the FIN.
func flagsAcked(v report.KernelView, connects bool) string {
	acked, sent := v.Fields["bytes_acked"], v.Fields["bytes_sent"]-v.Fields["bytes_retrans"]
	switch {
	case acked == sent+2:
		return " with SYN and FIN"
	case acked == sent+1 && connects:
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

// listenerText says how full a listener's queue was. It is full with one more than the backlog (sk_acceptq_is_full).
func listenerText(l *report.Listener) string {
	when := l.When + " the run"
	if l.When == "close" || l.When == "exit" {
		when = "before " + l.When
	}
	text := fmt.Sprintf("%s listens on %s, %s · %d of %d wait for accept", l.Actor, l.Local, when, l.Queue, l.Backlog+1)
	if l.Queue > l.Backlog {
		text += ": full"
	}
	if l.Drops != nil && *l.Drops > 0 {
		text += fmt.Sprintf(" · %d dropped", *l.Drops)
	}
	return text
}

// telling are the counters worth a place on the page, those of TCP first; the JSON has all that moved.
func telling(counters map[string]uint64) (list []string) {
	names := slices.SortedFunc(maps.Keys(counters), func(a, b string) int {
		return cmp.Or(-cmp.Compare(ofTCP(a), ofTCP(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		group, short, _ := strings.Cut(name, ".")
		switch {
		case routine(group, short):
		case ofTCP(name) > 0:
			list = append(list, fmt.Sprintf("%s %d", short, counters[name]))
		default:
			list = append(list, fmt.Sprintf("%s %d", name, counters[name]))
		}
	}
	return list
}

// ofTCP is 2 for the counters of RFC 4022, 1 for those that Linux adds.
func ofTCP(name string) int {
	switch group, _, _ := strings.Cut(name, "."); group {
	case "Tcp":
		return 2
	case "TcpExt":
		return 1
	}
	return 0
}

// everyday are the counters of TcpExt that move in a healthy exchange too: which way through the code a segment took, how
// ACKs and timers fell, who remembers TIME-WAIT.
var everyday = strings.Fields(`TCPHPHits TCPHPAcks TCPPureAcks TCPOrigDataSent TCPDelivered DelayedACKs DelayedACKLocked
	TCPAutoCorking TCPRcvCoalesce TCPBacklogCoalesce TCPAckCompressed TW TcpTimeoutRehash TCPHystartTrainDetect
	TCPHystartTrainCwnd TCPHystartDelayDetect TCPHystartDelayCwnd TCPSpuriousRtxHostQueues TCPFastOpenCookieReqd`)

// routine reports whether a counter says no more than that packets passed. Of the layers below TCP, errors are told.
func routine(group, short string) bool {
	switch group {
	case "Tcp":
		return short == "CurrEstab"
	case "TcpExt":
		return slices.Contains(everyday, short)
	case "Ip", "Ip6", "IpExt":
		return !containsAny(short, "Errors", "Discards", "NoRoutes", "Fails", "InCEPkts")
	case "Icmp", "Icmp6":
		return !containsAny(short, "DestUnreachs", "TimeExcds", "PktTooBigs", "ParmProbs", "Redirects")
	case "Udp", "Udp6":
		return strings.HasPrefix(short, "Mem")
	case "Conntrack":
		return !containsAny(short, "drop", "invalid", "failed", "error")
	}
	return true // IcmpMsg repeats Icmp; other protocols
}

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}
