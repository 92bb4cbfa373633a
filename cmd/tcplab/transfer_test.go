package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/report"
	"tcplab/capture/bundle"
)

// cables are what is done to a transfer of some hundred segments, and with which scenario.
var cables = []struct {
	name, scenario string
	rules          []string
}{
	{"a clean path", "loss-rto", nil},
	{"a slow reader", "large-slow-reader", nil},
	{"loss", "loss-rto", []string{"seed 3", "drop c2s data chance 4%"}},
	{"loss beside a slow reader", "large-slow-reader", []string{"seed 3", "drop c2s data chance 4%"}},
	{"loss of ACKs too", "loss-rto", []string{"seed 2", "drop c2s data chance 3%", "drop s2c ack chance 10%"}},
	{"much loss", "loss-rto", []string{"seed 5", "drop c2s data chance 10%"}},
	{"loss without SACK", "loss-rto", []string{"strip sack both syn", "seed 7", "drop c2s data chance 3%"}},
	{"loss without timestamps", "loss-rto", []string{"strip timestamps both syn", "seed 7", "drop c2s data chance 4%"}},
	{"a burst", "loss-rto", []string{"drop c2s data 40-60 once"}},
	{"reordering", "loss-rto", []string{"seed 4", "swap c2s data chance 5%"}},
	{"duplication", "large-slow-reader", []string{"seed 4", "duplicate 2ms c2s data chance 5%"}},
	{"a slow link", "loss-rto", []string{"rate 10mbit 20ms"}},
}

// What is counted of a transfer is what the kernels at its ends count: TCP_INFO of the sender's socket, and the counters of
// its host, kind by kind. The capture is the sender's.
func TestTransfersAreCountedAsTheKernelsCount(t *testing.T) {
	for _, x := range cables {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			r, kernel := transfer(t, x.scenario, "client", x.rules)
			c := only(t, r)
			up, info := c.ClientToServer, kernelView(t, r, "client")
			agree(t, "retransmissions", up.Retransmissions, info["total_retrans"], kernel["Tcp.RetransSegs"])
			agree(t, "bytes sent", up.PayloadBytes, info["bytes_sent"])
			agree(t, "bytes sent again", up.PayloadBytes-up.UniqueBytes, info["bytes_retrans"])
			agree(t, "data segments", reasons(c, "c2s", ""), info["data_segs_out"])
			agree(t, "sent again by the timer", reasons(c, "c2s", "timer ran out, attempt"), kernel["TcpExt.TCPTimeouts"])
			// Which of the two it is depends on whether the sender has undone its timeout (RFC 5682), which no packet shows.
			agree(t, "sent again on ACKs", up.FastRetransmissions+reasons(c, "c2s", "were on their way when the timer ran out"),
				kernel["TcpExt.TCPFastRetrans"]+kernel["TcpExt.TCPSlowStartRetrans"])
			agree(t, "probes of a closed window", withMark(c, "c2s", "zero-window-probe"), kernel["TcpExt.TCPWinProbe"])
			agree(t, "keep-alives", up.KeepAlives, kernel["TcpExt.TCPKeepAlive"])
			if tails := reasons(c, "c2s", "tail loss probe"); tails > kernel["TcpExt.TCPLossProbes"] {
				t.Errorf("%d tail loss probes, the kernel sent %d", tails, kernel["TcpExt.TCPLossProbes"])
			}
			if down := c.ServerToClient; down.Retransmissions > 0 {
				t.Errorf("server to client: %d seen repeated, which sends one line", down.Retransmissions)
			}
		})
	}
}

