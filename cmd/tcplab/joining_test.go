package main

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/pcapfile"
	"tcplab/session/lab"
)

// What the cable did with each packet is known, one by one. The captures of the two ends, which know nothing of it, must say
// the same of every segment: lost, changed, made, copied or carried, and how long it was on its way at least.
func TestBothEndsSayWhatTheCableDid(t *testing.T) {
	for _, x := range [][]string{
		{"loss-fast-retransmit"},
		{"loss-rto"},
		{"syn-lost-once"},
		{"synack-dropped"},
		{"reject-reset-router"},
		{"timeout-drop"},
		{"spurious-retransmit"},
		{"hello", "--hosts", "direct", "--cable", "drop c2s syn", "--timeout", "2s"},
		{"reordering"},
		{"duplication"},
		{"injected-rst"},
		{"hello", "--hosts", "direct", "--cable", "delay both 20ms"},
		{"hello", "--hosts", "direct", "--cable", "drop s2c data 1 times 2", "--cable", "drop c2s fin once"},
		{"hello", "--hosts", "direct", "--ipv6", "--cable", "delay both 5ms", "--cable", "drop c2s data 1 once"},
		{"hello", "--hosts", "routed", "--cable", "corrupt c2s data 1 once"},
		{"hello", "--hosts", "direct", "--cable", "set mss 1200 c2s syn"},
		{"hello", "--hosts", "direct", "--cable", "set ttl 9 s2c data 1", "--cable", "strip sack both syn"},
		{"hello", "--hosts", "direct", "--cable", "duplicate 1ms c2s data 1"},
		{"hello", "--hosts", "direct", "--cable", "duplicate s2c data 1"},
		{"hello", "--hosts", "direct", "--cable", "inject rst to receiver seq +100000 c2s data 1"},
	} {
		t.Run(strings.Join(x, " "), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "run")
			needsLab(t)
			_, out, errs := invoke(t, append(append([]string{"trace"}, x...), "--port", "0", "--at", "both", "--save", dir, "--format", "json", "--segments")...)
			if out == "" {
				t.Fatal(errs)
			}
			r := parseReport(t, out)
			compareFates(t, dir, r)
			certain(t, x[0], r)
			if status, out, errs := invoke(t, "analyze", dir, "--format", "json", "--segments"); status != 0 && status != 3 || parseReport(t, out).Join == nil {
				t.Errorf("read back: status %d, %s", status, errs)
			}
		})
	}
}

// certain wants the cause that a scenario shows to be certain: with both ends captured nothing on the way is an inference.
func certain(t *testing.T, scenario string, r *report.Report) {
	t.Helper()
	if r.Scenario.Cause == "" {
		return
	}
	for _, f := range slices.Concat(r.Connections[len(r.Connections)-1].Findings, r.Findings) {
		if f.Cause == r.Scenario.Cause && f.Level == "certain" && strings.Contains(strings.Join(f.Evidence, " "), "both ends were captured") {
			return
		}
	}
	t.Errorf("%s: no certain finding %s that rests on both ends", scenario, r.Scenario.Cause)
}

// sighted is a packet in one of the two captures.
type sighted struct {
	side  string
	frame uint32
}

// compareFates holds the joined report against the cable's record.
func compareFates(t *testing.T, dir string, r *report.Report) {
	t.Helper()
	b, err := bundle.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Fates) == 0 {
		return // a plain cable: what happens on the way is a router's doing
	}
	captured := map[string][]packetAt{"client": packetsOf(t, b.Frames), "server": packetsOf(t, b.Far)}
	said, count := allEnds(t, r)
	want := map[string]int{}
	for i := range b.Fates {
		f := &b.Fates[i]
		if f.Kind != "" || f.Fate == "in the cable" {
			continue
		}
		from, to := "client", "server"
		if f.Dir == "s2c" {
			from, to = to, from
		}
		switch f.Fate {
		case "copy":
			want["copies"]++
		case "forged":
			want["injected"]++
			checkFate(t, f, said[sighted{to, find(t, captured[to], f, f.Left)}], "injected")
		case "dropped", "cut off":
			want["lost"]++
			checkFate(t, f, said[sighted{from, find(t, captured[from], f, f.Came)}], "lost")
		default:
			ends := said[sighted{from, find(t, captured[from], f, f.Came)}]
			checkFate(t, f, ends, "arrived")
			if f.Fate == "changed" {
				want["changed"]++
			}
			if ends == nil || ends.Sent == nil || ends.Arrived == nil {
				continue
			}
			if delay := time.Duration(ends.Arrived.Time - ends.Sent.Time); delay < toldDelay(f) || delay < 0 {
				t.Errorf("fate %d: on its way for %v, in the cable alone for %v", f.Number, delay, toldDelay(f))
			}
		}
	}
	for _, what := range []string{"lost", "injected", "copies", "changed"} {
		if count[what] != want[what] {
			t.Errorf("%s: the report says %d, the cable %d", what, count[what], want[what])
		}
	}
	for _, never := range []string{"missed", "unsent", "unwatched", "recut"} {
		if count[never] != 0 {
			t.Errorf("%d segments are called %s, and both captures are whole", count[never], never)
		}
	}
}

