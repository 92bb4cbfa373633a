package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// ruleParser turns the words of a rule into the kernel's expressions, from left to right. The first problem stays.
type ruleParser struct {
	firewallRule
	words []string
	what  string
	only  byte // the transport protocol that a match demands already, 0 for none
}

func (p *ruleParser) fail(format string, args ...any) {
	if p.what == "" {
		p.what = fmt.Sprintf(format, args...)
	}
}

func (p *ruleParser) next() string {
	if len(p.words) == 0 {
		p.fail("it ends too early")
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// accept takes the words if they come next.
func (p *ruleParser) accept(words ...string) bool {
	if len(p.words) < len(words) {
		return false
	}
	for i, w := range words {
		if p.words[i] != w {
			return false
		}
	}
	p.words = p.words[len(words):]
	return true
}

func (p *ruleParser) add(exprs ...expr.Any) { p.exprs = append(p.exprs, exprs...) }

func (p *ruleParser) number(bits int) uint64 {
	w := p.next()
	n, err := strconv.ParseUint(w, 10, bits)
	if err != nil {
		p.fail("%q is not a number", w)
	}
	return n
}

// equal compares the register with data.
func equal(data []byte) expr.Any { return &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data} }

// match takes one condition.
func (p *ruleParser) match() {
	switch {
	case p.accept("counter"):
		p.add(&expr.Counter{})
	case p.accept("tcp", "flags"):
		p.flags()
	case p.accept("tcp"):
		p.port(unix.IPPROTO_TCP)
	case p.accept("udp"):
		p.port(unix.IPPROTO_UDP)
	case p.accept("meta", "l4proto", "icmp"):
		p.protocol(unix.IPPROTO_ICMP)
	case p.accept("meta", "l4proto", "ipv6-icmp"):
		p.protocol(unix.IPPROTO_ICMPV6)
	case p.accept("icmpv6", "type", "packet-too-big"):
		p.protocol(unix.IPPROTO_ICMPV6)
		p.add(&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Len: 1}, equal([]byte{packetTooBig}))
	case p.accept("ip", "saddr"), p.accept("ip6", "saddr"):
		p.address(12, 8)
	case p.accept("ip", "daddr"), p.accept("ip6", "daddr"):
		p.address(16, 24)
	case p.accept("ct", "state"):
		p.state()
	case p.accept("ct", "count", "over"):
		p.add(&expr.Connlimit{Count: uint32(p.number(32)), Flags: 1}) // 1 inverts: matches above the count
	case len(p.words) == 0:
		p.fail("it has no verdict: drop, accept, reject, dnat to or masquerade")
	default:
		p.fail("%q is not understood", p.words[0])
	}
}

// packetTooBig is the type of the ICMPv6 error that carries an MTU (RFC 4443, 3.2).
const packetTooBig = 2

// port takes "dport N" or "sport N" of the protocol.
func (p *ruleParser) port(protocol byte) {
	var offset uint32
	switch {
	case p.accept("dport"):
		offset = 2
	case p.accept("sport"):
	default:
		p.fail("dport or sport must follow the protocol")
	}
	p.protocol(protocol)
	p.add(&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
		equal(binary.BigEndian.AppendUint16(nil, uint16(p.number(16)))))
}

// protocol restricts the rule to one transport protocol, if it is not already.
func (p *ruleParser) protocol(number byte) {
	if p.only != number {
		p.add(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, equal([]byte{number}))
	}
	p.only = number
}

// flags takes the list of flags that are set among FIN, SYN, RST and ACK; the others are not.
func (p *ruleParser) flags() {
	const offset, judged = 13, 1 | 2 | 4 | 16
	bits := map[string]byte{"fin": 1, "syn": 2, "rst": 4, "ack": 16}
	var want byte
	for _, name := range strings.Split(p.next(), ",") {
		if bits[name] == 0 {
			p.fail("%q is none of the flags fin, syn, rst, ack", name)
		}
		want |= bits[name]
	}
	p.protocol(unix.IPPROTO_TCP)
	p.add(&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{judged}, Xor: []byte{0}}, equal([]byte{want}))
}

// address takes an address of either family; the offsets are where it stands in each header.
func (p *ruleParser) address(offset4, offset6 uint32) {
	w := p.next()
	addr, err := netip.ParseAddr(w)
	if err != nil {
		p.fail("%q is not an address", w)
		return
	}
	offset := offset4
	if addr.Is6() {
		offset = offset6
	}
	p.family(addr.Is6())
	p.add(&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(addr.BitLen() / 8)},
		equal(addr.AsSlice()))
}

