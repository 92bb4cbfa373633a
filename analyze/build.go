package analyze

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// connection turns a finished conversation into its part of the report, without findings.
func connection(c *flow.Conversation, opt Options) report.Connection {
	var conn report.Connection
	fill(&conn, &parts{}, c, opt)
	return conn
}

// parts is the memory of what a connection of the report points to.
type parts struct {
	handshake report.Handshake
	options   [2]report.Options
	names     *names // nil: each name is made for itself
}

// names are the addresses of connections that come one after the other, as text in large pieces.
type names struct {
	text strings.Builder
	last [2]wire.Addr
	name [2]string
	buf  [48]byte
}

// name is an address as text; which says whose, for the next connection may have the same.
func (p *parts) name(which flow.Dir, a wire.Addr) string {
	n := p.names
	if n == nil {
		return a.String()
	}
	if n.last[which] == a {
		return n.name[which]
	}
	if n.text.Cap()-n.text.Len() < len(n.buf) {
		n.text = strings.Builder{}
		n.text.Grow(1 << 14)
	}
	start := n.text.Len()
	n.text.Write(a.Netip().AppendTo(n.buf[:0]))
	n.last[which], n.name[which] = a, n.text.String()[start:]
	return n.name[which]
}

// fill makes conn what a finished conversation is in the report, without findings. It points into p and c.
func fill(conn *report.Connection, p *parts, c *flow.Conversation, opt Options) {
	*conn = report.Connection{
		ID:     c.ID,
		Client: report.Endpoint{Addr: p.name(flow.ToServer, c.Client), Port: c.ClientPort},
		Server: report.Endpoint{Addr: p.name(flow.ToClient, c.Server), Port: c.ServerPort},

		ClientKnown: c.ClientKnown,
		FirstFrame:  c.FirstFrame, LastFrame: c.LastFrame, Frames: c.Frames,
		Start: c.First.Time(), Duration: report.Seconds(max(c.Duration(), 0)),
		Outcome: c.Outcome, History: c.History, Completeness: c.Completeness,
		State:          states(c.State),
		Handshake:      p.opened(c),
		Close:          report.Close(c.Close),
		Options:        report.OptionPair{Client: p.offered(c, flow.ToServer), Server: p.offered(c, flow.ToClient)},
		ClientToServer: half(&c.Half[flow.ToServer]), ServerToClient: half(&c.Half[flow.ToClient]),
		Findings: []report.Finding{},
		VLAN:     c.VLAN, Vantage: c.Vantage, Warnings: c.Warnings,
	}
	for i, s := range c.SYNs {
		conn.SYNFrames = append(conn.SYNFrames, s.Frame)
		if i > 0 {
			conn.SYNGaps = append(conn.SYNGaps, report.Seconds(s.Time.Sub(c.SYNs[i-1].Time)))
		}
	}
	for i := range c.ICMP {
		conn.ICMPFrames = append(conn.ICMPFrames, c.ICMP[i].Frame)
	}
	if opt.Only == nil || *opt.Only == c.ID {
		if opt.Segments {
			conn.Segments = segments(c)
		}
		if opt.Follow {
			conn.Transcript = transcript(c)
		}
	}
}

func states(s [2]flow.State) report.States {
	return report.States{Client: s[flow.ToServer].String(), Server: s[flow.ToClient].String()}
}

func (p *parts) opened(c *flow.Conversation) *report.Handshake {
	h := &c.Handshake
	if h.Kind == "" {
		return nil
	}
	p.handshake = report.Handshake{SYN: h.SYN, SYNACK: h.SYNACK, ACK: h.ACK, RTT: report.Seconds(h.RTT), Kind: h.Kind}
	return &p.handshake
}

func (p *parts) offered(c *flow.Conversation, d flow.Dir) *report.Options {
	s, o := &c.Half[d].SYN, &p.options[d]
	if !s.Seen {
		return nil
	}
	*o = report.Options{MSS: s.MSS, WindowScale: -1, SACKPermitted: s.SACKPermitted, Timestamps: s.Timestamps}
	if s.Options&wire.HasWindowScale != 0 {
		o.WindowScale = int(s.WindowScale)
	}
	return o
}

