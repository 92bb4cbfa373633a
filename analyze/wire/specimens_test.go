package wire

import (
	"fmt"
	"slices"
	"strings"
)

// specimens returns all of them.
func specimens() []specimen {
	return slices.Concat(linkSpecimens, ipSpecimens, tunnelSpecimens(), icmpSpecimens(), malformedSpecimens)
}

var linkSpecimens = []specimen{
	{"plain", 1, eth(0x0800, syn), 0, isSYN},
	{"plain IPv6", 1, eth(0x86dd, syn6), 0, isSYN6},
	{"padded to 60 bytes", 1, eth(0x0800, syn) + "000000000000", 0, isSYN},
	{"802.1Q", 1, eth(0x8100, "2005 0800"+syn), 0, isSYN + " vlan 5"},
	{"priority tag only", 1, eth(0x8100, "e000 0800"+syn), 0, isSYN},
	{"802.1ad over 802.1Q", 1, eth(0x88a8, "0007 8100 0005 86dd"+syn6), 0, isSYN6 + " vlan 7"},
	{"0x9100 over 802.1Q", 1, eth(0x9100, "0007 8100 0005 0800"+syn), 0, isSYN + " vlan 7"},
	{"0x9200", 1, eth(0x9200, "0007 0800"+syn), 0, isSYN + " vlan 7"},
	{"MPLS, one label", 1, eth(0x8847, "00010140"+syn), 0, isSYN},
	{"MPLS, two labels", 1, eth(0x8847, "00020040 00010140"+syn6), 0, isSYN6},
	{"MPLS, pseudowire with control word", 1, eth(0x8847, "00010140 00000000"+eth(0x0800, syn)), 0, isSYN},
	{"MPLS, pseudowire without control word", 1, eth(0x8847, "00010140"+eth(0x0800, syn)), 0, isSYN},
	{"PPPoE session", 1, eth(0x8864, "11 00 0001 002a 0021"+syn), 0, isSYN},
	{"PPPoE session, padded", 1, eth(0x8864, "11 00 0001 002a 0021"+syn+"0000"), 0, isSYN},
	{"PPPoE discovery", 1, eth(0x8863, "11 09 0000 0004 01010000"), 0, "not TCP: PPPoE discovery"},
	{"PPPoE, LCP", 1, eth(0x8864, "11 00 0001 000a c021 0901 0008 00000000"), 0, "not TCP: PPPoE"},
	{"802.3, SNAP", 1, eth(0x0030, "aaaa03 000000 0800"+syn), 0, isSYN},
	{"802.3, SNAP of bridged Ethernet", 1, eth(0x0030, "aaaa03 0000f8 0800"+syn), 0, isSYN},
	{"802.3, IP's own access point", 1, eth(0x002b, "060603"+syn), 0, isSYN},
	{"802.3, spanning tree", 1, eth(0x0007, "424203 00000000"), 0, "not TCP: 802.2"},
	{"802.3, Cisco's SNAP", 1, eth(0x000c, "aaaa03 00000c 2000 00000000"), 0, "not TCP: 802.2"},
	{"802.1ah", 1, eth(0x88e7, "00000001"+eth(0x0800, syn)), 0, isSYN},
	{"VN-Tag between two VLAN tags", 1, eth(0x8100, "0007 8926 00000000 8100 0005 0800"+syn), 0, isSYN + " vlan 7"},
	{"HSR", 1, eth(0x892f, "0034 0001 0800"+syn), 0, isSYN},
	{"redundancy tag of 802.1CB", 1, eth(0xf1c1, "0000 0001 86dd"+syn6), 0, isSYN6},
	{"security group tag", 1, eth(0x8909, "01 01 0001 0002 0800"+syn), 0, isSYN},
	{"FabricPath", 1, eth(0x8903, "0060"+eth(0x8100, "0005 0800"+syn)+"00000000"), 0, isSYN + " vlan 5"},
	{"service chain, IPv4", 1, eth(0x894f, "0fc6 01 01 000001ff"+strings.Repeat("00", 16)+syn), 0, isSYN},
	{"service chain, Ethernet", 1, eth(0x894f, "0fc2 02 03 000001ff"+eth(0x0800, syn)), 0, isSYN},
	{"service chain of one word", 1, eth(0x894f, "0fc1 02 01"+syn), 0, "malformed"},
	{"LLDP", 1, eth(0x88cc, "0207 04 020000000001 0000"), 0, "not TCP: LLDP"},

	{"NULL, little endian", 0, "02000000" + syn, 0, isSYN},
	{"NULL, big endian", 0, "00000002" + syn, 0, isSYN},
	{"NULL, IPv6 of Linux", 0, "0a000000" + syn6, 0, isSYN6},
	{"NULL, IPv6 of NetBSD", 0, "18000000" + syn6, 0, isSYN6},
	{"NULL, IPv6 of FreeBSD", 0, "1c000000" + syn6, 0, isSYN6},
	{"NULL, IPv6 of macOS", 0, "1e000000" + syn6, 0, isSYN6},
	{"NULL, another family", 0, "07000000 00000000", 0, "not TCP: no network layer"},
	{"LOOP", 108, "00000002" + syn, 0, isSYN},
	{"LOOP, IPv6 of OpenBSD", 108, "00000018" + syn6, 0, isSYN6},
	{"raw", 101, syn, 0, isSYN},
	{"raw, IPv6", 101, syn6, 0, isSYN6},
	{"raw, BSD's number", 12, syn, 0, isSYN},
	{"raw, OpenBSD's number", 14, syn, 0, isSYN},
	{"IPv4", 228, syn, 0, isSYN},
	{"IPv6", 229, syn6, 0, isSYN6},
	{"SLL", 113, "0000 0304 0006 000000000000 0000 0800" + syn, 0, isSYN},
	{"SLL with a tag", 113, "0000 0001 0006 020000000001 0000 8100 0005 0800" + syn, 0, isSYN + " vlan 5"},
	{"SLL, 802.2", 113, "0000 0001 0006 020000000001 0000 0004 aaaa03 000000 0800" + syn, 0, isSYN},
	{"SLL, netlink", 113, "0004 0338 0000 000000000000 0000 0000 00000000", 0, "not TCP: no network layer"},
	{"SLL2", 276, "86dd 0000 00000001 0304 00 06 000000000000 0000" + syn6, 0, isSYN6},
	{"PPP", 9, "0021" + syn, 0, isSYN},
	{"PPP, compressed protocol", 9, "21" + syn, 0, isSYN},
	{"PPP with address and control", 9, "ff03 0057" + syn6, 0, isSYN6},
	{"PPP in HDLC", 50, "ff03 0021" + syn, 0, isSYN},
	{"Cisco HDLC in PPP_SERIAL", 50, "0f00 0800" + syn, 0, isSYN},
	{"PPPoE without Ethernet", 51, "11 00 0001 002a 0021" + syn, 0, isSYN},
	{"Cisco HDLC", 104, "0f00 0800" + syn, 0, isSYN},
	{"Cisco HDLC, MPLS", 104, "0f00 8847 00010140" + syn, 0, isSYN},
	{"NFLOG, little endian", 239, "02 00 0000 0800 0100 0800 0100 0500 0a00 78000000 2c00 0900" + syn, 0, isSYN},
	{"NFLOG, big endian", 239, "0a 00 0000 0008 0001 0800 0100 0040 0009" + syn6, 0, isSYN6},
	{"802.11 to the access point", 105, "0801 0000 020000000003 020000000001 020000000002 0000 aaaa03 000000 0800" + syn, 0, isSYN},
	{"802.11 with quality of service", 105, "8802 0000 020000000002 020000000003 020000000001 0000 0000 aaaa03 000000 0800" + syn, 0, isSYN},
	{"802.11, encrypted", 105, "0841 0000 020000000003 020000000001 020000000002 0000 00000000 00000000 00000000", 0, "not TCP: no network layer"},
	{"radiotap", 127, "00 00 0800 00000000 0801 0000 020000000003 020000000001 020000000002 0000 aaaa03 000000 0800" + syn, 0, isSYN},
	{"PPI", 192, "00 00 0800 01000000" + eth(0x0800, syn), 0, isSYN},
	{"PKTAP", 258, "6c000000 01000000 01000000" + strings.Repeat("00", 96) + eth(0x0800, syn), 0, isSYN},
	{"Prism", 119, "44000000 90000000" + strings.Repeat("00", 136) + "0801 0000 020000000003 020000000001 020000000002 0000 aaaa03 000000 0800" + syn, 0, isSYN},
	{"AVS", 163, "80211001 00000040" + strings.Repeat("00", 56) + "0801 0000 020000000003 020000000001 020000000002 0000 aaaa03 000000 0800" + syn, 0, isSYN},
	{"FDDI", 10, "50 020000000002 020000000001 aaaa03 000000 0800" + syn, 0, isSYN},
	{"FDDI, ring management", 10, "41 020000000002 020000000001 00000000", 0, "not TCP: no network layer"},
	{"token ring", 6, "10 40 020000000002 020000000001 aaaa03 000000 0800" + syn, 0, isSYN},
	{"token ring across two bridges", 6, "10 40 020000000002 820000000001 0830 0011 0022 0030 aaaa03 000000 86dd" + syn6, 0, isSYN6},
	{"ATM", 11, "aaaa03 000000 0800" + syn, 0, isSYN},
	{"frame relay", 107, "1841 03 cc" + syn, 0, isSYN},
	{"frame relay, SNAP", 107, "1841 03 00 80 000000 86dd" + syn6, 0, isSYN6},
	{"frame relay of Cisco", 107, "1841 0800" + syn, 0, isSYN},
	{"PFLOG", 117, "3d 02 00 00" + strings.Repeat("00", 60) + syn, 0, isSYN},
	{"IP over Fibre Channel", 122, "1000020000000002 1000020000000001 aaaa03 000000 0800" + syn, 0, isSYN},
	{"FireWire", 138, "0200000000000002 0200000000000001 0800" + syn, 0, isSYN},
	{"an unknown link type", 147, syn, 0, "unknown link type"},
}

