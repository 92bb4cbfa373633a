package session

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"
	"time"

	"tcplab/capture/calls"
)

// Traffic is what the calls of all ends say went onto the wire, one entry for each direction of each connection. A
// capture that has seen all of it is complete.
type Traffic []Flow

// Flow is one direction of one connection.
type Flow struct {
	From, To netip.AddrPort // IPv4 in IPv6 form is the IPv4 it stands for
	Bytes    uint64         // that send took
	Closed   bool           // by shutdown or close: a FIN, or a RST, ended it
}

// Underway reports whether the calling thread's network has a socket that may still send some of f within a time. Where the
// kernel does not show its table nobody knows, and one may.
func (f Flow) Underway(within time.Duration) bool {
	for _, name := range []string{"tcp", "tcp6"} {
		list, err := socketTable("thread-self", name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a kernel without IPv6 lacks one
			return true
		}
		for _, e := range list {
			if e.sends(within) && unmapped(e.local) == f.From && unmapped(e.remote) == f.To {
				return true
			}
		}
	}
	return false
}

// flowOf is the direction that a call's socket sends in. Text that is no address gives the zero AddrPort.
func flowOf(c *calls.Call) Flow {
	local, _ := netip.ParseAddrPort(c.Local)
	remote, _ := netip.ParseAddrPort(c.Remote)
	return Flow{From: unmapped(local), To: unmapped(remote)}
}

func unmapped(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// key names a descriptor of a process.
type key struct{ pid, fd int }

// traffic adds up the calls of the TCP sockets that were connected.
func traffic(all []calls.Call) Traffic {
	var t Traffic
	index := map[[2]string]int{}
	datagram := map[key]bool{}
	for i := range all {
		c := &all[i]
		if c.Op == "socket" {
			datagram[key{c.PID, c.N}] = strings.Contains(c.Args, "SOCK_DGRAM")
		}
		if !moves(c) || c.Proto == "udp" || datagram[key{c.PID, c.FD}] {
			continue
		}
		ends := [2]string{c.Local, c.Remote}
		at, ok := index[ends]
		if !ok || c.Op == "connect" || strings.HasPrefix(c.Op, "accept") { // the same two ports may serve a second connection
			at = len(t)
			index[ends] = at
			t = append(t, flowOf(c))
		}
		switch {
		case calls.Sends(c.Op):
			t[at].Bytes += uint64(c.N)
		case c.Op == "close" || c.Op == "shutdown":
			t[at].Closed = true
		}
	}
	return t
}

// moves says whether a call succeeded on a connected socket and could have sent something.
func moves(c *calls.Call) bool {
	if c.Local == "" || c.Remote == "" || c.Errno != 0 || c.End == 0 {
		return false
	}
	switch c.Op {
	case "connect", "accept", "accept4":
		return true
	case "close", "shutdown":
		local, err := netip.ParseAddrPort(c.Local)
		return err != nil || !local.Addr().IsUnspecified() // Linux takes back the address of a connect that failed
	}
	return calls.Sends(c.Op)
}
