package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"tcplab/capture/shapes"
)

// BenchmarkRead is the command over captures of every shape. "make pgo" takes the profile from it by which the compiler
// arranges the program (reading.pgo); "make bench" measures the program itself, beside others.
func BenchmarkRead(b *testing.B) {
	const packets = 300_000
	for _, shape := range shapes.All {
		path := filepath.Join(b.TempDir(), shape.Name+".pcap")
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := shape.Write(f, packets); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		b.Run(shape.Name, func(b *testing.B) {
			e := env{out: io.Discard, err: os.Stderr, getenv: func(string) string { return "" }}
			for b.Loop() {
				if status := run(b.Context(), []string{"analyze", path, "--format", "ndjson"}, e); status != exitDone {
					b.Fatalf("status %d", status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
		})
	}
}
