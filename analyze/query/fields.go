// Package query selects connections of a report by conditions on their fields:
//
//	port 443 and (outcome == RSTO or rtt > 50ms)
//	finding == closed-port or client.retransmissions >= 3
//	host 10.0.0.0/8 and not close == four-way
//
// Numbers take k, M and G; durations ns, us, ms, s, m and h. Words compare with == and !=, or with ~ for "contains".
// A condition without a comparison asks whether the number is not 0 or the word not empty.
package query

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// Field is something a condition can ask about a connection: a number, or words.
type Field struct {
	Name string
	Doc  string
	// Number gives the value of a numeric field, durations in nanoseconds; nil for a field of words.
	Number func(*report.Connection) float64
	Time   bool // the number is a duration
	// Words gives every word that the field holds; a comparison is true when it is true for one of them.
	Words func(*report.Connection) []string
}

// Fields are all fields, by name; those of a direction exist as client.NAME and server.NAME, and as NAME for both added up.
var Fields = build()

func build() []Field {
	fields := []Field{
		number("id", "number of the connection", func(c *report.Connection) float64 { return float64(c.ID) }),
		number("frames", "frames of both directions", func(c *report.Connection) float64 { return float64(c.Frames) }),
		number("first_frame", "its first frame", func(c *report.Connection) float64 { return float64(c.FirstFrame) }),
		duration("duration", "time from its first frame to its last", func(c *report.Connection) float64 { return float64(c.Duration) }),
		duration("rtt", "round trip of the handshake, 0 when it was not seen whole", handshakeRTT),
		number("completeness", "Wireshark's tcp.completeness", func(c *report.Connection) float64 { return float64(c.Completeness) }),
		number("vlan", "VLAN of its first frame", func(c *report.Connection) float64 { return float64(c.VLAN) }),
		number("syns", "how often the SYN was sent", func(c *report.Connection) float64 { return float64(max(len(c.SYNFrames), 1)) }),
		number("findings", "how many findings it has", func(c *report.Connection) float64 { return float64(len(c.Findings)) }),
		words("outcome", "Zeek's conn_state: SF, S0, REJ, RSTO …", func(c *report.Connection) []string { return []string{c.Outcome} }),
		words("history", "Zeek's history", func(c *report.Connection) []string { return []string{c.History} }),
		words("handshake", "normal, simultaneous, fast-open, partial, or none", handshakeKind),
		words("close", "how it ended: four-way, three-way, simultaneous, half, reset, none", func(c *report.Connection) []string { return []string{c.Close.Kind} }),
		words("closer", "who closed first: client, server, both", func(c *report.Connection) []string { return []string{c.Close.By} }),
		words("time_wait", "who is left in TIME-WAIT", func(c *report.Connection) []string { return []string{c.Close.TimeWait} }),
		words("state", "states of both ends at the end of the capture", func(c *report.Connection) []string { return []string{c.State.Client, c.State.Server} }),
		words("client.state", "state of the client", func(c *report.Connection) []string { return []string{c.State.Client} }),
		words("server.state", "state of the server", func(c *report.Connection) []string { return []string{c.State.Server} }),
		words("finding", "causes of its findings", causes),
		words("level", "levels of its findings", levels),
		words("vantage", "where it was captured: client, server, middle, both hosts", func(c *report.Connection) []string { return []string{c.Vantage} }),
	}
	return append(fields, directions()...)
}

func number(name, doc string, get func(*report.Connection) float64) Field {
	return Field{Name: name, Doc: doc, Number: get}
}

func duration(name, doc string, get func(*report.Connection) float64) Field {
	return Field{Name: name, Doc: doc, Number: get, Time: true}
}

func words(name, doc string, get func(*report.Connection) []string) Field {
	return Field{Name: name, Doc: doc, Words: get}
}

func handshakeRTT(c *report.Connection) float64 {
	if c.Handshake == nil {
		return 0
	}
	return float64(c.Handshake.RTT)
}

func handshakeKind(c *report.Connection) []string {
	if c.Handshake == nil {
		return []string{"none"}
	}
	return []string{c.Handshake.Kind}
}

func causes(c *report.Connection) []string {
	var list []string
	for _, f := range c.Findings {
		list = append(list, f.Cause)
	}
	return list
}

func levels(c *report.Connection) []string {
	var list []string
	for _, f := range c.Findings {
		list = append(list, f.Level)
	}
	return list
}

