package cable

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

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
	case "drop", "swap", "corrupt", "cut", "pass", "hold":
	case "delay", "duplicate":
		a.Wait = p.optionalDuration()
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
	case "rate", "police":
		a.Value, a.Wait = p.bits(), p.duration()
	case "reset":
		a.Forge = p.forgery(flagRST | flagACK)
	case "inject":
		a.Forge = p.forgery(p.flags())
	default:
		p.fail("%q is no action: there are drop, delay, hold, duplicate, swap, corrupt, set, strip, rate, police, icmp, reset, inject, cut and pass", a.Verb)
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

// forgery takes "[both ways | to sender | to receiver] [plain] [ttl N] [window 0] [seq +N] [ack 0|+N] [text=WORD]".
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
		case p.accept("window"):
			f.NoWindow = p.oneOf([]string{"0"}) == "0"
		case p.accept("seq"):
			f.SeqOffset = p.number()
		case p.numberFollows() && p.accept("ack"): // else it selects what the rule means
			f.BareAck = strings.HasPrefix(p.peek(), "+") || strings.HasPrefix(p.peek(), "-")
			f.AckOffset = p.number()
			f.ZeroAck = !f.BareAck && f.AckOffset == 0
		case strings.HasPrefix(p.peek(), "text="):
			f.Data = strings.TrimPrefix(p.next(), "text=")
		default:
			return f
		}
	}
}
