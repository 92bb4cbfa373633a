package render

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"tcplab/analyze/report"
)

// encoder writes connections as compact JSON: what encoding/json would write, at a twentieth of its cost and without
// allocating, for a capture has millions of them. What a connection has in common with the one before is not spelt again.
// Lists that are nil are written as empty ones. Segments are left out unless asked for.
type encoder struct {
	o       Options
	second  said[int64]
	fate    said[fate]
	offered said[offered]
	half    [2]said[report.Half]
	verdict [4]said[verdict]
	sees    [4]said[[2]string]
	written *written // of exclusions, where they need not be repeated
	stencil stencils
}

// said is the text that was written last of something.
type said[T comparable] struct {
	what T
	text []byte
}

// append appends the text of what, which spell makes.
func (s *said[T]) append(b []byte, what *T, spell func([]byte, *T) []byte) []byte {
	if s.text != nil && s.what == *what {
		return append(b, s.text...)
	}
	start := len(b)
	b = spell(b, what)
	s.what, s.text = *what, append(s.text[:0], b[start:]...)
	return b
}

// connection appends one connection.
func (e *encoder) connection(b []byte, c *report.Connection) []byte {
	if c.Alike != 0 {
		return e.alike(b, c)
	}
	return e.spell(b, c)
}

// spell appends a connection word by word.
func (e *encoder) spell(b []byte, c *report.Connection) []byte {
	b = e.own(append(b, `{"id":`...), c, ownID)
	b = e.own(append(b, `,"client":{"addr":`...), c, ownClient)
	b = e.own(append(b, `,"port":`...), c, ownPort)
	b = e.own(append(b, `},"server":{"addr":`...), c, ownServer)
	b = appendUint(append(b, `,"port":`...), c.Server.Port)
	b = strconv.AppendBool(append(b, `},"client_known":`...), c.ClientKnown)
	b = e.own(append(b, `,"first_frame":`...), c, ownFirst)
	b = e.own(append(b, `,"last_frame":`...), c, ownLast)
	b = appendUint(append(b, `,"frames":`...), c.Frames)
	b = e.own(append(b, `,"start":`...), c, ownStart)
	b = e.own(append(b, `,"duration_s":`...), c, ownDuration)
	b = e.fate.append(b, &fate{c.Outcome, c.History, c.Completeness, c.State}, appendFate)
	b = e.handshake(append(b, `,"handshake":`...), c)
	b = e.close(append(b, `,"close":`...), c)
	b = e.offered.append(b, offer(&c.Options), appendOffered)
	b = e.direction(append(b, `,"client_to_server":`...), 0, &c.ClientToServer)
	b = e.direction(append(b, `,"server_to_client":`...), 1, &c.ServerToClient)
	b = append(b, `,"findings":[`...)
	for i := range c.Findings {
		b = e.finding(comma(b, i), i, c)
	}
	b = append(b, ']')
	return append(appendOptional(b, c, e.o), '}')
}

// fate are the fields that follow the times of a connection.
type fate struct {
	outcome, history string
	completeness     uint8
	state            report.States
}

func appendFate(b []byte, f *fate) []byte {
	b = appendString(append(b, `,"outcome":`...), f.outcome)
	b = appendString(append(b, `,"history":`...), f.history)
	b = appendUint(append(b, `,"completeness":`...), f.completeness)
	return appendStates(append(b, `,"state":`...), f.state)
}

// offered is what both ends offered, when they did.
type offered struct {
	seen           [2]bool
	client, server report.Options
}

func offer(o *report.OptionPair) *offered {
	var both offered
	if o.Client != nil {
		both.seen[0], both.client = true, *o.Client
	}
	if o.Server != nil {
		both.seen[1], both.server = true, *o.Server
	}
	return &both
}

func appendOffered(b []byte, o *offered) []byte {
	b = appendOptions(append(b, `,"options":{"client":`...), o.seen[0], &o.client)
	return append(appendOptions(append(b, `,"server":`...), o.seen[1], &o.server), '}')
}

