package reset

import (
	"strings"
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// AbortOnOverflow: the accept queue was full when the handshake's last ACK arrived, and the host is set to answer with a RST.
//
// Linux drops that ACK silently unless net.ipv4.tcp_abort_on_overflow is 1. The RST takes its number from the ACK, as for
// any segment that meets no connection (RFC 9293, 3.5.2, group 2).
var AbortOnOverflow = &diagnose.Rule{
	ID: "abort-on-overflow", Title: "the server's accept queue was full, and it resets instead of waiting",
	Symptom: diagnose.ResetBy, Needs: diagnose.HostFacts,
	Cause:      "The server accepts too slowly for its backlog, and net.ipv4.tcp_abort_on_overflow is 1.",
	Fix:        "accept faster, raise the backlog and net.core.somaxconn; on HOST:  nstat -az TcpExtListenOverflows; ss -ltn 'sport = :PORT'; sysctl net.ipv4.tcp_abort_on_overflow",
	Refs:       []string{"RFC 9293 3.5.2", "ip-sysctl tcp_abort_on_overflow"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "INVALID_SYN").Surely()},
	Scenario:   "abort-on-overflow",
	LookAlikes: []string{"half-open-server-rebooted", "listener-closed-queue", "accept-then-close"},
	Judge:      abortOnOverflow,
}

func abortOnOverflow(c *diagnose.Case) diagnose.Verdict {
	rst, to, why := reply(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case rst.Dir != flow.ToClient:
		return diagnose.Ruled("the client sent the RST")
	case rst.Seq != 1 || c.Half(flow.ToClient).PayloadBytes > 0 || c.Half(flow.ToClient).FIN != 0:
		return diagnose.Ruled("the server had already used the connection")
	case !c.SYNACK().Seen || rst.Time.Sub(c.SYNACK().Time) > 50*rightBehind:
		return diagnose.Ruled("the RST does not follow the handshake at once")
	}
	if own := c.SYNACK().TTL; own != rst.TTL {
		return diagnose.Ruled("the RST comes with TTL " + diagnose.Num(rst.TTL) + ", the SYN-ACK came with " + diagnose.Num(own) + ": another machine made it")
	}
	if own := c.Row(c.Conv.Handshake.SYNACK); own != nil && own.MAC != rst.MAC {
		return diagnose.Ruled("the RST comes from " + diagnose.MAC(rst.MAC) + ", the SYN-ACK came from " + diagnose.MAC(own.MAC))
	}
	v := diagnose.Verdict{
		Level: diagnose.Likely, Why: "a RST right after the handshake, number 1",
		Evidence: []string{"the RST takes its number from the handshake's last ACK, before any byte of the server: " +
			"the server's kernel did not keep the connection " + diagnose.Seg(rst.Frame)},
		Frames: []uint32{c.Conv.Handshake.SYNACK, to.Frame, rst.Frame},
	}
	for _, f := range c.ServerFacts() {
		if strings.TrimSpace(f.Sysctls["net.ipv4.tcp_abort_on_overflow"]) == "0" {
			return diagnose.Ruled("net.ipv4.tcp_abort_on_overflow is 0 (sysctl)")
		}
	}
	if n := c.Grew("TcpExt.ListenOverflows"); n > 0 {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "ListenOverflows grew by "+diagnose.Num(n)+" on the server's host (counters)")
	}
	return told(v, c, rst)
}

// SynproxyDeadBackend: a firewall's SYN proxy completed the handshake itself and then found the server's port closed.
var SynproxyDeadBackend = &diagnose.Rule{
	ID: "synproxy-dead-backend", Title: "a SYN proxy answered for a server whose port is closed",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause:      "A firewall (SYNPROXY) does the handshake in the server's place; only then it opens the connection to the server, which refuses.",
	Fix:        "test the server from the firewall:  nc -vz HOST PORT;  start the server there",
	Refs:       []string{"RFC 4987 3.7"},
	Scenario:   "synproxy-dead-backend",
	Implies:    []string{"injected-rst-onpath"}, // the RST is of another machine than the SYN-ACK: of the server itself
	LookAlikes: []string{"abort-on-overflow", "accept-then-close", "injected-rst-onpath"},
	Judge:      synproxyDeadBackend,
}