// The same beside the receiver: what came late, and what it reported as come twice.
func TestArrivalsAreCountedAsTheKernelCounts(t *testing.T) {
	for _, x := range cables {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			r, kernel := transfer(t, x.scenario, "server", x.rules)
			if told, counted := dsacks(only(t, r), kernel); told != counted {
				// Seen once in some hundred transfers, on a busy machine: the kernel counts a DSACK that no captured segment holds. Why is
				// not known. A fault of ours would show in a second transfer, too.
				t.Logf("DSACKs: %d seen, the kernel counts %d; bytes that came again: %d", told, counted,
					only(t, r).ClientToServer.PayloadBytes-only(t, r).ClientToServer.UniqueBytes)
				r, kernel = transfer(t, x.scenario, "server", x.rules)
			}
			c := only(t, r)
			info := kernelView(t, r, "server")
			copies := withMark(c, "c2s", "duplicate-capture") // of the cable: the receiver got them
			agree(t, "data segments", reasons(c, "c2s", ""), info["data_segs_in"])
			agree(t, "bytes", c.ClientToServer.UniqueBytes+1, info["bytes_received"]) // the kernel counts the FIN
			told, counted := dsacks(c, kernel)
			agree(t, "DSACKs", told, counted)
			if x.name == "duplication" && (copies == 0 || copies > kernel["TcpExt.TCPDSACKOldSent"]) {
				t.Errorf("%d copies, the receiver reports %d", copies, kernel["TcpExt.TCPDSACKOldSent"])
			}
			// The kernel counts those that came early, we those that came late: one late segment can let several pass.
			if late := c.ClientToServer.OutOfOrder; x.name == "reordering" && (late == 0 || late > kernel["TcpExt.TCPOFOQueue"]) {
				t.Errorf("%d came late, the kernel counts %d that came early", late, kernel["TcpExt.TCPOFOQueue"])
			}
		})
	}
}

// dsacks are the segments with which the server told that something had come twice, as captured and as its kernel counts them.
func dsacks(c report.Connection, kernel map[string]uint64) (told, counted uint64) {
	return c.ServerToClient.Measures.DSACKSegments, kernel["TcpExt.TCPDSACKOldSent"] + kernel["TcpExt.TCPDSACKOfoSent"]
}

// transfer makes a transfer and returns its report, and by how much the counters of the host at one end moved. A cable can
// keep a scenario from showing what it is about: that is no matter here.
func transfer(t *testing.T, scenario, at string, rules []string) (*report.Report, map[string]uint64) {
	t.Helper()
	needsLab(t)
	dir := filepath.Join(t.TempDir(), "bundle")
	args := []string{"trace", scenario, "--param", "size=200000", "--hosts", "direct", "--at", at, "--port", "0", "--timeout", "50s",
		"--cable", "delay both 5ms", "--save", dir}
	for _, rule := range rules {
		args = append(args, "--cable", rule)
	}
	if status, _, errs := invoke(t, args...); status != 0 && status != exitFailed {
		t.Fatalf("tcplab %s: status %d, %s", strings.Join(args, " "), status, errs)
	}
	status, out, errs := invoke(t, "analyze", dir, "--format", "json", "--segments", "--measures")
	if status != 0 {
		t.Fatalf("status %d, %s", status, errs)
	}
	b, err := bundle.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	moved := map[string]uint64{}
	for _, f := range b.Facts {
		for name, n := range f.Counters {
			if f.Host == at && f.When == "after" {
				moved[name] += n
			} else if f.Host == at {
				moved[name] -= n
			}
		}
	}
	return parseReport(t, out), moved
}

// kernelView is the TCP_INFO of an actor's socket at its end.
func kernelView(t *testing.T, r *report.Report, actor string) map[string]uint64 {
	t.Helper()
	for _, v := range r.Kernel {
		if v.Actor == actor {
			return v.Fields
		}
	}
	t.Fatalf("no TCP_INFO of the %s", actor)
	return nil
}

// reasons counts the segments with data of a direction which a reason with these words explains; all with data for none.
func reasons(c report.Connection, dir, words string) (n uint64) {
	for _, s := range c.Segments {
		if s.Dir == dir && s.Len > 0 && (words == "" || slices.ContainsFunc(s.Why, func(why string) bool { return strings.Contains(why, words) })) {
			n++
		}
	}
	return n
}

// withMark counts the segments of a direction with a mark.
func withMark(c report.Connection, dir, mark string) (n uint64) {
	for _, s := range c.Segments {
		if s.Dir == dir && slices.Contains(s.Marks, mark) {
			n++
		}
	}
	return n
}

// agree fails unless all counts of one thing are equal, ours first.
func agree(t *testing.T, what string, ours uint64, kernels ...uint64) {
	t.Helper()
	for _, k := range kernels {
		if ours != k {
			t.Errorf("%s: %d seen, the kernel counts %d", what, ours, kernels)
			return
		}
	}
}