func half(h *flow.Half) report.Half {
	return report.Half{
		Measures: measures(h),
		Packets:  h.Packets, PayloadBytes: h.PayloadBytes, UniqueBytes: h.UniqueBytes, MissingBytes: h.MissingBytes,
		Retransmissions: h.Retransmissions, FastRetransmissions: h.FastRetransmissions,
		SpuriousRetransmissions: h.SpuriousRetransmissions, OutOfOrder: h.OutOfOrder, DuplicateACKs: h.DuplicateACKs,
		LostSegments: h.LostSegments, ZeroWindows: h.ZeroWindows, WindowFulls: h.WindowFulls, KeepAlives: h.KeepAlives,
		Resets: h.Resets, MaxInFlight: h.MaxInFlight,
		RTT: report.RTT{Min: report.Seconds(h.RTT.Min), Median: report.Seconds(h.RTT.Median), P95: report.Seconds(h.RTT.P95),
			Max: report.Seconds(h.RTT.Max), Samples: h.RTT.Samples},
	}
}

func measures(h *flow.Half) *report.Measures {
	m := h.Measures
	if m == nil {
		return nil
	}
	out := &report.Measures{
		ACKSegments: m.ACKSegments, PureACKs: m.PureACKs, DataSegments: m.DataSegments, PushedSegments: m.PushedSegments,
		SACKSegments: m.SACKSegments, DSACKSegments: m.DSACKSegments, MaxSACKBlocks: m.MaxSACKBlocks,
		SYNs: m.SYNs, FINs: m.FINs, UrgentSegments: m.UrgentSegments, UrgentBytes: m.UrgentBytes,
		CapturedTwice: m.CapturedTwice, RetransmittedBytes: m.RetransmittedBytes, MaxRetransmissions: m.MaxRetransmissions, RetransmitGap: spread(m.RetransmitGap),
		ZeroWindowProbes: m.ZeroWindowProbes, ZeroWindowProbeBytes: m.ZeroWindowProbeBytes,
		MinSegment: m.MinSegment, MaxSegment: m.MaxSegment, MinWindow: m.MinWindow, MaxWindow: m.MaxWindow, AvgWindow: m.AvgWindow,
		InitialBytes: m.InitialBytes, InitialSegments: m.InitialSegments, StreamBytes: m.StreamBytes,
		TruncatedBytes: m.TruncatedBytes, TruncatedSegments: m.TruncatedSegments,
		DataTime: report.Seconds(m.DataTime), IdleMax: report.Seconds(m.IdleMax), Throughput: m.Throughput, RTT: spread(m.RTT),
		FullSizeRTT: spread(m.FullSizeRTT), RepeatedRTT: spread(m.RepeatedRTT), HandshakeRTT: report.Seconds(m.HandshakeRTT),
		ApplicationLimited: report.Seconds(m.Limited[classify.ByApplication]), WindowLimited: report.Seconds(m.Limited[classify.ByWindow]),
		NetworkLimited: report.Seconds(m.Limited[classify.ByNetwork]),
		AmbiguousACKs:  m.AmbiguousACKs, PostLossACKs: m.PostLossACKs, CumulativelyAcked: m.CumulativelyAcked, TripleDuplicateACKs: m.TripleDuplicateACKs,
	}
	if m.DataSegments > 0 {
		out.AvgSegment = float64(h.PayloadBytes) / float64(m.DataSegments)
	}
	return out
}

func spread(s flow.Spread) report.Spread {
	return report.Spread{Samples: s.N, Min: report.Seconds(s.Min), Max: report.Seconds(s.Max), Avg: report.Seconds(s.Avg),
		SD: report.Seconds(s.SD)}
}

