package canon

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tcplab/analyze/report"
)

// socket is what programs did with one end of a connection: the calls on it in their order, by whichever processes
// held it. What a program had read before it wrote is what forces the order of an exchange; everything else is luck.
type socket struct {
	calls []*report.Call
	peer  report.Endpoint // it was accepted from, or connected to
	conn  *report.Call    // the connect, nil for an accepted one
	held  int             // descriptors that name it
	last  *report.Call    // the close that gave up the last of them
	from  string          // process that accepted it, "" for one that connects or listens
	bound report.Endpoint // where it listens
	hears *report.Call    // the listen
	by    string          // process that made it
}

// end is one end of a connection, by its place in the report and the direction it sends in.
type end struct {
	conn int
	dir  string
}

// sockets are those of a run.
type sockets struct {
	ends   map[end]*socket
	of     map[*report.Call]*socket // the one a call is about
	list   []*socket
	tables map[string]map[string]*socket // by process and descriptor
	pids   map[string]string             // name of the process, by number
}

// socketsOf follows descriptors through the calls of a run, and finds the socket of each end of each connection.
func socketsOf(r *report.Report) *sockets {
	o := &sockets{of: map[*report.Call]*socket{}, tables: map[string]map[string]*socket{}, pids: map[string]string{}}
	for _, a := range r.Actors {
		o.pids[strconv.Itoa(a.PID)] = a.Name
	}
	order := make([]*report.Call, len(r.Calls))
	for i := range r.Calls {
		order[i] = &r.Calls[i]
	}
	slices.SortStableFunc(order, func(a, b *report.Call) int { return a.Begin.Compare(b.Begin) })
	for _, c := range order {
		o.call(c)
	}
	o.ends = match(r, o.list)
	return o
}

// serves reports whether a process has accepted several connections: which came first is luck then.
func (o *sockets) serves(process string) bool {
	n := 0
	for _, s := range o.list {
		if s.from == process && process != "" {
			n++
		}
	}
	return n > 1
}

// shared reports whether several processes listened on a port at a time (SO_REUSEPORT): which of them gets a connection
// is the kernel's choice.
func (o *sockets) shared(port uint16) bool {
	for _, a := range o.list {
		for _, b := range o.list {
			if a.by != b.by && a.hears != nil && b.hears != nil && a.bound.Port == port && b.bound.Port == port &&
				(b.last == nil || a.hears.Begin.Before(b.last.Begin)) && (a.last == nil || b.hears.Begin.Before(a.last.Begin)) {
				return true
			}
		}
	}
	return false
}

// splits reports whether a process listens on a port that is shared, or connects to one.
func (o *sockets) splits(process string) bool {
	return slices.ContainsFunc(o.list, func(s *socket) bool {
		return s.by == process && (s.hears != nil && o.shared(s.bound.Port) || s.conn != nil && o.shared(s.peer.Port))
	})
}

// process is the actor whose descriptors a call uses: threads share those of their process.
func process(c *report.Call) string {
	name, _, _ := strings.Cut(c.Actor, "/")
	return name
}

func (o *sockets) table(name string) map[string]*socket {
	if o.tables[name] == nil {
		o.tables[name] = map[string]*socket{}
	}
	return o.tables[name]
}

func (o *sockets) call(c *report.Call) {
	t := o.table(process(c))
	if t[fd(c)] == nil && c.Op == "connect" { // the calls do not tell where it comes from
		o.open(t, fd(c), &socket{by: process(c)})
	}
	s := t[fd(c)]
	o.of[c] = s
	switch {
	case c.Op == "socket" && c.Errno == "" && strings.Contains(c.Args, "SOCK_STREAM"):
		o.open(t, c.Result, &socket{by: process(c)})
	case strings.HasPrefix(c.Op, "accept") && c.Errno == "" && c.End != nil:
		o.open(t, c.Result, &socket{peer: addressed(c), by: process(c), from: process(c)})
	case c.Op == "fork" || c.Op == "clone" || c.Op == "vfork":
		child := o.table(o.pids[c.Result])
		for number, held := range t {
			child[number] = held
			held.held++
		}
	case s == nil:
	case c.Op == "close" || c.Op == "exit":
		s.calls = append(s.calls, c)
		delete(t, fd(c))
		if s.held--; s.held == 0 {
			s.last = c
		}
	default:
		s.name(c)
		s.calls = append(s.calls, c)
	}
}

// name takes the addresses that calls give a socket.
func (s *socket) name(c *report.Call) {
	switch {
	case c.Op == "connect" && s.conn == nil:
		s.conn, s.peer = c, addressed(c)
	case c.Op == "bind" && c.Errno == "":
		s.bound = addressed(c)
	case c.Op == "listen" && c.Errno == "":
		s.hears = c
	}
}

func (o *sockets) open(t map[string]*socket, number string, s *socket) {
	s.held = 1
	t[number] = s
	o.list = append(o.list, s)
}

// addressed is the address among the arguments of a call.
func addressed(c *report.Call) report.Endpoint {
	part := sockaddr.FindStringSubmatch(c.Args)
	if part == nil {
		at, _ := netip.ParseAddrPort(printed.FindString(c.Args)) // the zero value matches no connection
		return report.Endpoint{Addr: at.Addr().Unmap().String(), Port: at.Port()}
	}
	port, _ := strconv.ParseUint(part[1], 10, 16) // the pattern holds digits; too many of them match no connection
	return report.Endpoint{Addr: plainAddr(part[2]), Port: uint16(port)}
}

// plainAddr writes an IPv4 address that is mapped into IPv6 as the packets do.
func plainAddr(text string) string {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().String()
	}
	return text
}

// match gives sockets to connections: a connect by the SYN it caused, an accept by the address it returned, the others in
// order.
func match(r *report.Report, list []*socket) map[end]*socket {
	found, taken := map[end]*socket{}, map[*socket]bool{}
	give := func(e end, s *socket) {
		if found[e] == nil && !taken[s] {
			found[e], taken[s] = s, true
		}
	}
	for _, s := range list {
		for i := range r.Connections {
			if dir := opens(&r.Connections[i], s.conn); dir != "" {
				give(end{i, dir}, s)
			}
		}
	}
	for _, s := range list {
		for i := range r.Connections {
			switch c := &r.Connections[i]; s.peer {
			case c.Client:
				give(end{i, "s2c"}, s)
			case c.Server:
				if s.conn != nil {
					give(end{i, "c2s"}, s)
				}
			}
		}
	}
	return found
}

// opens returns the direction of the SYN that a connect caused, "" when it caused none of c's.
func opens(c *report.Connection, connect *report.Call) string {
	if connect == nil {
		return ""
	}
	for i := range c.Segments {
		s := &c.Segments[i]
		if strings.Contains(s.Flags, "S") && slices.Contains(connect.CausesFrames, s.Frame) {
			return s.Dir
		}
	}
	return ""
}

// Calls that move payload.
var (
	reading = []string{"recv", "recvfrom", "recvmsg", "read", "readv"}
	writing = []string{"send", "sendto", "sendmsg", "write", "writev", "sendfile"}
)

// carried is how many bytes a call moved; -1 when it failed, or only looked.
func carried(c *report.Call) int64 {
	n, err := strconv.ParseInt(c.Result, 10, 64)
	if err != nil || c.Errno != "" || strings.Contains(c.Args, "MSG_PEEK") {
		return -1
	}
	return n
}
