package lab

import "net/netip"

// Peer is the address of the client's host in the family of server: whoever is to be called back from there needs it.
func Peer(server netip.Addr) netip.Addr {
	if server.Is6() {
		return clientAddrs.v6.Addr()
	}
	return clientAddrs.v4.Addr()
}

// ServerAddr is the address that the server will have in a lab.
func ServerAddr(t Topology, v6 bool) netip.Addr {
	at := serverAddrs
	if t == Routed {
		at = serverFarAddrs
	}
	if v6 {
		return at.v6.Addr()
	}
	return at.v4.Addr()
}
