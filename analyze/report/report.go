// Package report is the JSON contract of tcplab: plain data that says what was captured, what happened and why. Every
// renderer reads these types and nothing else. schema.md describes each field; a test compares the two.
//
// Frame numbers and call numbers are the only references. Sequence numbers are relative unless the name ends in Raw.
package report

import (
	"strconv"
	"time"
)

// Schema is the version of the contract.
const Schema = "tcplab.report/1"

// Seconds is a duration that JSON shows as decimal seconds, exact to the nanosecond.
type Seconds time.Duration

// MarshalJSON writes s as a decimal number without a trailing zero.
func (s Seconds) MarshalJSON() ([]byte, error) { return s.Append(nil), nil }

// Append appends s as decimal seconds to buf.
func (s Seconds) Append(buf []byte) []byte {
	n := int64(s)
	if n < 0 {
		buf = append(buf, '-')
		n = -n
	}
	buf = strconv.AppendInt(buf, n/1e9, 10)
	frac := n % 1e9
	if frac == 0 {
		return buf
	}
	buf = append(buf, '.')
	for digit := int64(1e8); frac > 0; digit /= 10 {
		buf = append(buf, byte('0'+frac/digit))
		frac %= digit
	}
	return buf
}

// UnmarshalJSON reads decimal seconds.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return err
	}
	if f < 0 {
		*s = Seconds(f*1e9 - 0.5)
	} else {
		*s = Seconds(f*1e9 + 0.5)
	}
	return nil
}

// Report is everything tcplab says of one capture.
type Report struct {
	Schema       string        `json:"schema"`
	Tool         Tool          `json:"tool"`
	Input        Input         `json:"input"`
	Run          *Run          `json:"run,omitempty"`
	Scenario     *Scenario     `json:"scenario,omitempty"`
	Actors       []Actor       `json:"actors,omitempty"`
	Connections  []Connection  `json:"connections"`
	Findings     []Finding     `json:"findings"`
	Calls        []Call        `json:"calls,omitempty"`
	Timeline     []Event       `json:"timeline,omitempty"`
	Cable        []Deed        `json:"cable,omitempty"`
	Kernel       []KernelView  `json:"kernel,omitempty"`
	Listeners    []Listener    `json:"listeners,omitempty"`
	Hosts        []HostView    `json:"hosts,omitempty"`
	Expectations []Expectation `json:"expectations,omitempty"`
	Warnings     []string      `json:"warnings"`
	Join         *Join         `json:"join,omitempty"`      // of two captures
	Selection    *Selection    `json:"selection,omitempty"` // when not all connections were asked for
}

// Tool names what made the report.
type Tool struct {
	Version string `json:"version"`
}

// Input says what was read.
type Input struct {
	Kind          string     `json:"kind"` // "file" or "live"
	Path          string     `json:"path"`
	Format        string     `json:"format"` // "pcap" or "pcapng"
	LinkTypes     []string   `json:"link_types"`
	Packets       uint64     `json:"packets"`
	Bytes         uint64     `json:"bytes"`
	First         *time.Time `json:"first"` // null when there is no packet
	Last          *time.Time `json:"last"`
	Truncated     bool       `json:"truncated"`
	Counts        Counts     `json:"counts"`
	KernelDropped *uint64    `json:"kernel_dropped,omitempty"` // live only
	Incomplete    bool       `json:"incomplete,omitempty"`     // of a run: frames are known to be missing, the warnings say which
	NotTCP        []Share    `json:"not_tcp,omitempty"`        // what the frames were that are not TCP, most frequent first
}

// Counts says what each frame turned out to be.
type Counts struct {
	TCP         uint64 `json:"tcp"`
	ICMPError   uint64 `json:"icmp_error"`
	NotTCP      uint64 `json:"not_tcp"`
	Fragment    uint64 `json:"fragment"`
	Malformed   uint64 `json:"malformed"` // including headers cut by the snap length
	UnknownLink uint64 `json:"unknown_link"`
	Duplicate   uint64 `json:"duplicate"`
}

// Share is a protocol and how many frames carried it.
type Share struct {
	Name   string `json:"name"`
	Frames uint64 `json:"frames"`
}

