package report

// Wireshark is what Wireshark 4.0 shows of a segment, as a second judgement. Numbers are 0 where it shows none.
type Wireshark struct {
	Stream        uint32   `json:"stream"`         // tcp.stream
	Marks         []string `json:"marks"`          // its fields: "tcp.analysis.retransmission"
	Info          []string `json:"info,omitempty"` // what its Info column says of them
	DupAckNum     uint32   `json:"dup_ack_num,omitempty"`
	DupAckFrame   uint32   `json:"dup_ack_frame,omitempty"`
	RTO           Seconds  `json:"rto_s,omitempty"`
	RTOFrame      uint32   `json:"rto_frame,omitempty"`
	AckRTT        Seconds  `json:"ack_rtt_s,omitempty"`
	AcksFrame     uint32   `json:"acks_frame,omitempty"`
	InitialRTT    Seconds  `json:"initial_rtt_s,omitempty"`
	BytesInFlight uint32   `json:"bytes_in_flight,omitempty"`
	PushBytes     uint32   `json:"push_bytes_sent,omitempty"`
	Differs       string   `json:"differs,omitempty"` // why its marks are not ours
}

// WiresharkCounts sums Wireshark's judgement of a connection up.
type WiresharkCounts struct {
	Streams   []uint32 `json:"streams"`   // its numbers of the streams that the connection is part of
	Marks     []Share  `json:"marks"`     // how many segments have each
	Differing uint64   `json:"differing"` // segments whose marks are not ours
}
