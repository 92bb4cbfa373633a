package report

// Join says that the report is of two captures, made at the two ends of the same connections.
type Join struct {
	Client JoinedCapture `json:"client"` // the one made nearer to the clients
	Server JoinedCapture `json:"server"`
	Clock  JoinedClock   `json:"clock"`
}

// JoinedCapture is one of the two.
type JoinedCapture struct {
	Path    string `json:"path"`
	Packets uint64 `json:"packets"`
	Other   uint64 `json:"other"` // connections of other hosts, left out
}

// JoinedClock says how far the server's clock is ahead of the client's.
type JoinedClock struct {
	Basis  string   `json:"basis"`              // "one clock", "both ways", "one way", "none" or "stepped"
	Offset Seconds  `json:"offset_s"`           // if both ways take equally long
	Bound  Seconds  `json:"bound_s"`            // how far off that is at most, whatever they take
	Skew   *float64 `json:"skew_ppm,omitempty"` // how much faster it runs, when that can be measured
	There  int      `json:"to_server"`          // packets seen at both ends
	Back   int      `json:"to_client"`
}

// Ends is a connection as the captures at its two ends show it.
type Ends struct {
	ClientToServer Way         `json:"client_to_server"`
	ServerToClient Way         `json:"server_to_client"`
	AtServer       *Translated `json:"at_server,omitempty"` // when an address translator changed them
}

// Translated are the addresses of a connection as the other end sees them.
type Translated struct {
	Client Endpoint `json:"client"`
	Server Endpoint `json:"server"`
}

// Way is what became of the segments of one direction between the two ends.
type Way struct {
	Sent      uint64   `json:"sent"`    // segments seen at the end that sends
	Arrived   uint64   `json:"arrived"` // segments seen at both ends
	LostBytes uint64   `json:"lost_bytes"`
	Lost      []uint32 `json:"lost"`              // frames that never arrived
	Injected  []uint32 `json:"injected"`          // that arrived and were not sent by the end whose address they carry
	Copied    []uint32 `json:"copied"`            // that arrived more than once
	Late      []uint32 `json:"late"`              // that arrived after one that was sent later
	Changed   []uint32 `json:"changed"`           // that arrived otherwise than they were sent
	Recut     []uint32 `json:"recut"`             // whose bytes arrived in other segments: offload
	Missed    []uint32 `json:"missed"`            // that the sender's capture lacks though they were sent
	Unsent    []uint32 `json:"unsent"`            // that the sender's capture lacks: injected, or missed there
	Unwatched []uint32 `json:"unwatched"`         // that crossed when the other capture was not running
	Hops      *int     `json:"hops,omitempty"`    // routers on the way, by the TTL
	Delay     *Delay   `json:"delay_s,omitempty"` // on the way, as exact as the clocks' offset
}

// Delay summarises how long segments were on their way.
type Delay struct {
	Min    Seconds `json:"min"`
	Median Seconds `json:"median"`
	Max    Seconds `json:"max"`
}

// SegmentEnds is a segment as both ends saw it.
type SegmentEnds struct {
	Fate    string   `json:"fate"`              // "arrived", "lost", "recut", "copied", "injected", "missed", "unsent" or "unwatched"
	Sent    *Mark    `json:"sent"`              // null when the sender's capture does not have it
	Arrived *Mark    `json:"arrived"`           // null when the receiver's capture does not have it
	Late    bool     `json:"late,omitempty"`    // one that was sent later arrived before it
	Copies  int      `json:"copies,omitempty"`  // how often it arrived beyond once
	Changed []Change `json:"changed,omitempty"` // on the way
}

// Mark is when a capture saw a segment.
type Mark struct {
	Frame uint32  `json:"frame"`  // in that capture
	Time  Seconds `json:"time_s"` // since the connection's first frame, on the client's clock
}

// Change is a field that was not the same at both ends.
type Change struct {
	Field   string `json:"field"`
	Sent    string `json:"sent"`
	Arrived string `json:"arrived"`
}
