package analyze_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/shapes"
)

// generated returns a source of traffic of one shape.
func generated(t testing.TB, name string, packets int) capture.Source {
	t.Helper()
	shape, err := shapes.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := shape.Write(&file, packets); err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.New(&file, name, int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// TestStreamedEqualsCollected: connections handed out one by one while the capture is read are those of the report.
func TestStreamedEqualsCollected(t *testing.T) {
	for _, shape := range []string{"short", "long", "mixed", "refused"} {
		t.Run(shape, func(t *testing.T) {
			whole, err := analyze.Run(context.Background(), analyze.Input{Source: generated(t, shape, 10_000)}, analyze.Options{})
			if err != nil {
				t.Fatal(err)
			}
			streamed := map[uint32][]byte{}
			each := func(c *report.Connection) error {
				text, err := json.Marshal(c)
				streamed[c.ID] = text
				return err
			}
			if _, err := analyze.Run(context.Background(), analyze.Input{Source: generated(t, shape, 10_000)}, analyze.Options{Each: each}); err != nil {
				t.Fatal(err)
			}
			if len(streamed) != len(whole.Connections) {
				t.Fatalf("%d connections streamed, %d collected", len(streamed), len(whole.Connections))
			}
			final := []report.Connection{}
			last := func(c *report.Connection) error { final = append(final, *c); return nil }
			rest, err := analyze.Run(context.Background(), analyze.Input{Source: generated(t, shape, 10_000)}, analyze.Options{Final: last})
			if err != nil || len(rest.Connections) != 0 || !reflect.DeepEqual(final, whole.Connections) || !reflect.DeepEqual(rest.Findings, whole.Findings) {
				t.Errorf("%v: %d connections handed out at the end are not the %d collected, or %d are collected all the same", err, len(final), len(whole.Connections), len(rest.Connections))
			}
			for i := range whole.Connections {
				want, err := json.Marshal(&whole.Connections[i])
				if err != nil {
					t.Fatal(err)
				}
				if got := streamed[whole.Connections[i].ID]; !bytes.Equal(got, want) {
					t.Fatalf("connection %d:\nstreamed  %s\ncollected %s", i, got, want)
				}
			}
		})
	}
}

func TestStreamingStopsWhenTheOutputFails(t *testing.T) {
	full := errors.New("the disk is full")
	n := 0
	_, err := analyze.Run(context.Background(), analyze.Input{Source: generated(t, "short", 20_000)},
		analyze.Options{Each: func(*report.Connection) error { n++; return full }})
	if !errors.Is(err, full) || n != 1 {
		t.Errorf("error %v after %d connections, want the output's after 1", err, n)
	}
}

// TestInterruptGivesTheReportSoFar: a source that never ends, as standard input may be.
func TestInterruptGivesTheReportSoFar(t *testing.T) {
	shape, err := shapes.Find("short")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := shape.Write(&file, 1000); err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		if _, err := out.Write(file.Bytes()); err != nil {
			t.Error(err)
		}
		cancel() // everything was taken, and nothing more comes
	}()
	src, err := pcapfile.New(in, "-", 0)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := analyze.Run(ctx, analyze.Input{Source: src}, analyze.Options{})
	if !errors.Is(err, context.Canceled) || rep == nil {
		t.Fatalf("report %v, error %v", rep != nil, err)
	}
}

func TestCutFileGivesTheValidPart(t *testing.T) {
	shape, err := shapes.Find("short")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := shape.Write(&file, 1000); err != nil {
		t.Fatal(err)
	}
	cut := file.Bytes()[:file.Len()-7]
	src, err := pcapfile.New(bytes.NewReader(cut), "cut.pcap", int64(len(cut)))
	if err != nil {
		t.Fatal(err)
	}
	rep, err := analyze.Run(context.Background(), analyze.Input{Source: src}, analyze.Options{})
	var lost *pcapfile.TruncatedError
	if !errors.As(err, &lost) || rep == nil {
		t.Fatalf("error %v, a report: %v", err, rep != nil)
	}
	if in := rep.Input; in.Packets < 999 || !in.Truncated || in.Counts.TCP != in.Packets {
		t.Errorf("%d packets, %d of them TCP, truncated %v", in.Packets, in.Counts.TCP, in.Truncated)
	}
}

func TestRefusedShapeIsAllRefused(t *testing.T) {
	rep, err := analyze.Run(context.Background(), analyze.Input{Source: generated(t, "refused", 2000)}, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Connections) < 1000 {
		t.Fatalf("%d connections, want 1000", len(rep.Connections))
	}
	for i := range rep.Connections {
		c := &rep.Connections[i]
		if c.Outcome != "REJ" || !slices.ContainsFunc(c.Findings, func(f report.Finding) bool { return f.Cause == "closed-port" }) {
			t.Fatalf("connection %d: %s, findings %v", i, c.Outcome, c.Findings)
		}
	}
}

func BenchmarkAnalyze(b *testing.B) {
	for _, shape := range shapes.All {
		b.Run(shape.Name, func(b *testing.B) {
			var file bytes.Buffer
			const packets = 200_000
			if err := shape.Write(&file, packets); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				src, err := pcapfile.New(bytes.NewReader(file.Bytes()), "bench", int64(file.Len()))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := analyze.Run(context.Background(), analyze.Input{Source: src},
					analyze.Options{Each: func(*report.Connection) error { return nil }}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
		})
	}
}
