package lab

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Host is one machine of the lab: a network namespace with lo and, but for Alone, one interface to the others.
type Host struct {
	Name   string // "client", "server", "router", "bridge", "twin", or "local" when it is alone
	Iface  string // where its packets to the other host travel
	Near   string // of a host between the two, its side of the client
	V4, V6 netip.Addr
	ns     *os.File // keeps the namespace alive
}

// Namespaces names the network namespaces of all hosts as /proc/PID/ns/net does.
func (l *Lab) Namespaces() []string {
	names := []string{}
	for _, h := range l.hosts {
		var st unix.Stat_t
		if err := unix.Fstat(int(h.ns.Fd()), &st); err == nil {
			names = append(names, fmt.Sprintf("net:[%d]", st.Ino))
		}
	}
	return names
}

// addHost makes a host in a namespace of its own, with lo up.
func (l *Lab) addHost(name string) (*Host, error) {
	ns, err := newNamespace()
	if err != nil {
		return nil, fmt.Errorf("network namespace for the %s: %w", name, err)
	}
	h := &Host{Name: name, ns: ns}
	l.hosts = append(l.hosts, h)
	return h, h.Do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err == nil {
			err = errors.Join(netlink.LinkSetUp(lo), useReno())
		}
		if err != nil {
			return fmt.Errorf("lo of the %s: %w", name, err)
		}
		return nil
	})
}

// useReno makes the host's congestion control that of RFC 5681. Every kernel has it and allows it to everybody; the
// machine's own choice, BBR say, would pace segments and differ from one machine to the next.
func useReno() error {
	return os.WriteFile("/proc/sys/net/ipv4/tcp_congestion_control", []byte("reno"), 0)
}

// newNamespace makes a network namespace on a thread of its own, which ends with it: a Go thread must not go on in
// another namespace than its peers.
func newNamespace() (ns *os.File, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			ns, err = os.Open("/proc/thread-self/ns/net")
		}
	}()
	<-done
	return ns, err
}

// Enter moves the calling thread into the host. The caller has locked it (runtime.LockOSThread) and never unlocks it,
// unless it moves back by entering where it came from. A process started from the thread is born in the host.
func (h *Host) Enter() error {
	if err := unix.Setns(int(h.ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering the %s: %w", h.Name, err)
	}
	return nil
}

// Do runs f on a thread inside the host and returns its error. Sockets, captures and netlink requests that f makes are
// the host's, and stay so afterwards. The thread ends with f: a process started here with Pdeathsig would end as well.
func (h *Host) Do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errors.New("the function ended its goroutine")
		defer func() { done <- err }()
		runtime.LockOSThread() // never unlocked, so that the runtime ends the thread
		if err = h.Enter(); err == nil {
			err = f()
		}
	}()
	return <-done
}

// Tap is the interface that shows what passes between client and server.
func (h *Host) Tap() string { return cmp.Or(h.Near, h.Iface) }

// Sysctl sets a setting of the host, "net.ipv4.tcp_syn_retries".
func (h *Host) Sysctl(name, value string) error {
	if !strings.HasPrefix(name, "net.") || strings.Contains(name, "/") {
		return fmt.Errorf("sysctl %q: only settings below net. belong to a host", name)
	}
	return h.Do(func() error {
		path := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
		if err := os.WriteFile(path, []byte(value), 0); err != nil {
			return fmt.Errorf("sysctl %s=%s on the %s: %w", name, value, h.Name, err)
		}
		return nil
	})
}