func (e *encoder) direction(b []byte, which int, h *report.Half) []byte {
	if h.Measures != nil { // asked for on a few connections
		return appendHalf(b, h)
	}
	return e.half[which].append(b, h, appendHalf)
}

// time appends a time as RFC 3339 has it; connections come many in a second.
func (e *encoder) time(b []byte, t time.Time) []byte {
	if t.Location() != time.UTC {
		return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
	}
	second := t.Unix()
	b = e.second.append(b, &second, func(b []byte, _ *int64) []byte { return t.AppendFormat(append(b, '"'), "2006-01-02T15:04:05") })
	if n := t.Nanosecond(); n > 0 {
		b = report.Seconds(n).Append(b)
		whole := len(b) - 2 // before the point, where the 0 of the seconds stands
		for ; b[whole+1] != '.'; whole-- {
		}
		b = append(b[:whole], b[whole+1:]...)
	}
	return append(b, 'Z', '"')
}

// verdict is the head of a finding.
type verdict struct{ cause, title, level, severity string }

func appendVerdict(b []byte, v *verdict) []byte {
	b = appendString(append(b, `{"cause":`...), v.cause)
	b = appendString(append(b, `,"title":`...), v.title)
	b = appendString(append(b, `,"level":`...), v.level)
	return appendString(append(b, `,"severity":`...), v.severity)
}

func appendSees(b []byte, who *[2]string) []byte {
	b = appendString(append(b, `,"client_sees":`...), who[0])
	return appendString(append(b, `,"server_sees":`...), who[1])
}

// finding appends finding i of c.
func (e *encoder) finding(b []byte, i int, c *report.Connection) []byte {
	f := &c.Findings[i]
	b = e.verdict[i%len(e.verdict)].append(b, &verdict{f.Cause, f.Title, f.Level, f.Severity}, appendVerdict)
	own := ownFindings + i*ownsOfFinding
	b = e.own(append(b, `,"frames":`...), c, own+ownFrames)
	b = appendUints(append(b, `,"calls":`...), f.Calls)
	b = e.own(append(b, `,"evidence":`...), c, own+ownEvidence)
	b = e.sees[i%len(e.sees)].append(b, &[2]string{f.ClientSees, f.ServerSees}, appendSees)
	b = e.own(append(b, `,"fix":`...), c, own+ownFix)
	return append(e.own(append(b, `,"excluded":`...), c, own+ownExcluded), '}')
}

func (e *encoder) excluded(b []byte, f *report.Finding, c *report.Connection) []byte {
	b = append(b, '[')
	as := f.ExcludedAs
	if e.written == nil {
		b = appendExclusions(b, f.Excluded)
	} else {
		b, as = e.written.append(b, f, c)
	}
	b = append(b, ']')
	if as != nil {
		b = appendUint(append(b, `,"excluded_as":`...), *as)
	}
	return b
}

// appendOptional appends the keys that are there only when they have something to say.
func appendOptional(b []byte, c *report.Connection, o Options) []byte {
	if o.Segments && len(c.Segments) > 0 {
		b = append(b, `,"segments":[`...)
		for i := range c.Segments {
			b = appendSegment(comma(b, i), &c.Segments[i])
		}
		b = append(b, ']')
	}
	if c.VLAN != 0 {
		b = appendUint(append(b, `,"vlan":`...), c.VLAN)
	}
	if c.Vantage != "" {
		b = appendString(append(b, `,"vantage":`...), c.Vantage)
	}
	if len(c.SYNFrames) > 0 {
		b = appendUints(append(b, `,"syn_frames":`...), c.SYNFrames)
	}
	if len(c.SYNGaps) > 0 {
		b = append(b, `,"syn_gaps_s":[`...)
		for i, gap := range c.SYNGaps {
			b = gap.Append(comma(b, i))
		}
		b = append(b, ']')
	}
	if len(c.ICMPFrames) > 0 {
		b = appendUints(append(b, `,"icmp_frames":`...), c.ICMPFrames)
	}
	if len(c.Warnings) > 0 {
		b = appendStrings(append(b, `,"warnings":`...), c.Warnings)
	}
	if len(c.Transcript) > 0 {
		b = append(b, `,"transcript":[`...)
		for i := range c.Transcript {
			b = appendChunk(comma(b, i), &c.Transcript[i])
		}
		b = append(b, ']')
	}
	if len(c.Found) > 0 {
		b = append(b, `,"found":[`...)
		for i := range c.Found {
			b = appendHit(comma(b, i), &c.Found[i])
		}
		b = append(b, ']')
	}
	if c.Wireshark != nil {
		b = appendWiresharkCounts(append(b, `,"wireshark":`...), c.Wireshark)
	}
	if c.Ends != nil {
		b = appendPlain(append(b, `,"ends":`...), c.Ends)
	}
	if c.Waits != nil {
		b = appendPlain(append(b, `,"waits":`...), c.Waits)
	}
	return b
}

