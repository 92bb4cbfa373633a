package session

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture/calls"
)

func TestTableAddr(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the lines of this test are from a little-endian host")
	}
	for text, want := range map[string]string{
		"0100007F:1F90":                         "127.0.0.1:8080",
		"00000000:0016":                         "0.0.0.0:22",
		"00000000000000000000000001000000:270F": "[::1]:9999",
		"B80D0120000000000000000001000000:0050": "[2001:db8::1]:80",
		"0100007F":                              "invalid AddrPort",
		"0100007G:1F90":                         "invalid AddrPort",
		"01007F:1F90":                           "invalid AddrPort",
		"":                                      "invalid AddrPort",
	} {
		if got := tableAddr(text).String(); got != want {
			t.Errorf("tableAddr(%q) = %s, want %s", text, got, want)
		}
	}
}

// TestListens asks the kernel about a listener that package net has made.
func TestListens(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Skip(err)
		}
		local := l.Addr().String()
		if ok, err := listens(os.Getpid(), local); !ok || err != nil {
			t.Errorf("listens(%s) = %v, %v with the listener open", local, ok, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if ok, err := listens(os.Getpid(), local); ok || err != nil {
			t.Errorf("listens(%s) = %v, %v with the listener closed", local, ok, err)
		}
	}
}

