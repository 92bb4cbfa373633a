package diagnose

import (
	"strings"

	"tcplab/analyze/flow"
)

// sees says which error each application gets at which call: as its calls show, else derived from the wire by Linux's
// rules (catalogue 0.3).
func (c *Case) sees() (client, server string) {
	if c.Conv == nil {
		switch {
		case c.Call == nil:
		case strings.HasPrefix(c.Call.Actor, "server"):
			return "", SeenBy(c.Call)
		default:
			return SeenBy(c.Call), ""
		}
		return "", ""
	}
	return c.seesAt(flow.ToServer), c.seesAt(flow.ToClient)
}

func (c *Case) seesAt(end flow.Dir) string {
	if failed := c.FailedCall(end); failed != nil {
		return SeenBy(failed)
	}
	if len(c.Calls) > 0 && c.Called(end) {
		return ""
	}
	if end == flow.ToServer && c.Conv.Handshake.SYNACK == 0 && c.SYN().Seen {
		return c.connectError()
	}
	return c.resetError(end)
}

// connectError is what connect() gives for an attempt that got no SYN-ACK.
func (c *Case) connectError() string {
	for i := range c.Conv.ICMP {
		if name := ErrnoOf(&c.Conv.ICMP[i]); name != "" {
			return connectErrors[name]
		}
	}
	if c.Refusal() != nil {
		return "connect: ECONNREFUSED"
	}
	if c.GaveUp() {
		return "connect: ETIMEDOUT"
	}
	return ""
}

var connectErrors = map[string]string{
	"ENETUNREACH": "connect: ENETUNREACH", "EHOSTUNREACH": "connect: EHOSTUNREACH", "ENOPROTOOPT": "connect: ENOPROTOOPT",
	"ECONNREFUSED": "connect: ECONNREFUSED", "EOPNOTSUPP": "connect: EOPNOTSUPP", "EHOSTDOWN": "connect: EHOSTDOWN",
	"ENONET": "connect: ENONET", "EPROTO": "connect: EPROTO", "EACCES": "connect: EACCES",
}

// resetError: a RST gives EPIPE after the peer's FIN, ECONNRESET in every other synchronized state.
func (c *Case) resetError(end flow.Dir) string {
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		if r.Dir == end || r.AnswersSYN || !r.Obeyed || c.Over(r) {
			continue
		}
		if fin := c.Conv.Half[r.Dir].FIN; fin != 0 && fin < r.Frame {
			return "send: EPIPE"
		}
		return "recv: ECONNRESET"
	}
	return ""
}
