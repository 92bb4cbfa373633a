package sock_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture/calls"
	"tcplab/session/sock"
)

// programEnv makes the test binary a socket program whose record is compared with what strace sees of it.
const programEnv = "SOCK_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		os.Exit(program())
	}
	os.Exit(m.Run())
}

// record keeps the finished calls.
type record struct{ begun, ended []calls.Call }

func (r *record) Begin(c calls.Call) { r.begun = append(r.begun, c) }
func (r *record) End(c calls.Call)   { r.ended = append(r.ended, c) }

func (r *record) last() calls.Call { return r.ended[len(r.ended)-1] }

// program is client and server on one thread: the kernel completes the handshake before accept.
func program() int {
	runtime.LockOSThread()
	if err := sock.DefaultSignals(); err != nil {
		return 1
	}
	r := &record{}
	exchange(sock.NewCaller("both", r))
	for _, c := range r.ended {
		fmt.Println(printed(c))
	}
	return 0
}

// printed is a call as strace prints it.
func printed(c calls.Call) string {
	result := fmt.Sprint(c.N)
	if c.Errno != 0 {
		result = fmt.Sprintf("-1 %s (%s)", calls.ErrnoName(c.Errno), strings.ToUpper(c.Errno.Error()[:1])+c.Errno.Error()[1:])
	}
	return fmt.Sprintf("%s(%s) = %s", c.Op, c.Args, result)
}

// exchange makes one call of each kind, also some that fail.
func exchange(k *sock.Caller) {
	any4 := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	listener, _ := k.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	_ = k.SetOption(listener, "SO_REUSEADDR", 1)
	_ = k.SetOption(listener, "TCP_NODELAY", 1)
	_ = k.SetLinger(listener, true, 5)
	_ = k.Bind(listener, any4)
	_ = k.Listen(listener, 3)
	addr, _ := k.Getsockname(listener)
	client, _ := k.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	_ = k.Connect(client, addr)
	conn, _ := k.Accept(listener)
	_, _ = k.Getpeername(conn)
	_, _ = k.Send(client, []byte("a line\t\"quoted\" \\ \x01\x7f\xff \x017\v\f\r\n"), 0)
	_, _ = k.Poll([]unix.PollFd{{Fd: int32(conn), Events: unix.POLLIN | unix.POLLRDHUP}}, time.Second)
	buf := make([]byte, 100)
	_, _ = k.Recv(conn, buf, unix.MSG_PEEK)
	_, _ = k.Recv(conn, buf, 0)
	_, _ = k.Recv(conn, buf, unix.MSG_DONTWAIT)
	_ = k.Shutdown(client, unix.SHUT_WR)
	_, _ = k.Recv(conn, buf, 0)
	_, _ = k.Send(client, []byte("late"), unix.MSG_NOSIGNAL)
	_, _ = k.GetOption(conn, "SO_ERROR")
	refused, _ := k.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	_ = k.SetNonblock(refused)
	_ = k.Connect(refused, netip.AddrPortFrom(addr.Addr(), 1)) // tcpmux: nobody listens there
	_, _ = k.GetOption(refused, "SO_ERROR")
	_ = k.Close(refused)
	_ = k.Close(conn)
	_ = k.Close(client)
	_ = k.Close(client)
	_ = k.Close(listener)
	six, _ := k.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0)
	_ = k.Bind(six, netip.AddrPortFrom(netip.IPv6Loopback(), 0))
	_ = k.Listen(six, 1)
	_ = k.Close(six)
}

// TestRecordIsWhatStraceSees runs the program under strace and compares the two records, call by call.
func TestRecordIsWhatStraceSees(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	log := filepath.Join(t.TempDir(), "strace.log")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(strace, "-f", "-qq", "-s", "64", "-e", "signal=none", "-e", "trace=network,ppoll,close,fcntl", "-o", log, self)
	cmd.Env = append(os.Environ(), programEnv+"=1", "GODEBUG=asyncpreemptoff=1")
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("strace cannot trace here: %v", err)
	}
	ours := strings.Split(strings.TrimSpace(string(out)), "\n")
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if len(ours) < 25 {
		t.Fatalf("only %d calls recorded", len(ours))
	}
	// Beside the program's calls strace sees those of the runtime and of the recorder, which asks for addresses.
	theirs := straceCalls(string(text))
	for i, call := range ours {
		at := slices.Index(theirs, call)
		if at < 0 {
			t.Errorf("strace does not show call %d: %s\nafter it: %s", i+1, call, strings.Join(theirs[:min(len(theirs), 3)], "\n          "))
			continue
		}
		theirs = theirs[at+1:]
	}
}

