package refused

import (
	"net/netip"
	"slices"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// WrongPort: the server runs, on another port than the one the client asked for.
//
// The wire shows a closed port (RFC 9293, 3.10.7.1). That the client meant another port is certain only when the run's own
// server is seen to listen there; a listener on a similar port is a hint.
var WrongPort = &diagnose.Rule{
	ID: "wrong-port", Title: "the server listens on another port",
	Symptom: diagnose.Refused, Needs: diagnose.ServerCalls,
	Cause:      "Client and server do not agree on the port: a digit, 8080 for 80, 8443 for 443, or a bind() that failed and a listen() on a random port.",
	Fix:        "connect to the port the server listens on:  ss -ltnp",
	Refs:       []string{"RFC 9293 3.10.7.1"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "wrong-port",
	LookAlikes: []string{"closed-port", "bound-loopback-only", "reject-reset-host"},
	Judge:      wrongPort,
}

func wrongPort(c *diagnose.Case) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	s := c.Sockets()
	if s.Known && (s.Here != nil || s.Elsewhere()) {
		return diagnose.Ruled("the port itself has a listener (socket table)")
	}
	if syn := c.SYN(); !s.Known && !syn.SACKPermitted && !syn.Timestamps && syn.Options&(wire.HasWindowScale|wire.CutOptions) == 0 {
		return diagnose.Ruled("the SYN was made by hand: a scan means every port it asks")
	}
	if why := madeElsewhere(c, rst); why != "" {
		return diagnose.Ruled(why)
	}
	v := diagnose.Verdict{Calls: connectCalls(c)}
	if call := listens(c); call != nil {
		v.Frames = frames(c, rst)
		v.Level, v.Why = diagnose.Certain, "the server of this run listens on another port"
		v.Evidence = append(wireEvidence(c, rst), "the server's listen() is on "+call.Local+" (call "+diagnose.Num(call.Number)+")")
		v.Calls = append(v.Calls, call.Number)
		if bind := failedBind(c, call); bind != nil {
			v.Title = "the server listens on a port of the kernel's choice, because its bind() had failed"
			v.Fix = "check what bind() returns; who has port PORT:  ss -ltnp 'sport = :PORT'"
			v.Evidence = append(v.Evidence, "before, "+diagnose.CallText(bind)+", and the program went on")
			v.Calls = append(v.Calls, bind.Number)
		}
		return v
	}
	for _, sock := range s.Listening {
		if local, err := netip.ParseAddrPort(sock.Local); err == nil && nearMiss(c.Conv.ServerPort, local.Port()) {
			v.Frames = frames(c, rst)
			v.Level, v.Why = diagnose.Likely, "a similar port of the host has a listener"
			v.Evidence = append(wireEvidence(c, rst), diagnose.Owner(sock)+" listens on a similar port (socket table)")
			return v
		}
	}
	if p := c.Peer(func(p *diagnose.Peer) bool { return p.SYNACK != 0 && nearMiss(c.Conv.ServerPort, p.ServerPort) }); p != nil {
		v.Level, v.Why = diagnose.Likely, "a similar port of the host answers"
		v.Evidence = append(wireEvidence(c, rst), "port "+diagnose.Num(p.ServerPort)+" of the same host answers with a SYN-ACK "+diagnose.Seg(p.SYNACK))
		v.Frames = append(frames(c, rst), p.SYNACK)
		return v
	}
	if !s.Known {
		return needsPorts
	}
	return diagnose.Ruled("no similar port has a listener (socket table)")
}

// listens is the run's own listen() on this host on another port, nil when there is none. A listener that the run reaches
// is not the one that was meant here: somebody knows its port.
func listens(c *diagnose.Case) *calls.Call {
	for i := range c.Calls {
		call := &c.Calls[i]
		own := c.ConnectCall()
		if call.Op != "listen" || call.Errno != 0 || call.Begin > c.Conv.First || own != nil && own.Actor == call.Actor {
			continue
		}
		local, err := netip.ParseAddrPort(call.Local)
		if err == nil && local.Port() != c.Conv.ServerPort && local.Port() != 0 &&
			(local.Addr().IsUnspecified() || local.Addr() == c.Server().Addr()) && !reached(c, local.Port()) {
			return call
		}
	}
	return nil
}

// reached reports whether another connection of the run opened to this port of the host.
func reached(c *diagnose.Case, port uint16) bool {
	return c.Peer(func(p *diagnose.Peer) bool { return p.ServerPort == port && p.SYNACK != 0 }) != nil
}

// failedBind is the bind() of the same program to the port asked for that failed before it listened, nil when there is none.
func failedBind(c *diagnose.Case, listen *calls.Call) *calls.Call {
	for i := range c.Calls {
		call := &c.Calls[i]
		if call.Op == "bind" && call.Errno != 0 && call.Actor == listen.Actor && call.Number < listen.Number &&
			diagnose.Asked(call).Port() == c.Conv.ServerPort {
			return call
		}
	}
	return nil
}

// confused are ports that people take for one another.
var confused = [][]uint16{{80, 8000, 8008, 8080, 8081, 8888}, {443, 8443, 9443, 4443}, {22, 2222}, {53, 5353}, {21, 2121}, {5432, 5433}, {3306, 3307}}

// nearMiss reports whether two ports are taken for one another: they differ in one digit, two digits are swapped, or
// they are well-known for the same service.
func nearMiss(a, b uint16) bool {
	if a == b {
		return false
	}
	for _, set := range confused {
		if slices.Contains(set, a) && slices.Contains(set, b) {
			return true
		}
	}
	x, y := diagnose.Num(a), diagnose.Num(b)
	if len(x) != len(y) || len(x) < 3 {
		return false
	}
	var differ []int
	for i := range len(x) {
		if x[i] != y[i] {
			differ = append(differ, i)
		}
	}
	return len(differ) == 1 || len(differ) == 2 && x[differ[0]] == y[differ[1]] && x[differ[1]] == y[differ[0]]
}
