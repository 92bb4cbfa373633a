package wire

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tcplab/capture"
)

// tcpdumpLine finds the number of a frame and the options of its segment; with tunnels the last ones on the line.
var tcpdumpLine = regexp.MustCompile(`^ +(\d+)  .*options \[([^\]]*)\]`)

// tcpdumpOptions returns the options that tcpdump prints, by frame number.
func tcpdumpOptions(t *testing.T, path string) map[uint32]string {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), "tcpdump", "-n", "-S", "-t", "--number", "-r", path).Output()
	texts := map[uint32]string{}
	for line := range strings.Lines(string(out)) {
		m := tcpdumpLine.FindStringSubmatch(line)
		if m == nil || strings.HasSuffix(m[2], " bytes") { // Geneve's options
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		texts[uint32(n)] = strings.ReplaceAll(m[2], "  ", " ")
	}
	return texts
}

func TestOptionsReadAsTcpdumpPrintsThem(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump, the oracle of this test, is not installed")
	}
	_, paths := corpus(t)
	same := 0
	for _, path := range paths {
		texts := tcpdumpOptions(t, path)
		if len(texts) == 0 {
			continue
		}
		eachFrame(path, func(f *capture.Frame, k Kind, p *Packet) {
			want, ok := texts[f.Number]
			// tcpdump stops at an option that is bad or cut, ours names it; and it names an experiment without its bytes.
			o := &p.Segment.Options
			if k != TCP || !ok || o.Has&(BadOption|CutOptions) != 0 || strings.Contains(want, "exp-acc0") {
				return
			}
			if got := string(AppendOptions(nil, o.Raw)); got != want {
				t.Errorf("%s frame %d: %s, tcpdump %s", path, f.Number, got, want)
				return
			}
			same++
		})
	}
	t.Logf("%d segments read as tcpdump prints them", same)
}
