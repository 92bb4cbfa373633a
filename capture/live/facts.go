package live

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/hostfacts"
)

// FactsOptions say which facts Snapshot takes and how it labels them.
type FactsOptions struct {
	Host   string       // Facts.Host; default "local"
	When   string       // Facts.When: "before" or "after"
	Routes []netip.Addr // addresses whose route is asked for
	Among  []string     // other network namespaces whose listeners count, as /proc/PID/ns/net names them; nil: all of the machine
}

// Snapshot reads the facts of the network namespace that the calling thread is in. It changes nothing and takes a few
// milliseconds; what could not be read is listed as missing, with the right it needs.
func Snapshot(o FactsOptions) hostfacts.Facts {
	runtime.LockOSThread() // the kernel answers for the namespace of the thread that asks
	defer runtime.UnlockOSThread()
	f := hostfacts.Facts{Host: cmp.Or(o.Host, "local"), When: o.When, Taken: capture.StampOf(time.Now())}
	addSockets(&f, o.Among)
	addAddresses(&f)
	addRoutes(&f, o.Routes)
	addNeighbors(&f)
	addSysctls(&f)
	addCounters(&f)
	addFirewall(&f)
	return f
}

// missing notes that what could not be read, and which right would allow it when the error was one of rights.
func missing(f *hostfacts.Facts, what string, err error, needs string) {
	if !errors.Is(err, os.ErrPermission) {
		needs = ""
	}
	f.Missing = append(f.Missing, hostfacts.Missing{What: what, Why: err.Error(), Needs: needs})
}

// boundSockets names what only sock_diag of a recent kernel knows.
const boundSockets = "TCP sockets that are bound and do not listen"

// addSockets joins the socket tables with the processes that hold the sockets, and adds what listens in other network
// namespaces: a listener there explains a refusal here.
func addSockets(f *hostfacts.Facts, among []string) {
	procs := scanProcesses()
	sockets, err := diagSockets()
	switch {
	case err != nil:
		missing(f, boundSockets, err, "")
		sockets = procSockets("/proc/thread-self/net")
	case !kernelAtLeast(6, 8):
		missing(f, boundSockets, errors.New("Linux lists them since 6.8, this is "+Kernel()), "")
	}
	names := map[uint32]string{}
	for _, s := range sockets {
		s.Device = deviceName(s.device, names)
		f.Sockets = append(f.Sockets, procs.join(s))
	}
	for _, ns := range procs.otherNamespaces(among) {
		for _, s := range procSockets(ns.dir) {
			if s.State == "LISTEN" || s.State == "BOUND" {
				s.NetNS = ns.name
				f.Sockets = append(f.Sockets, procs.join(s))
			}
		}
	}
	slices.SortFunc(f.Sockets, compareSockets)
	f.Missing = append(f.Missing, procs.missing()...)
}

func compareSockets(a, b hostfacts.Socket) int {
	return cmp.Or(cmp.Compare(a.NetNS, b.NetNS), cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.State, b.State),
		compareAddrs(a.Local, b.Local), compareAddrs(a.Remote, b.Remote), cmp.Compare(a.PID, b.PID))
}

// compareAddrs orders by port, then address, where both parse.
func compareAddrs(a, b string) int {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Or(cmp.Compare(x.Port(), y.Port()), x.Addr().Compare(y.Addr()))
}

// kernelAtLeast compares the running kernel's version.
func kernelAtLeast(major, minor int) bool {
	var a, b int
	_, err := fmt.Sscanf(Kernel(), "Linux %d.%d", &a, &b)
	return err == nil && (a > major || a == major && b >= minor)
}

// versionNumber is the part of a release that names the kernel's own version; distributions append theirs.
var versionNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*`)

// Kernel names the running kernel: "Linux 6.18.44".
func Kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "Linux"
	}
	release := unix.ByteSliceToString(u.Release[:])
	return unix.ByteSliceToString(u.Sysname[:]) + " " + cmp.Or(versionNumber.FindString(release), release)
}
