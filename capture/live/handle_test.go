//go:build cgo

package live

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcplab/capture"
)

// TestDropsCounted overruns a small ring that nobody reads: what the kernel threw away is said, and what was kept and
// what was lost add up to at least what was sent.
func TestDropsCounted(t *testing.T) {
	server := echoServer(t)
	h := start(t, "lo", fmt.Sprintf("tcp port %d", server.Port), Options{Buffer: 1 << 20})
	for range 10 {
		exchange(t, server)
	}
	kept := len(drain(t, h))
	dropped := h.Stats().KernelDropped
	if dropped == 0 || kept == 0 || kept+int(dropped) < 80 {
		t.Fatalf("kept %d, dropped %d; want both, and at least 80 together", kept, dropped)
	}
}

// TestNextAndClose checks that a silent interface neither blocks Stop nor Close.
func TestNextAndClose(t *testing.T) {
	for name, end := range map[string]func(*Handle){"stop": (*Handle).Stop, "close": func(h *Handle) { h.Close() }} {
		t.Run(name, func(t *testing.T) {
			h := start(t, "lo", "udp port 9 and host 127.9.9.9", Options{Buffer: 1 << 20})
			done := make(chan error, 1)
			go func() {
				var f capture.Frame
				done <- h.Next(&f)
			}()
			begin := time.Now()
			end(h)
			select {
			case err := <-done:
				if err != io.EOF {
					t.Fatalf("Next: %v, want EOF", err)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("Next still waits")
			}
			if took := time.Since(begin); took > time.Second {
				t.Fatalf("took %v", took)
			}
			h.Close()
			h.Close()
			if s := h.Stats(); s.Packets != 0 || s.Path != "lo" {
				t.Fatalf("stats %+v", s)
			}
		})
	}
}

// TestFilterSelects checks that the filter is set when Open returns: the exchange it excludes leaves no frame.
func TestFilterSelects(t *testing.T) {
	in, out := echoServer(t), echoServer(t)
	h := start(t, "lo", fmt.Sprintf("tcp dst port %d", in.Port), Options{})
	exchange(t, out)
	exchange(t, in)
	frames := drain(t, h)
	if len(frames) < 4 {
		t.Fatalf("%d frames", len(frames))
	}
	for _, f := range frames {
		if s := segmentOf(f.Data, uint16(in.Port)); s.server != uint16(in.Port) || !s.fromClient {
			t.Fatalf("frame %d: %+v", f.Number, s)
		}
	}
}

// TestOpenErrors checks that each refusal is recognised and says what its reader needs.
func TestOpenErrors(t *testing.T) {
	_, err := Open("nosuch0", "")
	if !errors.Is(err, ErrNoInterface) || !strings.Contains(err.Error(), "nosuch0: no such interface; there are ") ||
		!strings.Contains(err.Error(), "lo") {
		t.Errorf("no such interface: %v", err)
	}
	start(t, "lo", "", Options{Buffer: 1 << 20}).Close()
	_, err = Open("lo", "tcp prot 80")
	if !errors.Is(err, ErrFilter) || !strings.Contains(err.Error(), `filter "tcp prot 80"`) {
		t.Errorf("bad filter: %v", err)
	}
}

// TestPermission runs itself as nobody: the refusal is ErrPermission, and an unknown interface is still recognised.
func TestPermission(t *testing.T) {
	if os.Getenv("TCPLAB_LIVE_NOBODY") != "" {
		_, err := Open("lo", "")
		_, unknown := Open("nosuch0", "")
		fmt.Printf("permission=%v interface=%v\n", errors.Is(err, ErrPermission), errors.Is(unknown, ErrNoInterface))
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	cmd := exec.Command(readableCopy(t), "-test.run=^TestPermission$")
	cmd.Env = append(os.Environ(), "TCPLAB_LIVE_NOBODY=1")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "permission=true interface=true") {
		t.Fatalf("%v\n%s", err, out)
	}
}