var ipSpecimens = []specimen{
	{"IPv4 options", 1, eth(0x0800, "4600 002c 0001 0000 40 06 0000 0a000001 0a000002 94040000"+tcpSYN), 0, isSYN},
	{"IPv4 source route, not used up", 1,
		eth(0x0800, "4700 0030 0001 0000 40 06 0000 0a000001 0a000009 83 07 04 0a000002 00"+tcpSYN), 0, isSYN},
	{"IPv4 source route, used up", 1,
		eth(0x0800, "4700 0030 0001 0000 40 06 0000 0a000001 0a000002 83 07 08 0a000009 00"+tcpSYN), 0, isSYN},
	{"IPv4 length 0", 1, eth(0x0800, "4500 0000 0001 0000 40 06 0000 0a000001 0a000002"+tcpSYN+"61626364"), 0,
		"TCP 10.0.0.1:1000>10.0.0.2:80 S seq 1 len 4 nolength"},
	{"BIG TCP, IPv4", 1, eth(0x0800, "4500 0000 0001 0000 40 06 0000 0a000001 0a000002"+tcpSYN+strings.Repeat("00", 70000)), 0,
		"TCP 10.0.0.1:1000>10.0.0.2:80 S seq 1 len 70000 nolength"},
	{"BIG TCP, IPv6 without a jumbo option", 1, eth(0x86dd, "60000000 0000 06 40"+fd00+tcpSYN+strings.Repeat("00", 70000)), 0,
		"TCP fd00::1:1000>fd00::2:80 S seq 1 len 70000 nolength"},
	{"jumbogram", 1, eth(0x86dd, "60000000 0000 00 40"+fd00+"06 00 c204 0001118c"+tcpSYN+strings.Repeat("00", 70000)), 0,
		"TCP fd00::1:1000>fd00::2:80 S seq 1 len 70000"},
	{"hop-by-hop and destination options", 1, over6(0, "3c 00 010400000000 06 00 010400000000"+tcpSYN), 0, isSYN6},
	{"routing header, type 2", 1, eth(0x86dd, "60000000 002c 2b 40 fd000000000000000000000000000001 fd000000000000000000000000000009"+
		"06 02 02 01 00000000 fd000000000000000000000000000002"+tcpSYN), 0, isSYN6},
	{"segment routing", 1, eth(0x86dd, "60000000 003c 2b 40 fd000000000000000000000000000001 fd000000000000000000000000000009"+
		"06 04 04 01 01 00 0000 fd000000000000000000000000000002 fd000000000000000000000000000009"+tcpSYN), 0, isSYN6},
	{"segment routing, used up", 1, over6(43, "06 02 04 00 00 00 0000 fd000000000000000000000000000002"+tcpSYN), 0, isSYN6},
	{"authentication header", 1, over6(51, "06 04 0000 00000001 00000001 000000000000000000000000"+tcpSYN), 0, isSYN6},
	{"authentication header, IPv4", 1, eth(0x0800, "4500 0040 0001 0000 40 33 0000 0a000001 0a000002"+
		"06 04 0000 00000001 00000001 000000000000000000000000"+tcpSYN), 0, isSYN},
	{"atomic fragment", 1, over6(44, "06 00 0000 00000001"+tcpSYN), 0, isSYN6},
	{"first fragment, IPv6", 1, over6(44, "06 00 0001 00000001"+tcpSYN+"00000000"), 0, "fragment"},
	{"later fragment, IPv6", 1, over6(44, "06 00 0018 00000001"+tcpSYN), 0, "fragment"},
	{"first fragment, IPv4", 1, eth(0x0800, "4500 002c 0001 2000 40 06 0000 0a000001 0a000002"+tcpSYN+"00000000"), 0, "fragment"},
	{"later fragment, IPv4", 1, eth(0x0800, "4500 0028 0001 0003 40 06 0000 0a000001 0a000002"+tcpSYN), 0, "fragment"},
	{"UDP", 1, over4(17, udp(53, "0000")), 0, "not TCP: UDP"},
	{"no next header", 1, over6(59, ""), 0, "not TCP: no next header"},
	{"ESP", 1, over4(50, "0000000100000001"), 0, "not TCP: ESP"},
}

