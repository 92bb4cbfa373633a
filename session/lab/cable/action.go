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
	case "rate", "police":
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
	place, ok := headerFields[name]
	switch {
	case ok && p.v6:
		return from(p.ip(), place.v6), place.width
	case ok:
		return from(p.ip(), place.v4), place.width
	case !p.tcp():
		return nil, 0
	}
	if place, ok := tcpFields[name]; ok {
		return p.l4b()[place.v4:], place.width
	}
	place = optionFields[name]
	return from(optionValue(p.opts(), optionKinds[place.option], place.length), place.v4), place.width
}

// from returns b from offset on, nil when the field does not exist there.
func from(b []byte, offset int) []byte {
	if offset < 0 || b == nil {
		return nil
	}
	return b[offset:]
}

// place is where a field stands.
type place struct {
	v4, v6, width int    // offset in the header of each family, -1 for none
	option        string // the TCP option that holds it
	length        int    // of that option
}

// The fields that set can write, in the IP header, the TCP header and its options.
var (
	headerFields = map[string]place{"ttl": {v4: 8, v6: 7, width: 1}, "tos": {v4: 1, v6: -1, width: 1}, "id": {v4: 4, v6: -1, width: 2},
		"src": {v4: 12, v6: -1, width: 4}, "dst": {v4: 16, v6: -1, width: 4}}
	tcpFields = map[string]place{"sport": {v4: 0, width: 2}, "dport": {v4: 2, width: 2}, "seq": {v4: 4, width: 4},
		"ack": {v4: 8, width: 4}, "flags": {v4: 13, width: 1}, "window": {v4: 14, width: 2}, "urgent": {v4: 18, width: 2}}
	optionFields = map[string]place{"mss": {width: 2, option: "mss", length: 4}, "wscale": {width: 1, option: "wscale", length: 3},
		"tsval": {width: 4, option: "timestamps", length: 10}, "tsecr": {v4: 4, width: 4, option: "timestamps", length: 10}}
)

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
