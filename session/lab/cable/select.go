package cable

import "bytes"

// applies reports whether rule i means the packet. The chance is drawn last, so that only candidates use up numbers.
func (e *engine) applies(i int, r *Rule, h *hand) bool {
	if !r.Dirs[h.dir] || r.Times > 0 && e.applied[i] >= r.Times {
		return false
	}
	if e.begin.IsZero() {
		if r.After > 0 {
			return false
		}
	} else if h.isIP {
		if since := h.now.Sub(e.begin); since < r.After || r.Until > 0 && since > r.Until {
			return false
		}
	}
	return e.selects(r, h) && (r.Chance == 0 || e.chance.Float64() < r.Chance)
}

// selects reports whether the packet is of the kinds that the rule names.
func (e *engine) selects(r *Rule, h *hand) bool {
	s := &r.Select
	discovery := !h.isIP || h.discovery()
	if len(s.Kinds) == 0 && discovery {
		return false
	}
	for _, kind := range s.Kinds {
		if !e.is(kind, discovery, r, h) {
			return false
		}
	}
	if s.Port != 0 {
		if src, dst := h.hosts(); !h.isIP || src.Port() != s.Port && dst.Port() != s.Port {
			return false
		}
	}
	if s.MinimumSize != 0 && (!h.isIP || h.end-etherLen < s.MinimumSize) {
		return false
	}
	return s.Flags == 0 && s.Option == "" && s.Idle == 0 || h.isIP && h.tcp() && e.suits(s, h)
}

// suits reports whether the segment has the flags and option, and came after the silence.
func (e *engine) suits(s *Select, h *hand) bool {
	found := s.Option == ""
	if !found {
		options(h.opts(), func(o []byte) bool {
			found = bytes.IndexByte(optionKinds[s.Option], o[0]) >= 0
			return !found
		})
	}
	return found && h.flags()&s.Flags == s.Flags && e.idle >= s.Idle
}

// is reports whether the packet is of the kind.
func (e *engine) is(kind string, discovery bool, r *Rule, h *hand) bool {
	switch kind {
	case "arp":
		return discovery
	case "udp":
		return h.isIP && h.proto == protoUDP
	case "icmp":
		return h.isIP && (h.proto == protoICMP || h.proto == protoICMPv6 && !discovery)
	}
	if !h.isIP || !h.tcp() {
		return false
	}
	switch kind {
	case "syn":
		return h.flags()&(flagSYN|flagACK) == flagSYN
	case "synack":
		return h.flags()&(flagSYN|flagACK) == flagSYN|flagACK
	case "ack":
		return h.flags()&(flagSYN|flagFIN|flagRST|flagACK) == flagACK && len(h.data()) == 0
	case "fin":
		return h.flags()&flagFIN != 0
	case "rst":
		return h.flags()&flagRST != 0
	case "data":
		return h.ordinal > 0 && within(h.ordinal, r.Select)
	case "packet":
		n := e.packets[h.dir]
		if r.Dirs[C2S] && r.Dirs[S2C] {
			n = e.packets[2]
		}
		return within(n, r.Select)
	}
	return kind == "tcp"
}

func within(n int, s Select) bool { return s.From == 0 || n >= s.From && n <= s.To }
