package analyze_test

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
	"tcplab/capture/pcapfile"
)

// secondJudgement returns Wireshark's judgement of each frame as the report has it.
func secondJudgement(t *testing.T, path string) (map[uint32]*report.Wireshark, *report.Report) {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	rep, err := analyze.Run(context.Background(), analyze.Input{Source: src}, analyze.Options{Segments: true, Wireshark: true})
	if err != nil {
		t.Fatal(err)
	}
	frames := map[uint32]*report.Wireshark{}
	for i := range rep.Connections {
		for j := range rep.Connections[i].Segments {
			g := &rep.Connections[i].Segments[j]
			if g.Wireshark == nil {
				t.Fatalf("frame %d has no second judgement", g.Frame)
			}
			frames[g.Frame] = g.Wireshark
		}
	}
	return frames, rep
}

// infoWords are those of tshark's Info column that speak of the analysis.
var infoWords = regexp.MustCompile(`\[(TCP [A-Z0-9][^\]]*)\]`)

// flagNames are the flags of tcp.analysis.
var flagNames = strings.Fields(`retransmission fast_retransmission spurious_retransmission out_of_order lost_segment ack_lost_segment
	duplicate_ack window_update window_full zero_window zero_window_probe zero_window_probe_ack keep_alive keep_alive_ack
	reused_ports tfo_syn tfo_ack tfo_ignored`)

// judgedByTshark is what tshark says of each frame that holds TCP: stream, the fields that are set, and Info's words.
func judgedByTshark(t *testing.T, path string, fields []string) map[uint32][]string {
	t.Helper()
	args := []string{"-n", "-r", path, "-Y", "tcp", "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields", "-e", "frame.number",
		"-e", "_ws.col.Info", "-e", "tcp.stream"}
	for _, protocol := range []string{"http", "tls", "bgp", "data", "ssh", "h1", "telnet", "ftp", "ftp-data"} {
		args = append(args, "--disable-protocol", protocol) // they would write over the Info column
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	rows := map[uint32][]string{}
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		frame, err := strconv.ParseUint(cells[0], 10, 32)
		if err != nil {
			t.Fatalf("tshark printed %q", line)
		}
		rows[uint32(frame)] = cells[1:]
	}
	return rows
}

// What --wireshark puts into the report is what tshark says: streams, every tcp.analysis flag, and the words of its Info column.
func TestSecondJudgementIsTsharks(t *testing.T) {
	version, err := exec.Command("tshark", "--version").Output()
	if err != nil || !strings.Contains(string(version), "4.0.") {
		t.Skip("needs tshark 4.0 as the oracle")
	}
	fields := make([]string, len(flagNames))
	for i, name := range flagNames {
		fields[i] = "tcp.analysis." + name
	}
	compared, marked := 0, 0
	for _, file := range []string{
		"chrissanders-packets/tcp_dupack.pcapng", "chrissanders-packets/tcp_zerowindowrecovery.pcapng",
		"chrissanders-packets/tcp_zerowindowdead.pcapng", "zeek/testing/btest/Traces/tcp/retransmit-timeout.pcapng",
		"tcprs/tests/Traces/tcp/fastretransmit/fast005.trace", "tcprs/tests/Traces/tcp/fastretransmit/fast016.trace",
	} {
		t.Run(file, func(t *testing.T) {
			path := captures(t, strings.Split(file, "/")...)
			ours, rep := secondJudgement(t, path)
			theirs := judgedByTshark(t, path, fields)
			for frame, cells := range theirs {
				w := ours[frame]
				if w == nil {
					t.Fatalf("frame %d: tshark has TCP there, the report has not", frame)
				}
				var want, info []string
				for i, f := range fields {
					if cells[2+i] != "" {
						want = append(want, f)
					}
				}
				for _, m := range infoWords.FindAllStringSubmatch(cells[0], -1) {
					info = append(info, m[1])
				}
				slices.Sort(want)
				slices.Sort(info)
				got, said := slices.Sorted(slices.Values(w.Marks)), slices.Sorted(slices.Values(w.Info))
				if strconv.Itoa(int(w.Stream)) != cells[1] || !slices.Equal(got, want) || !slices.Equal(said, info) {
					t.Errorf("frame %d: stream %d %v %v, tshark says %s %v %v (%s)", frame, w.Stream, got, said, cells[1], want, info, cells[0])
				}
				compared++
				marked += len(want)
			}
			if len(ours) != len(theirs) {
				t.Errorf("%d frames judged, tshark has %d with TCP", len(ours), len(theirs))
			}
			sums(t, rep, ours)
		})
	}
	t.Logf("%d frames compared, %d marks", compared, marked)
}

// sums checks that the counts of the connections are those of their segments.
func sums(t *testing.T, rep *report.Report, frames map[uint32]*report.Wireshark) {
	t.Helper()
	want, got := map[string]uint64{}, map[string]uint64{}
	var differing, explained uint64
	for _, w := range frames {
		for _, m := range w.Marks {
			want[m]++
		}
		if w.Differs != "" {
			explained++
		}
	}
	for i := range rep.Connections {
		differing += rep.Connections[i].Wireshark.Differing
		for _, m := range rep.Connections[i].Wireshark.Marks {
			got[m.Name] += m.Frames
		}
	}
	if len(got) != len(want) || differing != explained {
		t.Errorf("the connections count %v, %d of them otherwise; their segments have %v, %d", got, differing, want, explained)
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: the connections count %d, their segments have %d", name, got[name], n)
		}
	}
}
