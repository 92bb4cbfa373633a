package scenario

import (
	"encoding/binary"
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// RawSYNScan has a client that makes its SYN by hand, as port scanners do.
var RawSYNScan = &Scenario{
	Name:  "raw-syn-scan",
	Title: "A port scan: the SYN is made by hand, and the scanner's own kernel resets the answer",
	Teaches: "A raw socket sends what the program wrote; the kernel knows of no connection. So it answers the server's SYN,ACK with a RST, and the " +
		"server's program never hears of it.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "raw-syn-scan",
	Defaults: refusedDefaults,
	Stage:    on(), // where everybody may have raw sockets
	Actors: func(p Params) []session.Script {
		const port = 54321 // of no socket
		syn := handmade(netip.AddrPortFrom(lab.Peer(p.Addr), port), p.Server(), flagSYN)
		return []session.Script{actor("server", listen(p), idle()),
			actor("client", session.Await("server:ready"), session.Raw("sock", p.Server()), session.SendTo("sock", syn, netip.AddrPortFrom(p.Addr, 0)),
				session.RecvFrom("sock", p.Buffer), session.Close("sock"))}
	},
	Expect: func(Params) []Claim {
		return []Claim{shows("the client's kernel resets what its program asked for", "connections[0].close.by", "client"), ends("client", 0), ends("server", 0),
			finds("raw-syn-scan")}
	},
}

// The flags of segments made by hand.
const flagFIN, flagSYN, flagPSH, flagURG = 0x01, 0x02, 0x08, 0x20

// handmade is a segment as nmap makes it: a window of 1024, and of the options none.
func handmade(from, to netip.AddrPort, flags byte) string {
	const header, window = 20, 1024
	b := make([]byte, 0, header)
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	b = binary.BigEndian.AppendUint32(b, 1000) // its sequence number
	b = binary.BigEndian.AppendUint32(b, 0)
	b = append(b, header/4<<4, flags)
	b = binary.BigEndian.AppendUint16(b, window)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	binary.BigEndian.PutUint16(b[16:], checksum(from.Addr(), to.Addr(), b))
	return string(b)
}

// checksum is that of RFC 9293, 3.1, over the addresses as well.
func checksum(from, to netip.Addr, segment []byte) uint16 {
	const protocol = 6
	sum := uint32(protocol) + uint32(len(segment))
	for _, part := range [][]byte{from.AsSlice(), to.AsSlice(), segment} {
		for i := 0; i < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
