package render

import "tcplab/analyze/report"

func appendWireshark(b []byte, w *report.Wireshark) []byte {
	b = appendUint(append(b, `{"stream":`...), w.Stream)
	b = appendStrings(append(b, `,"marks":`...), w.Marks)
	if len(w.Info) > 0 {
		b = appendStrings(append(b, `,"info":`...), w.Info)
	}
	b = appendShown(b, `,"dup_ack_num":`, w.DupAckNum)
	b = appendShown(b, `,"dup_ack_frame":`, w.DupAckFrame)
	b = appendTaken(b, `,"rto_s":`, w.RTO)
	b = appendShown(b, `,"rto_frame":`, w.RTOFrame)
	b = appendTaken(b, `,"ack_rtt_s":`, w.AckRTT)
	b = appendShown(b, `,"acks_frame":`, w.AcksFrame)
	b = appendTaken(b, `,"initial_rtt_s":`, w.InitialRTT)
	b = appendShown(b, `,"bytes_in_flight":`, w.BytesInFlight)
	b = appendShown(b, `,"push_bytes_sent":`, w.PushBytes)
	if w.Differs != "" {
		b = appendString(append(b, `,"differs":`...), w.Differs)
	}
	return append(b, '}')
}

// appendShown appends a number that is there.
func appendShown(b []byte, key string, n uint32) []byte {
	if n == 0 {
		return b
	}
	return appendUint(append(b, key...), n)
}

// appendTaken appends a time that is there.
func appendTaken(b []byte, key string, s report.Seconds) []byte {
	if s == 0 {
		return b
	}
	return s.Append(append(b, key...))
}

func appendWiresharkCounts(b []byte, w *report.WiresharkCounts) []byte {
	b = appendUints(append(b, `{"streams":`...), w.Streams)
	b = append(b, `,"marks":[`...)
	for i, m := range w.Marks {
		b = appendString(append(comma(b, i), `{"name":`...), m.Name)
		b = append(appendUint(append(b, `,"frames":`...), m.Frames), '}')
	}
	return append(appendUint(append(b, `],"differing":`...), w.Differing), '}')
}
