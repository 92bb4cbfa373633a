package script

import (
	"fmt"
	"net/netip"
)

// box is a host's end of connections, or a router.
type box struct {
	name string
	addr netip.Addr
	port uint16
	ttl  uint8
	mac  [6]byte
	isn  uint32
}

// pair is a direction between two boxes.
type pair struct{ from, to string }

func isBox(word string) bool { return word != "" && 'A' <= word[0] && word[0] <= 'Z' }

// box returns a declared box; C and S exist without declaration.
func (p *parser) box(name string) (*box, error) {
	if b := p.boxes[name]; b != nil {
		return b, nil
	}
	switch name {
	case "C":
		return p.newBox("C", netip.MustParseAddrPort("127.0.0.1:40000")), nil
	case "S":
		return p.newBox("S", netip.MustParseAddrPort("127.0.0.1:8080")), nil
	}
	return nil, fmt.Errorf("box %q is not declared", name)
}

func (p *parser) newBox(name string, at netip.AddrPort) *box {
	b := &box{name: name, addr: at.Addr(), port: at.Port(), ttl: 64, isn: 1000 + 4000*uint32(len(p.boxes))}
	raw := b.addr.As16()
	copy(b.mac[:], []byte{2, 0, raw[12], raw[13], raw[14], raw[15]})
	p.boxes[name] = b
	return b
}

// declare reads "NAME ADDR[:PORT] [ttl N] [mac M] [isn N]".
func (p *parser) declare(w *cursor) error {
	name, where := w.next(), w.next()
	if p.boxes[name] != nil {
		return fmt.Errorf("box %s is declared or used above", name)
	}
	at, err := netip.ParseAddrPort(where)
	if err != nil {
		addr, err := netip.ParseAddr(where)
		if err != nil {
			return fmt.Errorf("box %s needs an address or address:port, not %q", name, where)
		}
		at = netip.AddrPortFrom(addr, 0)
	}
	b := p.newBox(name, at)
	for !w.done() {
		if err := b.attribute(w); err != nil {
			return err
		}
	}
	return nil
}

func (b *box) attribute(w *cursor) error {
	switch key := w.next(); key {
	case "ttl":
		n, err := w.number(8)
		b.ttl = uint8(n)
		return err
	case "isn":
		n, err := w.number(32)
		b.isn = uint32(n)
		return err
	case "mac":
		return parseMAC(w.next(), &b.mac)
	default:
		return fmt.Errorf("a box has ttl, mac and isn, not %q", key)
	}
}

func parseMAC(s string, mac *[6]byte) error {
	n, err := fmt.Sscanf(s, "%02x:%02x:%02x:%02x:%02x:%02x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5])
	if err != nil || n != 6 {
		return fmt.Errorf("%q is not a MAC address", s)
	}
	return nil
}
