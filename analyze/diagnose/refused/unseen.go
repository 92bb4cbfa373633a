package refused

import (
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/capture/hostfacts"
)

// What a refused connect() and the socket tables of the server's host tell where nobody captured. The error is the same for a
// RST and for the ICMP errors that mean one (RFC 1122, 4.2.3.9; Linux maps port, protocol and host prohibited to it).

const notRefused = "connect() was not refused"

// refusedUnseen begins the verdict on a call that the server's own host may have refused; why says that it did not: the call was
// not refused, or its SYN never came as far as where this capture was made.
func refusedUnseen(c *diagnose.Case) (v diagnose.Verdict, why string) {
	v = diagnose.Verdict{Calls: []uint32{c.Call.Number}, Evidence: []string{diagnose.CallTook(c.Call)}}
	switch {
	case c.Call.Errno != syscall.ECONNREFUSED:
		return v, notRefused
	case c.At != "" && c.At != "client":
		return v, "the SYN did not pass here, at the " + c.At + ": something before it refused"
	}
	return v, ""
}

// onTheWayUnseen: what refused the call stands between the client and the place of the capture.
func onTheWayUnseen(c *diagnose.Case) diagnose.Verdict {
	v := diagnose.Verdict{Calls: []uint32{c.Call.Number}, Evidence: []string{diagnose.CallTook(c.Call)}}
	rule, fit, _ := rejectRule(c)
	switch {
	case c.Call.Errno != syscall.ECONNREFUSED:
		return diagnose.Ruled(notRefused)
	case c.At == "" || c.At == "client":
		return diagnose.Unjudged("packets: nobody captured")
	case fit == diagnose.Fits:
		return diagnose.Ruled("the client's own firewall has a rule that rejects: " + rule)
	}
	v.Level, v.Why, v.Title = diagnose.Likely, "refused before it came here", "something on the way to the server refuses the connection"
	v.Evidence = append(v.Evidence, "no packet to "+c.Server().String()+" passed here, at the "+c.At+": a RST or an ICMP error came from before")
	return v
}

// someoneRefused is the verdict of all that could have refused, on another host.
func someoneRefused(v diagnose.Verdict) diagnose.Verdict {
	v.Level, v.Why = diagnose.Possible, "somebody refused: whether a host, a firewall or a router did, only packets or that host's socket table can tell"
	v.Reason = "cannot be told apart without packets"
	v.Evidence = append(v.Evidence, v.Why)
	return v
}

func closedPortUnseen(c *diagnose.Case) diagnose.Verdict {
	v, why := refusedUnseen(c)
	s := c.Sockets()
	switch {
	case why != "":
		return diagnose.Ruled(why)
	case !s.Known:
		return someoneRefused(v)
	case s.Here != nil:
		return diagnose.Ruled(diagnose.Owner(s.Here) + " listens on the port (socket table " + s.When + " the attempt)")
	case s.Elsewhere():
		return diagnose.Ruled("the port has a listener, but not where the client knocked (socket table)")
	}
	v.Level, v.Why = diagnose.Strong, "no socket listens on the port"
	v.Evidence = append(v.Evidence, "no socket listens on port "+diagnose.Num(c.Server().Port())+" in IPv4 or IPv6 (socket table "+s.When+" the attempt)"+leftover(s))
	return v
}

// elsewhereUnseen is elsewhere for a call.
func elsewhereUnseen(c *diagnose.Case, find func(*diagnose.Sockets) *hostfacts.Socket, where string) diagnose.Verdict {
	v, why := refusedUnseen(c)
	if why != "" {
		return diagnose.Ruled(why)
	}
	s := c.Sockets()
	sock := find(s)
	switch {
	case !s.Known:
		return diagnose.Unjudged("the socket tables of the server's host: ss -ltnp")
	case s.Here != nil:
		return diagnose.Ruled(diagnose.Owner(s.Here) + " listens on the address and port itself")
	case sock == nil:
		return diagnose.Ruled(notOnPort)
	}
	v.Level, v.Why = diagnose.Strong, "the port has a listener, "+where
	v.Evidence = append(v.Evidence, diagnose.Owner(sock)+" listens on the port, "+where+" (socket table)")
	return v
}

func otherFamilyUnseen(c *diagnose.Case, came4 bool) diagnose.Verdict {
	if c.Server().Addr().Is4() != came4 {
		return diagnose.Ruled(cameOver[!came4])
	}
	return elsewhereUnseen(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.OtherFamily }, "in "+family(!came4)+" only")
}

func rejectUnseen(c *diagnose.Case) diagnose.Verdict {
	v, why := refusedUnseen(c)
	s, rule := c.Sockets(), ""
	if s.Known {
		rule = resetRule(c)
	}
	switch {
	case why != "":
		return diagnose.Ruled(why)
	case !s.Known:
		return someoneRefused(v)
	case s.Here == nil && rule == "":
		return diagnose.Ruled("nothing listens on the port, which is enough for a refusal")
	case s.Late:
		return diagnose.Ruled("the listener came only after the attempt (socket tables)")
	}
	v.Level, v.Why = diagnose.Likely, "a listener was there, yet the connection was refused"
	if s.Here != nil {
		v.Evidence = append(v.Evidence, diagnose.Owner(s.Here)+" listens on the port (socket table "+s.When+" the attempt), yet the connection was refused")
	}
	if rule != "" {
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	}
	return v
}

// localRouteUnseen believes the kernel's route lookup alone: routers send ICMP errors that give the same errno.
func localRouteUnseen(c *diagnose.Case) diagnose.Verdict {
	words, ok := routeErrors[c.Call.Errno]
	switch {
	case !ok:
		return diagnose.Ruled("connect() did not fail with a routing error")
	case routeError(c) != "":
		return localRoute(c)
	}
	return diagnose.Verdict{Level: diagnose.Possible, Why: words, Reason: "cannot be told apart from a router's ICMP error without packets", Calls: []uint32{c.Call.Number},
		Title:    "the address cannot be reached: this host's own routes, its neighbour or a router says so",
		Evidence: []string{diagnose.CallTook(c.Call), "the kernel's route lookup knows a way: perhaps a router sent an ICMP error, which only packets show"}}
}

func outputRejectUnseen(c *diagnose.Case) diagnose.Verdict {
	v, _ := refusedUnseen(c)
	rule, fit, read := rejectRule(c)
	switch {
	case c.Call.Errno != syscall.ECONNREFUSED && !rejectedByICMP(c):
		return diagnose.Ruled("connect() did not fail as after a local REJECT")
	case rule == "" && read:
		return diagnose.Ruled("the firewall has no rule that rejects what goes out")
	case rule == "":
		return diagnose.Unjudged("the rules of this host's firewall, which root can read: nft list ruleset")
	}
	v.Level, v.Why = diagnose.Strong, "a rule rejects what goes out"
	if fit == diagnose.MayFit {
		v.Level = diagnose.Likely
	}
	v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	return v
}
