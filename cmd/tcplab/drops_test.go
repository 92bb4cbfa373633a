package main

import (
	"os"
	"path/filepath"
	"testing"

	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
)

// The kernel's reasons for what it drops and resets are in the evidence, of the run's packets alone.
func TestKernelSaysWhy(t *testing.T) {
	needsLab(t)
	tracing, err := live.OpenTracing()
	if err != nil {
		t.Skip(err)
	}
	if _, err := tracing.Close(capture.ClockSnapshot{}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ scenario, event, reason string }{
		{"closed-port", "tcp_send_reset", "NO_SOCKET"},
		{"rst-unread", "tcp_send_reset", "TCP_ABORT_ON_CLOSE"},
		{"refused-reject-rst", "kfree_skb", "NETFILTER_DROP"},
		{"min-ttl", "kfree_skb", "TCP_MINTTL"},
	} {
		t.Run(x.scenario, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			if status, _, errs := invoke(t, "trace", x.scenario, "--port", "0", "--save", dir, "--output", os.DevNull); status != exitDone {
				t.Fatal(errs)
			}
			b, err := bundle.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !dropped(b.Facts, x.event, x.reason) {
				t.Errorf("no %s for %s: %+v", x.event, x.reason, b.Facts)
			}
		})
	}
}

func dropped(facts []hostfacts.Facts, event, reason string) bool {
	for _, f := range facts {
		for _, d := range f.Drops {
			if d.Event == event && d.Reason == reason && d.Src != "" && d.Dst != "" {
				return true
			}
		}
	}
	return false
}
