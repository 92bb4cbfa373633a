package script

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"tcplab/capture/hostfacts"
)

// fact reads a line that is neither packet, call nor declaration.
func (p *parser) fact(w *cursor, line string) error {
	key := w.next()
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), key))
	switch key {
	case "host":
		p.out.Facts = append(p.out.Facts, newFacts(w.next(), w.next()))
		return nil
	case "dropped":
		n, err := w.number(64)
		p.out.Dropped = n
		return err
	case "listen", "bound", "udp", "socket":
		return p.socket(key, w)
	}
	f := p.facts()
	switch key {
	case "address":
		a := hostfacts.Address{Iface: w.next(), CIDR: w.next(), Up: true, MTU: 1500}
		a.NoCarrier = w.peek() == "nocarrier"
		f.Addresses = append(f.Addresses, a)
	case "sysctl":
		f.Sysctls[w.next()] = strings.Join(w.words, " ")
	case "counter":
		name := w.next()
		n, err := w.number(64)
		if err != nil {
			return err
		}
		f.Counters[name] = n
	case "firewall":
		f.Firewall = append(f.Firewall, rest)
	case "missing":
		what, needs, _ := strings.Cut(rest, " needs ")
		f.Missing = append(f.Missing, hostfacts.Missing{What: what, Why: "not readable", Needs: needs})
	case "route":
		return f.route(w)
	case "neighbor":
		return f.neighbor(w)
	case "said":
		return p.said(f, w)
	default:
		return fmt.Errorf("%q begins no line of a script", key)
	}
	return nil
}

// snapshot adds parsing to a hostfacts.Facts.
type snapshot struct{ *hostfacts.Facts }

func newFacts(host, when string) hostfacts.Facts {
	return hostfacts.Facts{Host: host, When: when, Taken: Epoch, Sockets: []hostfacts.Socket{}, Addresses: []hostfacts.Address{},
		Sysctls: map[string]string{}, Counters: map[string]uint64{}}
}

// facts is the snapshot that lines belong to.
func (p *parser) facts() snapshot {
	if len(p.out.Facts) == 0 {
		p.out.Facts = append(p.out.Facts, newFacts("local", "after"))
	}
	return snapshot{&p.out.Facts[len(p.out.Facts)-1]}
}

// socket reads listen, bound, udp and socket lines.
func (p *parser) socket(key string, w *cursor) error {
	s := hostfacts.Socket{Proto: "tcp", State: map[string]string{"listen": "LISTEN", "bound": "BOUND", "udp": "UNCONN"}[key]}
	if key == "socket" {
		s.State = w.next()
	}
	if key == "udp" {
		s.Proto = "udp"
	}
	s.Local = w.next()
	local, err := netip.ParseAddrPort(s.Local)
	if err != nil {
		return fmt.Errorf("%s needs address:port, not %q", key, s.Local)
	}
	if !local.Addr().Is4() {
		s.Proto += "6"
	}
	for !w.done() {
		if err := socketAttribute(&s, w); err != nil {
			return err
		}
	}
	f := p.facts()
	f.Sockets = append(f.Sockets, s)
	return nil
}

func socketAttribute(s *hostfacts.Socket, w *cursor) (err error) {
	number := func(to *int) { *to, err = strconv.Atoi(w.next()) }
	switch key := w.next(); key {
	case "process":
		s.Process = w.next()
	case "pid":
		number(&s.PID)
	case "uid":
		number(&s.UID)
	case "recvq":
		number(&s.RecvQ)
	case "sendq":
		number(&s.SendQ)
	case "v6only":
		s.V6Only = true
	case "device":
		s.Device = w.next()
	case "netns":
		s.NetNS = w.next()
	case "timer":
		s.Timer = w.next()
	default:
		if _, bad := netip.ParseAddrPort(key); bad != nil {
			return fmt.Errorf("a socket has no %q", key)
		}
		s.Remote = key
	}
	return err
}

func (f snapshot) route(w *cursor) error {
	r := hostfacts.Route{Dst: w.next()}
	for !w.done() {
		switch key := w.next(); key {
		case "dev":
			r.Iface = w.next()
		case "via":
			r.Via = w.next()
		case "src":
			r.Src = w.next()
		case "error":
			r.Error = w.next()
		default:
			return fmt.Errorf("a route has dev, via, src and error, not %q", key)
		}
	}
	f.Routes = append(f.Routes, r)
	return nil
}

func (f snapshot) neighbor(w *cursor) error {
	n := hostfacts.Neighbor{Addr: w.next()}
	for !w.done() {
		switch key := w.next(); key {
		case "dev":
			n.Iface = w.next()
		case "mac":
			n.MAC = w.next()
		default:
			n.State = key
		}
	}
	f.Neighbors = append(f.Neighbors, n)
	return nil
}

// said reads "TIME EVENT REASON SRC DST [state S] [where F] [hook H] [bytime] [reply]": what a kernel said of a packet.
func (p *parser) said(f snapshot, w *cursor) error {
	at, err := seconds(w.next())
	if err != nil {
		return err
	}
	d := hostfacts.Drop{Time: at, Event: w.next(), Reason: w.next()}
	for _, end := range [...]*string{&d.Src, &d.Dst} {
		name := w.next()
		box, err := p.box(name)
		if err != nil {
			return err
		}
		*end = netip.AddrPortFrom(box.addr, box.port).String()
	}
	for !w.done() {
		switch key := w.next(); key {
		case "state":
			d.State = w.next()
		case "where":
			d.Where = w.next()
		case "hook":
			d.Hook = w.next()
		case "bytime":
			d.ByTime = true
		case "reply":
			d.Answer = true
		default:
			return fmt.Errorf("what a kernel said has state, where, hook, bytime and reply, not %q", key)
		}
	}
	f.Drops = append(f.Drops, d)
	return nil
}
