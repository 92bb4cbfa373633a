// Bench measures tcplab beside its peers: it writes captures of every shape, lets each program read them in turn, several
// times, and prints the medians as a Markdown table. It is run by "make bench" and not installed.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"tcplab/capture/shapes"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := bench{}
	flag.StringVar(&b.tcplab, "tcplab", "bin/tcplab", "the `program` to measure")
	flag.IntVar(&b.packets, "packets", 2_000_000, "`packets` in each capture")
	flag.IntVar(&b.rounds, "rounds", 5, "how often each program reads each capture")
	flag.StringVar(&b.dir, "dir", "", "`directory` for the captures, 4 GB (default: a temporary one)")
	flag.Parse()
	if err := b.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what was asked for.
type bench struct {
	tcplab, dir     string
	packets, rounds int
}

func (b *bench) run(ctx context.Context, out *os.File) (err error) {
	if b.packets < tenth || b.rounds < 1 {
		return fmt.Errorf("-packets takes %d or more, -rounds 1 or more", tenth)
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "tcplab-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	}
	programs, missing := installed(programs(b.tcplab))
	apart, err := b.apart(ctx)
	if err != nil {
		return err
	}
	var rows []row
	for _, shape := range shapes.All {
		r, err := b.measure(ctx, shape, programs)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	if apart.judging, err = b.judging(ctx); err != nil {
		return err
	}
	return print(out, b, rows, apart, missing)
}

// measure lets every program read a capture of one shape. They take turns, so that what else the machine does meets all.
func (b *bench) measure(ctx context.Context, shape shapes.Shape, programs []program) (r row, err error) {
	r = row{shape: shape, runs: map[string][]usage{}}
	whole, small := filepath.Join(b.dir, shape.Name+".pcap"), filepath.Join(b.dir, shape.Name+"-tenth.pcap")
	if err := errors.Join(write(shape, whole, b.packets), write(shape, small, b.packets/tenth)); err != nil {
		return r, err
	}
	defer os.Remove(whole)
	defer os.Remove(small)
	for round := range b.rounds {
		for _, p := range programs {
			if !p.reads(shape.Name, round) {
				continue
			}
			file := whole
			if p.slow || p.small {
				file = small
			}
			u, err := p.read(ctx, file)
			if err != nil {
				return r, err
			}
			r.runs[p.name] = append(r.runs[p.name], u)
		}
	}
	r.connections = shape.Connections(b.packets)
	r.same, err = b.same(ctx, small)
	return r, err
}

// same reports whether tcplab writes the same to the byte however many processors it may use.
func (b *bench) same(ctx context.Context, path string) (bool, error) {
	var sums []string
	for _, processors := range []string{"1", "2", "8"} {
		cmd := exec.CommandContext(ctx, b.tcplab, "analyze", path, "--format", "ndjson")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+processors)
		sum := sha256.New()
		cmd.Stdout = sum
		if err := cmd.Run(); err != nil {
			return false, fmt.Errorf("%v with %s processors: %w", cmd.Args, processors, err)
		}
		sums = append(sums, string(sum.Sum(nil)))
	}
	return sums[0] == sums[1] && sums[1] == sums[2], nil
}

// apart is what is measured beside the shapes: the memory of the program itself, and of connections that stay open, and what
// judging takes of refused ones.
type apart struct {
	itself, open int64 // bytes
	connections  int   // that stay open
	judging      judged
}

// judging measures the judging of refused connections in this process: the last of all, for it takes memory. See read.
func (b *bench) judging(ctx context.Context) (judged, error) {
	shape, err := shapes.Find(refused)
	if err != nil {
		return judged{}, err
	}
	path := filepath.Join(b.dir, refused+".pcap")
	defer os.Remove(path)
	if err := write(shape, path, b.packets); err != nil {
		return judged{}, err
	}
	return judging(ctx, path, b.rounds)
}

// apart measures tcplab on a few packets, and on many connections that stay open.
func (b *bench) apart(ctx context.Context) (a apart, err error) {
	path := filepath.Join(b.dir, shapes.Open.Name+".pcap")
	defer os.Remove(path)
	p := programs(b.tcplab)[0]
	for _, m := range []struct {
		packets int
		peak    *int64
	}{{tenth, &a.itself}, {b.packets, &a.open}} {
		if err := write(shapes.Open, path, m.packets); err != nil {
			return a, err
		}
		u, err := p.read(ctx, path)
		if err != nil {
			return a, err
		}
		*m.peak = u.peak
	}
	a.connections = shapes.Open.Connections(b.packets)
	return a, nil
}

// write writes a capture; it is then in the page cache: the disk is not what is measured.
func write(shape shapes.Shape, path string, packets int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(shape.Write(f, packets), f.Close())
}