// toldDelay is how long the rules keep a packet in the cable.
func toldDelay(f *capture.Fate) (sum time.Duration) {
	for _, rule := range f.Rules {
		if words := strings.Fields(rule); words[0] == "delay" {
			d, _ := time.ParseDuration(words[2])
			sum += d
		}
	}
	return sum
}

// allEnds is what the report says of each packet of the two captures, and how often it says what.
func allEnds(t *testing.T, r *report.Report) (said map[sighted]*report.SegmentEnds, count map[string]int) {
	t.Helper()
	said, count = map[sighted]*report.SegmentEnds{}, map[string]int{}
	for i := range r.Connections {
		for _, g := range r.Connections[i].Segments {
			from, to := "client", "server"
			if g.Dir == "s2c" {
				from, to = to, from
			}
			if g.Ends == nil {
				t.Fatalf("segment %d: nothing is said of its ends", g.Frame)
			}
			if g.Ends.Sent != nil {
				said[sighted{from, g.Ends.Sent.Frame}] = g.Ends
			}
			if g.Ends.Arrived != nil {
				said[sighted{to, g.Ends.Arrived.Frame}] = g.Ends
			}
			count[g.Ends.Fate]++
			count["copies"] += g.Ends.Copies
			if len(g.Ends.Changed) > 0 {
				count["changed"]++
			}
		}
	}
	return said, count
}

func checkFate(t *testing.T, f *capture.Fate, ends *report.SegmentEnds, want string) {
	t.Helper()
	switch {
	case ends == nil:
		t.Errorf("fate %d, %s: the report does not have it", f.Number, f.Fate)
	case ends.Fate != want:
		t.Errorf("fate %d, %s: the report says %s", f.Number, f.Fate, ends.Fate)
	}
}

// packetAt is a TCP packet of a capture.
type packetAt struct {
	number uint32
	time   capture.Stamp
	seq    uint32
	len    int
	flags  string
	src    netip.AddrPort
	taken  *bool
}

func packetsOf(t *testing.T, open func() (capture.Source, error)) (list []packetAt) {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var f capture.Frame
	var p wire.Packet
	for {
		err := src.Next(&f)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if g := &p.Segment; wire.Decode(&f, &p) == wire.TCP {
			list = append(list, packetAt{f.Number, f.Time, uint32(g.Seq), int(g.Len), g.Flags.String(), netip.AddrPortFrom(g.Src.Netip(), g.SrcPort), new(bool)})
		}
	}
}

// find is the frame of a capture that the cable saw at a time, 0 when there is none.
func find(t *testing.T, list []packetAt, f *capture.Fate, at capture.Stamp) uint32 {
	t.Helper()
	best := -1
	for i, p := range list {
		if *p.taken || p.seq != f.Seq || p.len != f.Len || p.flags != f.Flags || p.src != f.Src {
			continue
		}
		if best < 0 || p.time.Sub(at).Abs() < list[best].time.Sub(at).Abs() {
			best = i
		}
	}
	if best < 0 {
		t.Errorf("fate %d, %s %s %d: not captured", f.Number, f.Fate, f.Flags, f.Seq)
		return 0
	}
	*list[best].taken = true
	return list[best].number
}