// appendPlain appends what few reports have, as encoding/json writes it.
func appendPlain(b []byte, v any) []byte {
	text, err := marshal(v)
	if err != nil {
		return append(b, "null"...) // plain data always encodes
	}
	return append(b, text...)
}

func appendChunk(b []byte, k *report.Chunk) []byte {
	b = appendString(append(b, `{"dir":`...), k.Dir)
	b = appendUint(append(b, `,"offset":`...), k.Offset)
	b = appendUint(append(b, `,"frame":`...), k.Frame)
	if len(k.Data) > 0 {
		b = base64.StdEncoding.AppendEncode(append(b, `,"data":"`...), k.Data)
		b = append(b, '"')
	}
	if k.Missing > 0 {
		b = appendUint(append(b, `,"missing":`...), k.Missing)
	}
	return append(b, '}')
}

func appendStates(b []byte, s report.States) []byte {
	b = appendString(append(b, `{"client":`...), s.Client)
	return append(appendString(append(b, `,"server":`...), s.Server), '}')
}

func (e *encoder) handshake(b []byte, c *report.Connection) []byte {
	h := c.Handshake
	if h == nil {
		return append(b, "null"...)
	}
	b = e.own(append(b, `{"syn":`...), c, ownSYN)
	b = appendUint(append(b, `,"syn_ack":`...), h.SYNACK)
	b = appendUint(append(b, `,"ack":`...), h.ACK)
	b = h.RTT.Append(append(b, `,"rtt_s":`...))
	return append(appendString(append(b, `,"kind":`...), h.Kind), '}')
}

func (e *encoder) close(b []byte, c *report.Connection) []byte {
	b = appendString(append(b, `{"kind":`...), c.Close.Kind)
	b = appendString(append(b, `,"by":`...), c.Close.By)
	b = e.own(append(b, `,"frames":`...), c, ownClosing)
	return append(appendString(append(b, `,"time_wait":`...), c.Close.TimeWait), '}')
}

func appendOptions(b []byte, seen bool, o *report.Options) []byte {
	if !seen {
		return append(b, "null"...)
	}
	b = appendUint(append(b, `{"mss":`...), o.MSS)
	b = strconv.AppendInt(append(b, `,"window_scale":`...), int64(o.WindowScale), 10)
	b = strconv.AppendBool(append(b, `,"sack_permitted":`...), o.SACKPermitted)
	return append(strconv.AppendBool(append(b, `,"timestamps":`...), o.Timestamps), '}')
}

