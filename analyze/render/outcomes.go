package render

import (
	"tcplab/analyze/report"
)

// opened says in a few words how a connection began.
func opened(c *report.Connection) string {
	h := c.Handshake
	switch {
	case c.Outcome == "REJ":
		return "refused"
	case c.Outcome == "S0":
		return "no answer"
	case c.Outcome == "RSTOS0":
		return "given up"
	case h == nil:
		return "earlier"
	case h.Kind == "normal" && h.ACK != 0:
		return "3-way"
	case h.Kind == "normal":
		return "half-open"
	case h.Kind == "fast-open":
		return "fast open"
	}
	return h.Kind
}

// ended says in a few words how a connection stopped, and who began that.
func ended(c *report.Connection) string {
	by := ""
	if c.Close.By != "" {
		by = ", " + c.Close.By
	}
	switch c.Close.Kind {
	case "four-way":
		return "4-way" + by
	case "three-way":
		return "3-way" + by
	case "simultaneous":
		return "both at once"
	case "half":
		return "half" + by
	case "reset":
		return "reset" + by
	}
	switch c.Outcome {
	case "REJ", "S0", "RSTOS0", "SH", "SHR":
		return "–"
	}
	return "still open"
}

// went says in a few words how a connection went, where there is room for one column only.
func went(c *report.Connection) string {
	switch {
	case c.Outcome == "REJ" || c.Outcome == "S0" || c.Outcome == "RSTOS0":
		return opened(c)
	case c.Close.Kind == "four-way":
		return "closed 4-way"
	case c.Close.Kind == "three-way":
		return "closed 3-way"
	case c.Close.Kind == "simultaneous":
		return "closed at once"
	case c.Close.Kind == "half":
		return "half-closed"
	case c.Close.Kind == "reset":
		if forged(c) {
			return "reset, forged"
		}
		return "reset by " + c.Close.By
	}
	return "open"
}

// gravity orders severities, the worst first.
func gravity(severity string) int {
	switch severity {
	case "error":
		return 0
	case "warning":
		return 1
	case "note":
		return 2
	}
	return 3
}

// worst returns the gravity of a connection's first finding: findings are ranked.
func worst(c *report.Connection) int {
	if len(c.Findings) == 0 {
		return gravity("")
	}
	return gravity(c.Findings[0].Severity)
}

// closedWell reports whether both ends closed in order.
func closedWell(c *report.Connection) bool {
	return c.Close.Kind == "four-way" || c.Close.Kind == "three-way" || c.Close.Kind == "simultaneous"
}