// shifted writes the frames of a bundle as if the clock of its machine had been ahead by some time.
func shifted(t *testing.T, dir string, by time.Duration) string {
	t.Helper()
	b, err := bundle.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	src, err := b.Frames()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	path := filepath.Join(t.TempDir(), "shifted.pcapng")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := pcapfile.NewWriter(file, pcapfile.Section{})
	for first, f := true, (capture.Frame{}); src.Next(&f) == nil; first = false {
		if first {
			w.AddInterface(pcapfile.Interface{Link: f.Link})
		}
		f.Time += capture.Stamp(by)
		if err := w.WriteFrame(&f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// However far apart the clocks of the two machines are, the estimate lies within what it says of itself, in both orders of
// the captures; and what was lost stays the same.
func TestClocksOfTwoMachines(t *testing.T) {
	m := twoMachines(t, lab.Direct, "delay c2s 4ms", "delay s2c 2ms", "drop c2s data 1 once")
	m.both(t, "hello")
	client := filepath.Join(m.saved("client"), "frames.pcapng")
	for _, by := range []time.Duration{0, 3200 * time.Millisecond, -time.Hour, 20 * 365 * 24 * time.Hour} {
		server := shifted(t, m.saved("server"), by)
		for _, order := range [][]string{{client, server}, {server, client}} {
			status, out, errs := invoke(t, append([]string{"analyze", "--both-ends", "--format", "json", "--segments"}, order...)...)
			if status != 0 {
				t.Fatalf("by %v: status %d, %s", by, status, errs)
			}
			r := parseReport(t, out)
			clock, c := r.Join.Clock, only(t, r)
			if off := (time.Duration(clock.Offset) - by).Abs(); off > time.Duration(clock.Bound) || clock.Basis != "both ways" {
				t.Errorf("by %v: estimated %v ± %v, %s", by, time.Duration(clock.Offset), time.Duration(clock.Bound), clock.Basis)
			}
			if clock.Bound < report.Seconds(3*time.Millisecond) {
				t.Errorf("by %v: ± %v, and the shortest round trip is more than 6 ms", by, time.Duration(clock.Bound))
			}
			if lost := c.Ends.ClientToServer.Lost; len(lost) != 1 || r.Join.Client.Path != client {
				t.Errorf("by %v: lost %v, the client's capture is %s", by, lost, r.Join.Client.Path)
			}
		}
	}
}

// An address translator between the machines: the ends know the connection under other names, and it is one all the same.
func TestBothEndsOfATranslatedConnection(t *testing.T) {
	m := twoMachines(t, lab.Routed)
	router, err := m.Host("router")
	if err == nil {
		err = router.Firewall("postrouting masquerade")
	}
	if err != nil {
		t.Fatal(err)
	}
	m.both(t, "hello")
	status, out, errs := invoke(t, "analyze", m.saved("server"), m.saved("client"), "--format", "json", "--segments")
	if status != 0 || errs != "" {
		t.Fatalf("status %d, %s", status, errs)
	}
	r := parseReport(t, out)
	c := only(t, r)
	at := c.Ends.AtServer
	if c.Client.Addr != "10.0.0.1" || at == nil || at.Client.Addr != "10.0.1.254" || at.Server.Addr != "10.0.1.2" {
		t.Errorf("%+v → %+v, at the server %+v", c.Client, c.Server, at)
	}
	for _, way := range []report.Way{c.Ends.ClientToServer, c.Ends.ServerToClient} {
		if way.Sent != way.Arrived || len(way.Lost)+len(way.Injected)+len(way.Changed) > 0 || way.Hops == nil || *way.Hops != 1 {
			t.Errorf("%+v", way)
		}
	}
	if len(r.Calls) == 0 || len(r.Actors) != 2 || len(r.Expectations) < 6 {
		t.Errorf("%d calls, %d actors, %d expectations", len(r.Calls), len(r.Actors), len(r.Expectations))
	}
	for _, e := range r.Expectations {
		if !e.Met {
			t.Errorf("not met: %s", e.Text)
		}
	}
}

// What cannot be joined is refused with the reason.
func TestCapturesThatDoNotJoin(t *testing.T) {
	m := twoMachines(t, lab.Direct)
	m.both(t, "hello")
	client, server := m.saved("client"), m.saved("server")
	other := filepath.Join(t.TempDir(), "other")
	labTrace(t, "hello", "--hosts", "direct", "--save", other)
	for _, x := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--both-ends", client, other}, 1, "the two captures share no connection: " + client + " has 1 connection, " + other + " has 1 connection"},
		{[]string{"--both-ends", client}, 2, "--both-ends joins two captures, one made at each end, not 1"},
		{[]string{"--both-ends", client, client}, 2, "not 1"},
		{[]string{"--both-ends", client, server, other}, 2, "not 3"},
		{[]string{client, server, other}, 2, "the two sides of a run join into one report, 3 inputs do not"},
		{[]string{"--both-ends", client, "-"}, 2, "--both-ends reads each capture twice"},
		{[]string{"--both-ends", client, filepath.Join(client, "calls.jsonl")}, 1, "calls.jsonl"},
		{[]string{client, server, "--each"}, 0, ""},
		{[]string{client, server}, 0, ""},
	} {
		status, out, errs := invoke(t, append([]string{"analyze"}, x.args...)...)
		if status != x.status || !strings.Contains(errs, x.says) || x.status != 0 && (out != "" || !strings.Contains(errs, "hint: ")) {
			t.Errorf("analyze %q: status %d, want %d\n%s", x.args, status, x.status, errs)
		}
	}
}