// Run says where a live run took place.
type Run struct {
	Kernel   string `json:"kernel"`
	Iface    string `json:"iface"`
	IfaceWhy string `json:"iface_why"`
	Filter   string `json:"filter"`
	Drained  string `json:"drained"` // what ended the capture

	At          string `json:"at,omitempty"`          // of a lab: the host at whose end of the cable the capture was made
	Interrupted bool   `json:"interrupted,omitempty"` // the user ended the run before its end
	Late        bool   `json:"late,omitempty"`        // the exchange did not end in its time

	Side string `json:"side,omitempty"` // "client" or "server": which end ran here, the other one on another machine
}

// Scenario names what was run.
type Scenario struct {
	Name    string            `json:"name"`
	Title   string            `json:"title"`
	Variant string            `json:"variant"`
	Cause   string            `json:"cause"`
	Params  map[string]string `json:"params"`

	FreePort bool `json:"free_port,omitempty"` // nobody asked for the port: a free one was taken
}

// Actor is one process of a run and how it ended.
type Actor struct {
	Name  string `json:"name"`
	PID   int    `json:"pid"`
	Exit  Exit   `json:"exit"`
	Error string `json:"error,omitempty"`

	Zombie bool `json:"zombie,omitempty"` // it ended, and the process that forked it never waited for it

	// Of a program that exec ran:
	Command string   `json:"command,omitempty"`
	EndedBy string   `json:"ended_by,omitempty"` // the signal with which tcplab ended it
	Output  []Output `json:"output,omitempty"`
}

// Output is what a program wrote at one moment.
type Output struct {
	Time   time.Time `json:"time"`
	Stream string    `json:"stream"` // "stdout" or "stderr"
	Text   string    `json:"text"`   // what is not UTF-8 is replaced
}

// Exit is an exit status or the signal that ended the process.
type Exit struct {
	Status int    `json:"status"`
	Signal string `json:"signal"`
}

// Endpoint is one end of a connection.
type Endpoint struct {
	Addr string `json:"addr"`
	Port uint16 `json:"port"`
}

// Connection is one TCP connection: one use of an address and port pair.
type Connection struct {
	ID             uint32           `json:"id"`
	Client         Endpoint         `json:"client"`
	Server         Endpoint         `json:"server"`
	ClientKnown    bool             `json:"client_known"` // false when no SYN, SYN-ACK or refusal shows who opened it
	FirstFrame     uint32           `json:"first_frame"`
	LastFrame      uint32           `json:"last_frame"`
	Frames         uint32           `json:"frames"`
	Start          time.Time        `json:"start"`
	Duration       Seconds          `json:"duration_s"`
	Outcome        string           `json:"outcome"` // Zeek's conn_state
	History        string           `json:"history"` // Zeek's history
	Completeness   uint8            `json:"completeness"`
	State          States           `json:"state"` // at the end of the capture
	Handshake      *Handshake       `json:"handshake"`
	Close          Close            `json:"close"`
	Options        OptionPair       `json:"options"`
	ClientToServer Half             `json:"client_to_server"`
	ServerToClient Half             `json:"server_to_client"`
	Findings       []Finding        `json:"findings"`
	Segments       []Segment        `json:"segments,omitempty"` // only with --segments
	VLAN           uint16           `json:"vlan,omitempty"`
	Vantage        string           `json:"vantage,omitempty"`     // "client", "server", "middle", "both hosts": where it was captured
	SYNFrames      []uint32         `json:"syn_frames,omitempty"`  // every SYN of the attempt, when it was repeated
	SYNGaps        []Seconds        `json:"syn_gaps_s,omitempty"`  // between them
	ICMPFrames     []uint32         `json:"icmp_frames,omitempty"` // ICMP errors that quote this connection
	Warnings       []string         `json:"warnings,omitempty"`    // what could not be known: missing handshake, unknown window scale
	Transcript     []Chunk          `json:"transcript,omitempty"`  // only with --follow
	Found          []Hit            `json:"found,omitempty"`       // only with --find
	Wireshark      *WiresharkCounts `json:"wireshark,omitempty"`   // only with --wireshark
	Ends           *Ends            `json:"ends,omitempty"`        // of two captures
	Waits          *Waits           `json:"waits,omitempty"`       // of half a second or more, with its segments; never written to

	// Alike is not 0 where all connections with the same number are alike but for ID, addresses, the client's port, first and last
	// frame, times, the frames of Handshake.SYN and Close, and of findings frames, evidence and fix.
	Alike uint32 `json:"-"`
}

