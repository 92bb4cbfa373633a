package render

import (
	"bufio"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
	"tcplab/capture/pcapfile"
)

// drawn is a time-sequence graph as numbers: every mark as "microseconds sequence-numbers", and how often it is there.
// maybe is what tcptrace marks "O": a segment that fills a gap, which it calls out of order however late it comes.
type drawn struct {
	zero                                    uint32 // the number of the SYN
	sent, again, maybe, sacks, acks, window map[string]int
}

func newDrawn() drawn {
	return drawn{0, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
}

// xplot reads a graph as tcptrace -S writes it for xplot: commands, a colour before them, a line of text after some.
func xplot(t *testing.T, path string) (title string, d drawn) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d = newDrawn()
	colour := ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 1 && strings.Contains(" title xlabel ylabel ", words[0]):
			label := words[0]
			if lines.Scan(); label == "title" {
				title = lines.Text()
			}
		case len(words) == 1:
			colour = words[0]
		case strings.HasSuffix(words[0], "text"):
			switch lines.Scan(); strings.Fields(lines.Text())[0] {
			case "R":
				d.again[stamp(words[1])]++
			case "O":
				d.maybe[stamp(words[1])]++
			}
		case words[0] == "line":
			d.line(colour, words[1:])
		case words[0] == "dtick":
			d.acks[stamp(words[1])+" "+words[2]] = 1
		case words[0] == "utick":
			d.window[stamp(words[1])+" "+words[2]] = 1
		}
	}
	return title, d
}

func stamp(seconds string) string { return strings.Replace(seconds, ".", "", 1) }

// line files a line from time and number to time and number. What was acknowledged (green) and allowed (yellow) are steps:
// level up to the new time, then upright to the new number. FIN is a stroke of its own above the data, orange, or red
// when it is repeated.
func (d drawn) line(colour string, at []string) {
	t, from, to := stamp(at[0]), at[1], at[3]
	value := " " + from
	if at[0] == at[2] {
		value = " " + to
	}
	switch colour {
	case "green":
		d.acks[t+value] = 1
	case "yellow":
		d.window[t+value] = 1
	case "purple":
		d.sacks[t+" "+from+" "+to]++
	default:
		for mark := range d.sent {
			if below, joins := strings.CutSuffix(mark, " "+from); joins && strings.HasPrefix(mark, t) && colour != "white" {
				delete(d.sent, mark)
				d.sent[below+" "+to]++
				return
			}
		}
		d.sent[t+" "+from+" "+to]++
	}
}

// ours is the graph of one direction with raw numbers, as the renderers draw it.
func ours(c *report.Connection, dir string) drawn {
	d, s := newDrawn(), sequenceOf(c, dir)
	for _, g := range c.Segments {
		if g.Dir == dir && !strings.Contains(g.Flags, "R") {
			d.zero = g.SeqRaw - uint32(g.Seq)
			break
		}
	}
	at := func(t float64) int64 { return (c.Start.UnixNano() + int64(math.Round(t*1e9))) / 1000 }
	raw := func(v float64) uint32 { return d.zero + uint32(int64(v)) }
	for _, b := range s.segments {
		d.sent[fmt.Sprint(at(b.t), " ", raw(b.from), " ", raw(b.to))]++
		if b.again {
			d.again[fmt.Sprint(at(b.t))]++
		}
	}
	for _, b := range s.sacks {
		d.sacks[fmt.Sprint(at(b.t), " ", raw(b.from), " ", raw(b.to))]++
	}
	for _, p := range s.acks {
		d.acks[fmt.Sprint(at(p.t), " ", raw(p.v))] = 1
	}
	for _, p := range s.window {
		d.window[fmt.Sprint(at(p.t), " ", raw(p.v))] = 1
	}
	return d
}

