package diagnose

import (
	"slices"
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// payer is whom a wait belongs to: who could have ended it sooner.
type payer uint8

const (
	clientProgram  payer = iota // nothing was in flight, and the client sent nothing: its program, or a queue of its own host
	serverProgram               // likewise the server's
	theNetwork                  // segments or their ACKs were on their way
	receiverWindow              // the window was closed or used up: the sender might not send more
	lossRepair                  // something was lost, and the sender waited for the sign or the timer to send it again
	numPayers
)

var payerNames = [numPayers]string{"the client's end", "the server's end", "the network", "a full receive window", "the repair of losses"}

// stretch is a wait between two segments.
type stretch struct {
	from, to uint32 // frames
	long     time.Duration
}

// shares are the waits of a connection by whom they belong to, the longest of each, and what the rows that were kept cover.
type shares struct {
	total   [numPayers]time.Duration
	longest [numPayers]stretch
	covered time.Duration
}

// timeShares gives each wait between two kept segments to its cause (T-RAT asks the same of whole connections: Zhang, Breslau,
// Paxson, Shenker, SIGCOMM 2002). A round trip is the network's; what is longer while nothing is in flight is the program's
// whose segment ends the wait.
func timeShares(c *Case) *shares {
	s := &shares{}
	rows := c.Conv.Rows
	var next, acked [2]wire.Seq // what each end has sent, and the other one acknowledged
	shut := [2]bool{}           // the last window that each end advertised was 0, or is used up
	var edge [2]wire.Seq        // up to where each end lets the other send
	var last *flow.Row
	for i := range rows {
		r := &rows[i]
		if c.Conv.Gap > 0 && i == c.Conv.GapAt {
			last = nil
		}
		if r.Marks.Any(classify.DuplicateCapture) {
			continue
		}
		idle := r.Marks.Any(classify.KeepAlive | classify.KeepAliveAck)
		if last != nil && !idle {
			s.add(c, last, r, next, acked, shut)
		}
		if !idle || last == nil {
			last = r
		}
		next[r.Dir] = next[r.Dir].Max(r.End())
		if r.Flags.Any(wire.ACK) {
			acked[r.Dir.Other()] = acked[r.Dir.Other()].Max(r.Ack)
		}
		if r.Marks.Any(classify.WindowFull) {
			shut[r.Dir.Other()] = true
		}
		if r.Flags.Any(wire.ACK) && !r.Flags.Any(wire.SYN|wire.FIN|wire.RST) {
			if right := r.Ack + wire.Seq(r.Window); r.Window == 0 || edge[r.Dir].Less(right) {
				shut[r.Dir], edge[r.Dir] = r.Window == 0, right
			}
		}
	}
	s.lostBefore(c)
	return s
}

// add gives the wait between last and r away.
func (s *shares) add(c *Case, last, r *flow.Row, next, acked [2]wire.Seq, shut [2]bool) {
	long := r.Time.Sub(last.Time)
	if long <= 0 {
		return
	}
	s.covered += long
	program := clientProgram
	if r.Dir == flow.ToClient {
		program = serverProgram
	}
	inFlight := acked[0].Less(next[0]) || acked[1].Less(next[1])
	speaks := Data(r) || r.Flags.Any(wire.FIN|wire.RST)
	trip := max(c.Half(r.Dir.Other()).RTT.Min, 0) // from the other end's segment to r's end and back, measured where the capture was
	switch {
	case shut[0] || shut[1]:
		s.give(receiverWindow, last, r, long)
	case r.Marks.Any(classify.AnyRetransmission) && !r.Marks.Any(classify.ZeroWindowProbe):
		s.give(lossRepair, last, r, long)
	case c.Conv.Handshake.ACK == 0 || r.Frame <= c.Conv.Handshake.ACK:
		s.give(theNetwork, last, r, long)
	case speaks && r.Ack.Less(next[r.Dir.Other()]) && r.Flags.Any(wire.ACK) && long > patience+2*max(trip, c.Half(r.Dir).RTT.Median):
		s.give(lossRepair, last, r, long) // its end still lacks what the other one sent long before
	case !speaks, inFlight && acked[r.Dir].Less(next[r.Dir]) && long <= 2*max(trip, c.Half(r.Dir).RTT.Median):
		s.give(theNetwork, last, r, long)
	case last.Dir != r.Dir && long > trip:
		s.total[theNetwork] += trip // its beginning, too short to be named
		s.give(program, last, r, long-trip)
	case last.Dir != r.Dir:
		s.give(theNetwork, last, r, long)
	default:
		s.give(program, last, r, long)
	}
}

// lostBefore takes the longest waits for programs back where IP IDs show that the segment which ended one was not the first: those
// before it were lost on the way to here.
func (s *shares) lostBefore(c *Case) {
	for _, by := range [...]payer{clientProgram, serverProgram} {
		l := s.longest[by]
		r := c.Row(l.to)
		if l.long < patience || r == nil {
			continue
		}
		if n, known := c.Unseen(r); known && n > 0 {
			s.total[by] -= l.long
			s.total[lossRepair] += l.long
			s.longest[by], s.longest[lossRepair] = stretch{}, longer(s.longest[lossRepair], l)
		}
	}
}

func longer(a, b stretch) stretch {
	if b.long > a.long {
		return b
	}
	return a
}

func (s *shares) give(by payer, from, to *flow.Row, long time.Duration) {
	s.total[by] += long
	s.longest[by] = longer(s.longest[by], stretch{from.Frame, to.Frame, long})
}

// order are the payers, from who took most; what differs by less than a microsecond stays in place.
func (s *shares) order() []payer {
	order := []payer{clientProgram, serverProgram, theNetwork, receiverWindow, lossRepair}
	slices.SortStableFunc(order, func(a, b payer) int { return int(s.total[b]/time.Microsecond) - int(s.total[a]/time.Microsecond) })
	return order
}

// askedFor is how long a connection takes before anyone asks where its time went though nothing is wrong with it.
const askedFor = 500 * time.Millisecond

// waitsFor are the payers' names in a report.
var waitsFor = [numPayers]string{report.ForClient, report.ForServer, report.ForNetwork, report.ForWindow, report.ForLoss}

// Waits says where the time of a connection went, nil of one that took less.
func Waits(c *flow.Conversation) *report.Waits {
	if c.Duration() < askedFor {
		return nil
	}
	s := timeShares(&Case{Conv: c})
	if s.covered == 0 {
		return nil
	}
	w := &report.Waits{Covered: report.Seconds(s.covered), Shares: []report.Wait{}}
	for _, by := range s.order() {
		if l := &s.longest[by]; s.total[by] > 0 {
			w.Shares = append(w.Shares, report.Wait{For: waitsFor[by], Time: report.Seconds(s.total[by]), Longest: report.Seconds(l.long), From: l.from, To: l.to})
		}
	}
	return w
}

// worthNaming is the least share of the time that is told.
const worthNaming = 5 // percent

// text says where the time went: "of 2.1s, 2.05s went to the server's end (1.98s of it between segments 4 and 6)".
func (s *shares) text() string {
	var parts []string
	for _, by := range s.order() {
		if s.total[by]*100 < s.covered*worthNaming {
			continue
		}
		text := Took(s.total[by]) + " went to " + payerNames[by]
		if l := &s.longest[by]; l.to != 0 {
			text += " (" + Took(l.long) + " of it between segments " + Num(l.from) + " and " + Num(l.to) + ")"
		}
		parts = append(parts, text)
	}
	return "of " + Took(s.covered) + ", " + strings.Join(parts, ", ")
}