// teredo6 is the SYN of an address of Teredo.
const teredo6 = "60000000 0014 06 40 20010000000000000000000000000001 fd000000000000000000000000000002" + tcpSYN

const fd00 = "fd000000000000000000000000000001 fd000000000000000000000000000002"

// tunnelSpecimens puts the SYN into every tunnel; frames are Ethernet.
func tunnelSpecimens() []specimen {
	bridged, mac := eth(0x0800, syn), "8100 0000 020000000001"
	var all []specimen
	for _, c := range []struct{ name, hex string }{
		{"GRE", over4(47, "0000 0800"+syn)},
		{"GRE, checksum", over4(47, "8000 0800 0000 0000"+syn)},
		{"GRE, key", over4(47, "2000 0800 00000007"+syn)},
		{"GRE, checksum, key and sequence", over4(47, "b000 0800 00000000 00000007 00000001"+syn)},
		{"GRE, bridged", over4(47, "0000 6558"+bridged)},
		{"GRE over IPv6", over6(47, "0000 0800"+syn)},
		{"GRE, WCCP version 1", over4(47, "0000 883e"+syn)},
		{"GRE, WCCP version 2", over4(47, "0000 883e 00000000"+syn)},
		{"GRE, MPLS", over4(47, "0000 8847 00010140"+syn)},
		{"PPTP", over4(47, "3001 880b 002e 0001 00000001 ff03 0021"+syn)},
		{"PPTP with acknowledgement", over4(47, "3081 880b 002e 0001 00000001 00000001 ff03 0021"+syn)},
		{"ERSPAN I", over4(47, "0000 88be"+bridged)},
		{"ERSPAN II", over4(47, "1000 88be 00000001 1001 0001 00000000"+bridged)},
		{"ERSPAN III", over4(47, "1000 22eb 00000001 2001 0001 00000000 0000 0000"+bridged)},
		{"ERSPAN III with platform header", over4(47, "1000 22eb 00000001 2001 0001 00000000 0000 0001 0000000000000000"+bridged)},
		{"Aruba", over4(47, "0000 8200 8801 0000 020000000003 020000000001 020000000002 0000 0000 aaaa03 000000 0800"+syn)},
		{"GRE in UDP", over4(17, udp(4754, "2000 0800 00000007"+syn))},
		{"service chain in VXLAN-GPE", over4(17, udp(4790, "0c000004 00000700 0fc2 02 01 000001ff"+syn))},
		{"VXLAN", over4(17, udp(4789, "08000000 00000700"+bridged))},
		{"VXLAN, old port", over4(17, udp(8472, "08000000 00000700"+bridged))},
		{"VXLAN with a tag inside", over4(17, udp(4789, "08000000 00000700"+eth(0x8100, "0000 0800"+syn)))},
		{"VXLAN-GPE", over4(17, udp(4790, "0c000001 00000700"+syn))},
		{"Geneve", over4(17, udp(6081, "0000 6558 00000700"+bridged))},
		{"Geneve with an option", over4(17, udp(6081, "0200 0800 00000700 0102 0001 00000000"+syn))},
		{"GTP-U", over4(17, udp(2152, "30ff 0028 00000001"+syn))},
		{"GTP-U, sequence number", over4(17, udp(2152, "32ff 002c 00000001 0001 00 00"+syn))},
		{"GTP-U, extension", over4(17, udp(2152, "34ff 0030 00000001 0000 00 85 01 1000 00"+syn))},
		{"IP in IP", over4(4, syn)},
		{"IPv4 in IPv6", over6(4, syn)},
		{"EtherIP", over4(97, "3000"+bridged)},
		{"Ethernet in IPv6", over6(143, bridged)},
		{"MPLS in IP", over4(137, "00010140"+syn)},
		{"MPLS in UDP", over4(17, udp(6635, "00010140"+syn))},
		{"L2TP", over4(17, udp(1701, "0002 0001 0001 ff03 0021"+syn))},
		{"L2TP with length and sequence", over4(17, udp(1701, "4802 0038 0001 0001 0000 0000 ff03 0021"+syn))},
		{"VXLAN in GRE in IP in IP", over4(4, ip4(47, "0000 0800"+ip4(17, udp(4789, "08000000 00000700"+bridged))))},
		{"802.1ah in VXLAN", over4(17, udp(4789, "08000000 00000700"+eth(0x88e7, "00000001"+bridged)))},
	} {
		all = append(all, specimen{c.name, 1, c.hex, 0, isSYN + " tunnel"})
	}
	all = append(all,
		specimen{"IPv6 in IPv4", 1, over4(41, syn6), 0, isSYN6 + " tunnel"},
		specimen{"Teredo", 1, over4(17, udp(3544, syn6)), 0, isSYN6 + " tunnel"},
		specimen{"Teredo with authentication and origin", 1,
			over4(17, udp(3544, "0001 00 00 0000000000000000 00 0000 1234 f5ffffff"+syn6)), 0, isSYN6 + " tunnel"},
		specimen{"Teredo to a relay", 1, over4(17, udp(32900, teredo6)), 0, "TCP 2001::1:1000>fd00::2:80 S seq 1 len 0 tunnel"},
		specimen{"a datagram that begins like IPv6", 1, over4(17, udp(32900, syn6)), 0, "not TCP: UDP"},
		specimen{"AYIYA", 1, over4(17, udp(5072, "41 52 11 29 00000000"+strings.Repeat("00", 16+20)+syn6)), 0, isSYN6 + " tunnel"},
		specimen{"VXLAN, ARP inside", 1, over4(17, udp(4789, "08000000 00000700"+eth(0x0806,
			"0001 0800 06 04 0001"+mac[10:]+"c0000201 000000000000 c0000202"))), 0,
			"192.0.2.1 asks about 192.0.2.2: 020000000001"},
		specimen{"PPTP, only an acknowledgement", 1, over4(47, "2081 880b 0000 0001 00000001"), 0, "not TCP: GRE"},
		specimen{"ordinary datagram to VXLAN's port", 1, over4(17, udp(4789, "00000000 61626364 61626364")), 0, "not TCP: UDP"},
		specimen{"DNS answer to GTP's port", 1, over4(17, udp(2152, "30ff 8180 00010001 00000000")), 0, "not TCP: UDP"},
		specimen{"GTP control", 1, over4(17, udp(2152, "3201 0004 00000000 00000000")), 0, "not TCP: UDP"},
		specimen{"more tunnels than there can be", 1, eth(0x0800, nested(20)), 0, "not TCP: IP in IP"})
	return all
}

