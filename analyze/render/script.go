package render

import (
	"bufio"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// Script writes the language of package capture/script: what tcplab reads as a fixture, a person can edit and keep. It
// holds segments and calls; what a host knew is not in a report.
var Script = Format{Name: "script", Doc: "a text that tests can replay: segments and calls, packetdrill-like", Write: writeScript, Segments: true}

// scripter writes a script.
type scripter struct {
	*bufio.Writer
	origin time.Time
	names  map[report.Endpoint]string
	isn    map[[2]string]uint32 // by sender and receiver, once the sender's SYN has been written
	boxISN map[string]uint32    // what a box is declared with
	ttl    map[string]uint8
}

func writeScript(w io.Writer, r *report.Report, o Options) error {
	conns := chosen(r, o)
	frames := framesOf(conns)
	if len(frames) == 0 && len(r.Calls) == 0 {
		return nothing(r)
	}
	s := &scripter{Writer: bufio.NewWriterSize(w, 1<<16), origin: scriptOrigin(r, frames), names: map[report.Endpoint]string{},
		isn: map[[2]string]uint32{}, boxISN: map[string]uint32{}, ttl: map[string]uint8{}}
	fmt.Fprintf(s, "# %s, as tcplab %s read it\n", texttab.Clean(r.Input.Path), texttab.Clean(r.Tool.Version))
	s.boxes(conns, frames)
	if d := r.Input.KernelDropped; d != nil && *d > 0 {
		fmt.Fprintf(s, "dropped %d\n", *d)
	}
	calls := append([]report.Call{}, r.Calls...)
	sort.SliceStable(calls, func(i, j int) bool { return calls[i].Begin.Before(calls[j].Begin) })
	for i, f := range frames {
		for len(calls) > 0 && !calls[0].Begin.After(f.at()) {
			s.call(&calls[0])
			calls = calls[1:]
		}
		s.frame(f, i+1)
	}
	for i := range calls {
		s.call(&calls[i])
	}
	return s.Flush()
}

// frameRef is a frame of a connection; one without a segment is an ICMP error.
type frameRef struct {
	number uint32
	conn   *report.Connection
	seg    *report.Segment
}

func (f frameRef) at() time.Time {
	if f.seg == nil {
		return time.Time{}
	}
	return frameTime(place{f.conn, f.seg})
}

// framesOf returns the frames of connections in capture order.
func framesOf(conns []*report.Connection) []frameRef {
	frames := []frameRef{}
	for _, c := range conns {
		for i := range c.Segments {
			frames = append(frames, frameRef{c.Segments[i].Frame, c, &c.Segments[i]})
		}
		for _, n := range c.ICMPFrames {
			frames = append(frames, frameRef{n, c, nil})
		}
	}
	sort.SliceStable(frames, func(i, j int) bool { return frames[i].number < frames[j].number })
	return frames
}

// scriptOrigin is the earliest time of the script: its seconds count from there.
func scriptOrigin(r *report.Report, frames []frameRef) time.Time {
	var first time.Time
	see := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for i := range r.Calls {
		see(r.Calls[i].Begin)
	}
	for _, f := range frames {
		see(f.at())
	}
	return first
}

// boxes declares the ends: C, C2 … are clients and S, S2 … servers, in the order they appear.
func (s *scripter) boxes(conns []*report.Connection, frames []frameRef) {
	for _, f := range frames {
		if f.seg == nil {
			continue
		}
		from, _ := ends(f)
		if name := s.name(from, f.seg.Dir == "c2s", conns); s.ttl[name] == 0 {
			s.ttl[name] = f.seg.TTL
		}
		if name := s.names[from]; strings.Contains(f.seg.Flags, "S") {
			if _, known := s.boxISN[name]; !known {
				s.boxISN[name] = f.seg.SeqRaw
			}
		}
	}
	for _, c := range conns {
		s.declare(c.Client, s.name(c.Client, true, conns))
		s.declare(c.Server, s.name(c.Server, false, conns))
	}
}

// name returns the name of an end, and gives it one the first time.
func (s *scripter) name(e report.Endpoint, client bool, conns []*report.Connection) string {
	if name, known := s.names[e]; known {
		return name
	}
	letter, n := map[bool]string{true: "C", false: "S"}[client], 1
	for _, name := range s.names {
		if strings.HasPrefix(name, letter) {
			n++
		}
	}
	s.names[e] = letter
	if n > 1 {
		s.names[e] = letter + strconv.Itoa(n)
	}
	return s.names[e]
}

// declare writes the line of a box, once.
func (s *scripter) declare(e report.Endpoint, name string) {
	const declared = "declared "
	if _, done := s.isn[[2]string{declared, name}]; done {
		return
	}
	s.isn[[2]string{declared, name}] = 0
	fmt.Fprintf(s, "%s %s", name, texttab.Clean(endpoint(e)))
	if ttl := s.ttl[name]; ttl != 0 && ttl != 64 {
		fmt.Fprintf(s, " ttl %d", ttl)
	}
	if isn, known := s.boxISN[name]; known {
		fmt.Fprintf(s, " isn %d", isn)
	}
	s.WriteByte('\n')
}

// ends returns sender and receiver of a frame.
func ends(f frameRef) (from, to report.Endpoint) {
	if f.seg.Dir == "s2c" {
		return f.conn.Server, f.conn.Client
	}
	return f.conn.Client, f.conn.Server
}

func (s *scripter) clock(t time.Time) string { return seconds9(t.Sub(s.origin)) }

// seconds9 writes a duration as seconds with at least six digits, nine where they matter.
func seconds9(d time.Duration) string {
	text := strconv.FormatFloat(d.Seconds(), 'f', 9, 64)
	return strings.TrimSuffix(text, "000")
}

// frame writes a segment. Its numbers are relative to what the script knows of each direction by then: before a SYN they
// are raw. Where the file's number of a frame is not the script's, it stands behind it.
func (s *scripter) frame(f frameRef, line int) {
	if f.seg == nil {
		fmt.Fprintf(s, "# frame %d is an ICMP error about the connection; the report does not hold its fields\n", f.number)
		return
	}
	g := f.seg
	fromEnd, toEnd := ends(f)
	from, to := s.names[fromEnd], s.names[toEnd]
	dir, back := [2]string{from, to}, [2]string{to, from}
	extra := ""
	if isn, known := s.isn[dir]; strings.Contains(g.Flags, "S") && (!known || isn != g.SeqRaw) {
		s.isn[dir] = g.SeqRaw
		if known || g.SeqRaw != s.boxISN[from] {
			extra = fmt.Sprintf(" isn %d", g.SeqRaw)
		}
	}
	seq := g.SeqRaw - s.isn[dir]
	fmt.Fprintf(s, "%s %s > %s  %-3s %d:%d(%d)", s.clock(f.at()), from, to, texttab.Clean(g.Flags), seq, seq+g.Len, g.Len)
	if strings.Contains(g.Flags, ".") {
		fmt.Fprintf(s, " ack %d", g.AckRaw-s.isn[back])
	}
	fmt.Fprintf(s, " win %d", g.WinRaw)
	if g.Options != "" {
		fmt.Fprintf(s, " <%s>", texttab.Clean(relativeSACK(g.Options, s.isn[back])))
	}
	if g.TTL != s.ttl[from] {
		fmt.Fprintf(s, " ttl %d", g.TTL)
	}
	if !strings.Contains(fromEnd.Addr, ":") {
		fmt.Fprintf(s, " id %d", g.IPID)
	}
	s.WriteString(extra)
	if len(g.Payload) > 0 {
		s.WriteString(" " + strconv.QuoteToASCII(string(g.Payload)))
	}
	if f.number != uint32(line) {
		fmt.Fprintf(s, " # frame %d", f.number)
	}
	s.WriteByte('\n')
}

// relativeSACK rewrites the edges of SACK blocks, which are raw in a report.
func relativeSACK(options string, isn uint32) string {
	return sackEdges.ReplaceAllStringFunc(options, func(block string) string {
		m := sackEdges.FindStringSubmatch(block)
		from, errFrom := strconv.ParseUint(m[1], 10, 32)
		to, errTo := strconv.ParseUint(m[2], 10, 32)
		if errFrom != nil || errTo != nil {
			return block
		}
		return fmt.Sprintf("{%d:%d}", uint32(from)-isn, uint32(to)-isn)
	})
}

// call writes a system call with its begin and end.
func (s *scripter) call(c *report.Call) {
	args := argsText(c.Args)
	for e, name := range s.names {
		args = strings.ReplaceAll(args, endpoint(e), name)
	}
	result := "?"
	if c.End != nil {
		result = c.Result
	}
	fmt.Fprintf(s, "%s %s %s(%s) = %s", s.clock(c.Begin), texttab.Clean(c.Actor), texttab.Clean(c.Op), texttab.Clean(args), texttab.Clean(result))
	if c.Errno != "" {
		fmt.Fprintf(s, " %s", texttab.Clean(c.Errno))
	}
	if c.End != nil {
		fmt.Fprintf(s, " ... %s", s.clock(*c.End))
	}
	s.WriteByte('\n')
}