func appendHalf(b []byte, h *report.Half) []byte {
	b = appendUint(append(b, `{"packets":`...), h.Packets)
	b = appendUint(append(b, `,"payload_bytes":`...), h.PayloadBytes)
	b = appendUint(append(b, `,"unique_bytes":`...), h.UniqueBytes)
	b = appendUint(append(b, `,"missing_bytes":`...), h.MissingBytes)
	b = appendUint(append(b, `,"retransmissions":`...), h.Retransmissions)
	b = appendUint(append(b, `,"fast_retransmissions":`...), h.FastRetransmissions)
	b = appendUint(append(b, `,"spurious_retransmissions":`...), h.SpuriousRetransmissions)
	b = appendUint(append(b, `,"out_of_order":`...), h.OutOfOrder)
	b = appendUint(append(b, `,"duplicate_acks":`...), h.DuplicateACKs)
	b = appendUint(append(b, `,"lost_segments":`...), h.LostSegments)
	b = appendUint(append(b, `,"zero_windows":`...), h.ZeroWindows)
	b = appendUint(append(b, `,"window_fulls":`...), h.WindowFulls)
	b = appendUint(append(b, `,"keep_alives":`...), h.KeepAlives)
	b = appendUint(append(b, `,"resets":`...), h.Resets)
	b = h.RTT.Min.Append(append(b, `,"rtt_s":{"min":`...))
	b = h.RTT.Median.Append(append(b, `,"median":`...))
	b = h.RTT.P95.Append(append(b, `,"p95":`...))
	b = h.RTT.Max.Append(append(b, `,"max":`...))
	b = appendUint(append(b, `,"samples":`...), h.RTT.Samples)
	b = appendUint(append(b, `},"max_in_flight":`...), h.MaxInFlight)
	if h.Measures != nil { // asked for on a few connections: speed does not matter here
		text, err := json.Marshal(h.Measures)
		if err == nil {
			b = append(append(b, `,"measures":`...), text...)
		}
	}
	return append(b, '}')
}

func appendExclusions(b []byte, list []report.Exclusion) []byte {
	for i := range list {
		b = appendString(append(comma(b, i), `{"cause":`...), list[i].Cause)
		b = append(appendString(append(b, `,"why":`...), list[i].Why), '}')
	}
	return b
}

func appendSegment(b []byte, g *report.Segment) []byte {
	b = appendUint(append(b, `{"frame":`...), g.Frame)
	b = g.Time.Append(append(b, `,"time_s":`...))
	b = appendString(append(b, `,"dir":`...), g.Dir)
	b = appendString(append(b, `,"flags":`...), g.Flags)
	b = strconv.AppendInt(append(b, `,"seq":`...), g.Seq, 10)
	b = strconv.AppendInt(append(b, `,"ack":`...), g.Ack, 10)
	b = appendUint(append(b, `,"len":`...), g.Len)
	b = appendUint(append(b, `,"window":`...), g.Window)
	b = appendStrings(append(b, `,"marks":`...), g.Marks)
	b = appendString(append(b, `,"phase":`...), g.Phase)
	b = appendStates(append(b, `,"state":`...), g.State)
	b = appendString(append(b, `,"note":`...), g.Note)
	if len(g.Why) > 0 {
		b = appendStrings(append(b, `,"why":`...), g.Why)
	}
	b = appendUint(append(b, `,"seq_raw":`...), g.SeqRaw)
	b = appendUint(append(b, `,"ack_raw":`...), g.AckRaw)
	b = appendUint(append(b, `,"window_raw":`...), g.WinRaw)
	b = appendUint(append(b, `,"ttl":`...), g.TTL)
	b = appendUint(append(b, `,"ip_id":`...), g.IPID)
	b = appendString(append(b, `,"options":`...), g.Options)
	if len(g.Payload) > 0 {
		b = base64.StdEncoding.AppendEncode(append(b, `,"payload":"`...), g.Payload)
		b = append(b, '"')
	}
	if g.Wireshark != nil {
		b = appendWireshark(append(b, `,"wireshark":`...), g.Wireshark)
	}
	if g.Ends != nil {
		b = appendPlain(append(b, `,"ends":`...), g.Ends)
	}
	return append(b, '}')
}

// comma separates the items of a list.
func comma(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

func appendUint[T ~uint8 | ~uint16 | ~uint32 | ~uint64](b []byte, n T) []byte {
	return strconv.AppendUint(b, uint64(n), 10)
}

func appendUints(b []byte, list []uint32) []byte {
	b = append(b, '[')
	for i, n := range list {
		b = appendUint(comma(b, i), n)
	}
	return append(b, ']')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		b = appendString(comma(b, i), s)
	}
	return append(b, ']')
}