// nested returns the SYN in n tunnels.
func nested(n int) string {
	body := syn
	for range n {
		body = ip4(4, body)
	}
	return body
}

// icmpSpecimens are ICMP errors about the SYN, sent by 192.0.2.1, and what neighbours say.
func icmpSpecimens() []specimen {
	const from4 = "from 192.0.2.1 to 192.0.2.2: 10.0.0.1:1000>10.0.0.2:80 seq 1"
	const from6 = "from fd00::1 to fd00::2: fd00::1:1000>fd00::2:80 seq 1"
	short, short6 := syn[:len(syn)-len(" 00000000 5002 2000 0000 0000")], syn6[:len(syn6)-len(" 00000000 5002 2000 0000 0000")]
	all := []specimen{
		{"unreachable host", 1, over4(1, "0301 0000 00000000"+syn), 0, "ICMP 3/1 " + from4 + " S quoted 20"},
		{"eight bytes quoted", 1, over4(1, "0303 0000 00000000"+short), 0, "ICMP 3/3 " + from4 + " quoted 8"},
		{"seven bytes quoted", 1, over4(1, "0303 0000 00000000"+short[:len(short)-2]), 0, "malformed"},
		{"fragmentation needed", 1, over4(1, "0304 0000 0000 0578"+syn), 0, "ICMP 3/4 " + from4 + " S mtu 1400 quoted 20"},
		{"time exceeded", 1, over4(1, "0b00 0000 00000000"+syn), 0, "ICMP 11/0 " + from4 + " S quoted 20"},
		{"redirect", 1, over4(1, "0501 0000 c0000209"+syn), 0, "ICMP 5/1 " + from4 + " S quoted 20"},
		{"parameter problem", 1, over4(1, "0c00 0000 01000000"+syn), 0, "ICMP 12/0 " + from4 + " S quoted 20"},
		{"with extensions", 1, over4(1, "0b00 0000 00200000"+syn+strings.Repeat("00", 88)+"2000 0000 0008 0101 00010140"), 0,
			"ICMP 11/0 " + from4 + " S quoted 20"},
		{"quoted IPv4 options", 1, over4(1, "0301 0000 00000000 4600 002c 0001 0000 40 06 0000 0a000001 0a000002 94040000"+tcpSYN), 0,
			"ICMP 3/1 " + from4 + " S quoted 20"},
		{"echo", 1, over4(1, "0800 0000 00010001"), 0, "not TCP: ICMP"},
		{"quotes UDP", 1, over4(1, "0303 0000 00000000"+ip4(17, udp(53, ""))), 0, "not TCP: ICMP"},
		{"quotes a later fragment", 1, over4(1, "0b01 0000 00000000 4500 0028 0001 0003 40 06 0000 0a000001 0a000002"+tcpSYN), 0,
			"not TCP: ICMP"},
		{"in a tunnel", 1, over4(47, "0000 0800"+ip4(1, "0301 0000 00000000"+syn)), 0, "ICMP 3/1 " + from4 + " S quoted 20"},
		{"port unreachable, IPv6", 1, over6(58, "0104 0000 00000000"+syn6), 0, "ICMP 1/4 " + from6 + " S quoted 20"},
		{"eight bytes quoted, IPv6", 1, over6(58, "0104 0000 00000000"+short6), 0, "ICMP 1/4 " + from6 + " quoted 8"},
		{"packet too big", 1, over6(58, "0200 0000 00000500"+syn6), 0, "ICMP 2/0 " + from6 + " S mtu 1280 quoted 20"},
		{"hop limit exceeded", 1, over6(58, "0300 0000 00000000"+syn6), 0, "ICMP 3/0 " + from6 + " S quoted 20"},
		{"quotes extension headers", 1, over6(58, "0104 0000 00000000"+ip6(0, "3c 00 010400000000 2c 00 010400000000 06 00 0000 00000001"+tcpSYN)), 0,
			"ICMP 1/4 " + from6 + " S quoted 20"},
		{"quotes a later fragment, IPv6", 1, over6(58, "0104 0000 00000000"+ip6(44, "06 00 0018 00000001"+tcpSYN)), 0, "not TCP: ICMPv6"},
		{"router advertisement", 1, over6(58, "8600 0000 40000000 00000000 00000000"), 0, "not TCP: ICMPv6"},
		{"quote cut by the snap length before the number", 1, over4(1, "0301 0000 00000000"+syn), 13,
			"ICMP 3/1 from 192.0.2.1 to 192.0.2.2: 10.0.0.1:1000>10.0.0.2:80 seq 0 quoted 7"},
		{"quote cut by the snap length before the ports", 1, over4(1, "0301 0000 00000000"+syn), 20,
			"ICMP 3/1 from 192.0.2.1 to 192.0.2.2: 10.0.0.1:0>10.0.0.2:0 seq 0 quoted 0"},
		{"quote cut by the snap length in its IP header", 1, over4(1, "0301 0000 00000000"+syn), 22,
			"ICMP 3/1 from 192.0.2.1 to 192.0.2.2: 10.0.0.1:0>10.0.0.0:0 seq 0 quoted 0"},
		{"quote cut by the snap length before the addresses", 1, over4(1, "0301 0000 00000000"+syn), 28, "truncated"},

		{"who has", 1, eth(0x0806, "0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202"), 0,
			"192.0.2.1 asks about 192.0.2.2: 020000000001"},
		{"is at", 1, eth(0x0806, "0001 0800 06 04 0002 020000000002 c0000202 020000000001 c0000201"), 0,
			"192.0.2.2 answers about 192.0.2.2: 020000000002"},
		{"ARP of another hardware", 1, eth(0x0806, "0020 0800 14 04 0001 00000000"), 0, "not TCP: ARP"},
		{"solicitation", 1, over6(58, "8700 0000 00000000 fd000000000000000000000000000003 0101 020000000001"), 0,
			"fd00::1 asks about fd00::3: 020000000001"},
		{"advertisement", 1, over6(58, "8800 0000 60000000 fd000000000000000000000000000001 0201 020000000009"), 0,
			"fd00::1 answers about fd00::1: 020000000009"},
	}
	return all
}

