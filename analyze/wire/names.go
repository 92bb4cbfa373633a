package wire

import "strconv"

// ProtocolName names what a frame without TCP held, from Packet.EtherType and Packet.Proto: "ARP", "UDP", "ICMPv6".
func ProtocolName(etherType uint16, proto uint8) string {
	switch etherType {
	case etherIPv4, etherIPv6:
		return ipProtocol(proto)
	case 0:
		return "no network layer"
	}
	if name, ok := etherTypeNames[etherType]; ok {
		return name
	}
	return "EtherType 0x" + strconv.FormatUint(uint64(etherType)|1<<16, 16)[1:]
}

// etherTypeNames holds the EtherTypes that captures on hosts and switches are full of.
var etherTypeNames = map[uint16]string{
	etherLLC: "802.2", etherARP: "ARP", 0x0842: "Wake-on-LAN", 0x2000: "CDP", 0x6002: "DEC MOP", 0x6003: "DECnet",
	0x8035: "RARP", 0x809b: "AppleTalk", 0x80f3: "AppleTalk ARP", 0x8137: "IPX", etherMPLS: "MPLS",
	etherMPLSMulti: "MPLS", etherPPPoEDisc: "PPPoE discovery", etherPPPoE: "PPPoE", 0x8808: "Ethernet flow control",
	0x8809: "LACP", 0x888e: "802.1X", 0x8892: "PROFINET", 0x88a2: "ATA over Ethernet", 0x88a4: "EtherCAT",
	0x88b8: "GOOSE", 0x88cc: "LLDP", 0x88e5: "MACsec", 0x88f7: "PTP", 0x8902: "802.1ag", 0x8906: "FCoE",
	0x9000: "Ethernet loopback",
}

// ipProtocol returns the name of an IP protocol (IANA's protocol-numbers registry).
func ipProtocol(proto uint8) string {
	if name, ok := ipProtocolNames[proto]; ok {
		return name
	}
	return "IP protocol " + strconv.Itoa(int(proto))
}

var ipProtocolNames = map[uint8]string{
	0: "hop-by-hop options", protoICMP: "ICMP", 2: "IGMP", protoIPIP: "IP in IP", protoTCP: "TCP", 8: "EGP", 9: "IGP",
	protoUDP: "UDP", 33: "DCCP", protoIPv6: "IPv6 in IP", extRouting: "IPv6 routing", extFragment: "IPv6 fragment",
	46: "RSVP", protoGRE: "GRE", 50: "ESP", protoAH: "AH", protoICMPv6: "ICMPv6", 59: "no next header",
	extDestination: "destination options", 88: "EIGRP", 89: "OSPF", 94: "IPIP", protoEtherIP: "EtherIP", 103: "PIM",
	108: "IPComp", 112: "VRRP", 115: "L2TPv3", 132: "SCTP", 135: "IPv6 mobility", 136: "UDP-Lite", protoMPLS: "MPLS",
	protoEthernet: "Ethernet",
}

// ICMPName says what an ICMP error objects to: "host unreachable", "time to live exceeded in transit".
func ICMPName(v6 bool, typ, code uint8) string {
	names := icmpNames
	if v6 {
		names = icmp6Names
	}
	if name, ok := names[[2]uint8{typ, code}]; ok {
		return name
	}
	family := "ICMP"
	if v6 {
		family = "ICMPv6"
	}
	return family + " type " + strconv.Itoa(int(typ)) + " code " + strconv.Itoa(int(code))
}

// icmpNames is keyed by type and code (RFC 792; RFC 1122, 3.2.2.1; RFC 1812, 5.2.7.1).
var icmpNames = map[[2]uint8]string{
	{3, 0}: "network unreachable", {3, 1}: "host unreachable", {3, 2}: "protocol unreachable",
	{3, 3}: "port unreachable", {3, 4}: "fragmentation needed", {3, 5}: "source route failed",
	{3, 6}: "network unknown", {3, 7}: "host unknown", {3, 8}: "source host isolated",
	{3, 9}: "network administratively prohibited", {3, 10}: "host administratively prohibited",
	{3, 11}: "network unreachable for this type of service", {3, 12}: "host unreachable for this type of service",
	{3, 13}: "communication administratively prohibited", {3, 14}: "host precedence violation",
	{3, 15}: "precedence cutoff in effect", {4, 0}: "source quench",
	{5, 0}: "redirect for the network", {5, 1}: "redirect for the host",
	{5, 2}: "redirect for the network and type of service", {5, 3}: "redirect for the host and type of service",
	{11, 0}: "time to live exceeded in transit", {11, 1}: "fragment reassembly time exceeded",
	{12, 0}: "parameter problem", {12, 1}: "required option missing", {12, 2}: "bad length",
}

// icmp6Names is keyed by type and code (RFC 4443, 3; RFC 7112; RFC 8754).
var icmp6Names = map[[2]uint8]string{
	{1, 0}: "no route to destination", {1, 1}: "communication administratively prohibited",
	{1, 2}: "beyond scope of source address", {1, 3}: "address unreachable", {1, 4}: "port unreachable",
	{1, 5}: "source address failed ingress or egress policy", {1, 6}: "reject route to destination",
	{1, 7}: "error in source routing header", {2, 0}: "packet too big",
	{3, 0}: "hop limit exceeded in transit", {3, 1}: "fragment reassembly time exceeded",
	{4, 0}: "erroneous header field", {4, 1}: "unrecognized next header", {4, 2}: "unrecognized IPv6 option",
	{4, 3}: "first fragment has incomplete header chain", {4, 4}: "segment routing upper-layer header error",
}
