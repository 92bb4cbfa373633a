package refused

import (
	"tcplab/analyze/diagnose"
)

// StartupRace: the port was closed for a while only: the server was starting, or being restarted.
//
// Each refusal is that of a closed port (RFC 9293, 3.10.7.1); a SYN-ACK of the same port later, or a listener that the
// second look at the host finds, shows that it opened.
var StartupRace = &diagnose.Rule{
	ID: "startup-race", Aliases: []string{"service-restarting"}, Title: "the server was not listening yet: the same port answers later",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "The client came before the server's listen(), or while the server was restarting.",
	Fix:        "retry with back-off, wait for readiness before starting clients, or let systemd hold the socket (socket activation); systemctl status, ss -ltnp 'sport = :PORT'",
	Refs:       []string{"RFC 9293 3.10.7.1"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "startup-race",
	LookAlikes: []string{"closed-port", "connlimit", "listener-closed-queue", "reject-reset-host"},
	Judge:      startupRace,
}

func startupRace(c *diagnose.Case) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "the port opened later", Calls: connectCalls(c)}
	later := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.SYNACK > rst.Frame
	})
	during := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Opened && p.First < c.Conv.First && p.Last > rst.Time
	})
	s := c.Sockets()
	switch {
	case during != nil:
		return diagnose.Ruled("the port was open all the time: another connection to it was in use " + diagnose.Seg(during.Frame))
	case !s.Known && madeElsewhere(c, rst) != "":
		return diagnose.Ruled(madeElsewhere(c, rst))
	case s.Late:
		v.Level = diagnose.Certain
		v.Evidence = append(wireEvidence(c, rst), "no listener before the attempt; after it "+diagnose.Owner(s.Here)+" listens (socket tables)")
	case s.Both:
		return diagnose.Ruled("the listener was there before the attempt and after it (socket tables)")
	case later == nil:
		return diagnose.Ruled("no later attempt on the port was answered")
	default:
		v.Evidence = wireEvidence(c, rst)
		if s.Known && s.Here == nil && s.When != "after" && !s.Elsewhere() {
			v.Level = diagnose.Certain
			v.Evidence = append(v.Evidence, "no socket listened on the port (socket table "+s.When+" the attempt)")
		}
	}
	v.Frames = frames(c, rst)
	if later != nil {
		v.Evidence = append(v.Evidence, "the same port answers with a SYN-ACK "+diagnose.Took(later.First.Sub(rst.Time))+" later "+diagnose.Seg(later.SYNACK))
		v.Frames = append(v.Frames, later.SYNACK)
	}
	return v
}
