package bind

import (
	"net/netip"
	"strings"
	"syscall"

	"tcplab/analyze/diagnose"
)

// PortExhaustion: every local port for this destination is taken.
//
// A connection is named by both addresses and ports (RFC 9293, 3.3.1), so the ephemeral range limits connections to one
// destination; those in TIME-WAIT count for 60 s.
var PortExhaustion = &diagnose.Rule{
	ID: "port-exhaustion", Aliases: []string{"port-exhaustion-timewait"}, Title: "no local port is left for this destination",
	Symptom: diagnose.Bind, Local: true, Needs: diagnose.HostFacts,
	Cause: "All ports of the ephemeral range are in use towards the destination, many of them in TIME-WAIT because this end closes first.",
	Fix: "ss -s; ss -tan state time-wait | wc -l; sysctl net.ipv4.ip_local_port_range;  keep connections alive, let the server close first, " +
		"widen the range",
	Refs: []string{"RFC 9293 3.6.1", "RFC 6056", "ip-sysctl ip_local_port_range"}, Scenario: "port-exhaustion", LookAlikes: []string{"bind-in-use", "bind-errors"},
	Judge: portExhaustion, Unseen: portExhaustion,
}

func portExhaustion(c *diagnose.Case) diagnose.Verdict {
	at := diagnose.Asked(c.Call)
	connect := c.Call.Op == "connect" && c.Call.Errno == syscall.EADDRNOTAVAIL
	anyPort := c.Call.Op == "bind" && c.Call.Errno == syscall.EADDRINUSE && at.IsValid() && at.Port() == 0
	if !connect && !anyPort {
		return diagnose.Ruled("the call did not fail for want of a port")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "the kernel found no free port", Evidence: []string{diagnose.CallText(c.Call)}, Calls: []uint32{c.Call.Number}}
	if used, waiting := towards(c, at); used > 0 {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "it has "+diagnose.Count(used, "connection")+", "+diagnose.Num(waiting)+" of them in TIME-WAIT (socket table)")
		if 2*waiting > used {
			v.Variant, v.Title = "port-exhaustion-timewait", "no local port is left for this destination: most are still in TIME-WAIT"
		}
	}
	for i := range c.Facts {
		if r := c.Facts[i].Sysctls["net.ipv4.ip_local_port_range"]; r != "" {
			v.Evidence = append(v.Evidence, "the range is "+strings.Join(strings.Fields(r), " to ")+" (sysctl net.ipv4.ip_local_port_range)")
			break
		}
	}
	return v
}

// towards counts the sockets connected to at, and those of them in TIME-WAIT.
func towards(c *diagnose.Case, at netip.AddrPort) (used, waiting int) {
	if len(c.Facts) == 0 {
		return 0, 0
	}
	sockets := c.Facts[len(c.Facts)-1].Sockets
	for i := range sockets {
		if remote, err := netip.ParseAddrPort(sockets[i].Remote); err == nil && remote == at {
			used++
			if sockets[i].State == "TIME-WAIT" {
				waiting++
			}
		}
	}
	return used, waiting
}