// Waits says where the time of a connection went: each wait between two of its segments is put down to one of five.
type Waits struct {
	Covered Seconds `json:"covered_s"` // all of them: what keep-alives end, or segments that were not kept, is left out
	Shares  []Wait  `json:"shares"`    // the largest first
}

// Wait is what the time of a connection was spent on.
type Wait struct {
	For     string  `json:"for"`                  // see below
	Time    Seconds `json:"time_s"`               // all such waits together
	Longest Seconds `json:"longest_s,omitempty"`  // one of them, 0 when all are parts of other waits
	From    uint32  `json:"from_frame,omitempty"` // the frames between which it passed
	To      uint32  `json:"to_frame,omitempty"`
}

// What a connection waits for.
const (
	ForClient  = "client"          // nothing was under way, and the client's end sent next
	ForServer  = "server"          // likewise the server's
	ForNetwork = "network"         // segments or their ACKs were under way
	ForWindow  = "receiver window" // it was closed
	ForLoss    = "loss"            // until what was lost was sent again
)

// Hit is the first place in one direction of a connection that holds the bytes asked for.
type Hit struct {
	Dir       string `json:"dir"`        // "c2s" or "s2c"
	Frame     uint32 `json:"frame"`      // that carried the first of them
	LastFrame uint32 `json:"last_frame"` // and the last
	Offset    uint64 `json:"offset"`     // of the first, in the stream of its direction, from 0
	Before    []byte `json:"before"`     // what stands beside them
	After     []byte `json:"after"`
}

// Chunk is payload of one direction in the order in which it became readable; without data it is a gap of the capture.
type Chunk struct {
	Dir     string `json:"dir"`    // "c2s" or "s2c"
	Offset  uint64 `json:"offset"` // in the stream of its direction, from 0
	Frame   uint32 `json:"frame"`  // that carried it, 0 when none was captured
	Data    []byte `json:"data,omitempty"`
	Missing uint64 `json:"missing,omitempty"` // bytes that the capture lacks here
}

// States are the RFC 9293 states of both ends.
type States struct {
	Client string `json:"client"`
	Server string `json:"server"`
}

// Handshake says how the connection opened. Frame numbers are 0 when the segment was not seen.
type Handshake struct {
	SYN    uint32  `json:"syn"`
	SYNACK uint32  `json:"syn_ack"`
	ACK    uint32  `json:"ack"`
	RTT    Seconds `json:"rtt_s"` // SYN to the client's ACK; 0 when not complete
	Kind   string  `json:"kind"`  // "normal", "simultaneous", "fast-open" or "partial"
}

// Close says how the connection ended.
type Close struct {
	Kind     string   `json:"kind"` // "four-way", "three-way", "simultaneous", "half", "reset" or "none"
	By       string   `json:"by"`   // who closed first: "client", "server", "both" or ""
	Frames   []uint32 `json:"frames"`
	TimeWait string   `json:"time_wait"` // who is left in TIME-WAIT
}

// OptionPair are the options each end offered in its SYN; null when that SYN was not seen.
type OptionPair struct {
	Client *Options `json:"client"`
	Server *Options `json:"server"`
}

// Options are what a SYN or SYN-ACK offered.
type Options struct {
	MSS           uint16 `json:"mss"`          // 0: not offered
	WindowScale   int    `json:"window_scale"` // shift count, -1: not offered
	SACKPermitted bool   `json:"sack_permitted"`
	Timestamps    bool   `json:"timestamps"`
}

// Half is what one direction carried.
type Half struct {
	Packets                 uint64    `json:"packets"`
	PayloadBytes            uint64    `json:"payload_bytes"`
	UniqueBytes             uint64    `json:"unique_bytes"`
	MissingBytes            uint64    `json:"missing_bytes"`
	Retransmissions         uint64    `json:"retransmissions"` // all kinds
	FastRetransmissions     uint64    `json:"fast_retransmissions"`
	SpuriousRetransmissions uint64    `json:"spurious_retransmissions"`
	OutOfOrder              uint64    `json:"out_of_order"`
	DuplicateACKs           uint64    `json:"duplicate_acks"`
	LostSegments            uint64    `json:"lost_segments"`
	ZeroWindows             uint64    `json:"zero_windows"`
	WindowFulls             uint64    `json:"window_fulls"`
	KeepAlives              uint64    `json:"keep_alives"`
	Resets                  uint64    `json:"resets"`
	RTT                     RTT       `json:"rtt_s"`
	MaxInFlight             uint64    `json:"max_in_flight"`
	Measures                *Measures `json:"measures,omitempty"` // only with --measures
}

