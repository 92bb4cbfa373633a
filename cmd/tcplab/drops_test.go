package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
	"tcplab/session/lab"
)

// The kernel's reasons for what it drops and resets are in the evidence, of the run's packets alone.
func TestKernelSaysWhy(t *testing.T) {
	needsTracing(t)
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

// needsTracing skips where the kernel's reasons cannot be read.
func needsTracing(t *testing.T) {
	t.Helper()
	needsLab(t)
	tracing, err := live.OpenTracing()
	if err != nil {
		t.Skip(err)
	}
	if _, err := tracing.Close(capture.ClockSnapshot{}, true); err != nil {
		t.Fatal(err)
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

// Two labs at once look alike to the kernel's tracepoints: the same interfaces, addresses and lengths at the same moments.
// What one of them drops is not in the evidence of the other, and its own still is.
func TestDropsOfAnotherLabAreNotOurs(t *testing.T) {
	needsTracing(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	flood(t)
	for range 2 {
		for scenario, own := range map[string]string{"hello": "", "min-ttl": "TCP_MINTTL"} {
			dir := filepath.Join(t.TempDir(), "run")
			cmd := exec.CommandContext(t.Context(), self, "trace", scenario, "--hosts", "direct", "--port", "0", "--save", dir, "--output", os.DevNull)
			cmd.Args[0] = "tcplab" // the test binary is the command under this name
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			b, err := bundle.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range b.Facts {
				if dropped([]hostfacts.Facts{f}, "kfree_skb", "NO_SOCKET") {
					t.Errorf("%s has what another lab dropped: %+v %+v", scenario, f.Drops, f.Missing)
				}
			}
			if own != "" && !dropped(b.Facts, "kfree_skb", own) {
				t.Errorf("%s has not what it dropped itself, %s", scenario, own)
			}
		}
	}
}

// flood makes another lab, and sends datagrams as long as a SYN and an ACK to a port that nobody has there, behind a router, until
// the test ends.
func flood(t *testing.T) {
	l, err := lab.New(lab.Config{Topology: lab.Routed})
	if err != nil {
		t.Fatal(err)
	}
	client, _ := l.Host("client")
	server, _ := l.Host("server")
	var fd int
	if err := client.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		<-stopped
		if err := errors.Join(unix.Close(fd), l.Close()); err != nil {
			t.Error(err)
		}
	})
	go func() {
		defer close(stopped)
		const syn, ack, headers = 60, 52, 28
		to := &unix.SockaddrInet4{Port: 9, Addr: server.V4.As4()}
		pace := time.NewTicker(500 * time.Microsecond)
		defer pace.Stop()
		for {
			select {
			case <-stop:
				return
			case <-pace.C:
				for _, length := range []int{syn, ack} {
					_ = unix.Sendto(fd, make([]byte, length-headers), 0, to)
				}
			}
		}
	}()
}
