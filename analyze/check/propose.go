package check

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tcplab/analyze/canon"
	"tcplab/analyze/report"
)

// Propose writes the expectations, as YAML, that a good run fulfils and the next good run will too.
func Propose(r *report.Report) string {
	var p proposal
	w := wholeOf(r)
	p.line("connections", fmt.Sprint(len(r.Connections)), "")
	for _, a := range r.Actors {
		if a.Name == "client" || a.Name == "server" {
			sees := exit(a.Name)(w, nil).seen
			p.line(a.Name+"-exit", strconv.Quote(sees), "")
		}
	}
	if len(r.Expectations) > 0 {
		p.line("as-designed", "true", "what the scenario promises")
	}
	p.findings(w)
	if len(r.Connections) > 0 {
		p.text.WriteString("conn:\n")
	}
	for i := range r.Connections {
		p.connection(&r.Connections[i])
	}
	return p.text.String()
}

type proposal struct {
	text   strings.Builder
	indent string
}

// line writes a fact. What a note says goes behind it.
func (p *proposal) line(name, value, note string) {
	p.text.WriteString(strings.TrimRight(p.indent+name+": "+value, " "))
	if note != "" {
		fmt.Fprintf(&p.text, "   # %s", note)
	}
	p.text.WriteString("\n")
}

func (p *proposal) findings(w *whole) {
	var causes []string
	w.all(func(f *verdict) {
		if f.level != "possible" && !slices.Contains(causes, f.cause) {
			causes = append(causes, f.cause)
		}
	})
	if len(causes) > 0 {
		p.line("finding", "["+strings.Join(causes, ", ")+"]", "")
	} else if hits, _, _ := w.matching("any"); len(hits) == 0 {
		p.line("no-finding", "any", "")
	}
}

func (p *proposal) connection(c *report.Connection) {
	p.indent = "  "
	p.line(fmt.Sprint(c.ID), "", "")
	p.indent = "    "
	open, _, _ := opening(c)
	switch {
	case open:
		p.line("opened", "true", "")
	case c.Outcome == "REJ":
		p.refusal(c)
		return
	}
	p.ending(c)
	p.line("bytes-to-server", fmt.Sprint(c.ClientToServer.UniqueBytes), "")
	p.line("bytes-to-client", fmt.Sprint(c.ServerToClient.UniqueBytes), "")
	p.message("client-sends", c, "c2s")
	p.message("server-sends", c, "s2c")
	if c.ClientToServer.Retransmissions+c.ServerToClient.Retransmissions == 0 {
		p.line("no-retransmission", "true", "")
	}
	if c.ClientToServer.MissingBytes+c.ServerToClient.MissingBytes == 0 {
		p.line("complete", "true", "")
	}
	if h := c.Handshake; h != nil && h.RTT > 0 {
		p.line("rtt-below", generous(time.Duration(h.RTT)).String(), fmt.Sprintf("this time it was %v", time.Duration(h.RTT)))
	}
}

func (p *proposal) refusal(c *report.Connection) {
	s := refused(c, []string{"any"})
	if len(c.Findings) > 0 && refused(c, []string{c.Findings[0].Cause}).ok {
		p.line("refused", c.Findings[0].Cause, s.seen)
		return
	}
	p.line("refused", "any", s.seen)
}

// ending proposes the close. An orderly close with which both ends run at once may have another shape next time.
func (p *proposal) ending(c *report.Connection) {
	switch c.Close.Kind {
	case "three-way", "four-way", "simultaneous":
		p.line("close", "[four-way, three-way, simultaneous]", "this time "+c.Close.Kind)
		if c.ClientToServer.Resets+c.ServerToClient.Resets == 0 {
			p.line("no-reset", "true", "")
		}
		p.text.WriteString("    # closed-by: " + orNobody(c.Close.By) + "   # true this time; assert it where one end waits for the other\n")
	default:
		p.line("close", c.Close.Kind, "")
	}
}

// message proposes what one end sent, when it is short plain text that says nothing of the time.
func (p *proposal) message(name string, c *report.Connection, dir string) {
	const longest = 200
	list := runs(c.Transcript, dir)
	if len(list) != 1 || len(list[0].data) > longest || !plain(list[0].data) {
		return
	}
	if data := list[0].data; !bytes.Equal(canon.Mask(data), data) { // a clock: another one next time
		return
	}
	p.line(name, strconv.Quote(string(list[0].data)), "")
}

// plain reports whether data is text that YAML's double quotes can hold as Go's do.
func plain(data []byte) bool {
	return len(data) > 0 && utf8.Valid(data) && !slices.ContainsFunc(data, func(b byte) bool { return b < ' ' && b != '\n' && b != '\r' && b != '\t' || b == 0x7f })
}

// generous rounds ten times d up to 1, 2 or 5 of a power of ten, 100 ms at least: a bound that a busy machine keeps too.
func generous(d time.Duration) time.Duration {
	d = min(d, 1000*time.Hour) // a hostile clock must not overflow the bound
	for unit := 100 * time.Millisecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if bound := n * unit; bound >= 10*d {
				return bound
			}
		}
	}
}
