package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcplab/analyze/report"
	"tcplab/session"
)

// cause returns the finding of a cause, nil when the report has none.
func cause(r *report.Report, name string) *report.Finding {
	all := r.Findings
	for _, c := range r.Connections {
		all = append(all, c.Findings...)
	}
	if i := slices.IndexFunc(all, func(f report.Finding) bool { return f.Cause == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// freePort is a port of 127.0.0.1 that nobody has.
func freePort(t *testing.T) netip.AddrPort {
	t.Helper()
	addr := netip.MustParseAddr("127.0.0.1")
	port, err := session.FreePort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(addr, port)
}

// neverAccepts listens with room for one connection.
func neverAccepts(t *testing.T, at netip.AddrPort) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
}

// diagnosis runs diagnose and returns its report.
func diagnosis(t *testing.T, args ...string) *report.Report {
	t.Helper()
	status, out, errs := invoke(t, append([]string{"diagnose", "--format", "json"}, args...)...)
	if status != 0 {
		t.Fatalf("diagnose %v: status %d: %s", args, status, errs)
	}
	return parseReport(t, out)
}

// An open port is no fault, and the page says that it was tried.
func TestDoctorOnAnOpenPort(t *testing.T) {
	needs(t, "capture")
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	status, out, errs := invoke(t, "diagnose", l.Addr().String())
	if status != 0 || !strings.Contains(out, "connected in") || !strings.Contains(out, "no fault found") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

// A closed port is certain, since this host is the server's; the saved evidence says the same again.
func TestDoctorOnAClosedPort(t *testing.T) {
	needs(t, "capture")
	dir, at := filepath.Join(t.TempDir(), "run"), freePort(t)
	for _, r := range []*report.Report{diagnosis(t, at.String(), "--save", dir, "--from", "127.0.0.7"), diagnosis(t, dir)} {
		f := cause(r, "closed-port")
		if f == nil || f.Level != "certain" || f.ClientSees != "connect: ECONNREFUSED" {
			t.Errorf("%+v", f)
		}
		if len(r.Connections) != 1 || !strings.HasPrefix(r.Connections[0].Client.Addr, "127.0.0.7") {
			t.Errorf("not from the address asked for: %+v", r.Connections)
		}
	}
}

// A listener that never accepts, and whose queue is full, does not answer: the attempt ends by --connect-timeout, with the
// cause that the host's own tables prove.
func TestDoctorOnAFullQueue(t *testing.T) {
	needs(t, "capture")
	at := freePort(t)
	neverAccepts(t, at)
	c, err := net.Dial("tcp4", at.String()) // backlog 0 holds one connection; the next one finds the queue full
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := cause(diagnosis(t, at.String(), "--connect-timeout", "1200ms"), "accept-queue-full")
	if f == nil || f.Level != "certain" {
		t.Errorf("%+v", f)
	}
}

// An address of the other family cannot be the source.
func TestDoctorFromTheWrongFamily(t *testing.T) {
	status, _, errs := invoke(t, "diagnose", "127.0.0.1:9", "--from", "::1")
	if status != exitUsage || !strings.Contains(errs, "IPv6") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// A living listener is named with its process, and neither option is said to help.
func TestListenOnATakenPort(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := cause(diagnosis(t, "--listen", l.Addr().String()), "bind-in-use")
	if f == nil || f.ServerSees != "bind: EADDRINUSE" {
		t.Fatalf("%+v", f)
	}
	text := strings.Join(f.Evidence, "\n")
	for _, want := range []string{fmt.Sprintf("pid %d) listens on it", os.Getpid()), "SO_REUSEADDR does not help", "SO_REUSEPORT does not help"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// After a server that closed first, TIME-WAIT has the port: with SO_REUSEADDR in both runs it is free (Go's listeners set it).
func TestListenInTimeWait(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	_, _ = client.Read(make([]byte, 1)) // the end of file: the server's FIN came first
	client.Close()
	l.Close()
	f := cause(diagnosis(t, "--listen", l.Addr().String()), "bind-in-use")
	if f == nil {
		t.Fatal("the port is not in use")
	}
	text := strings.Join(f.Evidence, "\n")
	for _, want := range []string{"is in TIME-WAIT, ", " s left", "SO_REUSEADDR helps"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// An address of another host cannot be listened on; a free one can, and that is said too.
func TestListenElsewhereAndHere(t *testing.T) {
	if f := cause(diagnosis(t, "--listen", "203.0.113.9:8080"), "bind-errors"); f == nil || !strings.Contains(f.Title, "none of this host") {
		t.Errorf("%+v", f)
	}
	status, out, _ := invoke(t, "diagnose", "--listen", freePort(t).String())
	if status != 0 || !strings.Contains(out, "nothing keeps a server from it") {
		t.Errorf("status %d\n%s", status, out)
	}
}
