package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

// wellFormed reads markup as strict XML.
func wellFormed(t *testing.T, name string, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestPicturesAreWellFormed(t *testing.T) {
	for name := range reports() {
		for _, f := range []Format{SVG, SequenceSVG} {
			got := write(t, f, name, Options{Conn: -1})
			wellFormed(t, name, got)
			golden(t, f.Name+"/"+name+".svg", got)
		}
	}
}

func TestPictureOfNothingSaysSo(t *testing.T) {
	empty, bare := base("x.pcap", 0, 0), base("x.pcap", 3, 0)
	bare.Connections = append(bare.Connections, connection(local(1), local(2), 3, 1))
	for _, f := range []Format{SVG, SequenceSVG, PNG, SequencePNG, Script} {
		if err := f.Write(io.Discard, empty, Options{Conn: -1}); err == nil || !strings.Contains(err.Error(), "no TCP connection") {
			t.Errorf("%s of an empty report: %v", f.Name, err)
		}
		if err := f.Write(io.Discard, bare, Options{Conn: -1}); err == nil || !strings.Contains(err.Error(), "--conn") {
			t.Errorf("%s of a report without segments: %v", f.Name, err)
		}
	}
}

// longReport is one connection of n segments: data and ACKs, one in a hundred sent twice.
func longReport(n int) *report.Report {
	r := base("long.pcapng", uint64(n), n*100)
	c := connection(local(40000), local(80), uint32(n), n*100)
	c.Segments = make([]report.Segment, 0, n)
	seq := int64(1)
	for i := 0; len(c.Segments) < n; i++ {
		g := seg(uint32(len(c.Segments)+1), len(c.Segments)*100, ">", "P.", seq, 1, 1448, 65536, "data", "ESTABLISHED", "ESTABLISHED", fmt.Sprintf("the client sends bytes %d to %d", seq, seq+1447))
		g.Options = "nop,nop,TS val 4000000000 ecr 4000000001"
		if i%100 == 99 {
			g.Seq -= 1448
			g.Marks, g.Why = []string{"retransmission"}, []string{"the same bytes were sent before"}
		} else {
			seq += 1448
		}
		ack := seg(uint32(len(c.Segments)+2), len(c.Segments)*100+60, "<", ".", 1, seq, 0, 65536, "data", "ESTABLISHED", "ESTABLISHED", fmt.Sprintf("the server confirms everything before %d", seq))
		c.Segments = append(c.Segments, g, ack)
	}
	c.Segments = c.Segments[:n]
	c.ClientToServer = report.Half{Packets: uint64(n / 2), UniqueBytes: uint64(seq), Retransmissions: uint64(n / 200)}
	r.Connections = append(r.Connections, c)
	return r
}

func TestLongPicturesStaySmallAndSayWhatIsLeftOut(t *testing.T) {
	r := longReport(20_000)
	for _, f := range []Format{SVG, SequenceSVG} {
		var b bytes.Buffer
		if err := f.Write(&b, r, Options{Conn: 0}); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 400_000 {
			t.Errorf("%s of 20,000 segments has %d bytes", f.Name, b.Len())
		}
		if f.Name == "svg" && !strings.Contains(b.String(), "are not drawn") {
			t.Error("the ladder leaves lines out without a word")
		}
	}
}

// Each repetition must be seen, however many segments share its pixel.
func TestThinningKeepsRepetitions(t *testing.T) {
	c := &longReport(20_000).Connections[0]
	columns := map[int]bool{}
	p := newPlot("", "", float64(c.Duration)/1e9, 0, 1)
	for _, b := range sequenceOf(c, "c2s").segments {
		if b.again {
			columns[p.x(b.t)] = true
		}
	}
	picture, _ := sequencePicture(c, "c2s")
	for _, m := range picture.marks {
		if m.class == "bad" && m.trails != nil {
			if len(m.trails) < len(columns) {
				t.Errorf("%d strokes for repetitions in %d columns", len(m.trails), len(columns))
			}
			return
		}
	}
	t.Error("no repetition is drawn")
}

// The graphs and the numbers of the report are computed apart; over real runs they must agree.
func TestGraphsAgreeWithTheNumbers(t *testing.T) {
	for _, name := range []string{"hello", "two-clients"} {
		for _, c := range reports()[name].Connections {
			for dir, half := range map[string]*report.Half{"c2s": &c.ClientToServer, "s2c": &c.ServerToClient} {
				flight := 0.0
				for _, p := range inFlight(&c, dir) {
					flight = max(flight, p.v)
				}
				if flight != float64(half.MaxInFlight) {
					t.Errorf("%s %d %s: %v bytes in flight in the graph, %d in the report", name, c.ID, dir, flight, half.MaxInFlight)
				}
				trips := roundTrips(&c, dir)
				if len(trips) != int(half.RTT.Samples) {
					t.Errorf("%s %d %s: %d round trips in the graph, %d in the report", name, c.ID, dir, len(trips), half.RTT.Samples)
				}
				for _, p := range trips {
					if ms := report.Seconds(p.v*1e6 + 0.5); ms < half.RTT.Min || ms > half.RTT.Max {
						t.Errorf("%s %d %s: a round trip of %v ms in the graph, from %d to %d ns in the report", name, c.ID, dir, p.v, half.RTT.Min, half.RTT.Max)
					}
				}
			}
		}
	}
}

func TestSACKBlocksOverTheWrap(t *testing.T) {
	g := &report.Segment{Options: "nop,nop,sack 1 {1000:2448}", Ack: 101, AckRaw: 4294967295}
	if got := sackBlocks(g); len(got) != 1 || got[0] != [2]int64{1102, 2550} {
		t.Errorf("SACK over the wrap: %v", got)
	}
}