// judged reads a capture with the analyzer.
func judged(t *testing.T, path string) *report.Report {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := analyze.Run(t.Context(), analyze.Input{Source: src}, analyze.Options{Segments: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drawnOtherwise are captures that are left out, and why.
var drawnOtherwise = map[string]string{
	"simultaneous-open":     "tcptrace takes the SYN,ACK of an end for its SYN sent again (RFC 9293, 3.5, figure 8)",
	"split-handshake":       "likewise",
	"injected-rst":          "frame 7: tcptrace takes the window of a RST,ACK for that of the ACK before it",
	"rst-one-side":          "frame 10: likewise",
	"injected-rst-both":     "frame 7: likewise",
	"connect-reset":         "frame 6: likewise",
	"injected-rst-multiple": "frames 7 to 9: likewise",
	"tfo-blackhole":         "frame 3: tcptrace does not draw the data of a SYN",
	"odd-flag-probes":       "SYN and FIN in one segment: tcptrace draws the SYN alone",
}

// Every mark of our time-sequence graphs is one that tcptrace draws, and the other way round.
func TestSequenceGraphsAreThoseOfTcptrace(t *testing.T) {
	installed(t, "tcptrace")
	compared := 0
	paths, _ := filepath.Glob("../../pcaps/*/frames.pcapng")
	foreign, _ := filepath.Glob("../../../shared/captures/tcprs/tests/Traces/tcp/*/*.trace")
	for _, path := range append(paths, foreign...) {
		if drawnOtherwise[filepath.Base(filepath.Dir(path))] != "" {
			continue
		}
		t.Run(path, func(t *testing.T) { compared += compareGraphs(t, path) })
	}
	if compared < 300 {
		t.Errorf("only %d graphs were compared", compared)
	}
}

// compareGraphs returns how many graphs of a capture were compared.
func compareGraphs(t *testing.T, path string) (compared int) {
	dir, r := t.TempDir(), judged(t, path)
	if out, err := exec.Command("tcptrace", "-n", "-S", "--output_dir="+dir, path).CombinedOutput(); err != nil {
		t.Skipf("tcptrace does not read it: %v\n%s", err, out)
	}
	graphs, often := map[string]drawn{}, map[string]int{}
	files, _ := filepath.Glob(filepath.Join(dir, "*.xpl"))
	for _, f := range files {
		title, d := xplot(t, f)
		graphs[title] = d
		often[title]++
	}
	for _, c := range r.Connections {
		often[endpoint(c.Client)]++
	}
	for i := range r.Connections {
		c := &r.Connections[i]
		for dir, ends := range map[string][2]string{"c2s": {endpoint(c.Client), endpoint(c.Server)}, "s2c": {endpoint(c.Server), endpoint(c.Client)}} {
			// Ports that were used again, and a socket connected to itself, leave a graph without a name of its own.
			title := ends[0] + "_==>_" + ends[1] + " (time sequence graph)"
			if often[title] == 1 && often[endpoint(c.Client)] == 1 && c.Client != c.Server {
				sameGraph(t, fmt.Sprint(c.ID, " ", dir, " "), ours(c, dir), graphs[title])
				compared++
			}
		}
	}
	return compared
}

// sameGraph compares two graphs. tcptrace draws a step when a second ACK came: a single one it does not.
func sameGraph(t *testing.T, what string, our, theirs drawn) {
	t.Helper()
	// A repeated SYN makes tcptrace draw the number of the SYN as if it had just been acknowledged, in place of what was.
	for mark := range theirs.acks {
		if at, is := strings.CutSuffix(mark, fmt.Sprint(" ", our.zero)); is {
			delete(theirs.acks, mark)
			if first := fmt.Sprint(at, " ", our.zero+1); our.acks[first] > 0 {
				theirs.acks[first] = 1
			}
		}
	}
	sameMarks(t, what+"sent", our.sent, theirs.sent)
	sameMarks(t, what+"sacks", our.sacks, theirs.sacks)
	if len(theirs.acks) > 0 || len(our.acks) > 1 {
		sameMarks(t, what+"acks", our.acks, theirs.acks)
		sameMarks(t, what+"window", our.window, theirs.window)
	}
	for at, n := range our.again {
		theirs.again[at] = max(theirs.again[at], min(n, theirs.again[at]+theirs.maybe[at]))
	}
	sameMarks(t, what+"again", our.again, theirs.again)
}

func sameMarks(t *testing.T, what string, ours, theirs map[string]int) {
	t.Helper()
	for _, m := range slices.Sorted(maps.Keys(ours)) {
		if ours[m] != theirs[m] {
			t.Errorf("%s: %s drawn %d times, by tcptrace %d", what, m, ours[m], theirs[m])
		}
	}
	for _, m := range slices.Sorted(maps.Keys(theirs)) {
		if ours[m] == 0 {
			t.Errorf("%s: %s not drawn, by tcptrace %d times", what, m, theirs[m])
		}
	}
}