func synproxyDeadBackend(c *diagnose.Case) diagnose.Verdict {
	rst := c.Reset()
	synack := c.SYNACK()
	switch {
	case rst == nil || rst.Dir != flow.ToClient || !synack.Seen:
		return diagnose.Ruled(noReset)
	case synack.Window != 0:
		return diagnose.Ruled("the SYN-ACK offers a window: a SYN proxy's has window 0")
	case !rst.Flags.Has(wire.RST|wire.ACK) || c.Half(flow.ToClient).PayloadBytes > 0:
		return diagnose.Ruled("the server had answered, or its RST has no ACK")
	}
	v := diagnose.Verdict{
		Level: diagnose.Likely, Why: "SYN-ACK with window 0, then RST,ACK",
		Evidence: []string{"the SYN-ACK has window 0, as SYN proxies send it " + diagnose.Seg(c.Conv.Handshake.SYNACK),
			"right after the handshake comes RST,ACK with TTL " + diagnose.Num(rst.TTL) + " " + diagnose.Seg(rst.Frame)},
		Frames: []uint32{c.Conv.Handshake.SYNACK, rst.Frame},
	}
	if rst.TTL != synack.TTL {
		v.Level = diagnose.Strong
		v.Evidence = append(v.Evidence, "the SYN-ACK came with TTL "+diagnose.Num(synack.TTL)+": two machines answered")
	}
	return told(v, c, rst)
}

// ProxyDeadBackend: a proxy accepted the connection and the request, and gave up because it cannot reach the server behind it.
var ProxyDeadBackend = &diagnose.Rule{
	ID: "proxy-dead-backend", Title: "a proxy accepted the request, but closed without a byte of answer: its backend is down",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.HostFacts,
	Cause:      "A forwarder or proxy takes connections whether or not the server behind it lives; when that fails it closes yours.",
	Fix:        "test the backend from the proxy's host, and read the proxy's log; kubectl get endpointslices",
	Refs:       []string{"RFC 9110 15.6.3"},
	Scenario:   "proxy-dead-backend",
	LookAlikes: []string{"close-unread-data", "linger0-server", "accept-then-close"},
	Judge:      proxyDeadBackend,
}

func proxyDeadBackend(c *diagnose.Case) diagnose.Verdict {
	client, server := c.Half(flow.ToServer), c.Half(flow.ToClient)
	rst := c.Reset()
	byFIN := server.FIN != 0 && (client.FIN == 0 || server.FIN < client.FIN)
	switch {
	case client.PayloadBytes == 0 || server.PayloadBytes > 0 || !c.SYNACK().Seen:
		return diagnose.Ruled("there was no request, or it was answered")
	case rst != nil && rst.Dir == flow.ToClient && c.Shape() == diagnose.Quit && !c.Called(flow.ToClient):
		return diagnose.Open("a proxy whose backend is down does this too; its log would decide")
	case c.Called(flow.ToClient):
		return proxyOnRecord(c)
	case server.MissingBytes > 0:
		return diagnose.Ruled("bytes of the server were not captured")
	case client.MissingBytes > client.MissingAcked:
		return diagnose.Ruled("bytes of the request never came")
	case rst == nil && byFIN && client.LastDataTime.Sub(client.FirstDataTime) > 10*rightBehind:
		return diagnose.Ruled("the client speaks more than once without an answer: it does not wait for one")
	case rst == nil && byFIN && server.FINTime.Sub(client.LastDataTime) > 0:
		// A one-way protocol ends so as well, so this is a candidate and no alarm.
		return diagnose.Verdict{Level: diagnose.Possible, Severity: "note", Why: "closed without an answer",
			Title: "the server closed without a byte of answer to the request (a proxy with a dead backend, or it gave up)",
			Evidence: []string{"the request was acknowledged " + diagnose.Seg(client.LastData),
				"the server closes with a FIN, without a byte of answer " + diagnose.Seg(server.FIN)},
			Frames: []uint32{client.LastData, server.FIN}}
	}
	return diagnose.Ruled("the server did not close without an answer")
}

// proxyOnRecord judges by the calls of the server's own program: a proxy connects onwards between request and close.
func proxyOnRecord(c *diagnose.Case) diagnose.Verdict {
	ours := c.CallsOf(flow.ToClient)
	last := ours[len(ours)-1]
	for i := range c.Calls {
		onward := &c.Calls[i]
		if onward.PID != last.PID || onward.Op != "connect" || onward.Begin < ours[0].Begin || onward.Begin > last.Begin {
			continue
		}
		switch onward.Errno {
		case 0, syscall.EINPROGRESS:
			continue
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "its own connect failed between the request and the close",
			Evidence: []string{"the program took the request, and then its own connect to " + onward.Remote + " gave " +
				calls.ErrnoName(onward.Errno) + " " + "(call " + diagnose.Num(onward.Number) + ")", "it closes without a byte of answer " + "(call " + diagnose.Num(last.Number) + ")"},
			Calls: []uint32{onward.Number, last.Number}}
	}
	return diagnose.Ruled("the server's calls are on record: it connects to nobody")
}
