package script

import (
	"encoding/binary"
	"fmt"

	"tcplab/capture"
)

// icmp reads "icmp TYPE/CODE [mtu N] [ttl N] quoting FRAME" and adds the error message.
func (p *parser) icmp(at capture.Stamp, from, to *box, w *cursor) error {
	w.next()
	var kind, code uint8
	if n, err := fmt.Sscanf(w.peek(), "%d/%d", &kind, &code); err != nil || n != 2 {
		return fmt.Errorf("after icmp comes type/code, not %q", w.peek())
	}
	w.next()
	h := ipHeader{proto: 1, ttl: from.ttl}
	var mtu, quoted uint64
	var err error
	for !w.done() && err == nil {
		switch key := w.next(); key {
		case "mtu":
			mtu, err = w.number(32)
		case "ttl":
			var n uint64
			n, err = w.number(8)
			h.ttl = uint8(n)
		case "quoting":
			quoted, err = w.number(32)
		default:
			err = fmt.Errorf("an ICMP error has mtu, ttl and quoting, not %q", key)
		}
	}
	if err != nil {
		return err
	}
	if quoted == 0 || quoted > uint64(len(p.out.Frames)) {
		return fmt.Errorf("an ICMP error quotes a frame above it, by its number")
	}
	body := append([]byte{kind, code, 0, 0, 0, 0, 0, 0}, p.out.Frames[quoted-1].Data[14:]...)
	body = body[:min(len(body), 8+548)] // RFC 1812, 4.3.2.3: as much as fits into 576 bytes
	binary.BigEndian.PutUint32(body[4:], uint32(mtu))
	sum := uint64(0)
	if !from.addr.Is4() {
		h.proto = 58
		sum = pseudo(from, to, 58, len(body))
	}
	binary.BigEndian.PutUint16(body[2:], checksum(sum, body))
	return p.add(at, frame(from.mac, to.mac, h.packet(from, to, body), from.addr.Is4()))
}

// neighbor adds an ARP request or reply, or the message of neighbour discovery with the same meaning (RFC 826, RFC 4861).
func (p *parser) neighbor(at capture.Stamp, from, to *box, answers bool, w *cursor) error {
	sender := *from
	for !w.done() {
		if err := sender.attribute(w); err != nil {
			return err
		}
	}
	dst := [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if answers {
		dst = to.mac
	}
	if sender.addr.Is4() != to.addr.Is4() {
		return fmt.Errorf("%s and %s have addresses of different families", from.name, to.name)
	}
	if !sender.addr.Is4() {
		return p.add(at, frame(sender.mac, dst, discovery(&sender, to, answers), false))
	}
	b := append([]byte{}, dst[:]...)
	b = append(b, sender.mac[:]...)
	b = append(b, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1)
	if answers {
		b[len(b)-1] = 2
	}
	b = append(b, sender.mac[:]...)
	b = append(b, sender.addr.AsSlice()...)
	if answers {
		b = append(b, to.mac[:]...)
	} else {
		b = append(b, make([]byte, 6)...)
	}
	return p.add(at, append(b, to.addr.AsSlice()...))
}

func discovery(from, to *box, answers bool) []byte {
	kind, option, target := byte(135), byte(1), to.addr.As16()
	if answers {
		kind, option, target = 136, 2, from.addr.As16()
	}
	body := append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, target[:]...)
	if answers {
		body[4] = 0x60 // solicited, override
	}
	body = append(append(body, option, 1), from.mac[:]...)
	binary.BigEndian.PutUint16(body[2:], checksum(pseudo(from, to, 58, len(body)), body))
	h := ipHeader{proto: 58, ttl: 255}
	return h.packet6(from, to, body)
}
