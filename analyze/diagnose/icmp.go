package diagnose

import (
	"time"

	"tcplab/analyze/wire"
)

// ErrnoOf is the errno Linux gives a connect() whose SYN the ICMP error quotes, "" when it gives none
// (icmp_err_convert in net/ipv4/icmp.c, icmpv6_err_convert in net/ipv6/icmp.c; RFC 1122, 4.2.3.9).
func ErrnoOf(e *wire.ICMP) string {
	if e.V6 {
		return errno6(e)
	}
	switch {
	case e.Type == 3 && int(e.Code) < len(unreachable4):
		return unreachable4[e.Code]
	case e.Type == 11 && e.Code == 0:
		return "EHOSTUNREACH"
	case e.Type == 12:
		return "EPROTO"
	}
	return ""
}

var unreachable4 = [...]string{
	0: "ENETUNREACH", 1: "EHOSTUNREACH", 2: "ENOPROTOOPT", 3: "ECONNREFUSED", 4: "", 5: "EOPNOTSUPP", 6: "ENETUNREACH",
	7: "EHOSTDOWN", 8: "ENONET", 9: "ENETUNREACH", 10: "EHOSTUNREACH", 11: "ENETUNREACH", 12: "EHOSTUNREACH",
	13: "EHOSTUNREACH", 14: "EHOSTUNREACH", 15: "EHOSTUNREACH",
}

var unreachable6 = [...]string{
	0: "ENETUNREACH", 1: "EACCES", 2: "EHOSTUNREACH", 3: "EHOSTUNREACH", 4: "ECONNREFUSED", 5: "EACCES", 6: "EACCES",
}

func errno6(e *wire.ICMP) string {
	switch {
	case e.Type == 1 && int(e.Code) < len(unreachable6):
		return unreachable6[e.Code]
	case e.Type == 3:
		return "EHOSTUNREACH"
	case e.Type == 1 || e.Type == 4:
		return "EPROTO"
	}
	return ""
}

// ICMPText names an ICMP error as people know it: "port unreachable (3/3)".
func ICMPText(e *wire.ICMP) string {
	code := " (" + Num(e.Type) + "/" + Num(e.Code) + ")"
	return icmpName(e) + code
}

func icmpName(e *wire.ICMP) string {
	switch {
	case e.V6 && e.Type == 1 && int(e.Code) < len(names6):
		return names6[e.Code]
	case e.V6 && e.Type == 2:
		return "packet too big"
	case e.Type == 3 && e.V6, e.Type == 11:
		return "time exceeded"
	case e.Type == 3 && int(e.Code) < len(names4):
		return names4[e.Code]
	case e.Type == 12 || e.V6 && e.Type == 4:
		return "parameter problem"
	}
	return "ICMP error"
}

var names4 = [...]string{"network unreachable", "host unreachable", "protocol unreachable", "port unreachable",
	"fragmentation needed", "source route failed", "network unknown", "host unknown", "host isolated",
	"network prohibited", "host prohibited", "network unreachable for this service", "host unreachable for this service",
	"administratively prohibited", "host precedence violation", "precedence cutoff"}

var names6 = [...]string{"no route", "administratively prohibited", "beyond the source's scope", "address unreachable",
	"port unreachable", "source address failed policy", "reject route"}

// Quotes says what an ICMP error quotes of the segment that it is about. Where the snap length cut the quote before the ports, so
// that only addresses tie it to the one attempt under way between them, it is less sure by one level.
func Quotes(e *wire.ICMP, level Level) (Level, string) {
	switch {
	case e.QuotedTCP >= 8:
		return level, "its ports and sequence number"
	case e.QuotedTCP >= 4:
		return level, "its ports; the snap length cut the rest"
	}
	return min(level, max(Possible, level-1)), "a segment between the two addresses: the snap length cut the ports, and no other attempt was under way between them"
}

// FirstICMP is the first ICMP error about this connection that satisfies ok, nil when there is none.
func (c *Case) FirstICMP(ok func(*wire.ICMP) bool) *wire.ICMP {
	for i := range c.Conv.ICMP {
		if e := &c.Conv.ICMP[i]; ok(e) {
			return e
		}
	}
	return nil
}

// FromClient reports whether the error is about a segment the client sent.
func (c *Case) FromClient(e *wire.ICMP) bool {
	return e.Src == c.Conv.Client && e.SrcPort == c.Conv.ClientPort
}

// LateUnreachable reports whether a router said "host unreachable" only after it had looked for the host: ARP and
// neighbour discovery try three times, one second apart (RFC 4861, 10). Where the first SYN was not captured, that it speaks at
// once of SYNs which came a second apart shows that they had waited.
func LateUnreachable(c *Case, e *wire.ICMP) bool {
	unreachable := !e.V6 && e.Type == 3 && e.Code == 1 || e.V6 && e.Type == 1 && e.Code == 3
	return unreachable && (e.Time.Sub(c.Conv.First) > 2500*time.Millisecond || inOneBurst(c, e))
}

// inOneBurst reports whether several errors like e came with it, of SYNs that had been sent half a second apart or more.
func inOneBurst(c *Case, e *wire.ICMP) bool {
	const together = 20 * time.Millisecond
	n := 0
	for i := range c.Conv.ICMP {
		o := &c.Conv.ICMP[i]
		if gap := o.Time.Sub(e.Time); o.From == e.From && o.Type == e.Type && o.Code == e.Code && -together < gap && gap < together {
			n++
		}
	}
	syns := c.Conv.SYNs
	return n > 1 && len(syns) > 1 && syns[1].Time.Sub(syns[0].Time) > time.Second/2 && e.Time > syns[1].Time
}
