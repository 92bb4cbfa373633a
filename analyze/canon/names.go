package canon

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"tcplab/analyze/report"
)

// Ports from which on a number is taken for one that nobody chose: a client's above those that only root may take, and a
// server's when its role is not known, where Linux gives them out by itself (net.ipv4.ip_local_port_range).
const (
	unprivileged = 1024
	searched     = 10240 // where programs begin that look for a free one
	given        = 32768
)

// names gives hosts and ports names by the part they play and the order in which they appear.
type names struct {
	hosts map[string]string // by part and address: "C 192.0.2.7" is "C"
	ends  map[report.Endpoint]string
	users map[report.Endpoint]report.Endpoint // by client: whom it talked to first
	again map[uint32]string                   // by connection: clients whose port the kernel had given out already, towards another server
	ports map[uint16]string
	asked map[uint16]bool // ports that a program or the user asked for
	count map[string]int  // names given, by letter
	pids  map[string]bool
}

// namesOf names the ends of r's connections: the port that a server listens on stays, the one that a kernel gave to a
// client does not. Of a run it is known which ports were asked for.
func namesOf(r *report.Report, known *sockets) *names {
	n := noNames()
	n.ask(r, known)
	for i := range r.Connections {
		c := &r.Connections[i]
		if known == nil {
			n.seen(c)
			continue
		}
		n.add("S", c.Server)
		n.client(c, known.ends[end{i, "c2s"}] != nil)
	}
	for _, a := range r.Actors {
		n.pids[strconv.Itoa(a.PID)] = true
	}
	return n
}

func noNames() *names {
	return &names{hosts: map[string]string{}, ends: map[report.Endpoint]string{}, users: map[report.Endpoint]report.Endpoint{}, again: map[uint32]string{}, ports: map[uint16]string{},
		asked: map[uint16]bool{}, count: map[string]int{}, pids: map[string]bool{}}
}

// seen names the ends of a connection of which only the packets are known.
func (n *names) seen(c *report.Connection) {
	n.asked[c.Server.Port] = n.asked[c.Server.Port] || c.ClientKnown || c.Server.Port < given
	n.add("S", c.Server)
	n.client(c, false)
}

// ask collects the ports that somebody asked for: by a parameter, or as one to bind. A free port that was taken because
// none was asked for is not among them.
func (n *names) ask(r *report.Report, known *sockets) {
	if known == nil {
		return
	}
	free := r.Scenario != nil && r.Scenario.FreePort
	for i := range r.Calls {
		c := &r.Calls[i]
		s := known.of[c]
		highest := uint16(given)
		if free || c.Op == "bind" && s != nil && s.conn != nil { // a client that binds looks for a port that is free
			highest = searched
		}
		if port := addressed(c).Port; (c.Op == "bind" || c.Op == "connect") && port < highest {
			n.asked[port] = true
		}
	}
	if r.Scenario == nil || free {
		return
	}
	for key, value := range r.Scenario.Params {
		if port, err := strconv.ParseUint(value, 10, 16); err == nil && strings.HasSuffix(key, "port") {
			n.asked[uint16(port)] = true
		}
	}
}

// add names an end that plays a part.
func (n *names) add(part string, e report.Endpoint) {
	if n.ends[e] != "" {
		return
	}
	host := part + " " + e.Addr
	if n.hosts[host] == "" {
		n.hosts[host] = n.next(part)
	}
	n.ends[e] = n.hosts[host] + ":" + n.port(strings.ToLower(part), e.Port)
}

// client names the client of a connection. Which ports a kernel gives to two sockets, towards different servers, is luck; what
// was translated on the way has the port of the same socket.
func (n *names) client(c *report.Connection, socket bool) {
	server, used := n.users[c.Client]
	if !used {
		n.users[c.Client] = c.Server
	}
	if socket && used && server != c.Server && c.Client.Port >= unprivileged && !n.asked[c.Client.Port] {
		n.count["c"]++
		n.again[c.ID] = n.hosts["C "+c.Client.Addr] + ":c" + strconv.Itoa(n.count["c"])
		return
	}
	n.add("C", c.Client)
}

// clientOf is the name that client gave.
func (n *names) clientOf(c *report.Connection) string {
	if name := n.again[c.ID]; name != "" {
		return name
	}
	return n.ends[c.Client]
}

// next counts: "C", "C2", "C3".
func (n *names) next(letter string) string {
	n.count[letter]++
	if n.count[letter] == 1 {
		return letter
	}
	return letter + strconv.Itoa(n.count[letter])
}

// port is the number of a port that someone chose, or a name for one that the kernel gave out.
func (n *names) port(letter string, port uint16) string {
	if port < unprivileged || n.asked[port] {
		return strconv.Itoa(int(port))
	}
	if n.ports[port] == "" {
		n.count[letter]++
		n.ports[port] = letter + strconv.Itoa(n.count[letter])
	}
	return n.ports[port]
}

func (n *names) endpoint(e report.Endpoint) string { return n.ends[e] }

// known is the name of a place in a text: of an end, or of a port at an address that is none.
func (n *names) known(addr string, port uint16) string {
	if name := n.ends[report.Endpoint{Addr: addr, Port: port}]; name != "" {
		return name
	}
	host := "H"
	if a, err := netip.ParseAddr(addr); err == nil && (a.IsUnspecified() || a.IsLoopback()) {
		host = "any"
		if a.IsLoopback() {
			host = "local"
		}
	}
	switch {
	case n.ports[port] != "":
		return host + ":" + n.ports[port]
	case port < unprivileged || n.asked[port]:
		return fmt.Sprintf("%s:%d", host, port)
	}
	return host + ":p"
}

var (
	// strace prints socket addresses as the C structure, and behind it their length
	sockaddr = regexp.MustCompile(`\{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)[^"}]*"([0-9a-fA-F:.]*)"[^}]*\}(, \[?\d+(?: ?=> ?\d+)?\]?)?`)
	printed  = regexp.MustCompile(`(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\]):\d{1,5}\b`)
	bare     = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)
)

// text replaces the addresses in a text by names.
func (n *names) text(s string) string {
	s = sockaddr.ReplaceAllStringFunc(s, func(m string) string {
		part := sockaddr.FindStringSubmatch(m)
		port, err := strconv.ParseUint(part[1], 10, 16)
		if err != nil {
			return m
		}
		return n.known(part[2], uint16(port))
	})
	s = printed.ReplaceAllStringFunc(s, func(m string) string {
		at, err := netip.ParseAddrPort(m)
		if err != nil {
			return m
		}
		return n.known(at.Addr().String(), at.Port())
	})
	return bare.ReplaceAllStringFunc(s, func(m string) string { return n.address(m) })
}

// address is the name of a host alone: of one that plays both parts it is the server's.
func (n *names) address(addr string) string {
	for _, part := range []string{"S ", "C "} {
		if name := n.hosts[part+addr]; name != "" {
			return name
		}
	}
	return addr
}

// param names the parameters that are addresses and ports.
func (n *names) param(key, value string) string {
	switch {
	case key == "addr":
		return n.address(value)
	case strings.HasSuffix(key, "port"):
		if port, err := strconv.ParseUint(value, 10, 16); err == nil {
			return n.port("s", uint16(port))
		}
	}
	return n.text(value)
}
