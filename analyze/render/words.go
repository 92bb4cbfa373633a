package render

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// flagNames are tcpdump's letters in the order people say them.
var flagNames = []struct {
	letter byte
	name   string
}{{'S', "SYN"}, {'F', "FIN"}, {'R', "RST"}, {'P', "PSH"}, {'.', "ACK"}, {'U', "URG"}, {'E', "ECE"}, {'W', "CWR"}, {'e', "AE"}}

// flagWords turns tcpdump's letters into the RFC's names: "S." into "SYN,ACK".
func flagWords(letters string) string {
	names := []string{}
	for _, f := range flagNames {
		if strings.IndexByte(letters, f.letter) >= 0 && letters != "none" {
			names = append(names, f.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

// endpoint writes an address and port; IPv6 in brackets.
func endpoint(e report.Endpoint) string {
	if strings.Contains(e.Addr, ":") {
		return "[" + e.Addr + "]:" + strconv.Itoa(int(e.Port))
	}
	return e.Addr + ":" + strconv.Itoa(int(e.Port))
}

// shortEndpoint writes an endpoint in at most width columns: what is left out lies in the middle of the address, and the
// port stays whole.
func shortEndpoint(e report.Endpoint, width int) string {
	full := endpoint(e)
	if len(full) <= width {
		return full
	}
	if a, err := netip.ParseAddr(e.Addr); err == nil && a.Is4In6() {
		if full = endpoint(report.Endpoint{Addr: a.Unmap().String(), Port: e.Port}); len(full) <= width {
			return full
		}
	}
	port := ":" + strconv.Itoa(int(e.Port))
	room := width - len(port)
	addr := e.Addr
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	if room < 5 {
		room = 5
	}
	tail := (room - 1) / 2
	return addr[:room-1-tail] + "…" + addr[len(addr)-tail:] + port
}

// plural writes a count with its noun.
func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") {
		noun = noun[:len(noun)-1] + "ie"
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}

// span writes a duration for a sentence: "0.027 ms", "3.021 s".
func span(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d)/1e6, 'f', 3, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + " s"
}

// brief writes a duration in at most five columns: "27µs", "1.2ms", "34.1s", "12m05", "3h07", "12d3".
func brief(d time.Duration) string {
	switch {
	case d <= 0:
		return "0"
	case d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + "ns"
	case d < 999500*time.Nanosecond:
		return strconv.FormatInt(int64((d+500)/time.Microsecond), 10) + "µs"
	case d < 9950*time.Microsecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + "ms"
	case d < 999500*time.Microsecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 0, 64) + "ms"
	case d < 99950*time.Millisecond:
		return threeDigits(d.Seconds()) + "s"
	case d < 100*time.Minute:
		return fmt.Sprintf("%dm%02d", d/time.Minute, d%time.Minute/time.Second)
	case d < 100*time.Hour:
		return fmt.Sprintf("%dh%02d", d/time.Hour, d%time.Hour/time.Minute)
	}
	if days := d / (24 * time.Hour); days >= 100 {
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd%d", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// threeDigits writes x with three digits at most: "1.2", "34.1", "512".
func threeDigits(x float64) string {
	if x < 99.95 {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

// size writes a byte count in at most five columns: "31", "9999", "1.2k", "34M".
func size(n uint64) string {
	if n < 10000 {
		return strconv.FormatUint(n, 10)
	}
	x := float64(n)
	for _, unit := range []string{"k", "M", "G", "T", "P", "E"} {
		x /= 1000
		if x < 999.5 {
			return threeDigits(x) + unit
		}
	}
	return strconv.FormatFloat(x, 'f', 0, 64) + "E"
}

// frameList writes frame numbers for a sentence: "segment 2", "segments 1, 2 and 5"; long lists end with a count.
func frameList(noun string, frames []uint32) string {
	const shown = 8
	if len(frames) == 0 {
		return ""
	}
	if len(frames) == 1 {
		return fmt.Sprintf("%s %d", noun, frames[0])
	}
	var b strings.Builder
	b.WriteString(noun + "s ")
	for i, f := range frames {
		switch {
		case i == shown:
			fmt.Fprintf(&b, " and %d more", len(frames)-shown)
			return b.String()
		case i == len(frames)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(int(f)))
	}
	return b.String()
}
