package analyze

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/shapes"
)

// bent is a capture of refusals in which some are lost, and others have fields as other systems, paths and taps make them.
type bent struct {
	capture.Source
	*rand.Rand
	late time.Duration
}

func (b *bent) Next(f *capture.Frame) error {
	for {
		if err := b.Source.Next(f); err != nil {
			return err
		}
		if b.IntN(20) > 0 {
			break
		}
	}
	if b.IntN(200) == 0 {
		b.late += time.Duration(b.IntN(7e9))
	}
	f.Time += capture.Stamp(b.late)
	const mac, id, ttl, server, clientPort, seq, window = 11, 19, 22, 29, 34, 38, 48
	data := bytes.Clone(f.Data)
	for _, m := range []struct {
		at    int
		value []byte
	}{{mac, []byte{0, 1}}, {id, []byte{0, 1, 2}}, {ttl, []byte{63, 64, 128, 255}}, {server, []byte{1, 9}}, {clientPort, []byte{3, 0xc0}},
		{seq, []byte{0, 0xff}}, {window, []byte{0, 1}}} {
		if b.IntN(12) == 0 {
			data[m.at] = m.value[b.IntN(len(m.value))]
		}
	}
	f.Data = data
	return nil
}

// TestAlikeAttemptsAreToldAsIfFollowed: what is put together of attempts that are alike is what following and judging makes of
// each of them.
func TestAlikeAttemptsAreToldAsIfFollowed(t *testing.T) {
	for seed := range uint64(6) {
		got, put := bentReport(t, seed, true)
		want, _ := bentReport(t, seed, false)
		if !bytes.Equal(got, want) {
			a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
			for i := range min(len(a), len(b)) {
				if !bytes.Equal(a[i], b[i]) {
					t.Fatalf("seed %d: alike\n%s\nfollowed\n%s", seed, a[i], b[i])
				}
			}
			t.Fatalf("seed %d: %d connections, %d followed", seed, len(a), len(b))
		}
		if put < 500 {
			t.Errorf("seed %d: only %d attempts were alike", seed, put)
		}
	}
}

// bentReport is all that is said of a bent capture, and how many attempts were put together.
func bentReport(t *testing.T, seed uint64, alike bool) (text []byte, put int) {
	t.Helper()
	shape, err := shapes.Find("refused")
	if err != nil {
		t.Fatal(err)
	}
	var file, all bytes.Buffer
	if err := shape.Write(&file, 12_000); err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.New(&file, shape.Name, int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	out := json.NewEncoder(&all)
	each := func(c *report.Connection) error {
		if c.Alike != 0 {
			put++
		}
		return out.Encode(c)
	}
	r := newRun(Input{Source: &bent{Source: src, Rand: rand.New(rand.NewPCG(seed, 1))}}, Options{Each: each})
	if !alike {
		r.out.alikes = nil
	}
	if err := r.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.table.Finish()
	if err := r.out.finish(); err != nil {
		t.Fatal(err)
	}
	return all.Bytes(), put
}
