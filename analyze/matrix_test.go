package analyze_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
)

var writeMatrix = flag.Bool("matrix", false, "write "+matrixFile+" anew: make diagnosis-matrix")

const matrixFile = "diagnose/matrix.md"

const eachPort = "each port is answered by another error"

// also are loud findings beside the cause that a kept run is known for, each true as well, and why.
var also = map[string]string{
	"pcaps/large-slow-reader spurious-retransmit":                   "a tail probe repeats what the full buffer had taken: the receiver's DSACK says so",
	"pcaps/injected-fin nagle-delayed-ack":                          "the client hands over its second small message before the first is acknowledged",
	"pcaps/deadlock-send spurious-retransmit":                       "likewise",
	"pcaps/deadlock-send kill-with-unread-data":                     "the run ends the deadlock by a signal",
	"pcaps/accept-emfile listener-closed-queue":                     "the server, out of descriptors, ends with connections in its queue",
	"pcaps/accept-queue-full-late accept-delay":                     "the queue is full because the server accepts late",
	"pcaps/conntrack-invalid-rst accept-delay":                      "the server of this run accepts late",
	"pcaps/icmp-errno-map reject-icmp-host-unreachable":             eachPort,
	"pcaps/icmp-errno-map reject-icmp-prot-unreachable":             eachPort,
	"pcaps/icmp-errno-map reject-icmp-port-unreachable":             eachPort,
	"pcaps/icmp-errno-map reject-icmp-net-prohibited":               eachPort,
	"pcaps/icmp-errno-map reject-icmp-host-prohibited":              eachPort,
	"pcaps/icmp-errno-map reject-icmp-admin-prohibited":             eachPort,
	"pcaps/icmp-errno-map ttl-expired":                              eachPort,
	"pcaps/loss-sack-off loss-fast-retransmit":                      "three duplicate ACKs bring a segment again without SACK too",
	"pcaps/policer loss-fast-retransmit":                            "what the policer drops is sent again at once",
	"pcaps/shaper-short-queue loss-fast-retransmit":                 "what the full queue drops is sent again at once",
	"pcaps/service-no-endpoints reject-icmp-port-unreachable":       "that is the answer which the node gives",
	"pcaps/service-no-endpoints-local reject-icmp-port-unreachable": "likewise",
	"pcaps/socket-zero socket-call-errors":                          "the program goes on with the descriptor that it did not get",
	"pcaps/idle-timeout-drop client-think-time":                     "the pause in which the box forgets is the client's",
	"pcaps/idle-timeout-reset client-think-time":                    "the pause in which the box forgets is the client's",
	"pcaps/keepalive-race client-think-time":                        "the pause that the server's timer ends is the client's",
	"pcaps/refused-misbound wrong-port":                             "bind fails, so the server listens on another port: both are seen",
	"pcaps/reset-before-accept linger0-client":                      "SO_LINGER 0 is how the client aborts",
	"pcaps/startup-race closed-port":                                "the port is closed until the server listens",
	"pcaps/connect-timeout app-connect-timeout":                     "the full queue is why nobody answers, the program's timeout what ends the wait",
	"pcaps/syn-queue-full app-connect-timeout":                      "likewise",
	"pcaps/syn-queue-full final-ack-dropped":                        "the cable fills the queue by dropping the last ACK of other handshakes",
	"pcaps/proxy-dead-backend closed-port":                          "the proxy's own connection to the server behind it is refused: why it hangs up on the client",
}

// The matrix holds what is said of every fixture and of every run that is kept, with all evidence and by the segments alone:
// whoever changes a rule sees there what else it now says.
func TestMatrixIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What is said of what\n\nMade by `make diagnosis-matrix` from every fixture and every kept run. The first column is the evidence (of a fixture, the cause it is\n" +
		"named for; `-near` and the like are near misses). A finding is level and cause, `*` when it is a note; with fewer sources of evidence it may\n" +
		"only become less sure.\n\n| evidence | with all of it | the segments alone |\n| --- | --- | --- |\n")
	all := everything(t)
	slices.SortStableFunc(all, func(a, b recorded) int { return cmp.Compare(a.name, b.name) })
	for i := range all {
		r := &all[i]
		alone := r.without(r.frames)
		full, bare := said(r.findings(t)), said(alone.findings(t))
		if bare == full {
			bare = "the same"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.name, full, bare)
	}
	if *writeMatrix {
		if err := os.WriteFile(matrixFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	was := strings.Split(string(kept), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(was) || line != was[i] {
			t.Fatalf("%s line %d is not current: make diagnosis-matrix, and read the difference; now\n%s", matrixFile, i+1, line)
		}
	}
}

// said lists findings in one cell.
func said(found []report.Finding) string {
	var list []string
	for _, f := range found {
		text := f.Level + " " + f.Cause
		if f.Severity == "note" {
			text += "*"
		}
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return cmp.Or(strings.Join(list, ", "), "nothing")
}

// Of a run that is kept nothing is said loudly but its cause, and what is true as well.
func TestKeptRunsHaveOneLoudCause(t *testing.T) {
	for key := range also {
		run, _, _ := strings.Cut(key, " ")
		if _, err := os.Stat("../" + run); err != nil {
			t.Errorf("also speaks of %s: %v", run, err)
		}
	}
	for _, r := range everything(t) {
		if !strings.HasPrefix(r.name, "pcaps/") {
			continue
		}
		found := r.findings(t)
		for _, f := range found {
			if levelOf(f.Level) >= diagnose.Strong && f.Cause != found[0].Cause && f.Cause != r.about.Scenario.Cause && also[r.name+" "+f.Cause] == "" {
				t.Errorf("%s: %s %s beside its cause: mend the rule, or say in also why it is true", r.name, f.Level, f.Cause)
			}
		}
	}
}
