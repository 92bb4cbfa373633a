package session

import (
	"net/netip"
	"strings"

	"tcplab/capture/calls"
)

// Traffic is what the calls of all ends say went onto the wire, one entry for each direction of each connection. A
// capture that has seen all of it is complete.
type Traffic []Flow

// Flow is one direction of one connection.
type Flow struct {
	From, To string // addr:port
	Bytes    uint64 // that send took
	Closed   bool   // by shutdown or close: a FIN, or a RST, ended it
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
			t = append(t, Flow{From: c.Local, To: c.Remote})
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
