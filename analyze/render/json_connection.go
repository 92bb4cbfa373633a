package render

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"tcplab/analyze/report"
)

// AppendConnection appends one connection as compact JSON. It writes what encoding/json would, at a tenth of its cost and
// without allocating: a capture has millions of connections. Lists that are nil are written as empty ones. Segments are
// left out unless asked for.
func AppendConnection(b []byte, c *report.Connection, o Options) []byte {
	return appendConnection(b, c, o, appendExclusions)
}

// appendConnection is AppendConnection with a way to append exclusions.
func appendConnection(b []byte, c *report.Connection, o Options, excluded func([]byte, []report.Exclusion) []byte) []byte {
	b = appendUint(append(b, `{"id":`...), c.ID)
	b = appendEndpoint(append(b, `,"client":`...), c.Client)
	b = appendEndpoint(append(b, `,"server":`...), c.Server)
	b = strconv.AppendBool(append(b, `,"client_known":`...), c.ClientKnown)
	b = appendUint(append(b, `,"first_frame":`...), c.FirstFrame)
	b = appendUint(append(b, `,"last_frame":`...), c.LastFrame)
	b = appendUint(append(b, `,"frames":`...), c.Frames)
	b = appendTime(append(b, `,"start":`...), c.Start)
	b = c.Duration.Append(append(b, `,"duration_s":`...))
	b = appendString(append(b, `,"outcome":`...), c.Outcome)
	b = appendString(append(b, `,"history":`...), c.History)
	b = appendUint(append(b, `,"completeness":`...), c.Completeness)
	b = appendStates(append(b, `,"state":`...), c.State)
	b = appendHandshake(append(b, `,"handshake":`...), c.Handshake)
	b = appendClose(append(b, `,"close":`...), &c.Close)
	b = appendOptions(append(b, `,"options":{"client":`...), c.Options.Client)
	b = appendOptions(append(b, `,"server":`...), c.Options.Server)
	b = appendHalf(append(b, `},"client_to_server":`...), &c.ClientToServer)
	b = appendHalf(append(b, `,"server_to_client":`...), &c.ServerToClient)
	b = append(b, `,"findings":[`...)
	for i := range c.Findings {
		b = appendFinding(comma(b, i), &c.Findings[i])
		b = append(excluded(b, c.Findings[i].Excluded), "]}"...)
	}
	b = append(b, ']')
	return append(appendOptional(b, c, o), '}')
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
	return b
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

func appendEndpoint(b []byte, e report.Endpoint) []byte {
	b = appendString(append(b, `{"addr":`...), e.Addr)
	return append(appendUint(append(b, `,"port":`...), e.Port), '}')
}

func appendStates(b []byte, s report.States) []byte {
	b = appendString(append(b, `{"client":`...), s.Client)
	return append(appendString(append(b, `,"server":`...), s.Server), '}')
}

func appendHandshake(b []byte, h *report.Handshake) []byte {
	if h == nil {
		return append(b, "null"...)
	}
	b = appendUint(append(b, `{"syn":`...), h.SYN)
	b = appendUint(append(b, `,"syn_ack":`...), h.SYNACK)
	b = appendUint(append(b, `,"ack":`...), h.ACK)
	b = h.RTT.Append(append(b, `,"rtt_s":`...))
	return append(appendString(append(b, `,"kind":`...), h.Kind), '}')
}

func appendClose(b []byte, c *report.Close) []byte {
	b = appendString(append(b, `{"kind":`...), c.Kind)
	b = appendString(append(b, `,"by":`...), c.By)
	b = appendUints(append(b, `,"frames":`...), c.Frames)
	return append(appendString(append(b, `,"time_wait":`...), c.TimeWait), '}')
}

func appendOptions(b []byte, o *report.Options) []byte {
	if o == nil {
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

// appendFinding appends a finding up to its exclusions.
func appendFinding(b []byte, f *report.Finding) []byte {
	b = appendString(append(b, `{"cause":`...), f.Cause)
	b = appendString(append(b, `,"title":`...), f.Title)
	b = appendString(append(b, `,"level":`...), f.Level)
	b = appendString(append(b, `,"severity":`...), f.Severity)
	b = appendUints(append(b, `,"frames":`...), f.Frames)
	b = appendUints(append(b, `,"calls":`...), f.Calls)
	b = appendStrings(append(b, `,"evidence":`...), f.Evidence)
	b = appendString(append(b, `,"client_sees":`...), f.ClientSees)
	b = appendString(append(b, `,"server_sees":`...), f.ServerSees)
	b = appendString(append(b, `,"fix":`...), f.Fix)
	return append(b, `,"excluded":[`...)
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

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
