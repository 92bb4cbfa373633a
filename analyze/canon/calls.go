package canon

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tcplab/analyze/report"
)

// actors returns the processes by name, each with its calls in its own order: how two processes interleave is luck.
func (v *view) actors() []Actor {
	r := v.r
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
		list[i].Calls = v.calls(list[i].Name)
	}
	slices.SortStableFunc(list, func(a, b Actor) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// calls writes the calls of an actor. Into how many pieces a stream was read is luck, and into how many it was written by
// sends that do not wait: such calls in a row are one.
func (v *view) calls(actor string) []string {
	l := &ledger{view: v, lists: map[string]*lines{}, split: v.sockets.splits(actor)}
	for i := range v.r.Calls {
		if c := &v.r.Calls[i]; c.Actor == actor {
			l.call(c)
		}
	}
	return l.write()
}

// ledger is the calls of an actor being written: in one list, and where a process serves several connections in one for
// each, because which of them comes first is luck.
type ledger struct {
	*view
	lists map[string]*lines
	split bool // it shares a port, or asks for one that is shared: the kernel chooses what it gets
}

// lines are calls in their order; piece and total are of those in a row that are one.
type lines struct {
	list  []string
	piece string
	total int64
}

func (l *lines) flush() {
	if l.piece != "" {
		l.list = append(l.list, fmt.Sprintf("%s = %d", l.piece, l.total))
	}
	l.piece, l.total = "", 0
}

func (l *ledger) call(c *report.Call) {
	s := l.sockets.of[c]
	serves := l.sockets.serves(process(c))
	key := ""
	if serves && !l.split && s != nil && s.from == c.Actor {
		key = l.names.endpoint(s.peer) + " "
	}
	list := l.lists[key]
	if list == nil {
		list = &lines{}
		l.lists[key] = list
	}
	switch n, p := carried(c), pieces(c, l.number(c)); {
	case c.Op == "poll" && list.piece != "", c.Errno == "EAGAIN" && list.piece != "":
	case serves && slices.Contains(waiting, c.Op): // how often, and for whom, is luck
		if line := c.Op + "(…) = some"; !slices.Contains(list.list, line) {
			list.flush()
			list.list = append(list.list, line)
		}
	case p != "" && n > 0:
		if list.piece != p {
			list.flush()
			list.piece = p
		}
		list.total += n
		if l.split { // how much comes depends on who answers
			list.list, list.piece, list.total = append(list.list, p+" = some"), "", 0
		}
	default:
		list.flush()
		list.list = append(list.list, l.text(c))
	}
}

// Calls that wait for whichever descriptor is ready first.
var waiting = []string{"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait"}

// number is the descriptor of a call as it is written: those of connections that a process serves at a time are luck.
func (l *ledger) number(c *report.Call) string {
	s := l.sockets.of[c]
	if s != nil && s.from != "" && l.sockets.serves(s.from) {
		return "conn"
	}
	return fd(c)
}

// write puts the lists one behind the other. A process that shares a port has the kernel choose what it gets: each of its
// lines is written once.
func (l *ledger) write() []string {
	out := []string{}
	for _, key := range slices.Sorted(maps.Keys(l.lists)) {
		list := l.lists[key]
		list.flush()
		for _, line := range list.list {
			if !l.split || !slices.Contains(out, line) {
				out = append(out, key+line)
			}
		}
	}
	return out
}

// pieces names a call that moves as much as there happens to be, "" for others.
func pieces(c *report.Call, number string) string {
	switch {
	case c.Op == "recv":
		return "recv(" + number + ")"
	case c.Op == "send" && strings.Contains(c.Args, "MSG_DONTWAIT"):
		return "send(" + number + ", MSG_DONTWAIT)"
	}
	return ""
}

var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"(\.\.\.)?`)
	structure = regexp.MustCompile(`\{[^{}]*\}`)
	number    = regexp.MustCompile(`\b\d+\b`)
)

// text writes one call. What it carried is part of the connection, not of the call, and how long it took is luck.
func (l *ledger) text(c *report.Call) string {
	n := l.names
	args := quoted.ReplaceAllString(n.text(c.Args), "…")
	args = n.anonymous(c.Op, structure.ReplaceAllString(args, "{…}"))
	if number := l.number(c); number != fd(c) {
		args = strings.Replace(" "+args, " "+fd(c), " "+number, 1)[1:]
	}
	text, result := fmt.Sprintf("%s(%s)", c.Op, args), n.anonymous(c.Op, c.Result)
	switch {
	case c.End == nil:
		return text + " = ? never returned"
	case c.Errno != "":
		return text + " = -1 " + c.Errno
	case c.Op == "fork" || c.Op == "clone":
		result = "pid"
	case strings.HasPrefix(c.Op, "accept") && l.sockets.serves(process(c)):
		return fmt.Sprintf("%s(%s, C:c) = conn", c.Op, fd(c))
	case c.Op == "send" && carried(c) < requested(c): // how much fits into a buffer
		result = "part"
	}
	return text + " = " + result
}

// requested is how much a send wanted to write.
func requested(c *report.Call) (n int64) {
	if args := strings.Split(c.Args, ", "); len(args) >= 4 {
		n, _ = strconv.ParseInt(args[len(args)-2], 10, 64) // 0 where that is no number
	}
	return n
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
