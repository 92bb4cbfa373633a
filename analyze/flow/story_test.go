package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcplab/analyze/classify"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// A story is a capture as text, one segment a line, with what is to be said of it after the arrow:
//
//	seconds dir flags seq:len [ack N] [win N] [mss N] [ws N] [sackOK] [ts VAL ECR] [sack A-B] [id N] [ttl N] -> mark … | CLIENT-STATE SERVER-STATE
//
// dir is > from the client 10.0.0.1:40000 and < from the server 10.0.0.2:80; numbers are relative to the ISNs, which a
// story may set with a first line "isn CLIENT SERVER" to reach the wrap.
type story struct {
	segments []wire.Segment
	want     []string // of each segment: marks, and states when the line names them
}

func parseStory(t *testing.T, text string) story {
	t.Helper()
	var s story
	isn := [2]wire.Seq{1000, 5000}
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, want, _ := strings.Cut(line, "->")
		f := strings.Fields(left)
		if f[0] == "isn" {
			isn = [2]wire.Seq{wire.Seq(number(t, f[1])), wire.Seq(number(t, f[2]))}
			continue
		}
		s.segments = append(s.segments, parseSegment(t, f, isn, uint32(len(s.segments)+1)))
		s.want = append(s.want, strings.TrimSpace(want))
	}
	return s
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		t.Fatalf("story: %v", err)
	}
	return n
}

func parseSegment(t *testing.T, f []string, isn [2]wire.Seq, frame uint32) wire.Segment {
	t.Helper()
	sec, err := strconv.ParseFloat(f[0], 64)
	if err != nil {
		t.Fatalf("story: %v", err)
	}
	client := wire.Addr{10: 0xff, 11: 0xff, 12: 10, 15: 1}
	server := wire.Addr{10: 0xff, 11: 0xff, 12: 10, 15: 2}
	seg := wire.Segment{Frame: frame, Time: capture.Stamp(1e18 + int64(sec*1e9+0.5)), Src: client, Dst: server, SrcPort: 40000,
		DstPort: 80, TTL: 64, Window: 1000, IPID: uint16(frame), Checksum: uint16(frame)}
	me, peer := isn[0], isn[1]
	if f[1] == "<" {
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = server, client, 80, 40000
		me, peer = peer, me
	}
	for i, letter := range "FSRP.UEW" {
		if strings.ContainsRune(f[2], letter) {
			seg.Flags |= 1 << i
		}
	}
	seq, length, _ := strings.Cut(f[3], ":")
	seg.Seq, seg.Len = me+wire.Seq(number(t, seq)), uint32(number(t, length))
	parseFields(t, &seg, f[4:], me, peer)
	return seg
}

func parseFields(t *testing.T, seg *wire.Segment, f []string, me, peer wire.Seq) {
	t.Helper()
	for i := 0; i < len(f); i++ {
		next := func() int64 { i++; return number(t, f[i]) }
		switch o := &seg.Options; f[i] {
		case "ack":
			seg.Ack = peer + wire.Seq(next())
		case "win":
			seg.Window = uint16(next())
		case "id":
			seg.IPID = uint16(next())
		case "sum":
			seg.Checksum = uint16(next())
		case "ttl":
			seg.TTL = uint8(next())
		case "mss":
			o.Has, o.MSS = o.Has|wire.HasMSS, uint16(next())
		case "ws":
			o.Has, o.WindowScale = o.Has|wire.HasWindowScale, uint8(next())
		case "sackOK":
			o.Has |= wire.HasSACKPermitted
		case "ts":
			o.Has |= wire.HasTimestamps
			o.TSVal = uint32(next())
			o.TSEcr = uint32(next())
		case "sack":
			i++
			a, b, _ := strings.Cut(f[i], "-")
			o.Has |= wire.HasSACK
			o.SACK[o.NumSACK] = wire.Block{Left: peer + wire.Seq(number(t, a)), Right: peer + wire.Seq(number(t, b))}
			o.NumSACK++
		default:
			t.Fatalf("story: no field %q", f[i])
		}
	}
}

// follow runs a story through a table that keeps every row.
func follow(s story) []*Conversation {
	var convs []*Conversation
	table := Table{Keep: Keep{All: true}, Done: func(c *Conversation) { convs = append(convs, c.Clone()) }}
	for i := range s.segments {
		table.Segment(&s.segments[i])
	}
	table.Finish()
	slices.SortFunc(convs, func(a, b *Conversation) int { return int(a.ID) - int(b.ID) })
	return convs
}

// checkRows compares what was said of each segment with the story's right sides.
func checkRows(t *testing.T, s story, convs []*Conversation) {
	t.Helper()
	rows := map[uint32]*Row{}
	for _, c := range convs {
		for i := range c.Rows {
			rows[c.Rows[i].Frame] = &c.Rows[i]
		}
	}
	for i, want := range s.want {
		r := rows[uint32(i+1)]
		if r == nil {
			t.Errorf("segment %d: no row", i+1)
			continue
		}
		marks, states, hasStates := strings.Cut(want, "|")
		if got := strings.Join(r.Marks.Names(), " "); got != strings.TrimSpace(marks) {
			t.Errorf("segment %d: marks %q, want %q (%s)", i+1, got, strings.TrimSpace(marks), r.Why.Text())
		}
		if got := fmt.Sprint(r.State[0], " ", r.State[1]); hasStates && got != strings.TrimSpace(states) {
			t.Errorf("segment %d: states %q, want %q", i+1, got, strings.TrimSpace(states))
		}
	}
}

func reasons(r *Row) []string { return classify.Reasons(r.Marks, r.Why) }
