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
// still had after the run: two accounts of the same thing, made independently. nil where there is nothing to compare; a doctor's
// attempt is none: its server is somebody else's and goes on meanwhile, most often on another host, and a firewall here may
// keep from the kernel what the capture saw.
func (e *evidence) agreement(r *report.Report) []report.Expectation {
	if e.About.Interrupted || r.Input.Incomplete || len(e.Calls) == 0 || e.About.Side != "" || e.About.Scenario.Name == doctor {
		return nil
	}
	var differ []string
	compared := 0
	for i := range r.Connections {
		c := &r.Connections[i]
		if outlived(r.Connections, c) || c.Client == c.Server {
			continue // the kernel's socket is of the other one; or one socket is both ends, and no packet says which sent it
		}
		for _, x := range []struct {
			name, seen  string
			local, peer report.Endpoint
		}{{"client", c.State.Client, c.Client, c.Server}, {"server", c.State.Server, c.Server, c.Client}} {
			facts := e.afterOf(x.name)
			if facts == nil || x.seen == "UNKNOWN" || !e.sawAllOf(x.name) || e.wroteByHand(x.name) {
				continue
			}
			kernel := stateIn(facts, x.local, x.peer)
			compared++
			if o := (&oneEnd{e, r, c, x.name, hostPort(x.local), hostPort(x.peer)}); !o.mayBe(x.seen, kernel) {
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

// outlived reports whether another connection of the same addresses and ports went on when this one was over.
func outlived(all []report.Connection, c *report.Connection) bool {
	return slices.ContainsFunc(all, func(o report.Connection) bool {
		return o.Client == c.Client && o.Server == c.Server && o.LastFrame > c.LastFrame
	})
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

// oneEnd is an end of a connection whose kernel tells another state than the packets.
type oneEnd struct {
	*evidence
	r           *report.Report
	c           *report.Connection
	name        string
	local, peer string
}

// mayBe reports whether the kernel's state can follow the one that the packets show without a packet: each case names what
// else shows that it did, a call or a counter. Any other difference is an error of the reconstruction.
func (o *oneEnd) mayBe(seen, kernel string) bool {
	switch {
	case seen == kernel:
		return true
	case seen == "ESTABLISHED" && kernel == "FIN-WAIT-1", seen == "CLOSE-WAIT" && kernel == "LAST-ACK":
		return o.hasClosed() // the FIN waits behind data that is not acknowledged
	case kernel != closed:
		return false
	}
	switch seen {
	case "SYN-SENT": // nobody is told of an attempt that ends (RFC 9293, 3.10.4)
		return o.some(func(c *calls.Call) bool { return c.Op == "connect" && (c.End == 0 || c.Errno != 0) && !o.refused(c) })
	case "LISTEN", "SYN-RECEIVED":
		// What no program has accepted yet is no socket of its own, but a note of the listener, of which SYN cookies do without.
		return !o.some(func(*calls.Call) bool { return true })
	case "FIN-WAIT-1", "CLOSING", "LAST-ACK": // nobody is left to be told of a FIN that is given up (tcp(7), tcp_orphan_retries)
		return o.hasClosed() && o.counted("TcpExt.TCPAbortOnTimeout")
	case "ESTABLISHED", "CLOSE-WAIT":
		return o.some(o.gaveUp)
	}
	return false
}

// some reports whether what holds for one of the calls on the end's socket. An attempt that has ended keeps its port, but not its
// address; one whose program was ended inside connect() was never asked for either.
func (o *oneEnd) some(what func(*calls.Call) bool) bool {
	return slices.ContainsFunc(o.Calls, func(c calls.Call) bool {
		local, ours := addrPort(c.Local), addrPort(o.local)
		same := onTheWire(c.Local) == o.local || local.IsValid() && local.Addr().IsUnspecified() && local.Port() == ours.Port() ||
			c.Local == "" && c.Op == "connect" && c.End == 0 && c.Actor == o.name
		return same && onTheWire(c.Remote) == o.peer && what(&c)
	})
}

// refused reports whether a RST is the only thing that can have made a call fail so: an ICMP error can too (icmp(7)).
func (o *oneEnd) refused(c *calls.Call) bool {
	name := calls.ErrnoName(c.Errno)
	return c.Errno != 0 && (name == "ECONNRESET" || name == "ECONNREFUSED" && len(o.c.ICMPFrames) == 0)
}

// gaveUp reports whether a call shows that the kernel ended a connection whose other end answers no more: it sends nothing
// then, and tells the program of the time-out, or of the ICMP error that came meanwhile (RFC 9293, 3.8.3).
func (o *oneEnd) gaveUp(c *calls.Call) bool {
	switch calls.ErrnoName(c.Errno) {
	case "ETIMEDOUT":
		return c.Errno != 0
	case "EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED":
		return c.Errno != 0 && len(o.c.ICMPFrames) > 0
	}
	return false
}

// hasClosed reports whether the program of the end has closed its direction.
func (o *oneEnd) hasClosed() bool {
	return o.some(func(c *calls.Call) bool { return c.Op == "close" || c.Op == "shutdown" })
}

// counted reports whether the end's kernel counted such a thing during the run.
func (o *oneEnd) counted(counter string) bool {
	return slices.ContainsFunc(o.r.Hosts, func(h report.HostView) bool {
		return (h.Host == o.name || h.Host == "local") && h.Counters[counter] > 0
	})
}