// family restricts the rule to one.
func (p *ruleParser) family(v6 bool) {
	family := byte(unix.NFPROTO_IPV4)
	if v6 {
		family = unix.NFPROTO_IPV6
	}
	p.add(&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1}, equal([]byte{family}))
}

// state takes a state of connection tracking.
func (p *ruleParser) state() {
	w := p.next()
	bit := map[string]uint32{"invalid": expr.CtStateBitINVALID, "established": expr.CtStateBitESTABLISHED,
		"related": expr.CtStateBitRELATED, "new": expr.CtStateBitNEW, "untracked": expr.CtStateBitUNTRACKED}[w]
	if bit == 0 {
		p.fail("%q is none of the states new, established, related, invalid, untracked", w)
	}
	mask := binary.NativeEndian.AppendUint32(nil, bit)
	p.add(&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)})
}

// The codes of "reject with icmp", "icmpv6" and "icmpx", by the names of nft(8).
var (
	icmpCodes = map[string]uint8{"net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3,
		"net-prohibited": 9, "host-prohibited": 10, "admin-prohibited": 13}
	icmpv6Codes = map[string]uint8{"no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4,
		"policy-fail": 5, "reject-route": 6}
	icmpxCodes = map[string]uint8{"no-route": unix.NFT_REJECT_ICMPX_NO_ROUTE, "port-unreachable": unix.NFT_REJECT_ICMPX_PORT_UNREACH,
		"host-unreachable": unix.NFT_REJECT_ICMPX_HOST_UNREACH, "admin-prohibited": unix.NFT_REJECT_ICMPX_ADMIN_PROHIBITED}
)

// verdict takes the rule's end, if it comes next.
func (p *ruleParser) verdict() bool {
	switch {
	case p.accept("drop"):
		p.add(&expr.Verdict{Kind: expr.VerdictDrop})
	case p.accept("accept"):
		p.add(&expr.Verdict{Kind: expr.VerdictAccept})
	case p.accept("masquerade", "random"):
		p.add(&expr.Masq{Random: true})
	case p.accept("masquerade"):
		p.add(&expr.Masq{})
	case p.accept("dnat", "ip", "to"), p.accept("dnat", "ip6", "to"):
		p.dnat()
	case p.accept("reject", "with", "tcp", "reset"):
		p.protocol(unix.IPPROTO_TCP)
		p.add(&expr.Reject{Type: unix.NFT_REJECT_TCP_RST})
	case p.accept("reject", "with", "icmp"):
		p.family(false)
		p.reject(unix.NFT_REJECT_ICMP_UNREACH, icmpCodes)
	case p.accept("reject", "with", "icmpv6"):
		p.family(true)
		p.reject(unix.NFT_REJECT_ICMP_UNREACH, icmpv6Codes)
	case p.accept("reject", "with", "icmpx"):
		p.reject(unix.NFT_REJECT_ICMPX_UNREACH, icmpxCodes)
	case p.accept("reject"): // as nft does when it is not told more
		p.add(&expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_PORT_UNREACH})
	default:
		return false
	}
	return true
}

// dnat takes the address and port that packets go to instead.
func (p *ruleParser) dnat() {
	w := p.next()
	to, err := netip.ParseAddrPort(w)
	if err != nil {
		p.fail("%q is not an address and port like 10.0.1.2:8080", w)
		return
	}
	family := uint32(unix.NFPROTO_IPV4)
	if to.Addr().Is6() {
		family = unix.NFPROTO_IPV6
	}
	p.family(to.Addr().Is6())
	p.add(&expr.Immediate{Register: 1, Data: to.Addr().AsSlice()},
		&expr.Immediate{Register: 2, Data: binary.BigEndian.AppendUint16(nil, to.Port())},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: family, RegAddrMin: 1, RegProtoMin: 2})
}

func (p *ruleParser) reject(kind uint32, codes map[string]uint8) {
	p.accept("type") // older nft wants it
	w := p.next()
	code, ok := codes[w]
	if !ok {
		p.fail("%q is no error that can be sent so", w)
	}
	p.add(&expr.Reject{Type: kind, Code: code})
}
