package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// Fact is something that can be asserted.
type Fact struct {
	Name   string
	Doc    string                                   // one line for the help, of a value in backquotes
	Value  Value                                    // what may be asserted of it
	Each   bool                                     // several values are several assertions; otherwise they are alternatives
	Chance string                                   // why it is luck, "" when it is not
	Words  []string                                 // of a Word: what it may be
	see    func(*report.Connection, []string) sight // of one connection
	whole  func(*whole, []string) sight             // of all connections together
}

// Value says which values a fact takes.
type Value uint8

// The kinds of values.
const (
	YesNo    Value = iota
	Word           // one of a list
	Cause          // a cause of the catalogue, or "any"
	Number         // 45, >=45, <100
	Duration       // 50ms
	Text           // bytes of a message
)

// Lookup returns the fact of that name.
func Lookup(name string) (Fact, bool) {
	for _, f := range Facts() {
		if f.Name == name {
			return f, true
		}
	}
	return Fact{}, false
}

var (
	ends   = []string{"client", "server", "both", "nobody"}
	states = []string{"LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
		"CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED"}
)

const (
	cutByKernel = "how a stream is cut into segments is up to the kernel"
	clock       = "times differ from run to run; rtt-below and took-below assert a bound"
)

// Facts returns all that can be asserted, in the order of the help.
func Facts() []Fact { return facts }

var facts = []Fact{
	{Name: "opened", Doc: "the handshake is complete", see: opened},
	{Name: "refused", Doc: "the attempt was refused, for this `cause`; any will do for a refusal of any kind", Value: Cause, see: refused},
	{Name: "closed-by", Doc: "who closed first: `end` client, server, both or nobody", Value: Word, Words: ends, see: closedBy},
	{Name: "close", Doc: "how it ended: `kind` four-way, three-way, simultaneous, half, reset or none", Value: Word,
		Words: []string{"four-way", "three-way", "simultaneous", "half", "reset", "none"}, see: closeKind},
	{Name: "time-wait", Doc: "which `end` is left in TIME-WAIT: client, server, both or nobody", Value: Word, Words: ends, see: timeWait},
	{Name: "client-state", Doc: "the client's `state` at the end, by its RFC 9293 name", Value: Word, Words: states, see: clientState},
	{Name: "server-state", Doc: "the server's `state` at the end", Value: Word, Words: states, see: serverState},
	{Name: "bytes-to-server", Doc: "payload `bytes` from client to server, each counted once: 45, >=45, <100", Value: Number, see: toServer},
	{Name: "bytes-to-client", Doc: "payload `bytes` from server to client", Value: Number, see: toClient},
	{Name: "message", Doc: "either end sent this `text`, in one segment or several", Value: Text, Each: true, see: message("c2s", "s2c")},
	{Name: "client-sends", Doc: "the client sent this `text`", Value: Text, Each: true, see: message("c2s")},
	{Name: "server-sends", Doc: "the server sent this `text`", Value: Text, Each: true, see: message("s2c")},
	{Name: "no-retransmission", Doc: "nothing was sent twice", see: noRetransmission},
	{Name: "no-reset", Doc: "neither end sent RST", see: noReset},
	{Name: "complete", Doc: "the capture has every byte that was acknowledged", see: complete},
	{Name: "rtt-below", Doc: "the round trip of the handshake is shorter than this `time`: 50ms", Value: Duration, see: rttBelow},
	{Name: "took-below", Doc: "the connection lasted less than this `time`", Value: Duration, see: tookBelow},
	{Name: "connections", Doc: "`number` of connections in the capture", Value: Number, whole: connections},
	{Name: "finding", Doc: "this `cause` is among the findings", Value: Cause, Each: true, whole: finding},
	{Name: "no-finding", Doc: "this `cause` is not among the findings; any stands for all but notes", Value: Cause, Each: true, whole: noFinding},
	{Name: "client-exit", Doc: "the client ended with this `status` or signal; of runs only", Value: Text, whole: exit("client")},
	{Name: "server-exit", Doc: "the server ended with this `status` or signal; of runs only", Value: Text, whole: exit("server")},
	{Name: "client-sees", Doc: "a call of the client fails with this `errno`; none when no call fails", Value: Text, whole: sees("client")},
	{Name: "server-sees", Doc: "a call of the server fails with this `errno`; none when no call fails", Value: Text, whole: sees("server")},
	{Name: "as-designed", Doc: "every expectation of the scenario was met; of runs only", whole: asDesigned},
	{Name: "segments", Doc: "`number` of segments", Value: Number, Chance: cutByKernel, see: segments},
	{Name: "lengths-to-server", Doc: "payload `lengths` of the client's segments: 45+45", Value: Text, Chance: cutByKernel, see: lengths("c2s")},
	{Name: "lengths-to-client", Doc: "payload `lengths` of the server's segments", Value: Text, Chance: cutByKernel, see: lengths("s2c")},
	{Name: "history", Doc: "the `history` as Zeek writes it", Value: Text, Chance: cutByKernel, see: history},
	{Name: "took", Doc: "the connection lasted this `time`, within a tenth", Value: Duration, Chance: clock, see: took},
}

// valid reports why v can never be met.
func (f Fact) valid(v string) error {
	switch f.Value {
	case YesNo:
		if v != "true" && v != "false" {
			return fmt.Errorf("%q is neither true nor false", v)
		}
	case Word:
		if !slices.Contains(f.Words, v) {
			return fmt.Errorf("%q is none of %s", v, strings.Join(f.Words, ", "))
		}
	case Number:
		if _, _, err := bound(v); err != nil {
			return fmt.Errorf("%q is no number; 45, >=45 and <100 are", v)
		}
	case Duration:
		if d, err := time.ParseDuration(v); err != nil || d <= 0 {
			return fmt.Errorf("%q is no time; 50ms and 1.5s are", v)
		}
	default:
		if v == "" {
			return fmt.Errorf("the value is empty")
		}
	}
	return nil
}

// bound splits ">=45" into its relation and its number.
func bound(v string) (relation string, n uint64, err error) {
	digits := strings.TrimLeft(v, "<>=")
	relation = v[:len(v)-len(digits)]
	if !slices.Contains([]string{"", "=", "<", ">", "<=", ">="}, relation) {
		return "", 0, strconv.ErrSyntax
	}
	n, err = strconv.ParseUint(strings.TrimSpace(digits), 10, 64)
	return relation, n, err
}

// number compares n with alternatives such as "45" or ">=45".
func number(n uint64, want []string) bool {
	return slices.ContainsFunc(want, func(v string) bool {
		relation, limit, _ := bound(v)
		switch relation {
		case "<":
			return n < limit
		case ">":
			return n > limit
		case "<=":
			return n <= limit
		case ">=":
			return n >= limit
		}
		return n == limit
	})
}

// yes compares the truth with "true" or "false".
func yes(truth bool, want []string) bool { return slices.Contains(want, strconv.FormatBool(truth)) }
