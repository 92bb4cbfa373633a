package cable

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parser takes the words of one line from left to right. The first problem stays; what follows it is of no use.
type parser struct {
	words []string
	at    int
	what  string
}

func (p *parser) fail(format string, args ...any) {
	if p.what == "" {
		p.what = fmt.Sprintf(format, args...)
	}
}

// problem is what is wrong with the line, "" for nothing.
func (p *parser) problem() string {
	if p.what == "" && p.at < len(p.words) {
		p.fail("%q is not understood here", p.words[p.at])
	}
	return p.what
}

// peek returns the next word, "" at the end.
func (p *parser) peek() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

func (p *parser) next() string {
	w := p.peek()
	if w == "" {
		p.fail("the line ends too early")
	}
	p.at++
	return w
}

// accept takes the next word if it is word.
func (p *parser) accept(word string) bool {
	if p.peek() != word {
		return false
	}
	p.at++
	return true
}

func (p *parser) number() int64 {
	w := p.next()
	n, err := strconv.ParseInt(w, 0, 64)
	if err != nil {
		p.fail("%q is not a number", w)
	}
	return n
}

// value takes a number, or an IPv4 address as the number that it is.
func (p *parser) value() int64 {
	if addr, err := netip.ParseAddr(p.peek()); err == nil && addr.Is4() {
		p.at++
		b := addr.As4()
		return int64(binary.BigEndian.Uint32(b[:]))
	}
	return p.number()
}

// positive takes a number that counts something.
func (p *parser) positive() int {
	n := p.number()
	if n < 1 || n > 1<<30 {
		p.fail("%d does not count anything", n)
	}
	return int(n)
}

func (p *parser) duration() time.Duration {
	w := p.next()
	d, err := time.ParseDuration(w)
	if err != nil || d < 0 {
		p.fail("%q is not a time like 20ms", w)
	}
	return d
}

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
	return r
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

// fieldNames lists what set can write.
func fieldNames() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, group := range []map[string]place{headerFields, tcpFields, optionFields} {
			for name := range group {
				if !yield(name) {
					return
				}
			}
		}
	})
}

// optionNames lists the TCP options that strip can take away and option can ask for.
func optionNames() []string { return slices.Sorted(maps.Keys(optionKinds)) }

// action takes the verb and its arguments.
func (p *parser) action() Action {
	a := Action{Verb: p.next()}
	switch a.Verb {
	case "drop", "swap", "corrupt", "cut", "pass":
	case "delay":
		if d, err := time.ParseDuration(p.peek()); err == nil && d > 0 {
			a.Wait, p.at = d, p.at+1
		}
	case "duplicate":
		if d, err := time.ParseDuration(p.peek()); err == nil && d >= 0 {
			a.Wait, p.at = d, p.at+1
		}
	case "set":
		a.Field = p.oneOf(fieldNames())
		a.Add = strings.HasPrefix(p.peek(), "+") || strings.HasPrefix(p.peek(), "-")
		a.Value = p.value()
	case "strip":
		a.Field = p.oneOf(optionNames())
	case "icmp":
		a.Field = p.oneOf(icmpNames())
		if a.Field == "too-big" {
			a.Value = int64(p.positive())
		}
	case "rate":
		a.Value, a.Wait = p.bits(), p.duration()
	case "reset":
		a.Forge = p.forgery(flagRST | flagACK)
	case "inject":
		a.Forge = p.forgery(p.flags())
	default:
		p.fail("%q is no action: there are drop, delay, duplicate, swap, corrupt, set, strip, rate, icmp, reset, inject, cut and pass", a.Verb)
	}
	return a
}

func (p *parser) oneOf(names []string) string {
	w := p.next()
	if !slices.Contains(names, w) {
		p.fail("%q is none of %s", w, strings.Join(names, ", "))
	}
	return w
}

// bits takes a rate, "500kbit" or "1mbit".
func (p *parser) bits() int64 {
	w := p.next()
	for unit, factor := range map[string]float64{"kbit": 1e3, "mbit": 1e6} {
		digits, found := strings.CutSuffix(w, unit)
		if n, err := strconv.ParseFloat(digits, 64); found && err == nil && n*factor >= 1000 && n*factor <= 1e12 {
			return int64(n * factor)
		}
	}
	p.fail("%q is not a rate like 500kbit or 1mbit", w)
	return 1
}

// flagNames are the TCP flags by name.
var flagNames = map[string]byte{"fin": flagFIN, "syn": flagSYN, "rst": flagRST, "psh": flagPSH, "ack": flagACK,
	"urg": flagURG, "ece": flagECE, "cwr": flagCWR}

// flags takes "fin,ack".
func (p *parser) flags() (flags byte) {
	for name := range strings.SplitSeq(p.next(), ",") {
		if flagNames[name] == 0 {
			p.fail("%q is no TCP flag", name)
		}
		flags |= flagNames[name]
	}
	return flags
}

// forgery takes "[both ways | to sender | to receiver] [plain] [ttl N] [seq +N] [ack 0|+N] [text=WORD]".
func (p *parser) forgery(flags byte) Forgery {
	f := Forgery{Flags: flags, ToSender: true, TTL: forgedTTL}
	switch {
	case p.peek() == "both" && p.at+1 < len(p.words) && p.words[p.at+1] == "ways":
		p.at += 2
		f.ToReceiver = true
	case p.accept("to"):
		f.ToSender = p.oneOf([]string{"sender", "receiver"}) == "sender"
		f.ToReceiver = !f.ToSender
	}
	for {
		switch {
		case p.accept("plain"):
			f.Flags &^= flagACK
		case p.accept("ttl"):
			f.TTL = uint8(min(p.positive(), 255))
		case p.accept("seq"):
			f.SeqOffset = p.number()
		case p.accept("ack"):
			f.AckOffset = p.number()
			f.ZeroAck = f.AckOffset == 0
		case strings.HasPrefix(p.peek(), "text="):
			f.Data = strings.TrimPrefix(p.next(), "text=")
		default:
			return f
		}
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
