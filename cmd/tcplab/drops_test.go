package main

import (
	"bufio"
	"fmt"
	"io"
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
	if os.Getenv(flooding) != "" {
		flood(t)
		return
	}
	needsTracing(t)
	startFlood(t)
	for range 3 {
		for _, x := range []struct{ scenario, own string }{{"hello", ""}, {"min-ttl", "TCP_MINTTL"}} {
			dir := filepath.Join(t.TempDir(), "run")
			if status, _, errs := invoke(t, "trace", x.scenario, "--hosts", "direct", "--port", "0", "--save", dir, "--output", os.DevNull); status != exitDone {
				t.Fatal(errs)
			}
			b, err := bundle.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if dropped(b.Facts, "kfree_skb", "NO_SOCKET") {
				for _, f := range b.Facts {
					t.Errorf("%s has what another lab dropped: %+v %+v", x.scenario, f.Drops, f.Missing)
				}
			}
			if x.own != "" && !dropped(b.Facts, "kfree_skb", x.own) {
				t.Errorf("%s has not what it dropped itself, %s", x.scenario, x.own)
			}
		}
	}
}

// flooding in the environment makes the test binary the other lab.
const flooding = "TCPLAB_TEST_FLOOD"

// startFlood starts the other lab as a process of its own, as people would, until the test ends.
func startFlood(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), flooding+"=1")
	stop, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == flooding {
			go io.Copy(io.Discard, out)
			return
		}
	}
	t.Fatal("the other lab did not come up")
}

// flood sends datagrams as long as a SYN and an ACK to a port that nobody has, behind a router, until its input ends.
func flood(t *testing.T) {
	l, err := lab.New(lab.Config{Topology: lab.Routed})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, _ := l.Host("client")
	server, _ := l.Host("server")
	var fd int
	if err := client.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(done)
	}()
	fmt.Println(flooding)
	const syn, ack, headers = 60, 52, 28
	to := &unix.SockaddrInet4{Port: 9, Addr: server.V4.As4()}
	for pace := time.NewTicker(200 * time.Microsecond); ; {
		select {
		case <-done:
			return
		case <-pace.C:
			for _, length := range []int{syn, ack} {
				_ = unix.Sendto(fd, make([]byte, length-headers), 0, to)
			}
		}
	}
}
