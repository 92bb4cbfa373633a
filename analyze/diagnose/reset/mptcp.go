package reset

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// MPTCPReset: one path of a Multipath TCP connection was given up, and the RST says why.
//
// MP_TCPRST (RFC 8684, 3.6) carries the reason. The connection itself lives on as long as it has another path.
var MPTCPReset = &diagnose.Rule{
	ID: "mptcp-reset", Title: "a path of a Multipath TCP connection was given up, and the RST says why",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.Refused}, Needs: diagnose.BothDirections,
	Cause: "An end of a Multipath TCP connection ended this subflow: it had no resources for it, policy forbids it, it was too slow, or a box on " +
		"the way had changed options or bytes. What was sent on it is sent again on the other paths.",
	Fix:        "see the limits and paths:  ip mptcp limits show; ip mptcp endpoint show; nstat -az | grep MPTcpExt;  ss -M",
	Refs:       []string{"RFC 8684 3.6"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "MPTCP_RST_EUNSPEC"), diagnose.SentReset("", "MPTCP_RST_EMPTCP"), diagnose.SentReset("", "MPTCP_RST_ERESOURCE"), diagnose.SentReset("", "MPTCP_RST_EPROHIBIT"), diagnose.SentReset("", "MPTCP_RST_EWQ2BIG"), diagnose.SentReset("", "MPTCP_RST_EBADPERF"), diagnose.SentReset("", "MPTCP_RST_EMIDDLEBOX")},
	Implies:    []string{"linger0-server", "linger0-client", "close-unread-data", "kill-with-unread-data", "abort-on-overflow", "half-open-server-rebooted", "connection-tampering"},
	Scenario:   "mptcp-reset",
	LookAlikes: []string{"linger0-server", "linger0-client", "close-unread-data", "injected-rst-onpath"},
	Judge:      mptcpReset,
}

// subflowReasons are the words of RFC 8684, 3.6, by their number.
var subflowReasons = [...]string{"no reason that it wants to name", "an error of Multipath TCP", "lack of resources", "administrative prohibition",
	"too much outstanding data", "unacceptable performance", "interference of a box on the way"}

func mptcpReset(c *diagnose.Case) diagnose.Verdict {
	rst := c.Reset()
	if rst == nil || rst.Subflow == 0 {
		return diagnose.Ruled("no RST carries a reason of Multipath TCP")
	}
	why := "the reason " + diagnose.Num(rst.Subflow-1)
	if int(rst.Subflow) <= len(subflowReasons) {
		why = subflowReasons[rst.Subflow-1]
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Severity: "warning", Why: "the RST says so", Title: "a path of a Multipath TCP connection was given up: " + why,
		Evidence: []string{"the " + rst.Dir.Sender() + "'s RST has the option MP_TCPRST with the reason " + diagnose.Num(rst.Subflow-1) + ", " + why + " " + diagnose.Seg(rst.Frame)},
		Frames:   []uint32{rst.Frame}}
	if rst.Dir == flow.ToServer && c.Half(flow.ToServer).PayloadBytes+c.Half(flow.ToClient).PayloadBytes == 0 {
		v.Evidence = append(v.Evidence, "nothing had been sent on this path "+diagnose.Seg(rst.Frame))
	}
	return told(v, c, rst)
}