// malformedSpecimens has one row for each way in which headers contradict each other, or are not all there.
var malformedSpecimens = []specimen{
	{"empty frame", 1, "", 0, "malformed"},
	{"Ethernet header not whole", 1, "020000000002 0200", 0, "malformed"},
	{"Ethernet header cut", 1, eth(0x0800, syn), 50, "truncated"},
	{"no IP version", 1, eth(0x0800, "0000 0028"+syn), 0, "malformed"},
	{"IPv4 header of 16 bytes", 1, eth(0x0800, "4400"+syn[4:]), 0, "malformed"},
	{"IPv4 length below its header", 1, eth(0x0800, "4500 0013"+syn[9:]), 0, "malformed"},
	{"IPv4 length below the TCP header", 1, eth(0x0800, "4500 0027"+syn[9:]), 0, "malformed"},
	{"IPv4 header cut", 1, eth(0x0800, syn), 21, "truncated"},
	{"IPv4 options beyond the frame", 1, eth(0x0800, "4f00 0040"+syn[9:]), 0, "malformed"},
	{"IPv4 length beyond the frame", 1, eth(0x0800, "4500 0030"+syn[9:]), 0,
		"TCP 10.0.0.1:1000>10.0.0.2:80 S seq 1 len 8"},
	{"IPv6 length below the TCP header", 1, eth(0x86dd, "60000000 0013"+syn6[13:]), 0, "malformed"},
	{"IPv6 extension beyond the frame", 1, over6(0, "06 40 010400000000"+tcpSYN), 0, "malformed"},
	{"jumbo length below its own header", 1, eth(0x86dd, "60000000 0000 00 40"+fd00+"06 00 c204 00000004"+tcpSYN), 0, "malformed"},
	{"authentication header of 8 bytes", 1, over4(51, "06 00 0000 00000001 00000001"+tcpSYN), 0, "malformed"},
	{"TCP header of 16 bytes", 1, over4(6, "03e8 0050 00000001 00000000 4002 2000 0000 0000"), 0, "malformed"},
	{"TCP header beyond the packet", 1, over4(6, "03e8 0050 00000001 00000000 6002 2000 0000 0000"), 0, "malformed"},
	{"TCP header cut", 1, eth(0x0800, syn), 1, "truncated"},
	{"TCP options cut", 1, over4(6, "03e8 0050 00000001 00000000 7002 2000 0000 0000 020405b4 01010402"), 5,
		"TCP 192.0.2.1:1000>192.0.2.2:80 S seq 1 len 0 cutoptions"},
	{"TCP option of length 1", 1, over4(6, "03e8 0050 00000001 00000000 6002 2000 0000 0000 02010000"), 0,
		"TCP 192.0.2.1:1000>192.0.2.2:80 S seq 1 len 0 badoption"},
	{"TCP option beyond the header", 1, over4(6, "03e8 0050 00000001 00000000 6002 2000 0000 0000 02050000 61"), 0,
		"TCP 192.0.2.1:1000>192.0.2.2:80 S seq 1 len 1 badoption"},
	{"tag not whole", 1, eth(0x8100, "0005"), 0, "malformed"},
	{"label stack without a bottom", 1, eth(0x8847, "00010040"), 0, "malformed"},
	{"GRE header not whole", 1, over4(47, "2000 0800"), 0, "malformed"},
	{"GRE of a later version", 1, over4(47, "0002 0800"+syn), 0, "not TCP: GRE"},
	{"NFLOG attribute of length 2", 239, "02 00 0000 0200 0100 00000000", 0, "malformed"},
	{"PPI header of 4 bytes", 192, "00 00 0400 01000000 00000000", 0, "malformed"},
	{"PPI inside PPI, without end", 192, strings.Repeat("00 00 0800 c0000000", 20), 0, "malformed"},
	{"UDP header not whole", 1, over4(17, "c000 12b5"), 0, "malformed"},
	{"a tunnel whose inner header is nonsense", 1, over4(4, fmt.Sprintf("%040x", 1)), 0, "malformed"},
}
