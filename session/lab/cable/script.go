// Package cable is a scripted wire: it carries frames between two interfaces and does to them what a script says. The
// same script and the same packets meet the same fate, and every packet's fate is recorded.
//
// A script is text, one rule a line, and # begins a comment:
//
//	delay both 20ms                     # every packet, each way
//	drop c2s data 3 once                # the third data segment, first transmission only
//	drop s2c chance 1%                  # random, the same each time for the same seed
//	seed 7
//	duplicate s2c synack
//	swap c2s data 2 once                # overtaken by the next packet in its direction
//	corrupt c2s data once               # one bit, checksum left as it was
//	set ttl 5 c2s                       # +N and -N are relative; IP: src, dst, id, tos, ttl; TCP: ack, dport,
//	                                    # flags, mss, seq, sport, tsecr, tsval, urgent, window, wscale
//	strip sack c2s syn                  # mss, wscale, sack, timestamps, fastopen
//	icmp host-unreachable c2s syn       # answered to the sender, the packet is not carried on
//	reset both ways ttl 57 c2s data 2   # forged RST to both ends, after the packet
//	inject fin,ack to receiver text=bye c2s data 1
//	rate 1mbit 100ms                    # a slow link whose queue holds 100 ms
//	police 1mbit 100ms                  # no queue: what is more than 100 ms of the rate at once is dropped
//	cut both packet 12                  # from its twelfth packet on, nothing passes
//	cut c2s after 1.5s
//	drop idle 2s                        # what comes after two seconds of silence
//	hold c2s data 2 for s2c fin         # waits until such a packet comes that is not lost, five seconds at most
//
// A rule is an action with its arguments, a direction (both when not said), what it selects, and how often. c2s is from
// the client's interface to the server's. Rules apply in order, and all that match apply, until one ends the packet's
// way. Times count from the first TCP or UDP packet. ARP and neighbour discovery pass at once, unless a rule says arp or the
// cable is cut.
package cable

import (
	"fmt"
	"strings"
	"time"
)

// Dir is a direction through the cable.
type Dir uint8

// The directions: from the client's interface to the server's, and back.
const (
	C2S Dir = iota
	S2C
)

// String returns "c2s" or "s2c".
func (d Dir) String() string { return [...]string{"c2s", "s2c"}[d&1] }

// Other returns the opposite direction.
func (d Dir) Other() Dir { return d ^ 1 }

// Script is what a cable does. The zero value carries everything at once.
type Script struct {
	Rules []Rule
	Seed  uint64 // of the rules with a chance
}

// Rule is one line of a script.
type Rule struct {
	Text   string // as it was written
	Action Action
	Dirs   [2]bool // by Dir
	Select Select
	Times  int           // how often it applies; 0 is always
	After  time.Duration // not before, counted from the first TCP or UDP packet
	Until  time.Duration // not after; 0 is for ever
	Chance float64       // of applying at all; 0 is always
	For    *Rule         // hold: its direction and selection are those of what is waited for
}

// Select says which packets a rule means; the zero value means every IP packet.
type Select struct {
	Kinds       []string      // "syn", "data" …: all must hold
	From, To    int           // ordinals of the data segment or packet, 0 for any
	Port        uint16        // either end's
	MinimumSize int           // bytes of the IP packet
	Flags       byte          // TCP flags that are all set
	Option      string        // a TCP option that is there
	Idle        time.Duration // since the TCP packet before, in either direction
}

// Action is what a rule does to a packet.
type Action struct {
	Verb  string        // "drop", "delay" …
	Field string        // set, strip: which; icmp: its name
	Value int64         // set: the number; rate, police: bits a second
	Add   bool          // set: add Value to what the field holds
	Wait  time.Duration // delay: how long; duplicate: how much later; rate, police: what the queue or bucket holds
	Forge Forgery       // reset, inject: what is forged
}

// Forgery is a segment that a box on the path makes. Its numbers are those that its target expects, so that the target
// believes it (RFC 5961 3.2), unless they are moved.
type Forgery struct {
	Flags                byte
	ToSender, ToReceiver bool // of the packet that it follows
	TTL                  uint8
	SeqOffset, AckOffset int64
	ZeroAck              bool
	BareAck              bool // the number is there without the flag ACK too
	NoWindow             bool // as of a SYN proxy
	Data                 string
}

// SyntaxError is a line of a script that says nothing the cable can do.
type SyntaxError struct {
	Line int
	Text string
	What string
}

// Error names the line and what is wrong with it.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("cable script line %d, %q: %s", e.Line, e.Text, e.What)
}

// Parse reads a script.
func Parse(text string) (*Script, error) {
	s := &Script{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		p := parser{words: words}
		if p.accept("seed") {
			s.Seed = uint64(p.positive())
		} else {
			s.Rules = append(s.Rules, p.rule())
		}
		if what := p.problem(); what != "" {
			return nil, &SyntaxError{Line: number, Text: strings.Join(words, " "), What: what}
		}
	}
	return s, nil
}

// String prints the script so that Parse reads it back.
func (s *Script) String() string {
	var b strings.Builder
	if s.Seed != 0 {
		fmt.Fprintf(&b, "seed %d\n", s.Seed)
	}
	for _, r := range s.Rules {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}
