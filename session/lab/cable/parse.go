package cable

import (
	"strconv"
	"strings"
)

// rule takes the whole line.
func (p *parser) rule() Rule {
	r := Rule{Text: strings.Join(p.words, " "), Dirs: [2]bool{true, true}}
	r.Action = p.action()
	p.directions(&r)
	if r.Action.Verb == "delay" && r.Action.Wait == 0 {
		r.Action.Wait = p.duration() // "delay both 20ms" as well as "delay 20ms both"
		p.directions(&r)
	}
	for p.what == "" && p.peek() != "" {
		if !p.selector(&r) && !p.limit(&r) {
			break
		}
	}
	if r.Action.Verb == "hold" {
		r.For = p.awaited()
	}
	return r
}

// awaited takes "for s2c fin": the packet that a held one waits for.
func (p *parser) awaited() *Rule {
	if !p.accept("for") {
		p.fail("it must be said for which packet, as in: hold c2s data 2 for s2c fin")
	}
	what := &Rule{Dirs: [2]bool{true, true}}
	p.directions(what)
	for p.what == "" && p.peek() != "" && p.selector(what) {
	}
	return what
}

func (p *parser) directions(r *Rule) {
	switch {
	case p.accept("both"):
	case p.accept("c2s"):
		r.Dirs[S2C] = false
	case p.accept("s2c"):
		r.Dirs[C2S] = false
	}
}

// selector takes one condition on the packet.
func (p *parser) selector(r *Rule) bool {
	switch w := p.peek(); w {
	case "syn", "synack", "ack", "fin", "rst", "tcp", "udp", "icmp", "arp":
		p.at++
		r.Select.Kinds = append(r.Select.Kinds, w)
	case "data", "packet":
		p.at++
		r.Select.Kinds = append(r.Select.Kinds, w)
		p.ordinals(&r.Select)
	case "port":
		p.at++
		r.Select.Port = uint16(min(p.positive(), 65535))
	case "larger":
		p.at++
		r.Select.MinimumSize = p.positive() + 1
	case "flags":
		p.at++
		r.Select.Flags = p.flags()
	case "option":
		p.at++
		r.Select.Option = p.oneOf(optionNames())
	case "idle":
		p.at++
		r.Select.Idle = p.duration()
	default:
		return false
	}
	return true
}

// ordinals takes "3" or "3-5", if there is one.
func (p *parser) ordinals(s *Select) {
	from, to, isRange := strings.Cut(p.peek(), "-")
	n, err := strconv.Atoi(from)
	if err != nil {
		return
	}
	p.at++
	s.From, s.To = n, n
	if isRange {
		if s.To, err = strconv.Atoi(to); err != nil {
			p.fail("%q is not a range like 3-5", from+"-"+to)
		}
	}
	if s.From < 1 || s.To < s.From {
		p.fail("packets are counted from 1 upwards")
	}
}

// limit takes how often, when and how probably the rule applies.
func (p *parser) limit(r *Rule) bool {
	switch p.peek() {
	case "once":
		p.at++
		r.Times = 1
	case "times":
		p.at++
		r.Times = p.positive()
	case "after":
		p.at++
		r.After = p.duration()
	case "until":
		p.at++
		r.Until = p.duration()
	case "chance":
		p.at++
		r.Chance = p.chance()
	default:
		return false
	}
	return true
}

// chance takes "1%" or "0.01".
func (p *parser) chance() float64 {
	w := p.next()
	digits, percent := strings.CutSuffix(w, "%")
	f, err := strconv.ParseFloat(digits, 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f > 0 && f <= 1) {
		p.fail("%q is not a chance like 1%%", w)
	}
	return f
}
