package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"tcplab/analyze/report"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// closed is the state of an end of which the kernel keeps no socket (RFC 9293, 3.3.2).
const closed = "CLOSED"

// agreement compares the states that were reconstructed from the packets with the sockets that the kernels of both ends
// still had after the run: two accounts of the same thing, made independently. nil where there is nothing to compare.
func (e *evidence) agreement(r *report.Report) []report.Expectation {
	if e.About.Interrupted || r.Input.Incomplete || len(e.Calls) == 0 || e.About.Side != "" {
		return nil
	}
	var differ []string
	compared := 0
	for i := range r.Connections {
		c := &r.Connections[i]
		if reused(r.Connections[i+1:], c) || c.Client == c.Server {
			continue // the kernel's socket is of the later one; or one socket is both ends, and no packet says which sent it
		}
		for _, x := range []struct {
			name, seen  string
			local, peer report.Endpoint
			sent        *report.Half
		}{{"client", c.State.Client, c.Client, c.Server, &c.ClientToServer}, {"server", c.State.Server, c.Server, c.Client, &c.ServerToClient}} {
			facts := e.afterOf(x.name)
			if facts == nil || x.seen == "UNKNOWN" || !e.sawAllOf(x.name) || e.wroteByHand(x.name) {
				continue
			}
			kernel := stateIn(facts, x.local, x.peer)
			compared++
			if !e.mayBe(x.seen, kernel, x.local, x.peer) && !orphaned(x.seen, kernel, x.sent) {
				differ = append(differ, fmt.Sprintf("conn %d, %s: %s by the packets, %s in its kernel", c.ID, x.name, x.seen, kernel))
			}
		}
	}
	if compared == 0 {
		return nil
	}
	text := "the states at the end are those of the kernels' sockets"
	if len(differ) > 0 {
		text += ": " + strings.Join(differ, "; ")
	}
	return []report.Expectation{{Text: text, Met: len(differ) == 0}}
}

// reused reports whether a later connection has the same addresses and ports.
func reused(later []report.Connection, c *report.Connection) bool {
	return slices.ContainsFunc(later, func(o report.Connection) bool { return o.Client == c.Client && o.Server == c.Server })
}

// afterOf is the last snapshot of the host that an end is on.
func (e *evidence) afterOf(end string) (last *hostfacts.Facts) {
	for i := range e.Facts {
		if f := &e.Facts[i]; f.When == "after" && (f.Host == end || f.Host == "local") {
			last = f
		}
	}
	return last
}

// sawAllOf reports whether the capture holds all that an end sent and received: it does at its own end of the cable, and at
// the other as well when the cable carried everything.
func (e *evidence) sawAllOf(end string) bool {
	if e.join != nil || strings.HasPrefix(e.About.IfaceWhy, "the "+end+"'s end") {
		return true
	}
	for i := range e.Fates {
		if f := &e.Fates[i]; f.Flags != "" && f.Fate != "carried" {
			return false
		}
	}
	// a router may have dropped or forged, and on a switch another host may have answered
	return !strings.Contains(e.About.IfaceWhy, "--hosts routed") && !strings.Contains(e.About.IfaceWhy, "--hosts bridge")
}

// wroteByHand reports whether an actor had a raw socket: what it sends is of no connection that its kernel knows.
func (e *evidence) wroteByHand(actor string) bool {
	return slices.ContainsFunc(e.Calls, func(c calls.Call) bool {
		return c.Actor == actor && c.Op == "socket" && strings.Contains(c.Args, "SOCK_RAW")
	})
}

// stateIn is the state of an end's socket, CLOSED when there is none.
func stateIn(f *hostfacts.Facts, local, peer report.Endpoint) string {
	for i := range f.Sockets {
		if s := &f.Sockets[i]; s.NetNS == "" && onTheWire(s.Local) == hostPort(local) && onTheWire(s.Remote) == hostPort(peer) {
			return s.State
		}
	}
	return closed
}

func hostPort(e report.Endpoint) string { return net.JoinHostPort(e.Addr, strconv.Itoa(int(e.Port))) }

// onTheWire writes an address of the kernel as the packets have it: IPv4 in IPv6 form is the IPv4 that it stands for.
func onTheWire(text string) string {
	if at := addrPort(text); at.IsValid() {
		return at.String()
	}
	return text
}

// mayBe reports whether the kernel's state can follow the one that the packets show without a packet. It can where a timer
// ended the wait, where the program undid the socket in silence, and where there was no connection yet that a close would
// tell anybody of.
func (e *evidence) mayBe(seen, kernel string, local, peer report.Endpoint) bool {
	switch {
	case seen == kernel:
		return true
	case seen == "ESTABLISHED" && kernel == "FIN-WAIT-1", seen == "CLOSE-WAIT" && kernel == "LAST-ACK":
		return e.hasClosed(local, peer) // the FIN waits behind data that is not acknowledged
	case kernel != closed:
		return false
	case seen == "SYN-SENT" || seen == "SYN-RECEIVED" || seen == "LISTEN":
		return true
	}
	return slices.ContainsFunc(e.Calls, func(c calls.Call) bool { return silent(&c, hostPort(local), hostPort(peer)) })
}

// orphaned reports whether the kernel has given up a FIN that it repeated in vain: nobody is left to be told of that (tcp(7),
// tcp_orphan_retries).
func orphaned(seen, kernel string, sent *report.Half) bool {
	return kernel == closed && sent.Retransmissions > 0 && (seen == "FIN-WAIT-1" || seen == "CLOSING" || seen == "LAST-ACK")
}

// hasClosed reports whether the program of an end has closed its direction.
func (e *evidence) hasClosed(local, peer report.Endpoint) bool {
	return slices.ContainsFunc(e.Calls, func(c calls.Call) bool {
		return (c.Op == "close" || c.Op == "shutdown") && onTheWire(c.Local) == hostPort(local) && onTheWire(c.Remote) == hostPort(peer)
	})
}

// silent reports whether a call of an end shows that its kernel has given the connection up without a word.
func silent(c *calls.Call, local, peer string) bool {
	if onTheWire(c.Local) != local || onTheWire(c.Remote) != peer {
		return false
	}
	switch calls.ErrnoName(c.Errno) {
	case "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED":
		return c.Errno != 0
	}
	return c.Op == "setsockopt" && (strings.Contains(c.Args, "TCP_REPAIR") || strings.Contains(c.Args, "TCP_LINGER2"))
}
