package canon

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// actors returns the processes by name, each with its calls in its own order: how two processes interleave is luck.
func actors(r *report.Report, n *names) []Actor {
	var list []Actor
	at := map[string]int{}
	add := func(name string) *Actor {
		i, known := at[name]
		if !known {
			i = len(list)
			at[name] = i
			list = append(list, Actor{Name: name, Calls: []string{}})
		}
		return &list[i]
	}
	for _, a := range r.Actors {
		actor := add(a.Name)
		actor.Exit = fmt.Sprintf("status %d", a.Exit.Status)
		if a.Exit.Signal != "" {
			actor.Exit = a.Exit.Signal
		}
	}
	for i := 0; i < len(r.Calls); i++ {
		add(r.Calls[i].Actor)
	}
	for i := range list {
		list[i].Calls = calls(r, list[i].Name, n)
	}
	slices.SortStableFunc(list, func(a, b Actor) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// calls writes the calls of an actor. Into how many pieces a stream was read is luck, and into how many it was written by
// sends that do not wait: such calls in a row are one.
func calls(r *report.Report, actor string, n *names) []string {
	list := []string{}
	piece, total := "", 0
	flush := func() {
		if piece != "" {
			list = append(list, fmt.Sprintf("%s = %d", piece, total))
		}
		piece, total = "", 0
	}
	for i := range r.Calls {
		c := &r.Calls[i]
		if c.Actor != actor {
			continue
		}
		if piece != "" && (c.Errno == "EAGAIN" || c.Op == "poll") {
			continue
		}
		moved, err := strconv.Atoi(c.Result)
		if p := pieces(c); p != "" && err == nil && moved > 0 && c.Errno == "" {
			if piece != p {
				flush()
				piece = p
			}
			total += moved
			continue
		}
		flush()
		list = append(list, n.call(c))
	}
	flush()
	return list
}

// pieces names a call that moves as much as there happens to be, "" for others.
func pieces(c *report.Call) string {
	switch {
	case c.Op == "recv":
		return "recv(" + fd(c) + ")"
	case c.Op == "send" && strings.Contains(c.Args, "MSG_DONTWAIT"):
		return "send(" + fd(c) + ", MSG_DONTWAIT)"
	}
	return ""
}

var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"(\.\.\.)?`)
	structure = regexp.MustCompile(`\{[^{}]*\}`)
	number    = regexp.MustCompile(`\b\d+\b`)
)

// call writes one call. What it carried is part of the connection, not of the call; a call that took long says so.
func (n *names) call(c *report.Call) string {
	args := quoted.ReplaceAllString(n.text(c.Args), "…")
	args = n.anonymous(c.Op, structure.ReplaceAllString(args, "{…}"))
	text := fmt.Sprintf("%s(%s)", c.Op, args)
	switch {
	case c.End == nil:
		return text + " = ? never returned"
	case c.Errno != "":
		text += " = -1 " + c.Errno
	case c.Op == "fork" || c.Op == "clone":
		text += " = pid"
	default:
		text += " = " + n.anonymous(c.Op, c.Result)
	}
	if took := c.End.Sub(c.Begin); took >= 750*time.Millisecond {
		text += ", " + Class(took)
	}
	return text
}

// aboutProcesses are the calls whose numbers may be those of processes; anywhere else a number that equals one is chance.
var aboutProcesses = []string{"fork", "clone", "kill", "tgkill", "waitpid", "wait4", "getpid"}

// anonymous replaces process numbers.
func (n *names) anonymous(op, text string) string {
	if !slices.Contains(aboutProcesses, op) {
		return text
	}
	return number.ReplaceAllStringFunc(text, func(m string) string {
		if n.pids[m] {
			return "pid"
		}
		return m
	})
}
