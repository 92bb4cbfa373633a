package live

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tcplab/capture/hostfacts"
)

// TestMain lets the test binary play the process that other tests need beside them.
func TestMain(m *testing.M) {
	switch os.Getenv("TCPLAB_LIVE_ROLE") {
	case "listen": // one listener, until standard input ends
		l, err := net.Listen("tcp4", "127.0.0.1:4242")
		fmt.Println("listening", err)
		bufio.NewReader(os.Stdin).ReadByte()
		if l != nil {
			l.Close()
		}
	case "facts":
		json.NewEncoder(os.Stdout).Encode(Snapshot(FactsOptions{}))
	default:
		os.Exit(m.Run())
	}
}

// role returns the test binary as a command in another role. As another user it runs from a copy that anybody may read.
func role(t *testing.T, name string, as *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	path := "/proc/self/exe"
	if as.Credential != nil {
		path = readableCopy(t)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), "TCPLAB_LIVE_ROLE="+name)
	cmd.Dir, cmd.SysProcAttr = "/", as
	return cmd
}

func readableCopy(t *testing.T) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755)
	}
	path := filepath.Join(dir, "live.test")
	if err := os.WriteFile(path, self, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// inNewNamespace arranges a fresh network namespace with a shell script, then runs f on a thread in it. Both end with f.
func inNewNamespace(t *testing.T, script string, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make a network namespace")
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and the namespace with it
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			var out []byte
			if out, err = exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Skip("cannot arrange a namespace: ", err)
	}
}

// bound makes a socket bound to addr, and listening when backlog is not negative.
func bound(t *testing.T, family, kind int, addr unix.Sockaddr, backlog int, before ...func(fd int) error) netip.AddrPort {
	t.Helper()
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	for _, f := range append(before, func(fd int) error { return unix.Bind(fd, addr) }) {
		if err := f(fd); err != nil {
			t.Fatal(err)
		}
	}
	if backlog >= 0 {
		if err := unix.Listen(fd, backlog); err != nil {
			t.Fatal(err)
		}
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// TestSockets makes one socket of each kind and finds it in the snapshot, field by field.
func TestSockets(t *testing.T) {
	lo4 := [4]byte{127, 0, 0, 1}
	onLo := func(fd int) error { return unix.BindToDevice(fd, "lo") }
	v6only := func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1) }
	self := hostfacts.Socket{UID: os.Getuid(), PID: os.Getpid(), Process: commandName("/proc/self")}
	expect := func(proto, state string, local netip.AddrPort, change func(*hostfacts.Socket)) hostfacts.Socket {
		s := self
		s.Proto, s.State, s.Local = proto, state, local.String()
		change(&s)
		return s
	}
	want := []hostfacts.Socket{
		expect("tcp", "LISTEN", bound(t, unix.AF_INET, unix.SOCK_STREAM, &unix.SockaddrInet4{Addr: lo4}, 7, onLo),
			func(s *hostfacts.Socket) { s.SendQ, s.Device = 7, "lo" }),
		expect("tcp6", "LISTEN", bound(t, unix.AF_INET6, unix.SOCK_STREAM, &unix.SockaddrInet6{}, 3, v6only),
			func(s *hostfacts.Socket) { s.SendQ, s.V6Only = 3, true }),
		expect("udp", "BOUND", bound(t, unix.AF_INET, unix.SOCK_DGRAM, &unix.SockaddrInet4{}, -1), func(*hostfacts.Socket) {}),
		expect("tcp", "BOUND", bound(t, unix.AF_INET, unix.SOCK_STREAM, &unix.SockaddrInet4{Addr: lo4}, -1), func(*hostfacts.Socket) {}),
	}
	if !kernelAtLeast(6, 8) {
		want = want[:3] // sock_diag does not know bound sockets that do not listen
	}
	got := Snapshot(FactsOptions{}).Sockets
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("missing %+v", w)
		}
	}
}

// TestTimeWait finds the socket that an active close leaves, and how long it stays.
func TestTimeWait(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	local := client.LocalAddr().String()
	client.Close()
	server.Read(make([]byte, 1)) // the FIN
	server.Close()
	for _, s := range Snapshot(FactsOptions{}).Sockets {
		if s.State == "TIME-WAIT" && s.Local == local && s.Remote == l.Addr().String() {
			if left, err := time.ParseDuration(s.Timer + "s"); err != nil || left < 30*time.Second || left > 61*time.Second {
				t.Fatalf("timer %q", s.Timer)
			}
			return
		}
	}
	t.Fatal("no TIME-WAIT socket")
}

// TestListenersAgreeWithSS compares the listeners with those that ss(8) and /proc/net show.
func TestListenersAgreeWithSS(t *testing.T) {
	bound(t, unix.AF_INET6, unix.SOCK_STREAM, &unix.SockaddrInet6{Addr: [16]byte{15: 1}}, 1)
	out, err := exec.Command("ss", "-Hltn").Output()
	if err != nil {
		t.Skip("ss is not usable: ", err)
	}
	var ss, diag, proc []string
	for line := range strings.Lines(string(out)) {
		local := strings.Fields(line)[3]
		local, _, _ = strings.Cut(local, "%")
		ss = append(ss, strings.Replace(local, "*:", "[::]:", 1))
	}
	sockets, err := diagSockets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sockets {
		if s.State == "LISTEN" && s.Device == "" {
			diag = append(diag, s.Local)
		}
	}
	for _, s := range procSockets("/proc/thread-self/net") {
		if s.State == "LISTEN" {
			proc = append(proc, s.Local)
		}
	}
	for _, list := range [][]string{ss, diag, proc} {
		slices.Sort(list)
	}
	if diff := cmp.Diff(ss, diag); diff != "" {
		t.Errorf("ss against sock_diag:\n%s", diff)
	}
	if diff := cmp.Diff(proc, diag); diff != "" {
		t.Errorf("/proc/net against sock_diag:\n%s", diff)
	}
}

// TestOtherNamespace: a listener in another network namespace is found with its process and marked.
func TestOtherNamespace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to make a network namespace and to see into it")
	}
	cmd := role(t, "listen", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL})
	in, _ := cmd.StdinPipe()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	bufio.NewReader(out).ReadString('\n') // "listening …", failing there only because lo is down is not possible: bind needs no link
	for _, s := range Snapshot(FactsOptions{}).Sockets {
		if s.Local == "127.0.0.1:4242" && s.PID == cmd.Process.Pid {
			if !strings.HasPrefix(s.NetNS, "net:[") || s.State != "LISTEN" {
				t.Fatalf("%+v", s)
			}
			return
		}
	}
	t.Fatal("the listener in the other namespace is not listed")
}

// TestSnapshotAsNobody: what an ordinary user may not read is listed with the right it needs.
func TestSnapshotAsNobody(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	cmd := role(t, "facts", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}})
	out, err := cmd.Output()
	var facts hostfacts.Facts
	if err == nil {
		err = json.Unmarshal(out, &facts)
	}
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, m := range facts.Missing {
		what = append(what, m.What+": "+m.Needs)
	}
	want := []string{"process names of other users' sockets, and listeners in other network namespaces: root (CAP_SYS_PTRACE)",
		"firewall rules: root (CAP_NET_ADMIN)"}
	if diff := cmp.Diff(want, what); diff != "" {
		t.Error(diff)
	}
	if len(facts.Addresses) == 0 || facts.Sysctls["net.ipv4.tcp_syn_retries"] == "" || len(facts.Counters) == 0 {
		t.Errorf("%+v", facts)
	}
}
