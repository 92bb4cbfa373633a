// Package flow groups segments into connections and follows each from its first segment to its last: the state of both
// ends, what each direction carried, how it opened and how it ended.
package flow

import (
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Dir is a direction; it also names the end that sends in it.
type Dir uint8

// The two directions.
const (
	ToServer Dir = 0 // sent by the client
	ToClient Dir = 1 // sent by the server
)

// Other returns the opposite direction.
func (d Dir) Other() Dir { return 1 - d }

// String returns the contract's name: "c2s" or "s2c".
func (d Dir) String() string { return [...]string{"c2s", "s2c"}[d] }

// Sender returns "client" or "server".
func (d Dir) Sender() string { return [...]string{"client", "server"}[d] }

// State is a connection state of RFC 9293, 3.3.2, of one end.
type State uint8

// The states. Unknown stands for an end whose handshake was not captured and that has shown nothing yet.
const (
	Closed State = iota
	Listen
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
	Unknown
)

var stateNames = [...]string{"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
	"CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT", "UNKNOWN"}

func (s State) String() string { return stateNames[s] }

// Phase is the part of a connection's life that a segment belongs to.
type Phase uint8

// The phases.
const (
	PhaseHandshake Phase = iota
	PhaseData
	PhaseTeardown
	PhaseReset
)

func (p Phase) String() string { return [...]string{"handshake", "data", "teardown", "reset"}[p] }

// Row is one segment as the packet table shows it.
type Row struct { // in an order that leaves no holes: a row costs the memory of every connection
	Time           capture.Stamp
	Why            classify.Why
	Detail         *Detail // nil when details are not kept
	Frame          uint32
	Seq, Ack       wire.Seq // relative to the ISNs; Ack is 0 without the ACK flag
	SeqRaw, AckRaw wire.Seq
	Len            uint32
	Window         uint32 // scaled, when the scale is known
	Marks          classify.Marks
	OptionSet      wire.OptionSet
	TSVal, TSEcr   uint32
	WinRaw         uint16
	IPID           uint16
	Flags          wire.Flags
	Dir            Dir
	Phase          Phase
	State          [2]State // of client and server, after this segment
	TTL            uint8
	DF             bool
	HeadLen        uint8   // how many bytes of Head there are
	Head           [8]byte // first bytes of the payload
	MAC            [6]byte // of the sender
}

// Said is the beginning of the row's payload, as far as it was kept: a few bytes of every row, more with Detail.
func (r *Row) Said() []byte {
	if r.Detail != nil && len(r.Detail.Payload) > int(r.HeadLen) {
		return r.Detail.Payload
	}
	return r.Head[:r.HeadLen]
}

// Detail is what only printing needs of a segment.
type Detail struct {
	Options []byte // raw TCP options
	Payload []byte // first bytes of the payload
}

// End returns the relative sequence number after the row's segment.
func (r *Row) End() wire.Seq {
	end := r.Seq + wire.Seq(r.Len)
	if r.Flags.Any(wire.SYN) {
		end++
	}
	if r.Flags.Any(wire.FIN) {
		end++
	}
	return end
}

// SYNInfo is what a SYN or SYN-ACK said: it fingerprints the system that sent it.
type SYNInfo struct {
	Seen          bool
	Frame         uint32
	Time          capture.Stamp // of the latest copy
	ISN           wire.Seq
	Window        uint16
	TTL           uint8
	IPID          uint16
	DF            bool
	Len           uint32 // data on the SYN
	Flags         wire.Flags
	Options       wire.OptionSet
	MSS           uint16
	WindowScale   uint8
	SACKPermitted bool
	Timestamps    bool
	TSVal         uint32
}

// next is the number that acknowledges all of a SYN: a FIN on it counts as well (RFC 9293, 3.10.7.1: SEG.SEQ+SEG.LEN).
func (s *SYNInfo) next() wire.Seq {
	next := s.ISN + 1 + wire.Seq(s.Len)
	if s.Flags.Any(wire.FIN) {
		next++
	}
	return next
}

// SYNCopy is one sending of a SYN.
type SYNCopy struct {
	Frame uint32
	Time  capture.Stamp
}

// Reset is a RST as it was seen: its shape tells a kernel's answer from an application's abort.
type Reset struct {
	Frame        uint32
	Time         capture.Stamp
	Dir          Dir
	Flags        wire.Flags
	SeqRaw       wire.Seq
	AckRaw       wire.Seq
	Seq          wire.Seq // relative to the sender's ISN; of a refusal, raw
	Window       uint16
	TTL          uint8
	IPID         uint16
	DF           bool
	Options      wire.OptionSet
	Len          uint32
	ExpectedSeq  wire.Seq // next sequence number the sender would use, relative
	AnswersSYN   bool     // it acknowledges a SYN of the other end that nothing else answered
	MAC          [6]byte
	Subflow      uint8  // why it ends a subflow of Multipath TCP, plus one; 0 when it does not say (RFC 8684, 3.6)
	Obeyed       bool   // its receiver gives the connection up; else it ignores it or sends a challenge ACK
	AnswersFrame uint32 // the latest frame of the other end before it
}

// Half is one direction: what its sender sent, and what its sender is known to have received.
type Half struct {
	SYN SYNInfo

	Packets, PayloadBytes        uint64
	MissingAcked                 uint64 // of MissingBytes: acknowledged, so only the capture lacks them
	UniqueBytes, MissingBytes    uint64
	Retransmissions              uint64 // all kinds
	FastRetransmissions          uint64
	SpuriousRetransmissions      uint64
	OutOfOrder, DuplicateACKs    uint64
	LostSegments                 uint64
	ZeroWindows, WindowFulls     uint64
	KeepAlives, ZeroWindowProbes uint64
	Resets                       uint64
	DSACKs                       uint64 // segments of this end that tell it got something twice (RFC 2883)
	RetransmissionRuns           uint64 // recoveries: one ends where its end had sent to when it began (RFC 6582)
	ECEs                         uint64 // segments that report a congestion mark: ECE without SYN (RFC 3168, 6.1.3)
	FirstECE                     uint32 // frame, 0 when there is none
	Checksums                    Checksums
	MaxInFlight                  uint64
	Measures                     *Measures // nil unless asked for
	RTT                          RTTSummary
	FIN                          uint32 // frame of the first FIN, 0 when none was seen
	FINTime                      capture.Stamp
	FINAcked                     uint32 // frame of the first ACK beyond it, 0 when none
	FINAckedBare                 bool   // that ACK carried no FIN of its own
	FirstData, LastData          uint32 // frames
	FirstDataTime, LastDataTime  capture.Stamp
	LastFrame                    uint32
	LastTime                     capture.Stamp
	TTLMin, TTLMax               uint8    // over all segments but RSTs
	LastWindow                   uint32   // scaled
	NextSeq                      wire.Seq // relative: highest sequence number sent, plus one
	Acked                        wire.Seq // relative: highest ACK the other end sent for this direction
	ISNKnown                     bool     // the SYN or SYN-ACK was seen; else relative numbers count from the first byte seen
	ScaleKnown                   bool     // windows are scaled right: both SYNs were seen, with their options
}

// Checksums is what verifying this direction's checksums showed, as far as it was done: see checked.
type Checksums struct {
	Checked, Bad uint64
	First        uint32 // frame of the first bad one
	Accepted     uint64 // bad ones whose receiver took them: their sum was filled in, or broken, after the capture
	Refused      uint64 // bad ones that were not acknowledged before they were sent again
	Again        uint32 // frame of the first repetition of a refused one, 0 when none came
}

// RTTSummary are the round trips of one direction's segments.
type RTTSummary struct {
	Min, Median, P95, Max time.Duration
	Early                 time.Duration // the least of the first few after the handshake, 0 when there are none
	Samples               uint64
}

// Handshake is how a connection opened.
type Handshake struct {
	SYN, SYNACK, ACK uint32 // frames, 0 = not seen
	RTT              time.Duration
	Kind             string // "normal", "simultaneous", "fast-open", "partial", "" when nothing of it was seen
}

// Close is how a connection ended, as report.Close.
type Close struct {
	Kind     string
	By       string
	Frames   []uint32
	TimeWait string
}

// Conversation is one connection: one use of an address and port pair. It is final when the table hands it out, and
// valid until the receiver returns: Clone what is kept.
type Conversation struct {
	ID                     uint32
	Client, Server         wire.Addr
	ClientPort, ServerPort uint16
	ClientKnown            bool
	VLAN                   uint16
	Tunnel                 uint32
	FirstFrame, LastFrame  uint32
	Frames                 uint32
	First, Last            capture.Stamp
	Until                  capture.Stamp // the capture was watched until then when this was final; 0: not known
	Outcome                string        // Zeek's conn_state
	History                string        // Zeek's history
	Completeness           uint8         // Wireshark's number
	State                  [2]State
	Handshake              Handshake
	Close                  Close
	Half                   [2]Half     // by sender: Half[ToServer] is what the client sent
	SYNs                   []SYNCopy   // every SYN of the client, when it was repeated: one attempt
	Reset                  *Reset      // the first RST, nil when there is none
	Resets                 []Reset     // the first few, in order
	ICMP                   []wire.ICMP // errors that quote this connection, the first few
	Vantage                string
	Duplicates             uint32 // frames captured twice
	OneWay                 bool   // only one direction was captured
	Warnings               []string
	Rows                   []Row // all, or the first and last few: see Gap
	Gap                    int   // rows left out after Rows[GapAt-1]; 0 when Rows is complete
	GapAt                  int

	first   Reset     // what Reset points to
	closing [4]uint32 // what Close.Frames holds
}

// Duration is the time from the first frame to the last.
func (c *Conversation) Duration() time.Duration { return c.Last.Sub(c.First) }

// Clone returns a copy that stays valid.
func (c *Conversation) Clone() *Conversation {
	d := &Conversation{}
	c.CopyTo(d)
	return d
}

// CopyTo makes d a copy that stays valid; it uses the memory of d's lists.
func (c *Conversation) CopyTo(d *Conversation) {
	syns, resets, icmp, rows, warnings := d.SYNs[:0], d.Resets[:0], d.ICMP[:0], d.Rows[:0], d.Warnings[:0]
	if cap(rows) > mostRows/4 {
		rows = nil // what was kept of a long one is not kept for a short one
	}
	*d = *c
	if c.Reset != nil {
		d.Reset = &d.first
	}
	d.Close.Frames = d.closing[:len(c.Close.Frames)]
	d.SYNs, d.Resets, d.ICMP = append(syns, c.SYNs...), append(resets, c.Resets...), append(icmp, c.ICMP...)
	d.Rows, d.Warnings = append(rows, c.Rows...), append(warnings, c.Warnings...)
}

// Abridge leaves out all rows but the first few: of a conversation that nobody will look at any closer.
func (c *Conversation) Abridge() {
	if more := len(c.Rows) - fewRows; more > 0 {
		c.Rows, c.Gap, c.GapAt = c.Rows[:fewRows], c.Gap+more, fewRows
	}
}
