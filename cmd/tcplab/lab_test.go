package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/report"
	"tcplab/session/lab"
)

// labTrace runs a scenario between hosts of a lab and returns its report, which must be as the scenario promises.
func labTrace(t *testing.T, args ...string) *report.Report {
	t.Helper()
	needsLab(t)
	status, out, errs := invoke(t, append(append([]string{"trace"}, args...), "--port", "0", "--format", "json", "--segments")...)
	if status != 0 || errs != "" {
		t.Errorf("tcplab trace %s: status %d, %s", strings.Join(args, " "), status, errs)
	}
	return parseReport(t, out)
}

// needsLab skips where this process may not make hosts: there a run is another process, see TestLabOfAnOrdinaryUser.
func needsLab(t *testing.T) {
	t.Helper()
	needs(t, "root")
	if lab.NeedsSeal() {
		t.Skip("root may not make network namespaces here: a container without CAP_SYS_ADMIN")
	}
}

// A wire that loses segments makes the sender's kernel repeat them. TCP_INFO counts what it repeated, the analyzer what it
// saw repeated beside that sender: two counts of the same thing, in each direction.
func TestRetransmissionsAreThoseTheKernelCounts(t *testing.T) {
	for _, x := range []struct {
		args     []string
		up, down uint64 // how often client and server repeat, as the script forces it
	}{
		{[]string{"loss-fast-retransmit"}, 1, 0},
		{[]string{"loss-tail-tlp"}, 1, 0},
		{[]string{"loss-rto"}, anyNumber, 0},
		{[]string{"syn-lost-once"}, 1, 0},
		{[]string{"reordering"}, 0, 0},
		{[]string{"hello", "--hosts", "2", "--at", "server", "--cable", "drop s2c data 1 times 3"}, 0, 3},
		{[]string{"hello", "--hosts", "router", "--at", "server", "--cable", "drop s2c data 1 once"}, 0, 1},
		{[]string{"hello", "--hosts", "2", "--ipv6", "--cable", "drop c2s data 1 times 2"}, 2, 0},
	} {
		t.Run(strings.Join(x.args, " "), func(t *testing.T) {
			r := labTrace(t, x.args...)
			c := only(t, r)
			kernel := repeated(t, r)
			if up := c.ClientToServer.Retransmissions; uint64(up) != kernel["client"] || x.up != anyNumber && kernel["client"] != x.up {
				t.Errorf("client to server: %d seen repeated, the kernel repeated %d, the script forces %d", up, kernel["client"], x.up)
			}
			if down := c.ServerToClient.Retransmissions; uint64(down) != kernel["server"] || kernel["server"] != x.down {
				t.Errorf("server to client: %d seen repeated, the kernel repeated %d, the script forces %d", down, kernel["server"], x.down)
			}
		})
	}
}

// anyNumber marks what timers decide.
const anyNumber = 99

// repeated is how many segments the kernel of each end says it sent again.
func repeated(t *testing.T, r *report.Report) map[string]uint64 {
	t.Helper()
	n := map[string]uint64{}
	for _, v := range r.Kernel {
		n[v.Actor] = v.Fields["total_retrans"]
	}
	if len(n) != 2 {
		t.Fatalf("the kernel's view of %d ends, want both", len(n))
	}
	return n
}

// What the cable did is told with the frames it did it to, and is the same when the run is read back.
func TestTheWireTellsWhatItDid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bundle")
	r := labTrace(t, "loss-fast-retransmit", "--save", dir)
	at := slices.IndexFunc(r.Cable, func(d report.Deed) bool { return d.Fate == "dropped" })
	if at < 0 {
		t.Fatalf("nothing was dropped: %+v", r.Cable)
	}
	d := r.Cable[at]
	if d.Dir != "c2s" || d.Rule != "drop c2s data 3 once" || d.Packets != 1 || len(d.Frames) != 1 {
		t.Fatalf("%+v", d)
	}
	var data []report.Segment
	for _, s := range only(t, r).Segments {
		if s.Dir == "c2s" && s.Len > 0 {
			data = append(data, s)
		}
	}
	if data[2].Frame != d.Frames[0] {
		t.Errorf("frame %d is called dropped, the third segment of data is frame %d", d.Frames[0], data[2].Frame)
	}
	status, out, errs := invoke(t, "analyze", dir, "--format", "json", "--segments")
	if again := parseReport(t, out); status != 0 || len(again.Cable) != len(r.Cable) || again.Cable[at].Frames[0] != d.Frames[0] {
		t.Errorf("read back: status %d, %s, %+v", status, errs, again.Cable)
	}
}

// Scenarios made for one host keep their promise between two, where addresses, MTU and neighbours are those of a network.
func TestScenariosBetweenTwoHosts(t *testing.T) {
	if testing.Short() {
		t.Skip("short: some wait for seconds by design")
	}
	for _, name := range []string{"hello", "closed-port", "refused-loopback-bind", "refused-wrong-port", "timeout-backlog",
		"half-close-four-way", "concurrency-3", "large-slow-reader", "rst-unread", "server-closes-first", "stopped-peer"} {
		t.Run(name, func(t *testing.T) {
			r := labTrace(t, name, "--hosts", "2")
			for _, c := range r.Connections {
				if c.Client.Addr != "10.0.0.1" || c.Server.Addr != "10.0.0.2" || c.Options.Client != nil && c.Options.Client.MSS != 1460 {
					t.Errorf("%+v ⇄ %+v, %+v", c.Client, c.Server, c.Options.Client)
				}
			}
		})
	}
}

// An ordinary user gets the same labs: firewalls, routers, cables.
func TestLabOfAnOrdinaryUser(t *testing.T) {
	needs(t, "root") // to become one
	needs(t, "sealed")
	dir, program := publicCopy(t, "tcplab")
	for scenario, cause := range map[string]string{"refused-reject-rst": "reject-reset-host", "unreachable-noroute": "router-no-route",
		"loss-fast-retransmit": "loss-fast-retransmit"} {
		out, err := asNobody(t, dir, program, "trace", scenario, "--format", "json").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", scenario, err, out)
			continue
		}
		if r := parseReport(t, string(out)); !slices.ContainsFunc(only(t, r).Findings, func(f report.Finding) bool { return f.Cause == cause }) {
			t.Errorf("%s: no finding %s", scenario, cause)
		}
	}
}
