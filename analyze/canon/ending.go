package canon

import (
	"fmt"
	"slices"
	"strings"

	"tcplab/analyze/report"
)

// either says that who of both was first is luck.
const either = "either"

// seen returns how a connection ended, as it was seen: from packets alone nobody can tell who could have been first.
func seen(c *report.Connection) Close {
	end := Close{Kind: c.Close.Kind, By: c.Close.By, TimeWait: c.Close.TimeWait}
	if orderly(c) {
		end.Kind = "orderly"
		if dataAfterFIN(c) {
			end.Kind = "four-way"
		}
	}
	return end
}

func orderly(c *report.Connection) bool {
	return slices.Contains([]string{"three-way", "four-way", "simultaneous"}, c.Close.Kind)
}

// ending returns how the connection ended, as a class where the programs leave it to luck: whether the second end closed
// because it had read the end of the other's stream.
func (p *program) ending() Close {
	end := Close{Kind: p.conn.Close.Kind, By: p.conn.Close.By, TimeWait: p.conn.Close.TimeWait}
	if p.cut {
		end.Kind, end.TimeWait = "reset", ""
	}
	if p.cut || !orderly(p.conn) {
		return end
	}
	end.Kind = "orderly"
	if p.fourWay() {
		end.Kind = "four-way"
	}
	switch {
	case !p.forced():
		end.By, end.TimeWait = either, either
	case p.late():
		end.TimeWait = end.By
	}
	return end
}

// late reports whether a RST came when both ends had closed: it answers what was repeated needlessly or went astray, and
// cuts TIME-WAIT short (RFC 1337), which is luck.
func (p *program) late() bool {
	return slices.ContainsFunc(p.conn.Segments, func(s report.Segment) bool { return strings.Contains(s.Flags, "R") && p.over(&s) })
}

// state is that of both ends, as it is without luck.
func (p *program) state(end Close) report.States {
	switch {
	case end.By == either:
		return report.States{}
	case end.TimeWait == "client" && p.late():
		return report.States{Client: "TIME-WAIT", Server: "CLOSED"}
	case end.TimeWait == "server" && p.late():
		return report.States{Client: "CLOSED", Server: "TIME-WAIT"}
	}
	return p.conn.State
}

// dataAfterFIN reports whether an end still sent payload after it had the other's FIN: then the FINs cannot share an ACK.
func dataAfterFIN(c *report.Connection) bool {
	closed := ""
	var fin int64
	for i := range c.Segments {
		s := &c.Segments[i]
		switch {
		case closed == "" && strings.Contains(s.Flags, "F"):
			closed, fin = s.Dir, s.Seq+int64(s.Len)
		case closed != "" && s.Dir != closed && s.Len > 0 && s.Ack > fin:
			return true
		}
	}
	return false
}

// fd is the file descriptor that a call is about: its first argument, of epoll_ctl the third.
func fd(c *report.Call) string {
	args := strings.SplitN(c.Args, ",", 4)
	if c.Op == "epoll_ctl" && len(args) == 4 {
		return strings.TrimSpace(args[2])
	}
	return args[0]
}

// options writes what a SYN offered.
func options(o *report.Options) string {
	if o == nil {
		return ""
	}
	words := []string{}
	if o.MSS > 0 {
		words = append(words, fmt.Sprintf("mss %d", o.MSS))
	}
	if o.WindowScale >= 0 {
		words = append(words, fmt.Sprintf("wscale %d", o.WindowScale))
	}
	if o.SACKPermitted {
		words = append(words, "sackOK")
	}
	if o.Timestamps {
		words = append(words, "timestamps")
	}
	return strings.Join(words, ", ")
}
