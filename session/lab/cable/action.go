package cable

import (
	"bytes"
)

// apply does to the packet in hand what the rule says.
func (e *engine) apply(r *Rule, h *hand) {
	switch a := &r.Action; a.Verb {
	case "drop":
		e.lose(h, Dropped)
	case "cut":
		e.cut[C2S] = e.cut[C2S] || r.Dirs[C2S]
		e.cut[S2C] = e.cut[S2C] || r.Dirs[S2C]
		e.lose(h, CutOff)
	case "pass":
		h.passed = true
	case "delay":
		h.wait += a.Wait
	case "swap":
		h.swapped = true
	case "duplicate":
		e.follow(h, &departure{dir: h.dir, frame: bytes.Clone(h.frame), later: a.Wait}, Copy)
	case "corrupt":
		if h.isIP && corrupt(&h.packet) {
			e.fates[h.fate].Fate = Changed
		}
	case "set", "strip":
		if h.isIP && rewrite(a, &h.packet) {
			h.fixChecksums()
			e.fates[h.fate].Fate = Changed
		}
	case "icmp":
		if h.isIP {
			e.answer(a, h)
		}
	case "rate":
		e.throttle(r, h)
	case "reset", "inject":
		if h.isIP && h.tcp() {
			e.forge(&a.Forge, h)
		}
	}
}

// follow queues a frame that the cable made behind the packet in hand, with a fate of its own.
func (e *engine) follow(h *hand, d *departure, what string) {
	p, isIP := parse(d.frame)
	f := describe(&p, isIP)
	f.Number, f.Dir, f.Came, f.Fate, f.Of = len(e.fates)+1, d.dir.String(), e.fates[h.fate].Came, what, h.fate+1
	f.Rules = e.fates[h.fate].Rules[len(e.fates[h.fate].Rules)-1:]
	d.fate = len(e.fates)
	e.fates = append(e.fates, f)
	h.after = append(h.after, d)
}

// corrupt flips one bit and leaves the checksum: of the payload where there is one, else of the TCP window.
func corrupt(p *packet) bool {
	switch {
	case p.tcp() && len(p.data()) == 0:
		p.l4b()[15] ^= 1
	case p.end > p.l4:
		p.frame[p.end-1] ^= 1
	default:
		return false
	}
	return true
}

// rewrite writes a field or takes away an option; false when the packet has none such.
func rewrite(a *Action, p *packet) bool {
	if a.Verb == "strip" {
		return p.tcp() && strip(p.opts(), optionKinds[a.Field])
	}
	b, width := fieldOf(a.Field, p)
	if b == nil {
		return false
	}
	var v uint64
	for _, x := range b[:width] {
		v = v<<8 | uint64(x)
	}
	if a.Add {
		v += uint64(a.Value)
	} else {
		v = uint64(a.Value)
	}
	for i := range width {
		b[i] = byte(v >> (8 * (width - 1 - i)))
	}
	return true
}

// fieldOf finds the bytes of a field and how many they are; nil when the packet has no such field.
func fieldOf(name string, p *packet) (b []byte, width int) {
	switch name {
	case "ttl":
		if p.v6 {
			return p.ip()[7:], 1
		}
		return p.ip()[8:], 1
	case "id":
		if p.v6 {
			return nil, 0
		}
		return p.ip()[4:], 2
	}
	if !p.tcp() {
		return nil, 0
	}
	switch name {
	case "seq":
		return p.l4b()[4:], 4
	case "ack":
		return p.l4b()[8:], 4
	case "window":
		return p.l4b()[14:], 2
	case "mss":
		return optionValue(p.opts(), optionKinds[name], 4), 2
	case "wscale":
		return optionValue(p.opts(), optionKinds[name], 3), 1
	}
	return nil, 0
}

// optionKinds are the TCP options by name; "sack" is the permission in the SYN (4) and the blocks (5).
var optionKinds = map[string][]byte{"mss": {2}, "wscale": {3}, "sack": {4, 5}, "timestamps": {8}, "fastopen": {34}}

// options calls f with each option, kind byte first, until f returns false or the list is malformed.
func options(list []byte, f func(option []byte) bool) {
	for len(list) > 0 && list[0] != 0 {
		n := 1
		if list[0] != 1 { // all but NOP have a length
			if len(list) < 2 || int(list[1]) < 2 || int(list[1]) > len(list) {
				return
			}
			n = int(list[1])
		}
		if !f(list[:n]) {
			return
		}
		list = list[n:]
	}
}

// optionValue returns the value of the first option of the kind that has the length, nil when there is none.
func optionValue(list, kinds []byte, length int) (value []byte) {
	options(list, func(o []byte) bool {
		if bytes.IndexByte(kinds, o[0]) >= 0 && len(o) == length {
			value = o[2:]
		}
		return value == nil
	})
	return value
}

// strip overwrites the options of the kinds with NOPs, as boxes on the path do.
func strip(list, kinds []byte) (found bool) {
	options(list, func(o []byte) bool {
		if o[0] > 1 && bytes.IndexByte(kinds, o[0]) >= 0 {
			found = true
			for i := range o {
				o[i] = 1
			}
		}
		return true
	})
	return found
}
