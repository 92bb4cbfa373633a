package cable

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// errorCode is an ICMP error in both families; type 0 means that the family has none such.
type errorCode struct{ type4, code4, type6, code6 byte }

// icmpErrors are the answers to a packet that cannot be carried (RFC 792, RFC 1812 5.2.7.1, RFC 4443 3).
var icmpErrors = map[string]errorCode{
	"net-unreachable":      {3, 0, 1, 0},
	"host-unreachable":     {3, 1, 1, 3},
	"protocol-unreachable": {3, 2, 4, 1},
	"port-unreachable":     {3, 3, 1, 4},
	"too-big":              {3, 4, 2, 0},
	"net-prohibited":       {3, 9, 1, 1},
	"host-prohibited":      {3, 10, 1, 1},
	"admin-prohibited":     {3, 13, 1, 1},
	"ttl-exceeded":         {11, 0, 3, 0},
	"source-route-failed":  {3, 5, 0, 0},
	"net-unknown":          {3, 6, 0, 0},
	"host-unknown":         {3, 7, 0, 0},
	"host-isolated":        {3, 8, 0, 0},
	"net-tos":              {3, 11, 0, 0},
	"host-tos":             {3, 12, 0, 0},
	"precedence-violation": {3, 14, 0, 0},
	"precedence-cutoff":    {3, 15, 0, 0},
	"parameter-problem":    {12, 0, 4, 0},
	"policy-fail":          {3, 13, 1, 5},
	"reject-route":         {3, 11, 1, 6},
}

func icmpNames() []string { return slices.Sorted(maps.Keys(icmpErrors)) }

// answerDelay keeps the answer out of the sender's own system call: Linux drops an ICMP error for a socket that is
// being used at that moment (LockDroppedIcmps), and connect() would then see the refusal only a second later.
const answerDelay = 2 * time.Millisecond

// answer sends an ICMP error back to the sender, as a router on the cable would, and does not carry the packet on.
func (e *engine) answer(a *Action, h *hand) {
	frame := icmpError(a, &h.packet)
	e.follow(h, &departure{dir: h.dir.Other(), frame: frame, later: answerDelay}, Forged)
	e.lose(h, Answered)
}

// icmpError makes the error that quotes p: all of it over IPv6 up to the minimum MTU (RFC 4443 3.1), 548 bytes of it
// over IPv4 (RFC 1812 4.3.2.3).
func icmpError(a *Action, p *packet) []byte {
	code := icmpErrors[a.Field]
	ipLen, quoted, proto := 20, p.ip()[:min(len(p.ip()), 548)], byte(protoICMP)
	if p.v6 {
		ipLen, quoted, proto = ipv6Len, p.ip()[:min(len(p.ip()), 1280-ipv6Len-8)], protoICMPv6
	}
	frame := make([]byte, etherLen+ipLen+8+len(quoted))
	copy(frame, p.frame[:etherLen+ipLen])
	answer := packet{frame, p.v6, proto, etherLen + ipLen, len(frame)}
	ip := frame[etherLen:]
	if p.v6 {
		ip[6] = proto
		binary.BigEndian.PutUint16(ip[4:], uint16(8+len(quoted)))
	} else {
		ip[0], ip[9] = 0x45, proto
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	}
	answer.restamp(64)
	answer.turnRound()
	answer.fromRouter()
	m := answer.l4b()
	m[0], m[1] = code.type4, code.code4
	if p.v6 {
		m[0], m[1] = code.type6, code.code6
	}
	if a.Field == "too-big" { // the next hop's MTU: 16 bits over IPv4 (RFC 1191 4), 32 over IPv6
		binary.BigEndian.PutUint32(m[4:], uint32(a.Value))
	}
	copy(m[8:], quoted)
	answer.fixChecksums()
	return frame
}

// restamp gives the packet the marks of one made on the path: TTL, and over IPv4 a fixed ID without DF.
func (p *packet) restamp(ttl uint8) {
	ip := p.ip()
	if p.v6 {
		ip[7] = ttl
		binary.BigEndian.PutUint16(ip[4:], uint16(p.end-p.l4))
		return
	}
	ip[8] = ttl
	binary.BigEndian.PutUint16(ip[2:], uint16(p.end-etherLen))
	binary.BigEndian.PutUint16(ip[4:], forgedID)
	binary.BigEndian.PutUint16(ip[6:], 0)
}

// turnRound swaps the hardware and IP addresses.
func (p *packet) turnRound() {
	swap(p.frame[0:6], p.frame[6:12])
	if p.v6 {
		swap(p.ip()[8:24], p.ip()[24:40])
		return
	}
	swap(p.ip()[12:16], p.ip()[16:20])
}

func swap(a, b []byte) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// fromRouter makes the source address that of the lab's router: the last byte of the target's network is 254.
func (p *packet) fromRouter() {
	if p.v6 {
		copy(p.ip()[8:24], p.ip()[24:40])
		p.ip()[23] = 254
		return
	}
	copy(p.ip()[12:16], p.ip()[16:20])
	p.ip()[15] = 254
}
