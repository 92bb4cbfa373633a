package scenario

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"

	"tcplab/session"
)

// Time is the time server of the fifth handout. Its literal variant makes a datagram socket and asks it to listen.
var Time = &Scenario{
	Name:  "time",
	Title: "A server sends its time of day and closes; the client says nothing",
	Teaches: "Data can flow one way only. Whoever closes first holds TIME-WAIT: here the server. Literal: a datagram socket cannot listen. " +
		"Gethostname: both ends look their own host's name up, and meet at whatever address it has.",
	Topic:    Exchange,
	Seeds:    []string{"004"},
	Variants: []string{fixed, literal, "gethostname"},
	Sound:    []string{"gethostname"},
	Choose:   chooseOwnName,
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == literal {
			return []session.Script{
				actor("server",
					session.Datagram("listener", p.Server()),
					session.Bind("listener", p.Server()),
					session.Listen("listener", p.Backlog)),
				actor("client",
					session.Await("server:exited"),
					session.Socket("sock", p.Server()),
					session.Connect("sock", p.Server())),
			}
		}
		return []session.Script{
			actor("server", listen(p),
				session.Accept("listener", "conn"),
				session.Answer("conn", "ctime"),
				session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p),
				session.RecvEOF("sock", p.Buffer),
				session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == literal {
			return []Claim{fails("server", "listen", "EOPNOTSUPP"), ends("server", 1),
				fails("client", "connect", "ECONNREFUSED"), ends("client", 1)}
		}
		const stamp = len("Mon Jan _2 15:04:05 2006\r\n")
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", stamp)}, closes("server", "SF")...)
	},
}

// chooseOwnName takes the address of this host's own name, as both programs of the handout do: it may be 127.0.0.1,
// 127.0.1.1 or one of the network, by what the host's files and resolver say. Where the name has none that can be bound
// (a network of its own has none of the machine's but those of lo), it is what Debian gives a host without a network.
func chooseOwnName(p *Params) error {
	if p.Variant != "gethostname" || p.Addr.IsValid() {
		return nil
	}
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	p.Addr = netip.AddrFrom4([4]byte{127, 0, 1, 1})
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, _ := net.DefaultResolver.LookupNetIP(ctx, "ip4", name) // a name that nobody knows has no address
	for _, a := range found {
		if _, err := session.FreePort(a.Unmap()); err == nil {
			p.Addr = a.Unmap()
			break
		}
	}
	return nil
}
