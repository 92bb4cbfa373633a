package analyze_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/analyze/diagnose"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

const vantages = "testdata/kernel/said.md"

// One incident looks different from the client, from the server and from between them, and none may name a cause loudly that
// is not so. The captures were made by tcpdump on Linux 6.18, with the client and the server of each incident in network
// namespaces and a router, or a forwarder that drops, delays or forges, between; nothing else is known of them.
// make diagnosis-matrix writes the table anew.
func TestEveryVantageIsJudgedAsWanted(t *testing.T) {
	paths, err := filepath.Glob("testdata/kernel/*.pcap")
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	var b strings.Builder
	b.WriteString("# What is said of one incident from each side\n\nMade by `make diagnosis-matrix` from the captures beside it, of packets and nothing else. `*` is a note.\n\n" +
		"| incident | captured at the | said |\n| --- | --- | --- |\n")
	for _, path := range paths {
		name, at, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".pcap"), ".")
		r := recorded{name: name, frames: framesOf(t, path)}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, at, said(r.findings(t)))
	}
	b.WriteString(atRouters(t))
	if *writeMatrix {
		if err := os.WriteFile(vantages, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(vantages)
	if err != nil {
		t.Fatal(err)
	}
	was := strings.Split(string(kept), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(was) || line != was[i] {
			t.Fatalf("%s line %d is not current: make diagnosis-matrix, and read the difference; now\n%s", vantages, i+1, line)
		}
	}
}

// fromRouter are loud findings of runs captured at the router, each true although the run is known for another cause.
var fromRouter = map[string]string{
	"accept-emfile listener-closed-queue":                     "the server, out of descriptors, ends with connections in its queue",
	"icmp-errno-map closed-port":                              "nothing listens there; what refused the connection did not pass here",
	"dnat-dead-backend.server closed-port":                    "the SYN comes translated, to a port that is closed",
	"keepalive-race client-think-time":                        "the pause that the server's timer ends is the client's",
	"nat-idle-rebind client-think-time":                       "the pause in which the NAT forgets is the client's",
	"service-no-endpoints-local reject-icmp-port-unreachable": "that is the answer which the node gives",
	"service-no-endpoints reject-icmp-port-unreachable":       "likewise",
}

// atRouters is the table of the runs that were captured between their ends, with the calls and facts of the ends: tcplab trace NAME
// --hosts routed --at router --save DIR. There the packets tell less than at an end, and the ends more than the packets. With a router in it the lab of rp-filter loses the
// server's route back, and that of syn-sent-bad-rst has a closed port.
func atRouters(t *testing.T) string {
	t.Helper()
	dirs, err := filepath.Glob("testdata/kernel/*.[rs]*er/about.json") // a few at the server, where what stands between showed least
	if err != nil || len(dirs) < 100 {
		t.Fatalf("%d runs, %v", len(dirs), err)
	}
	var b strings.Builder
	b.WriteString("\n# What is said of one run from between its ends\n\nCaptured at the router, or where the name says so at the server; beside the packets, the calls of both programs and the facts of both hosts.\n\n" +
		"| run | its scenario's cause | said with calls and facts | with facts | of the packets alone |\n| --- | --- | --- | --- | --- |\n")
	for _, path := range dirs {
		r := keptRun(t, filepath.Dir(path))
		run := strings.TrimSuffix(filepath.Base(r.name), ".router")
		found := r.findings(t)
		for _, f := range found {
			if levelOf(f.Level) >= diagnose.Strong && f.Cause != found[0].Cause && f.Cause != r.about.Scenario.Cause && fromRouter[run+" "+f.Cause] == "" {
				t.Errorf("%s at the router: %s %s beside its cause: mend the rule, or say in fromRouter why it is true", run, f.Level, f.Cause)
			}
		}
		facts, alone := r.without(r.frames), r.without(r.frames)
		facts.facts = r.facts
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", run, r.about.Scenario.Cause, said(found), said(facts.findings(t)), said(alone.findings(t)))
	}
	return b.String()
}

// framesOf reads a capture file into memory.
func framesOf(t *testing.T, path string) []capture.Frame {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var list []capture.Frame
	var f capture.Frame
	for src.Next(&f) == nil {
		f.Data = bytes.Clone(f.Data)
		list = append(list, f)
	}
	return list
}
