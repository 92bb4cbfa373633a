package main

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"tcplab/analyze/report"
	"tcplab/capture"
)

// TestDeeds: fates are summed up by what was told, and a fate finds its frame by identity and time.
func TestDeeds(t *testing.T) {
	start := time.Unix(1700000000, 0)
	at := func(ms int) capture.Stamp { return capture.StampOf(start.Add(time.Duration(ms) * time.Millisecond)) }
	client, server := netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("10.0.0.2:80")
	data := func(frame uint32, ms int) report.Segment {
		return report.Segment{Frame: frame, Time: report.Seconds(time.Duration(ms) * time.Millisecond), Dir: "c2s", Flags: "P.", Len: 5, SeqRaw: 100}
	}
	r := &report.Report{Connections: []report.Connection{{
		Client: report.Endpoint{Addr: "10.0.0.1", Port: 40000}, Server: report.Endpoint{Addr: "10.0.0.2", Port: 80}, Start: start,
		Segments: []report.Segment{data(4, 10), data(5, 210), {Frame: 6, Time: report.Seconds(300 * time.Millisecond), Dir: "s2c", Flags: "R.", SeqRaw: 7}},
	}}}
	sent := capture.Fate{Dir: "c2s", Src: client, Dst: server, Flags: "P.", Seq: 100, Len: 5}
	fate := func(f capture.Fate, what string, came int, rules ...string) capture.Fate {
		f.Fate, f.Came, f.Rules = what, at(came), rules
		return f
	}
	rst := capture.Fate{Dir: "s2c", Src: server, Dst: client, Flags: "R.", Seq: 7, Left: at(301)}
	got := deeds([]capture.Fate{
		fate(sent, "dropped", 11, "delay both 5ms", "drop c2s data 1 once"),
		fate(sent, "carried", 211, "delay both 5ms", "reset c2s data 1"),
		fate(rst, "forged", 211, "reset c2s data 1"),
		fate(capture.Fate{Dir: "c2s", Kind: "arp"}, "cut off", 400, "cut both packet 9"),
		fate(capture.Fate{Dir: "c2s", Src: client, Flags: "F.", Seq: 105}, "cut off", 500),
		fate(capture.Fate{Dir: "s2c", Kind: "arp"}, "carried", 600),
	}, r)
	want := []report.Deed{
		{Fate: "dropped", Dir: "c2s", Rule: "drop c2s data 1 once", Packets: 1, Frames: []uint32{4}},
		{Fate: "carried", Dir: "c2s", Rule: "delay both 5ms", Packets: 1, Frames: []uint32{5}},
		{Fate: "forged", Dir: "s2c", Rule: "reset c2s data 1", Packets: 1, Frames: []uint32{6}},
		{Fate: "cut off", Dir: "c2s", Rule: "cut both packet 9", Packets: 2, Frames: []uint32{}},
	}
	if !slices.EqualFunc(got, want, func(a, b report.Deed) bool {
		return a.Fate == b.Fate && a.Dir == b.Dir && a.Rule == b.Rule && a.Packets == b.Packets && slices.Equal(a.Frames, b.Frames)
	}) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
