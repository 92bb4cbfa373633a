// Package capture defines evidence: the frames a capture holds, where they come from, and what is known about the run
// that made them. Packages below it read frames from files (pcapfile) or interfaces (live), record system calls
// (calls), take host facts (hostfacts) and keep all of it together (bundle).
package capture

import "time"

// Stamp is a capture time: nanoseconds since the Unix epoch, wall clock of the capturing host.
type Stamp int64

// Time returns s as a UTC time.
func (s Stamp) Time() time.Time { return time.Unix(0, int64(s)).UTC() }

// Sub returns the time from t to s.
func (s Stamp) Sub(t Stamp) time.Duration { return time.Duration(s - t) }

// StampOf returns t as a Stamp.
func StampOf(t time.Time) Stamp { return Stamp(t.UnixNano()) }

// Frame is one captured packet.
//
// The Source owns Data and Comments: they are valid until its next Next or Close. Clone what is kept.
type Frame struct {
	Number   uint32   // from 1 in capture order, as Wireshark counts: the name of a frame everywhere
	Time     Stamp    // when the capturing host saw it
	Link     LinkType // the link layer that Data begins with
	Iface    uint16   // index of the capturing interface within its source, from 0
	WireLen  uint32   // length on the wire; len(Data) is less when the snap length cut it
	Data     []byte
	Comments []string // pcapng packet comments, usually nil
}

// Source yields frames in capture order.
type Source interface {
	// Next fills f with the next frame. It returns io.EOF after the last one; any other error also ends the source, and
	// what was yielded before it stays valid.
	Next(f *Frame) error
	// Stats says what has been read so far.
	Stats() Stats
	Close() error
}

// Stats is what a source knows about itself; counters grow while it is read.
type Stats struct {
	Path          string     // file name or interface name, "-" for standard input
	Format        string     // "pcap", "pcapng" or "live"
	Compression   string     // "", "gzip" or "zstd"
	Links         []LinkType // in order of first appearance
	Packets       uint64
	Bytes         uint64 // captured bytes, without file headers
	KernelDropped uint64 // frames that were lost before they could be stored, where the source knows
	Untimed       uint64 // frames without a time of their own (pcapng simple packets): they have that of the one before
	Truncated     bool   // the file ended inside a record
	Size          int64  // bytes of the input as stored, 0 when not known; with Offset it gives progress
	Offset        int64  // bytes of the input consumed so far
}

// ClockSnapshot is one reading of both clocks, taken together: comparing two tells whether the wall clock was stepped.
type ClockSnapshot struct {
	Wall      Stamp `json:"wall"`
	Monotonic int64 `json:"monotonic"` // ns of CLOCK_MONOTONIC
}

// Stepped returns how far the wall clock moved against the monotonic one between a and b.
func Stepped(a, b ClockSnapshot) time.Duration {
	return time.Duration(int64(b.Wall-a.Wall) - (b.Monotonic - a.Monotonic))
}
