package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
)

// portFree refuses a port on which somebody else listens already, and names who: a run there would talk to the wrong
// server, or find an open port where it wants a closed one. Go sets SO_REUSEADDR, so connections of earlier runs in
// TIME-WAIT are no obstacle here, as they are none for the scenarios.
func portFree(command string, at netip.AddrPort) error {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err == nil {
		return l.Close()
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return nil // whatever else is wrong with the address, the run itself shows it
	}
	who, hint := holder(live.Snapshot(live.FactsOptions{When: "before"}).Sockets, at)
	return failed(fmt.Errorf("%s: port %d of %s is in use: %s", command, at.Port(), at.Addr(), who), hint)
}

// holder says who listens on at, and how to get around it.
func holder(sockets []hostfacts.Socket, at netip.AddrPort) (who, hint string) {
	const other = "--port 0 takes a free port"
	for _, s := range sockets {
		local := addrPort(s.Local)
		if s.State != "LISTEN" || s.NetNS != "" || local.Port() != at.Port() || !covers(local.Addr(), at.Addr()) {
			continue
		}
		if s.PID == 0 {
			return fmt.Sprintf("a process of user %d listens on %s", s.UID, s.Local), other + "; as root, ss -ltnp names the process"
		}
		return fmt.Sprintf("%s (pid %d) listens on %s", s.Process, s.PID, s.Local), fmt.Sprintf("%s; kill %d ends its holder", other, s.PID)
	}
	return "the socket table does not show by whom", other
}

// covers reports whether a listener on local takes connections to addr.
func covers(local, addr netip.Addr) bool {
	return local == addr.Unmap() || local.IsUnspecified() && (local.Is6() || addr.Unmap().Is4())
}
