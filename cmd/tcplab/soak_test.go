package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// forced are the scenarios whose shape on the wire is forced, by the order of calls and events or by the cable, and which
// wait for no long timer.
var forced = strings.Fields(`hello one-way typed-message time ceil json-ndjson json-length json-unframed json-split multi-message half-close-four-way server-closes-first
	client-closes-first simultaneous-close simultaneous-open eof-sigkill tls-alert-then-close closed-port refused-wrong-port refused-udp-only
	refused-not-listening refused-reject-rst reject-reset-router rst-unread rst-linger0 rst-sigkill rst-write-after-close linger0-client
	health-check-reset reset-before-accept fin-then-rst close-while-peer-sends keepalive-race accept-then-close reply-to-ended injected-rst
	injected-rst-in-window syn-rst-ack-spoofed half-open-server-rebooted duplicate-ip conntrack-invalid-rst dnat-dead-backend bad-checksum
	paws-old-timestamp loss-fast-retransmit loss-tail-tlp reordering duplication fin-lost syn-cookies self-connect udp-contrast pipe-contrast
	ecn-negotiation split-handshake time-wait-new-syn time-wait-old-syn time-wait-assassination linger-timeout shutdown-rd refused-loopback-bind
	refused-other-address refused-v6-only refused-v4-only localhost-both dual-stack-listener refused-misbound placeholder-address refused-reject-icmp
	reject-icmp-admin-prohibited reject-icmp-host-prohibited reject-icmp-host-unreachable reject-icmp-net-unreachable reject-icmp-prot-unreachable
	icmp-errno-map local-route-errors unreachable-noroute router-no-route-v6 unreachable-prohibited ttl-expired reject-reset-router-v6 bound-to-device
	other-netns-listener connlimit output-reject-local local-policy raw-syn-scan service-no-endpoints service-no-endpoints-local odd-flag-probes
	syn-sent-bad-ack syn-sent-bare-rst reject-icmp6-port-unreachable reject-icmp6-admin-prohibited reject-icmp6-no-route reject-icmp6-addr-unreachable
	reject-icmp6-policy-fail reject-icmp6-reject-route rst-listener-closed server-speaks-and-closes linger2-negative disconnect-unspec rst-one-side
	injected-rst-both injected-rst-multiple injected-rst-ack-zero connect-reset connection-tampering idle-timeout-reset injected-rst-out-of-window injected-rst-late
	injected-syn injected-ack-unsent injected-fin injected-data half-open-client-rebooted wrong-protocol-plain-to-tls wrong-protocol-tls-to-plain
	proxy-dead-backend synproxy-dead-backend sock-destroy abort-on-overflow timewait-overflow keepalive-peer-reset stopped-peer reuseport-stuck-member
	deadlock-empty deadlock-both-recv connect-timeout nagle-stall cork-200ms readline-newline server-think-time client-think-time accept-delay
	syn-lost-once synack-lost-once loss-rto spurious-retransmit ecn-blackhole ecn-marked tfo-blackhole tfo-option-blackhole syn-cookies-no-ts defer-accept
	accept-emfile client-gave-up addrinuse-live addrinuse-timewait port-exhaustion bind-errors socket-call-errors socket-zero fork-fd-leak fork-zombies`)

// racy are the handouts' programs, whose two closes race each other.
var racy = []string{"hello", "one-way", "typed-message"}

// soakRuns is how often "make soak" repeats each scenario; 0 where nobody asked for it.
func soakRuns(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("TCPLAB_SOAK"))
	if err != nil || n < 1 {
		t.Skip("make soak runs it: TCPLAB_SOAK is the number of runs")
	}
	return n
}

// A forced shape is the same in every run, and every run keeps its promise.
func TestSoakForcedShapes(t *testing.T) {
	n := soakRuns(t)
	needs(t, "sealed")
	for _, name := range forced {
		t.Run(name, func(t *testing.T) {
			all := soak(t, name, "", n)
			shapes := map[string]int{}
			for _, e := range all.Endings {
				shapes[withoutACKs(e.Text)] += e.Count
			}
			if len(shapes) != 1 {
				t.Errorf("%d shapes: %+v", len(shapes), all.Endings)
			}
		})
	}
}

// letters are a history in the words of an ending: "(SF, ShADadFf)".
var letters = regexp.MustCompile(`, [A-Za-z^]+\)`)

var afterBothFINs = regexp.MustCompile(`(F.*f|f.*F)[Rr]\)`)

// withoutACKs leaves out of an ending when something was acknowledged: on a busy machine a program can be later than the
// 40 ms for which Linux delays an ACK, and then the ACK of the first FIN does not wait for the second. To a closed socket
// both are reason for a RST, so letters count where they come first. That ACK can also be overtaken by the FIN of its own end:
// TIME-WAIT answers the old segment, and a RST answers that when both ends have closed.
func withoutACKs(ending string) string {
	bare := letters.ReplaceAllStringFunc(ending, func(history string) string {
		kept := ""
		for _, letter := range history {
			if letter != 'a' && letter != 'A' && !strings.ContainsRune(kept, letter) {
				kept += string(letter)
			}
		}
		return afterBothFINs.ReplaceAllString(kept, "$1)")
	})
	connections := strings.Split(strings.ReplaceAll(bare, "four-way", "three-way"), "; ")
	slices.Sort(connections)
	return strings.Join(connections, "; ")
}

// A race may end in any way: each way is told as the kernels' own sockets tell it.
func TestSoakRacyCloses(t *testing.T) {
	n := soakRuns(t)
	needs(t, "sealed")
	for _, name := range racy {
		t.Run(name, func(t *testing.T) { t.Logf("%+v", soak(t, name, literalVariant, 2*n).Endings) })
	}
}

const literalVariant = "literal"

// soak runs a scenario n times as an ordinary user; no run may fail.
func soak(t *testing.T, name, variant string, n int) (all repetition) {
	t.Helper()
	args := []string{"trace", name, "--sealed", "--repeat", strconv.Itoa(n), "--format", "json"}
	if variant != "" {
		args = append(args, "--variant", variant)
	}
	dir, program := publicCopy(t, "tcplab")
	cmd := exec.CommandContext(t.Context(), program, args...)
	if os.Geteuid() == 0 {
		cmd = asNobody(t, dir, program, args...)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, _ := cmd.Output() // what failed is in the list
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs.String())
	}
	for _, f := range all.Failed {
		t.Errorf("%d of %d runs: %s", f.Count, n, f.Text)
	}
	return all
}
