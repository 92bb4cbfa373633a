//go:build cgo

package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/capture"
)

// start opens a capture or skips when this process may not capture.
func start(t *testing.T, iface, filter string, o Options) *Handle {
	t.Helper()
	h, err := OpenWith(iface, filter, o)
	if errors.Is(err, ErrPermission) {
		t.Skip("needs CAP_NET_RAW: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// segment is the part of a captured Ethernet/IPv4/TCP frame that these tests compare.
type segment struct {
	client, server uint16 // ports, whoever sent it
	fromClient     bool
	flags          byte
}

func segmentOf(frame []byte, server uint16) segment {
	tcp := frame[14+int(frame[14]&15)*4:]
	src, dst := binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	if dst == server {
		return segment{src, dst, true, tcp[13]}
	}
	return segment{dst, src, false, tcp[13]}
}

// echoServer accepts connections and closes each after the client has.
func echoServer(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	return l.Addr().(*net.TCPAddr)
}

// exchange sends four bytes and returns when the peer's FIN was read, so that the last ACK is on its way.
func exchange(t *testing.T, to *net.TCPAddr) (clientPort uint16) {
	t.Helper()
	c, err := net.DialTCP("tcp4", nil, to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	c.CloseWrite()
	if got, err := io.ReadAll(c); err != nil || string(got) != "ping" {
		t.Fatalf("read %q, %v", got, err)
	}
	return uint16(c.LocalAddr().(*net.TCPAddr).Port)
}

// drain stops h and returns clones of all frames.
func drain(t *testing.T, h *Handle) []capture.Frame {
	t.Helper()
	h.Stop()
	var frames []capture.Frame
	for {
		var f capture.Frame
		switch err := h.Next(&f); {
		case err == io.EOF:
			return frames
		case err != nil:
			t.Fatal(err)
		}
		f.Data = bytes.Clone(f.Data)
		frames = append(frames, f)
	}
}

// TestExchangesComplete runs 200 exchanges, each under a capture of its own that is read only afterwards: the SYN is
// the first frame, the ACK of the last FIN the last one, nothing is lost and nothing comes twice.
func TestExchangesComplete(t *testing.T) {
	server := echoServer(t)
	filter := fmt.Sprintf("tcp port %d", server.Port)
	runs := 200
	if testing.Short() {
		runs = 20
	}
	for run := range runs {
		h := start(t, "lo", filter, Options{Buffer: 4 << 20})
		port := exchange(t, server)
		var last byte
		var fins, n int
		for _, f := range drain(t, h) {
			s := segmentOf(f.Data, uint16(server.Port))
			if s.client != port {
				continue
			}
			if n == 0 && s.flags != 0x02 {
				t.Fatalf("run %d: first frame has flags %#x, want SYN", run, s.flags)
			}
			if s.flags&0x01 != 0 {
				fins++
			}
			last = s.flags
			n++
		}
		if fins != 2 || last != 0x10 || n < 8 || n > 10 {
			t.Fatalf("run %d: %d frames, %d FINs, last flags %#x; want 8 to 10, 2, ACK", run, n, fins, last)
		}
		if !h.Drained() {
			t.Fatalf("run %d: not drained", run)
		}
		h.Close()
		if dropped := h.Stats().KernelDropped; dropped != 0 {
			t.Fatalf("run %d: %d frames dropped", run, dropped)
		}
	}
}

// TestAgreesWithTcpdump captures the same exchanges as a tcpdump beside and finds every frame in its file. The kernel stamps a
// frame once for each packet socket, so the stamps are about a microsecond apart.
func TestAgreesWithTcpdump(t *testing.T) {
	server := echoServer(t)
	filter := fmt.Sprintf("tcp port %d", server.Port)
	h := start(t, "lo", filter, Options{})
	path := filepath.Join(t.TempDir(), "beside.pcap")
	stop := tcpdump(t, "-i", "lo", "-w", path, "-U", "-B", "65536", "--immediate-mode", "--time-stamp-precision=nano", filter)
	for range 20 {
		exchange(t, server)
	}
	ours := drain(t, h)
	// An interrupt makes tcpdump forget what it has not read yet, so it is given until its file has as many frames.
	for deadline := time.Now().Add(5 * time.Second); len(records(t, path)) < len(ours) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // between two looks at the file
	}
	stop()
	theirs := records(t, path)
	if len(ours) != len(theirs) {
		t.Fatalf("%d frames here, %d in tcpdump's file", len(ours), len(theirs))
	}
	// Two processors that send at the same moment may be queued one way in one socket and the other way in the next.
	beside := map[string]int{}
	for i, f := range theirs {
		beside[string(f.Data)] = i
	}
	for i, f := range ours {
		at, ok := beside[string(f.Data)]
		if !ok || f.Number != uint32(i+1) || f.WireLen != theirs[at].WireLen {
			t.Fatalf("frame %d is not in tcpdump's file: %v %x", i+1, f.Time.Time(), f.Data)
		}
		delete(beside, string(f.Data))
		if apart := f.Time.Sub(theirs[at].Time).Abs(); apart > 10*time.Millisecond || max(i-at, at-i) > 2 {
			t.Fatalf("frame %d stands at %d in tcpdump's file, %v apart", i+1, at+1, apart)
		}
	}
}

// tcpdump starts the program beside the test and returns what ends it and waits until its file is written.
func tcpdump(t *testing.T, args ...string) (stop func()) {
	t.Helper()
	path, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not installed")
	}
	cmd := exec.Command(path, append([]string{"-Z", "root"}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	// It says "listening on lo …" once the kernel records for it.
	buf := make([]byte, 4096)
	for said := ""; !strings.Contains(said, "listening on"); {
		n, err := stderr.Read(buf)
		if said += string(buf[:n]); err != nil {
			t.Fatalf("tcpdump: %v: %s", err, said)
		}
	}
	return func() {
		cmd.Process.Signal(os.Interrupt)
		io.Copy(io.Discard, stderr)
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

// records reads a little-endian nanosecond pcap file, without the reader of this project.
func records(t *testing.T, path string) (frames []capture.Frame) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	for b = b[min(24, len(b)):]; len(b) >= 16; {
		n := int(le.Uint32(b[8:]))
		if len(b) < 16+n {
			break // still being written
		}
		frames = append(frames, capture.Frame{Time: capture.Stamp(int64(le.Uint32(b))*1e9 + int64(le.Uint32(b[4:]))),
			WireLen: le.Uint32(b[12:]), Data: b[16 : 16+n]})
		b = b[16+n:]
	}
	return frames
}