// segments turns the rows of a conversation into its packet table.
func segments(c *flow.Conversation) []report.Segment {
	list := make([]report.Segment, 0, len(c.Rows))
	tell := narrator{conv: c}
	for i := range c.Rows {
		r := &c.Rows[i]
		s := report.Segment{
			Frame: r.Frame, Time: report.Seconds(r.Time.Sub(c.First)), Dir: r.Dir.String(), Flags: r.Flags.String(),
			Seq: relative(r.Seq), Ack: relative(r.Ack), Len: r.Len, Window: r.Window, Marks: r.Marks.Names(),
			Phase: r.Phase.String(), State: states(r.State), Note: tell.note(r), Why: classify.Reasons(r.Marks, r.Why),
			SeqRaw: uint32(r.SeqRaw), AckRaw: uint32(r.AckRaw), WinRaw: r.WinRaw, TTL: r.TTL, IPID: r.IPID,
		}
		if r.Detail != nil {
			s.Options = string(wire.AppendOptions(nil, r.Detail.Options))
			s.Payload = r.Detail.Payload
		}
		list = append(list, s)
	}
	return list
}

// relative shows a relative number; one just below the beginning (a keep-alive before the first byte) is negative.
func relative(s wire.Seq) int64 {
	if s > 1<<32-1<<16 {
		return int64(int32(s))
	}
	return int64(s)
}

// report builds the report of everything read. The error is Final's.
func (r *run) report() (rep *report.Report, err error) {
	slices.SortFunc(r.convs, func(a, b *flow.Conversation) int { return cmp.Compare(a.ID, b.ID) })
	rep = &report.Report{
		Schema: report.Schema, Tool: report.Tool{Version: r.in.Tool}, Input: r.input(),
		Connections: []report.Connection{}, Findings: []report.Finding{}, Warnings: []string{},
	}
	r.judge.know(r.convs)
	rep.Findings = append(rep.Findings, r.global()...)
	if r.opt.Final == nil {
		rep.Connections = make([]report.Connection, 0, len(r.convs))
	}
	for i, c := range r.convs {
		conn := r.connection(c)
		if r.opt.Final == nil {
			rep.Connections = append(rep.Connections, conn)
			continue
		}
		r.convs[i] = nil // nobody asks for it again
		if err = r.opt.Final(&conn); err != nil {
			break
		}
	}
	if r.in.Join != nil {
		rep.Join = joined(r.in.Join)
	}
	lost := r.lost()
	rep.Input.Incomplete = len(lost) > 0
	rep.Warnings = append(append(rep.Warnings, r.warnings()...), lost...)
	r.addRun(rep)
	return rep, err
}

// connection is one of the report, with its findings.
func (r *run) connection(c *flow.Conversation) report.Connection {
	conn := connection(c, r.shown())
	r.beside[c.ID].show(&conn, c)
	if r.in.Join != nil {
		r.ends(&conn, c)
	}
	if found := r.judge.one(c, r.seen); found != nil {
		conn.Findings = report.CloneFindings(found)
	}
	r.shown().tellWaits(&conn, c)
	return conn
}

// tellWaits adds where the time of a connection went, when its segments are shown or nothing else is said of it.
func (o Options) tellWaits(conn *report.Connection, c *flow.Conversation) {
	if o.Only != nil && *o.Only != c.ID {
		return
	}
	if o.Segments || o.Waits && len(conn.Findings) == 0 {
		conn.Waits = diagnose.Waits(c)
	}
}

// shown are the options for the connections of the report: a run always shows its segments.
func (r *run) shown() Options {
	opt := r.opt
	opt.Segments = opt.Segments || r.in.About != nil
	return opt
}

// input says what was read.
func (r *run) input() report.Input {
	st := r.stats
	in := report.Input{
		Kind: "file", Path: st.Path, Format: st.Format, LinkTypes: []string{}, Packets: st.Packets, Bytes: st.Bytes,
		Truncated: st.Truncated, Counts: r.tally.counts(), NotTCP: r.tally.shares(),
	}
	for _, l := range st.Links {
		in.LinkTypes = append(in.LinkTypes, l.String())
	}
	if r.tally.frames > 0 {
		in.First, in.Last = timePtr(r.tally.first.Time()), timePtr(r.tally.last.Time())
	}
	if a := r.in.About; a != nil {
		in.Kind, in.Path, in.KernelDropped = "live", a.Iface, &a.Dropped
	}
	return in
}

func timePtr(t time.Time) *time.Time { return &t }
