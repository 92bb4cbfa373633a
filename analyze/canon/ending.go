package canon

import (
	"fmt"
	"slices"
	"strings"

	"tcplab/analyze/report"
)

// either says that who of both was first is luck.
const either = "either"

// ending returns how a connection ended, as a class where the programs leave it to luck. With the calls at hand it is
// known whether the second end closed because it had read the end of the other's stream; from packets alone the order
// that was seen is all there is.
func ending(r *report.Report, c *report.Connection) Close {
	end := Close{Kind: c.Close.Kind, By: c.Close.By, TimeWait: c.Close.TimeWait}
	switch c.Close.Kind {
	case "three-way", "four-way", "simultaneous":
	default:
		return end
	}
	end.Kind = "orderly"
	if dataAfterFIN(c) {
		end.Kind = "four-way"
	}
	if len(r.Calls) > 0 && !answered(r, c) {
		end.By, end.TimeWait = either, either
	}
	return end
}

// fins returns the frames of the first FIN of each direction.
func fins(c *report.Connection) map[string]uint32 {
	frames := map[string]uint32{}
	for i := range c.Segments {
		if s := &c.Segments[i]; strings.Contains(s.Flags, "F") && frames[s.Dir] == 0 {
			frames[s.Dir] = s.Frame
		}
	}
	return frames
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

// answered reports whether the end that closed second had read the end of the stream before it closed, and the first one
// had not: the order of the FINs is then the programs' doing.
func answered(r *report.Report, c *report.Connection) bool {
	frames := fins(c)
	readers := 0
	for _, dir := range []string{"c2s", "s2c"} {
		if readEnd(r, frames[dir]) {
			readers++
		}
	}
	return readers == 1
}

// readEnd reports whether the actor whose call caused a FIN had received the end of the other's stream on the same socket
// before.
func readEnd(r *report.Report, fin uint32) bool {
	for i := range r.Calls {
		closing := &r.Calls[i]
		if fin == 0 || !slices.Contains(closing.CausesFrames, fin) {
			continue
		}
		for j := range r.Calls {
			k := &r.Calls[j]
			read := k.Op == "recv" || k.Op == "read" || k.Op == "recvfrom" || k.Op == "recvmsg"
			if read && k.Actor == closing.Actor && k.Result == "0" && fd(k) == fd(closing) && k.End != nil && !k.End.After(closing.Begin) {
				return true
			}
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