// Measures are further numbers of one direction: those of tcptrace -l and -r, under plain names.
type Measures struct {
	ACKSegments          uint64  `json:"ack_segments"`
	PureACKs             uint64  `json:"pure_acks"`
	DataSegments         uint64  `json:"data_segments"`
	PushedSegments       uint64  `json:"pushed_segments"`
	SACKSegments         uint64  `json:"sack_segments"`
	DSACKSegments        uint64  `json:"dsack_segments"`
	MaxSACKBlocks        uint8   `json:"max_sack_blocks"`
	SYNs                 uint64  `json:"syns"`
	FINs                 uint64  `json:"fins"`
	UrgentSegments       uint64  `json:"urgent_segments"`
	UrgentBytes          uint64  `json:"urgent_bytes"`
	CapturedTwice        uint64  `json:"captured_twice"`
	RetransmittedBytes   uint64  `json:"retransmitted_bytes"`
	MaxRetransmissions   uint64  `json:"max_retransmissions"`
	RetransmitGap        Spread  `json:"retransmit_gap_s"`
	ZeroWindowProbes     uint64  `json:"zero_window_probes"`
	ZeroWindowProbeBytes uint64  `json:"zero_window_probe_bytes"`
	MinSegment           uint32  `json:"min_segment"`
	MaxSegment           uint32  `json:"max_segment"`
	AvgSegment           float64 `json:"avg_segment"`
	MinWindow            uint32  `json:"min_window"`
	MaxWindow            uint32  `json:"max_window"`
	AvgWindow            float64 `json:"avg_window"`
	InitialBytes         uint64  `json:"initial_bytes"`
	InitialSegments      uint64  `json:"initial_segments"`
	StreamBytes          uint64  `json:"stream_bytes"`
	TruncatedBytes       uint64  `json:"truncated_bytes"`
	TruncatedSegments    uint64  `json:"truncated_segments"`
	DataTime             Seconds `json:"data_time_s"`
	IdleMax              Seconds `json:"idle_max_s"`
	Throughput           float64 `json:"throughput"`
	RTT                  Spread  `json:"rtt_s"`
	FullSizeRTT          Spread  `json:"full_size_rtt_s"`
	RepeatedRTT          Spread  `json:"repeated_rtt_s"`
	HandshakeRTT         Seconds `json:"handshake_rtt_s"`
	ApplicationLimited   Seconds `json:"application_limited_s"`
	WindowLimited        Seconds `json:"window_limited_s"`
	NetworkLimited       Seconds `json:"network_limited_s"`
	AmbiguousACKs        uint64  `json:"ambiguous_acks"`
	PostLossACKs         uint64  `json:"post_loss_acks"`
	CumulativelyAcked    uint64  `json:"cumulatively_acked"`
	TripleDuplicateACKs  uint64  `json:"triple_duplicate_acks"`
}

// Spread summarises durations.
type Spread struct {
	Samples uint64  `json:"samples"`
	Min     Seconds `json:"min"`
	Max     Seconds `json:"max"`
	Avg     Seconds `json:"avg"`
	SD      Seconds `json:"sd"`
}

// RTT summarises the round trips of the segments one direction sent, each from a segment to the ACK that covers it.
type RTT struct {
	Min     Seconds `json:"min"`
	Median  Seconds `json:"median"`
	P95     Seconds `json:"p95"`
	Max     Seconds `json:"max"`
	Samples uint64  `json:"samples"`
}

// Segment is one line of a packet table.
type Segment struct {
	Frame     uint32     `json:"frame"`
	Time      Seconds    `json:"time_s"` // since the connection's first frame
	Dir       string     `json:"dir"`    // "c2s" or "s2c"
	Flags     string     `json:"flags"`  // tcpdump's letters
	Seq       int64      `json:"seq"`
	Ack       int64      `json:"ack"`
	Len       uint32     `json:"len"`
	Window    uint32     `json:"window"` // scaled, when the scale is known
	Marks     []string   `json:"marks"`
	Phase     string     `json:"phase"`         // "handshake", "data", "teardown" or "reset"
	State     States     `json:"state"`         // after this segment
	Note      string     `json:"note"`          // one sentence in plain words
	Why       []string   `json:"why,omitempty"` // the reason of each mark, in their order
	SeqRaw    uint32     `json:"seq_raw"`
	AckRaw    uint32     `json:"ack_raw"`
	WinRaw    uint16     `json:"window_raw"`
	TTL       uint8      `json:"ttl"`
	IPID      uint16     `json:"ip_id"`
	Options   string     `json:"options"`             // as tcpdump prints them, without brackets
	Payload   []byte     `json:"payload,omitempty"`   // first bytes, base64
	Wireshark *Wireshark `json:"wireshark,omitempty"` // only with --wireshark

	Ends *SegmentEnds `json:"ends,omitempty"` // of two captures
}

