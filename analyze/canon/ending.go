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
	if !p.forced() {
		end.By, end.TimeWait = either, either
	}
	return end
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

// fd is the file descriptor of a call: its first argument.
func fd(c *report.Call) string {
	first, _, _ := strings.Cut(c.Args, ",")
	return first
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
