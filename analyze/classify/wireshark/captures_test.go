package wireshark

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// captures returns the folder of real captures beside the repository, or skips.
func captures(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(filepath.Dir(dir), "shared", "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("needs the real captures in ../shared/captures: %v", err)
	}
	return dir
}

// captureFiles returns the captures below dir, every tenth with -short, by their path in dir.
func captureFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && d.Type().IsRegular() && ext != ".tsv" && ext != ".md" {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !testing.Short() {
		return files
	}
	var some []string
	for i := 0; i < len(files); i += 10 {
		some = append(some, files[i])
	}
	return some
}

// judgeFile runs the analyzer over a capture. A damaged end is no failure here: what lies before it is compared.
func judgeFile(path string) (map[uint32]judged, *Analyzer, error) {
	src, err := pcapfile.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	var (
		got    = make(map[uint32]judged)
		a      = New()
		joined wire.Reassembler
		f      capture.Frame
		p      wire.Packet
	)
	for src.Next(&f) == nil {
		kind := wire.Decode(&f, &p)
		if kind == wire.Fragment {
			kind = joined.Add(&p)
		}
		switch kind {
		case wire.TCP:
			short := p.Segment.Beyond > p.Segment.Len // the TCP header does not fit the frame
			got[f.Number] = judged{Result: a.Segment(&p.Segment), quote: short}
		case wire.ICMPError:
			if r, ok := a.ICMP(&p.ICMP); ok {
				got[f.Number] = judged{Result: r, quote: true, cut: p.ICMP.QuotedTCP < 20}
			}
		}
	}
	return got, a, nil
}

// stated are the differences that are not ours: the lines of a file that match are explained by the reason.
var stated = []struct{ file, line, reason string }{
	{"arkime/tests/pcap/socks-http-example.pcap", `^frame \d+: tcp.stream is "[12]", tshark says "[24]"$`,
		"tshark numbers a stream of its own for what each SOCKS connection carries"},
	{"PcapPlusPlus/Tests/ExamplesTest/pcap_examples/tcp-reassembly.pcap", `^frame 66: tshark has TCP here, we have none$`,
		"the headers sampled in an sFlow report, which are no traffic of their own"},
	{"gopacket2/layers/testdata/linux_sll_oversized_addr.pcapng", `^frame 95: tshark has TCP here, we have none$`, zeroHeader},
	{"gopacket2/layers/testdata/linux_sll_oversized_addr.pcapng", `^frame 96: tcp.time_delta `, zeroHeader},
	{"gopacket2/layers/testdata/linux_sll_oversized_addr.pcapng", `^frame \d+: tcp.analysis.bytes_in_flight `, zeroHeader},
	{"tcpdump/tests/timestamp_invalid_micro.pcap", `is "-1.000000000", tshark says "-0.1000000000"$`,
		"frame 2 is stamped with 1,000,000 microseconds; tshark keeps the invalid fraction apart from the seconds"},
	{"tcptrace/input/rawppp.pcap.gz", `^stream 1: tcp.completeness is 15, tshark says 14$`, openedAhead},
	{"zeek/testing/btest/Traces/ftp/ipv6.pcap", `^stream [123]: tcp.completeness is 31, tshark says 30$`, openedAhead},
	{"zeek/testing/btest/Traces/pe/pe.pcap", `^stream [1-5]: tcp.completeness is 31, tshark says 30$`, openedAhead},
}

const openedAhead = "an FTP data connection: tshark's FTP dissector opens it when it reads the address, so the SYN is not its first packet"

const zeroHeader = "frame 95 says that its TCP header has length 0: Wireshark takes it into the stream, and counts from the next frame " +
	"as if it were a segment of 77 bytes; with that frame removed it gives our numbers"

// tally sums up what a test compared.
type tally struct {
	sync.Mutex
	files, frames, values, streams, explained int
	used                                      map[int]bool // entries of stated
}

// explain reports whether a difference is a stated one.
func (y *tally) explain(file, line string) bool {
	for i, s := range stated {
		if s.file == file && regexp.MustCompile(s.line).MatchString(line) {
			y.Lock()
			defer y.Unlock()
			y.used[i] = true
			y.explained++
			return true
		}
	}
	return false
}

// TestRealCaptures compares every value of every TCP frame of the real captures with tshark's.
func TestRealCaptures(t *testing.T) {
	needTshark(t)
	dir := captures(t)
	sum := tally{used: make(map[int]bool)}
	t.Run("files", func(t *testing.T) {
		for _, file := range captureFiles(t, dir) {
			t.Run(file, func(t *testing.T) {
				t.Parallel()
				compareFile(t, dir, file, &sum)
			})
		}
	})
	for i, s := range stated {
		if !sum.used[i] && !testing.Short() {
			t.Errorf("%s: no difference matches %s any more", s.file, s.line)
		}
	}
	t.Logf("%d files with TCP, %d frames, %d streams, %d values compared, %d of them differ for a stated reason", sum.files,
		sum.frames, sum.streams, sum.values+sum.streams, sum.explained)
}

func compareFile(t *testing.T, dir, file string, sum *tally) {
	path := filepath.Join(dir, file)
	got, a, err := judgeFile(path)
	if err != nil {
		t.Skipf("not a capture: %v", err)
	}
	if len(got) == 0 {
		t.Skip("no TCP decoded: package wire's own comparison with tshark says whether there is some")
	}
	values := 0
	lines := append(compare(t, path, columns(), got, &values), compareCompleteness(t, path, a, got)...)
	lines = slices.DeleteFunc(lines, func(line string) bool { return sum.explain(file, line) })
	for _, line := range lines[:min(8, len(lines))] {
		t.Error(line)
	}
	sum.Lock()
	defer sum.Unlock()
	sum.files++
	sum.frames += len(got)
	sum.streams += a.Streams()
	sum.values += values
}
