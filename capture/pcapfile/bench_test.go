package pcapfile

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tcplab/capture"
)

// generate returns a pcap file of n frames, half of them small and half near the usual MTU, as captures are.
func generate(t testing.TB, n int, magic uint32) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	data := pcapHead(le, magic, 262144, 1)
	payload := string(make([]byte, 1514))
	for i := range n {
		size := 60 + random.IntN(40)
		if i%2 == 1 {
			size = 1414 + random.IntN(101)
		}
		data = append(data, pcapRecord(le, 1_700_000_000+uint32(i/1000), uint32(i%1000*1000), uint32(size), uint32(size), "", payload[:size])...)
	}
	return data
}

// generateNG returns the frames of generate as pcapng.
func generateNG(t testing.TB, n int) []byte {
	t.Helper()
	r, err := New(bytes.NewReader(generate(t, n, magicNano)), "generated", 0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := NewWriter(&out, Section{Application: "test"})
	w.AddInterface(Interface{Link: capture.LinkEthernet})
	for f := (capture.Frame{}); ; {
		if err := r.Next(&f); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := w.WriteFrame(&f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const packets = 200_000 // of a benchmark's file

// BenchmarkRead measures a packet of a file in the page cache.
func BenchmarkRead(b *testing.B) {
	for _, format := range []struct {
		name string
		data []byte
	}{{"pcap", generate(b, packets, magicNano)}, {"pcapng", generateNG(b, packets)}} {
		path := filepath.Join(b.TempDir(), format.name)
		if err := os.WriteFile(path, format.data, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(format.name+"/read(2) alone", func(b *testing.B) { perPacket(b, path, eachChunk) })
		b.Run(format.name+"/next", func(b *testing.B) { perPacket(b, path, eachFrame) })
		b.Run(format.name+"/batch", func(b *testing.B) { perPacket(b, path, eachBatch) })
	}
}

func perPacket(b *testing.B, path string, walk func(*Reader) error) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := walk(r); err != io.EOF || r.stats.Packets != packets {
			b.Fatalf("%d packets, %v", r.stats.Packets, err)
		}
		r.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
}

// eachChunk is the floor: the input is copied out of the page cache and not looked at.
func eachChunk(r *Reader) error {
	for {
		r.in.pos = r.in.end
		if err := r.in.fill(1); err != nil {
			r.stats.Packets = packets
			return err
		}
	}
}

func eachFrame(r *Reader) error {
	for f := (capture.Frame{}); ; {
		if err := r.Next(&f); err != nil {
			return err
		}
	}
}

func eachBatch(r *Reader) error {
	for b := (capture.Batch{}); ; {
		if err := r.NextBatch(&b); err != nil {
			return err
		}
	}
}