// directions builds the fields that each direction has.
func directions() []Field {
	halves := []struct {
		name, doc string
		get       func(*report.Half) float64
	}{
		{"packets", "frames", func(h *report.Half) float64 { return float64(h.Packets) }},
		{"bytes", "payload bytes, repetitions included", func(h *report.Half) float64 { return float64(h.PayloadBytes) }},
		{"unique_bytes", "payload bytes, each counted once", func(h *report.Half) float64 { return float64(h.UniqueBytes) }},
		{"missing_bytes", "payload bytes that the capture lacks", func(h *report.Half) float64 { return float64(h.MissingBytes) }},
		{"retransmissions", "segments sent again", func(h *report.Half) float64 { return float64(h.Retransmissions) }},
		{"fast_retransmissions", "of these, asked for by the receiver", func(h *report.Half) float64 { return float64(h.FastRetransmissions) }},
		{"spurious_retransmissions", "of these, for nothing", func(h *report.Half) float64 { return float64(h.SpuriousRetransmissions) }},
		{"out_of_order", "segments overtaken on the path", func(h *report.Half) float64 { return float64(h.OutOfOrder) }},
		{"duplicate_acks", "ACKs that repeat one", func(h *report.Half) float64 { return float64(h.DuplicateACKs) }},
		{"lost_segments", "gaps in the capture", func(h *report.Half) float64 { return float64(h.LostSegments) }},
		{"zero_windows", "segments with window 0", func(h *report.Half) float64 { return float64(h.ZeroWindows) }},
		{"window_fulls", "segments that fill the window", func(h *report.Half) float64 { return float64(h.WindowFulls) }},
		{"keep_alives", "keep-alives", func(h *report.Half) float64 { return float64(h.KeepAlives) }},
		{"resets", "RSTs", func(h *report.Half) float64 { return float64(h.Resets) }},
		{"max_in_flight", "most bytes in flight", func(h *report.Half) float64 { return float64(h.MaxInFlight) }},
		{"rtt_max", "longest round trip of a segment", func(h *report.Half) float64 { return float64(h.RTT.Max) }},
		{"rtt_median", "median round trip of a segment", func(h *report.Half) float64 { return float64(h.RTT.Median) }},
	}
	var fields []Field
	for _, h := range halves {
		get, number := h.get, number
		if strings.HasPrefix(h.name, "rtt") {
			number = duration
		}
		fields = append(fields,
			number(h.name, h.doc+", both directions", func(c *report.Connection) float64 {
				if strings.HasPrefix(h.name, "rtt") || strings.HasPrefix(h.name, "max") {
					return max(get(&c.ClientToServer), get(&c.ServerToClient))
				}
				return get(&c.ClientToServer) + get(&c.ServerToClient)
			}),
			number("client."+h.name, h.doc+", sent by the client", func(c *report.Connection) float64 { return get(&c.ClientToServer) }),
			number("server."+h.name, h.doc+", sent by the server", func(c *report.Connection) float64 { return get(&c.ServerToClient) }))
	}
	return fields
}

// Text writes the field's value of c as a condition may spell it: "17", "60ms", "slow-reader".
func (f *Field) Text(c *report.Connection) string {
	switch {
	case f.Words != nil:
		return strings.Join(f.Words(c), " ")
	case f.Time:
		n, unit := scaled(time.Duration(f.Number(c)))
		return strconv.FormatFloat(n, 'f', -1, 64) + unit
	}
	return strconv.FormatFloat(f.Number(c), 'f', -1, 64)
}

// scaled gives a duration in the largest unit of which it is one at least.
func scaled(d time.Duration) (float64, string) {
	switch {
	case d >= time.Second:
		return float64(d) / 1e9, "s"
	case d >= time.Millisecond:
		return float64(d) / 1e6, "ms"
	case d >= time.Microsecond:
		return float64(d) / 1e3, "us"
	}
	return float64(d), "ns"
}

// Find returns the field called name; near lists names that look like it when there is none.
func Find(name string) (f *Field, near []string) {
	for i := range Fields {
		if Fields[i].Name == name {
			return &Fields[i], nil
		}
		if strings.Contains(Fields[i].Name, ".") && !strings.Contains(name, ".") {
			continue // the name for both directions stands for these too
		}
		if strings.Contains(Fields[i].Name, name) || len(name) > 3 && strings.HasPrefix(Fields[i].Name, name[:3]) {
			near = append(near, Fields[i].Name)
		}
	}
	slices.Sort(near)
	return nil, near
}
