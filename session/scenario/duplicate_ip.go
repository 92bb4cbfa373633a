package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// DuplicateIP has two hosts with the server's address.
var DuplicateIP = &Scenario{
	Name:  "duplicate-ip",
	Title: "Two hosts on one network have the server's address: the second one resets the first one's connection",
	Teaches: "Whoever spoke last by ARP gets the packets. The other host knows nothing of the connection and resets it: everything works, and breaks, by " +
		"chance. Two hardware addresses for one IP address are the proof.",
	Topic:    Reset,
	Seeds:    []string{"002"},
	Cause:    "duplicate-ip",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Bridge, Twin: true, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("twin", "net.ipv4.conf.all.arp_ignore", "8")} // who answers first would be luck: the twin only asks
	}},
	Actors: func(p Params) []session.Script {
		client := netip.AddrPortFrom(lab.Peer(p.Addr), 9)
		// To send anything the twin asks for the client's hardware address, and names its own; the answer to its datagram, an
		// ICMP error, comes when that is done.
		twin := actor("twin", session.Await("client:answered"), session.Datagram("sock", client), session.Connect("sock", client),
			session.Send("sock", "hello\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock"))
		twin.Host = "twin"
		return []session.Script{
			actor("server", served(p), session.Await("client:exited"), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			twin,
			actor("client", asked(p), session.Signal("answered"), session.Await("twin:exited"), session.Send("sock", p.Message+"\n"),
				session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), ends("twin", 0),
			shows("the server still believes in it", "kernel[0].state", "ESTABLISHED"), finds("duplicate-ip")}
	},
}