// Finding is a cause with its proof.
type Finding struct {
	Cause      string      `json:"cause"`
	Title      string      `json:"title"`
	Level      string      `json:"level"`    // "certain", "strong", "likely" or "possible"
	Severity   string      `json:"severity"` // "error", "warning" or "note"
	Frames     []uint32    `json:"frames"`
	Calls      []uint32    `json:"calls"`
	Evidence   []string    `json:"evidence"`
	ClientSees string      `json:"client_sees"`
	ServerSees string      `json:"server_sees"`
	Fix        string      `json:"fix"`
	Excluded   []Exclusion `json:"excluded"`
	ExcludedAs *uint32     `json:"excluded_as,omitempty"` // ndjson only: the connection whose finding of this cause lists the same
}

// Exclusion is a look-alike that was ruled out, or could not be judged.
type Exclusion struct {
	Cause string `json:"cause"`
	Why   string `json:"why"`
}

// Call is one system call of an actor.
type Call struct {
	Number       uint32     `json:"number"`
	Actor        string     `json:"actor"`
	Op           string     `json:"op"`
	Proto        string     `json:"proto,omitempty"` // "udp" for a datagram socket, "raw" for a raw one, where that is known
	Args         string     `json:"args"`
	Result       string     `json:"result"` // "3", "0", "-1", "" when it never returned
	Errno        string     `json:"errno"`  // "ECONNREFUSED", "" when it succeeded
	Begin        time.Time  `json:"begin"`
	End          *time.Time `json:"end"` // null when it never returned
	CausesFrames []uint32   `json:"causes_frames"`
}

// Event is one place on the timeline of a run.
type Event struct {
	Kind     string `json:"kind"` // "call-begin", "call-end" or "frame"
	Number   uint32 `json:"number"`
	Adjusted bool   `json:"adjusted,omitempty"` // moved against its clock, by less than the stated tolerance, to keep cause before effect
}

// Deed is what the scripted cable between the hosts of a lab did to packets of one direction by one of its rules.
type Deed struct {
	Fate    string   `json:"fate"`    // "dropped", "changed", "cut off", "answered", "copy", "forged"; "carried", late or out of turn
	Dir     string   `json:"dir"`     // "c2s" or "s2c"
	Rule    string   `json:"rule"`    // as written
	Packets int      `json:"packets"` // how many
	Frames  []uint32 `json:"frames"`  // those of them that the capture holds
}

// HostView is what the kernel of one host of a run counted from its beginning to its end.
type HostView struct {
	Host     string            `json:"host"`     // "local", or the lab's name for it
	Counters map[string]uint64 `json:"counters"` // those that moved, and by how much
	Missing  []Missing         `json:"missing,omitempty"`
}

// Missing is a fact of a host that could not be read.
type Missing struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Needs string `json:"needs,omitempty"` // the right that would allow it
}

// Listener is what the kernel says of a listener of a run.
type Listener struct {
	Actor   string  `json:"actor"`
	Local   string  `json:"local"`
	When    string  `json:"when"`            // the call before which it was read, or "during" or "after" the run
	Queue   uint64  `json:"queue"`           // connections that wait for accept
	Backlog uint64  `json:"backlog"`         // its queue is full with one more
	Drops   *uint64 `json:"drops,omitempty"` // packets that it threw away; known before a call
}

// KernelView is what the kernel says of one end.
type KernelView struct {
	Actor  string            `json:"actor"`
	Local  string            `json:"local"`
	Remote string            `json:"remote"`
	State  string            `json:"state"`
	When   string            `json:"when"`
	Fields map[string]uint64 `json:"fields"`
}

// Expectation is what a scenario promised, and whether the run showed it.
type Expectation struct {
	Text string `json:"text"`
	Met  bool   `json:"met"`
}