func TestFreePort(t *testing.T) {
	addr := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	lowest, _ := EphemeralPorts()
	for range 20 {
		port, err := FreePort(addr)
		if err != nil {
			t.Fatal(err)
		}
		if int(port) >= lowest {
			t.Errorf("port %d is in the ephemeral range, which begins at %d", port, lowest)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if free(l.Addr().(*net.TCPAddr).AddrPort()) {
		t.Error("a port with a listener is called free")
	}
}

func TestCeil(t *testing.T) {
	for request, want := range map[string]string{
		"4.40": "5", "-4.4": "-4", "5.0": "5", "0": "0", "-0.5": "0", " 7.01\r": "8", "1e20": "100000000000000000000",
		"abc": "error: not a real number", "": "error: not a real number", "NaN": "error: not a real number",
		"Inf": "error: not a real number", "1e999": "error: not a real number",
	} {
		if got := ceil(request); got != want+"\n" {
			t.Errorf("ceil(%q) = %q, want %q", request, got, want)
		}
	}
}

func TestTrafficCountsWhatSendTook(t *testing.T) {
	const a, b = "127.0.0.1:1000", "127.0.0.1:2000"
	log := []calls.Call{
		{Op: "socket", PID: 1, N: 3, Args: "AF_INET, SOCK_STREAM, 0"},
		{Op: "connect", PID: 1, FD: 3, Local: a, Remote: b, End: 1},
		{Op: "send", PID: 1, FD: 3, Local: a, Remote: b, N: 10, End: 2},
		{Op: "send", PID: 1, FD: 3, Local: a, Remote: b, N: 5, End: 3},
		{Op: "send", PID: 1, FD: 3, Local: a, Remote: b, N: -1, Errno: unix.EPIPE, End: 4},
		{Op: "accept", PID: 2, FD: 3, N: 4, Local: b, Remote: a, End: 2},
		{Op: "recv", PID: 2, FD: 4, Local: b, Remote: a, N: 15, End: 5},
		{Op: "close", PID: 2, FD: 4, Local: b, Remote: a, End: 6},
		{Op: "close", PID: 1, FD: 3, Local: a, Remote: b}, // killed inside
		{Op: "socket", PID: 3, N: 3, Args: "AF_INET, SOCK_DGRAM, 0"},
		{Op: "connect", PID: 3, FD: 3, Local: "127.0.0.1:3000", Remote: b, End: 7},
		{Op: "send", PID: 3, FD: 3, Local: "127.0.0.1:3000", Remote: b, N: 99, End: 8},
		{Op: "connect", PID: 4, FD: 3, Remote: b, Errno: unix.ECONNREFUSED, N: -1, End: 9},
		{Op: "close", PID: 4, FD: 3, Local: "0.0.0.0:4000", Remote: b, End: 10}, // sends nothing
		{Op: "accept", PID: 2, FD: 3, N: 4, Local: b, Remote: a, End: 10},       // the same ports again
		{Op: "send", PID: 2, FD: 4, Local: b, Remote: a, N: 2, End: 11},
	}
	from, to := netip.MustParseAddrPort(a), netip.MustParseAddrPort(b)
	want := Traffic{{From: from, To: to, Bytes: 15}, {From: to, To: from, Closed: true}, {From: to, To: from, Bytes: 2}}
	if got := traffic(log); !slices.Equal(got, want) {
		t.Errorf("traffic %+v, want %+v", got, want)
	}
}

// A socket may send while the kernel has it open, in either form of its addresses; in TIME-WAIT it has said all.
func TestUnderwayWhileASocketIsOpen(t *testing.T) {
	for network, addr := range map[string]string{"tcp4": "127.0.0.1:0", "tcp": "[::]:0"} {
		l, err := net.Listen(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		client, err := net.DialTimeout("tcp4", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port(l)).String(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		out := flowOf(&calls.Call{Local: client.LocalAddr().String(), Remote: client.RemoteAddr().String()})
		back := flowOf(&calls.Call{Local: server.LocalAddr().String(), Remote: server.RemoteAddr().String()})
		if !out.Underway(time.Second) || !back.Underway(time.Second) {
			t.Errorf("%s: both are open", network)
		}
		client.Close()
		if _, err := io.Copy(io.Discard, server); err != nil {
			t.Fatal(err)
		}
		server.Close()
		for late := time.Now().Add(time.Minute); out.Underway(time.Second) || back.Underway(time.Second); { // until the last ACK is there
			if time.Now().After(late) {
				t.Fatalf("%s: both are closed", network)
			}
		}
	}
}

func port(l net.Listener) uint16 { return uint16(l.Addr().(*net.TCPAddr).Port) }

func TestTableTimer(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"01:00000014": 200 * time.Millisecond, "04:00000064": time.Second, // repeats, asks for room
		"00:00000000": 0, "02:00000064": 0, "03:00000064": 0, "": 0, "01:": 0, "01:zz": 0,
	} {
		if got := tableTimer(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	const soon, late = 100 * time.Millisecond, time.Second
	for e, want := range map[entry]bool{{state: "04", again: soon}: true, {state: "04", again: late}: false, {state: "01"}: true, {state: stateFinWait2}: false} {
		if e.sends(500*time.Millisecond) != want {
			t.Errorf("%+v", e)
		}
	}
}

func TestStepsReadAsAProgram(t *testing.T) {
	addr := netip.MustParseAddrPort("127.0.0.1:8080")
	for _, x := range []struct {
		step Step
		want string
	}{
		{Socket("sock", addr), "sock = socket(TCP)"},
		{Bind("listener", addr).Unchecked(), "bind(listener, 127.0.0.1:8080), whatever it returns"},
		{Connect("sock", addr).OrExit(0), "connect(sock, 127.0.0.1:8080), or exit(0)"},
		{SetOption("listener", "SO_REUSEADDR", 1), "setsockopt(listener, SO_REUSEADDR, 1)"},
		{Accept("listener", "conn"), "conn = accept(listener)"},
		{Send("conn", "a\n"), `send(conn, "a\n")`},
		{RecvLine("conn", 32), "recv(conn, 32) until a newline"},
		{Shutdown("sock", unix.SHUT_WR), "shutdown(sock, SHUT_WR)"},
		{Kill("server", unix.SIGSTOP), "kill(server, SIGSTOP)"},
		{Await("server:listening"), "wait for server:listening"},
		{Repeat(2, Close("a"), Close("b")), "2 times { close(a); close(b) }"},
	} {
		if got := x.step.String(); got != x.want {
			t.Errorf("%+v reads %q, want %q", x.step, got, x.want)
		}
	}
}

// TestMessagesAreLines: whatever a message holds, it is one line, and comes back as it was.
func TestMessagesAreLines(t *testing.T) {
	payload := "two\nlines, \x00 and \xff\xfe"
	text := line(order{Script: &Script{Actor: "client", Steps: []Step{Send("sock", payload)}}})
	if n := strings.Count(string(text), "\n"); n != 1 || text[len(text)-1] != '\n' {
		t.Fatalf("%q is not one line", text)
	}
	var o order
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	if got := string(o.Script.Steps[0].Data); got != payload {
		t.Errorf("%q came back as %q", payload, got)
	}
}

// FuzzTableAddr: whatever stands in a line of the table, decoding it gives an address or none.
func FuzzTableAddr(f *testing.F) {
	for _, text := range []string{"0100007F:1F90", "00000000000000000000000001000000:270F", "0100007F", ":", "zz:zz", "01:1F90"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		addr := tableAddr(text)
		words, _, _ := strings.Cut(text, ":")
		if addr.IsValid() && len(words) != 8 && len(words) != 32 {
			t.Errorf("%q is taken for %s", text, addr)
		}
	})
}