// The differences that are meant: the record speaks of the C functions send, recv and accept, which the C library turns into
// sendto, recvfrom and accept4 with further arguments, and of poll, which x/sys makes through ppoll.
var straceNames = []struct{ pattern, replacement string }{
	{`^\d+ +`, ""},
	{`^sendto\((.*), NULL, 0\) = `, "send($1) = "},
	{`^recvfrom\((\d+), 0x[0-9a-f]+, `, "recvfrom($1, buf, "},
	{`^recvfrom\((.*), (?:NULL|0x[0-9a-f]+), (?:NULL|\[.*\])\) += `, "recv($1) = "},
	{`^ppoll\(([^}]*)\}\], 1, \{tv_sec=1, .*\) += 1 \(\[\{fd=\d+, (revents=[A-Z|]+)\}\].*$`, "poll($1, $2}], 1, 1000) = 1"},
	{`^accept4\((.*), 0\) = `, "accept($1) = "},
	{`^(socket\(.*), IPPROTO_IP\)`, "$1, 0)"},
	{`sin6_flowinfo=htonl\(0\), `, ""},
	{`, sin6_scope_id=0`, ""},
	{`\[\d+ => (\d+)\]`, "[$1]"},
	{`\) += `, ") = "},
}

// straceCalls returns the lines of an strace log in our words.
func straceCalls(text string) (all []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, n := range straceNames {
			line = regexp.MustCompile(n.pattern).ReplaceAllString(line, n.replacement)
		}
		all = append(all, line)
	}
	return all
}

// TestAcceptNamesAPeerThatHasReset: the kernel no longer knows the peer, but accept has named it.
func TestAcceptNamesAPeerThatHasReset(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r := &record{}
	k := sock.NewCaller("both", r)
	listener, client := connected(t, k)
	peer := r.last().Local
	if err := k.SetLinger(client, true, 0); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(client); err != nil {
		t.Fatal(err)
	}
	conn, err := k.Accept(listener)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.last().Remote; got != peer || peer == "" {
		t.Errorf("accept names the peer %q, want %q", got, peer)
	}
	if _, err := k.Getpeername(conn); err != unix.ENOTCONN {
		t.Errorf("getpeername gives %v, want %v", err, unix.ENOTCONN)
	}
	if c := r.last(); c.Remote != peer || c.N != -1 || c.Errno != unix.ENOTCONN {
		t.Errorf("its record is %+v", c)
	}
}

// connected makes a listener and a client that is connected to it and waits to be accepted.
func connected(t *testing.T, k *sock.Caller) (listener, client int) {
	t.Helper()
	fds := [2]int{}
	for i := range fds {
		fd, err := k.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) }) // the test may have closed it
		fds[i] = fd
	}
	if err := errors.Join(k.Bind(fds[0], netip.MustParseAddrPort("127.0.0.1:0")), k.Listen(fds[0], 1)); err != nil {
		t.Fatal(err)
	}
	addr, err := k.Getsockname(fds[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Connect(fds[1], addr); err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

// TestRecordOfAnUnfinishedCall: what a call was asked is known before it returns.
func TestRecordOfAnUnfinishedCall(t *testing.T) {
	r := &record{}
	k := sock.NewCaller("both", r)
	_, client := connected(t, k)
	if _, err := k.Recv(client, make([]byte, 10), unix.MSG_DONTWAIT); err != unix.EAGAIN {
		t.Fatalf("recv gives %v, want %v", err, unix.EAGAIN)
	}
	begun := r.begun[len(r.begun)-1]
	if begun.Op != "recv" || begun.Args != fmt.Sprintf("%d, buf, 10, MSG_DONTWAIT", client) || begun.End != 0 || begun.Remote == "" {
		t.Errorf("the call began as %+v", begun)
	}
}
