package noanswer

import (
	"syscall"

	"tcplab/analyze/diagnose"
)

// What a connect() that got no answer, and the tables of its own host, tell where nobody captured.

// silentUnseen begins the verdict on a call that timed out, or that waits still.
func silentUnseen(c *diagnose.Case) (v diagnose.Verdict, ok bool) {
	v.Calls = []uint32{c.Call.Number}
	if c.Call.End == 0 && c.Call.Errno == 0 {
		v.ClientSees = "connect: ETIMEDOUT"
		v.Evidence = []string{"connect(" + c.Server().String() + ") still waits (call " + diagnose.Num(c.Call.Number) + ")"}
		return v, true
	}
	v.Evidence = []string{diagnose.CallTook(c.Call)}
	return v, c.Call.Errno == syscall.ETIMEDOUT
}

// synUnseen: that nothing came back is all that such a call says.
func synUnseen(c *diagnose.Case) diagnose.Verdict {
	v, ok := silentUnseen(c)
	_, fit := dropsOut(c)
	switch {
	case !ok:
		return diagnose.Ruled("connect() did not time out")
	case fit == diagnose.Fits:
		return diagnose.Ruled("this host's own firewall drops the SYN")
	case overfull(c.Sockets()) != "":
		return diagnose.Ruled("the queue of the listener is full")
	}
	v.Level, v.Why = diagnose.Possible, "no answer came: whether the SYN left, arrived or was answered, only packets can tell"
	v.Reason = "cannot be told apart without packets"
	v.Evidence = append(v.Evidence, v.Why)
	return v
}

func queueUnseen(c *diagnose.Case) diagnose.Verdict {
	v, ok := silentUnseen(c)
	s := c.Sockets()
	switch text := overfull(s); {
	case !ok:
		return diagnose.Ruled("connect() did not time out")
	case c.At != "" && c.At != "client":
		return diagnose.Ruled("the SYN did not pass here, at the " + c.At)
	case text != "":
		v.Level, v.Why = diagnose.Strong, "the accept queue is full"
		v.Evidence = append(v.Evidence, text)
		return v
	case s.Here != nil:
		return diagnose.Ruled("the listener has room in its queue (socket table)")
	}
	return diagnose.Unjudged("the socket tables of the server's host: ss -ltn")
}

func outputDropUnseen(c *diagnose.Case) diagnose.Verdict {
	v, ok := silentUnseen(c)
	rule, fit := dropsOut(c)
	switch {
	case !ok:
		return diagnose.Ruled("connect() did not time out")
	case fit == diagnose.NoFit:
		return diagnose.Unjudged("the rules of this host's firewall, which root can read: nft list ruleset")
	}
	v.Level, v.Why = diagnose.Certain, "a rule drops what goes out to the port"
	if fit == diagnose.MayFit {
		v.Level = diagnose.Possible
		v.Reason = "cannot be told apart without packets"
	}
	v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	return v
}

// hostDownUnseen believes the neighbour table and the carrier: a router's ICMP error gives EHOSTUNREACH too.
func hostDownUnseen(c *diagnose.Case) diagnose.Verdict {
	state, iface := c.Unresolved(), unplugged(c)
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "the search for the host's MAC address failed", Calls: []uint32{c.Call.Number},
		Evidence: []string{diagnose.CallTook(c.Call)}}
	switch {
	case c.Call.Errno != syscall.EHOSTUNREACH:
		return diagnose.Ruled("connect() did not fail with EHOSTUNREACH")
	case state == "" && iface == "":
		return diagnose.Ruled("the neighbour table has no failed search for the host")
	}
	if iface != "" {
		linkDown(&v, iface)
	}
	if state != "" {
		v.Evidence = append(v.Evidence, "the neighbour table has "+c.Server().Addr().String()+" as "+state)
	}
	return v
}
