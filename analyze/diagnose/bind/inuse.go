package bind

import (
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/capture"
	"tcplab/capture/hostfacts"
)

// InUse: the address and port are taken: by a listener, by connections in TIME-WAIT, or by an outgoing connection.
//
// RFC 9293, 3.6.1 keeps a closed connection for 2 MSL, on Linux 60 s, at the end that closed first. SO_REUSEADDR lets bind()
// pass over it only if the old listener had it set too; it never helps against a living listener.
var InUse = &diagnose.Rule{
	ID: "bind-in-use", Title: "the address is already in use", Symptom: diagnose.Bind, Local: true, Needs: diagnose.HostFacts,
	Cause: "Another socket has the port: a server still running, connections of the last run in TIME-WAIT, or an outgoing " +
		"connection that was given the port as its own.",
	Fix:        "see who has it:  ss -ltnp 'sport = :PORT'; ss -tan 'sport = :PORT'",
	Refs:       []string{"RFC 9293 3.6.1", "socket(7) SO_REUSEADDR", "bind(2)"},
	Scenario:   "bind-in-use",
	LookAlikes: []string{"port-exhaustion"},
	Judge:      inUse,
}

func inUse(c *diagnose.Case) diagnose.Verdict {
	at := diagnose.Asked(c.Call)
	switch {
	case c.Call.Errno != syscall.EADDRINUSE || c.Call.Op != "bind" && c.Call.Op != "listen":
		return diagnose.Ruled("the call did not fail with EADDRINUSE")
	case at.IsValid() && at.Port() == 0:
		return diagnose.Ruled("no port was asked for")
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Why: "the kernel says so", Evidence: []string{diagnose.CallText(c.Call)}, Calls: []uint32{c.Call.Number}}
	who := holder(c, at)
	if who == nil {
		return v
	}
	v.Evidence = append(v.Evidence, holds(who)+" (socket table)")
	if n := waiting(c, at); n > 1 && who.State == "TIME-WAIT" {
		v.Evidence = append(v.Evidence, "the port has "+diagnose.Count(n, "connection")+" in TIME-WAIT; this one stays longest (socket table)")
	}
	v.Title, v.Fix = advice(who)
	return v
}

// holder is the socket that has the port, the one that matters most first; nil when the tables show none.
func holder(c *diagnose.Case, at netip.AddrPort) *hostfacts.Socket {
	var best *hostfacts.Socket
	rank := 0
	for i := range c.Facts {
		for k := range c.Facts[i].Sockets {
			s := &c.Facts[i].Sockets[k]
			local, err := netip.ParseAddrPort(s.Local)
			if err != nil || local.Port() != at.Port() || s.NetNS != "" || strings.HasPrefix(s.Proto, "udp") || !overlap(local.Addr(), at.Addr()) || closedSince(c, s, c.Facts[i].Taken) {
				continue
			}
			if r := weight(s); r > rank || r == rank && best != nil && seconds(s) > seconds(best) {
				best, rank = s, r
			}
		}
	}
	return best
}

// closedSince reports whether a listener's process closed it after a snapshot shows it, and before the call that failed.
func closedSince(c *diagnose.Case, s *hostfacts.Socket, taken capture.Stamp) bool {
	if s.State != "LISTEN" || s.PID == 0 {
		return false
	}
	fd := -1
	for i := range c.Calls {
		call := &c.Calls[i]
		switch {
		case call.Begin >= c.Call.Begin:
			return false
		case call.PID != s.PID || call.Errno != 0:
		case call.Op == "bind" && diagnose.Asked(call).String() == s.Local:
			fd = call.FD
		case call.Op == "close" && call.FD == fd && call.Begin > taken:
			return true
		}
	}
	return false
}

// waiting counts the connections of the port in TIME-WAIT, in the latest snapshot.
func waiting(c *diagnose.Case, at netip.AddrPort) int {
	n := 0
	if len(c.Facts) == 0 {
		return 0
	}
	latest := &c.Facts[len(c.Facts)-1]
	for k := range latest.Sockets {
		s := &latest.Sockets[k]
		local, err := netip.ParseAddrPort(s.Local)
		if err == nil && s.State == "TIME-WAIT" && local.Port() == at.Port() && overlap(local.Addr(), at.Addr()) {
			n++
		}
	}
	return n
}

// seconds is how long a socket's timer has to go, 0 without one.
func seconds(s *hostfacts.Socket) float64 {
	left, _ := strconv.ParseFloat(s.Timer, 64)
	return left
}

func overlap(a, b netip.Addr) bool {
	return a.IsUnspecified() || b.IsUnspecified() || a.Unmap() == b.Unmap()
}

func weight(s *hostfacts.Socket) int {
	switch s.State {
	case "LISTEN":
		return 3
	case "TIME-WAIT":
		return 1
	}
	return 2
}

func holds(s *hostfacts.Socket) string {
	switch {
	case s.State == "LISTEN":
		return diagnose.Owner(s) + " listens on it"
	case s.State == "TIME-WAIT":
		left := ""
		if s.Timer != "" {
			left = ", " + s.Timer + " s left"
		}
		return "the connection " + s.Local + " – " + s.Remote + " is in TIME-WAIT" + left + "; no process holds it"
	}
	return diagnose.Owner(s) + " has it, in state " + s.State
}

func advice(s *hostfacts.Socket) (title, fix string) {
	switch s.State {
	case "LISTEN":
		return "the address is in use: a server already listens there",
			"stop that server (SO_REUSEADDR does not help), or use another port; SO_REUSEPORT on both, of one user, shares it:  ss -ltnp"
	case "TIME-WAIT":
		return "the address is in use: the last run's connections are in TIME-WAIT",
			"set SO_REUSEADDR before bind() in the server, in every run; this time wait up to 60 s (nothing can be killed):  ss -tan state time-wait"
	}
	return "the address is in use by a connection or a bound socket",
		"see its owner:  ss -tanp;  keep server ports out of  sysctl net.ipv4.ip_local_port_range  (ip_local_reserved_ports)"
}
