package analyze_test

import (
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
)

// Why calls and segments differ.
const (
	notAsked = "the error waits at its socket: its program made no further call"
	ownTimer = "how long its program waits is its own affair, which no segment shows"
	ownHost  = "how long its host repeats is a setting of it, which no segment shows"
)

// otherErrno are the ends of kept runs whose program is told another error than the segments let expect, and why.
var otherErrno = map[string]string{
	"pcaps/syn-queue-full client": ownTimer, "pcaps/connect-timeout client": ownTimer, "pcaps/cable-cut client": ownTimer, "pcaps/pmtu-blackhole client": ownTimer,
	"pcaps/pmtu-blackhole-v6 client": ownTimer, "pcaps/pmtu-blackhole-v6 server": notAsked, "pcaps/zero-window-user-timeout client": ownTimer,
	"pcaps/time-wait-old-syn-rfc1337 client": ownTimer, "pcaps/retries2-timeout client": ownHost,
	"pcaps/duplicate-ip server": notAsked, "pcaps/fin-wait-2-timeout client": notAsked, "pcaps/icmp-on-established server": notAsked,
	"pcaps/idle-timeout-reset server": notAsked, "pcaps/injected-fin server": notAsked, "pcaps/linger2-negative client": notAsked, "pcaps/nat-idle-rebind server": notAsked,
	"pcaps/pmtu-blackhole server": notAsked, "pcaps/spurious-retransmit client": notAsked, "pcaps/timewait-overflow client": notAsked,
	"pcaps/half-open-client-rebooted server": "the call that fails is one on the old connection, whose ports are the same",
	"pcaps/icmp-on-established client":       "the errno of the ICMP error comes when the timer ends, and no segment shows when that is",
}

// The errors that the segments alone let expect at each end are those that the calls of the real programs got.
func TestDerivedErrnoIsTheReal(t *testing.T) {
	compared := 0
	for _, r := range everything(t) {
		if !strings.HasPrefix(r.name, "pcaps/") {
			continue
		}
		alone := r.without(r.frames)
		real, derived := r.connections(t), alone.connections(t)
		for i := range min(len(real), len(derived)) {
			for _, end := range [...]string{"client", "server"} {
				was, want := errnoAt(end, derived[i].Findings), errnoAt(end, real[i].Findings)
				if was == "" && want == "" {
					continue
				}
				compared++
				if key := r.name + " " + end; was != want && otherErrno[key] == "" {
					t.Errorf("%s, connection %d: its calls got %q, the segments let expect %q", key, i, want, was)
				}
			}
		}
	}
	if compared < 80 {
		t.Errorf("only %d errors were compared", compared)
	}
}

func (r *recorded) connections(t *testing.T) []report.Connection {
	t.Helper()
	in := analyze.Input{Source: &memory{frames: r.frames}, Calls: r.calls, Facts: r.facts, About: r.about}
	rep, err := analyze.Run(t.Context(), in, analyze.Options{})
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	return rep.Connections
}

// errnoAt is the error that the first finding which names one gives an end, without the call.
func errnoAt(end string, found []report.Finding) string {
	for i := range found {
		sees := found[i].ClientSees
		if end == "server" {
			sees = found[i].ServerSees
		}
		if _, errno, ok := strings.Cut(sees, ": "); ok {
			return errno
		}
	}
	return ""
}
