package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"tcplab/analyze"
	"tcplab/analyze/join"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/calls"
)

// pairUp makes one input of the two sides of a run, which serve and connect saved, and with --both-ends of any two.
func (r *reading) pairUp(list []input) ([]input, error) {
	var sides []string
	var paths []string
	for _, in := range list {
		paths = append(paths, in...)
		if isDir(in[0]) {
			sides = append(sides, sideOf(in[0]))
		}
	}
	switch {
	case r.bothEnds && (len(paths) != 2 || filepath.Clean(paths[0]) == filepath.Clean(paths[1])):
		return nil, usage("for example: tcplab analyze --both-ends client.pcap server.pcap",
			"--both-ends joins two captures, one made at each end, not %d", len(slices.Compact(slices.Sorted(slices.Values(paths)))))
	case r.bothEnds:
		return []input{paths}, nil
	case r.apart || !slices.Contains(sides, "client") || !slices.Contains(sides, "server"):
		return list, nil
	case len(paths) != 2:
		return nil, usage("name the two that belong together, or give --each for a report of each",
			"%s: the two sides of a run join into one report, %d inputs do not", strings.Join(paths, " "), len(paths))
	}
	r.bothEnds = true
	return []input{paths}, nil
}

// sideOf is the side that a bundle was saved at, "" for a run of both.
func sideOf(dir string) string {
	b, err := bundle.Read(dir)
	if err != nil {
		return ""
	}
	return b.About.Side
}

// joined reads the captures of the two ends and writes their one report.
func (r *reading) joined(ctx context.Context, a *app, w io.Writer, in input) error {
	e, err := joinEnds(ctx, in[0], in[1], r.filter)
	if err != nil {
		return err
	}
	if e.About.Schema != "" {
		return r.saved(ctx, a, w, in.name(), e)
	}
	src, err := e.source()
	if err != nil {
		return err
	}
	defer src.Close()
	return r.read(ctx, a, w, in.name(), analyze.Input{Source: a.withProgress(src), Tool: toolVersion(), Join: e.join}, e.source)
}

// joinEnds joins two inputs, each a bundle or a capture.
func joinEnds(ctx context.Context, one, two, filter string) (*evidence, error) {
	var ends [2]*evidence
	var captures [2]join.Capture
	for i, path := range [...]string{one, two} {
		e := &evidence{Bundle: bundle.Bundle{Dir: path}}
		captures[i] = join.Capture{Name: path, Open: func() (capture.Source, error) { return openFiltered(path, filter) }}
		if isDir(path) {
			var err error
			if e, err = openBundle(path); err != nil {
				return nil, err
			}
			e.filter = filter
			captures[i] = e.capture(path, e.About.Side)
			captures[i].Open = e.source
		} else if path == "-" {
			return nil, usage("save it in a file first", "--both-ends reads each capture twice, which standard input does not allow")
		}
		ends[i] = e
	}
	j, err := join.Of(ctx, captures[0], captures[1], false)
	if err != nil {
		return nil, unjoined(err)
	}
	if j.Captures()[0].Name != one {
		ends[0], ends[1] = ends[1], ends[0]
	}
	return oneOf(j, ends[0], ends[1]), nil
}

// unjoined says what may be the matter with captures that do not join.
func unjoined(err error) error {
	if errors.Is(err, join.ErrNothingShared) {
		return failed(err, "if both were made at the same time, nothing that one end sent reached the other; without --both-ends each is read by itself")
	}
	return unreadable("", named(err))
}

// openFiltered opens a capture, restricted to what filter accepts.
func openFiltered(path, filter string) (capture.Source, error) {
	src, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return withFilter(src, filter)
}

// capture describes the frames of a run for joining.
func (e *evidence) capture(name, side string) join.Capture {
	a := &e.About
	c := join.Capture{Name: name, Side: side, From: a.Before.Wall, To: cmp.Or(a.Until, a.After.Wall)}
	c.Complete = a.Schema != "" && a.Dropped == 0 && !a.Interrupted && e.filter == ""
	return c
}

// oneOf puts the evidence of both ends into one, on the client's clock.
func oneOf(j *join.Join, client, server *evidence) *evidence {
	e := &evidence{join: j, filter: client.filter, Bundle: bundle.Bundle{Dir: client.Dir, About: client.About}}
	if e.About.Schema == "" {
		e.About = server.About
	}
	a, b := &client.About, &server.About
	e.About.Until = bothWatched(j, a.Until, b.Until)
	if a.Schema != "" && b.Schema != "" {
		e.About.Side = ""
		e.About.Iface, e.About.IfaceWhy = a.Iface+" and "+b.Iface, "the captures of the client's and the server's machine, joined"
		if a.Kernel != b.Kernel {
			e.About.Kernel = a.Kernel + " and " + b.Kernel
		}
		e.About.Dropped = a.Dropped + b.Dropped
		e.About.Interrupted = a.Interrupted || b.Interrupted
		e.About.Actors = slices.Concat(b.Actors, a.Actors)
		e.About.Views = slices.Concat(a.Views, b.Views)
		e.About.Warnings = slices.Concat(a.Warnings, b.Warnings)
	}
	e.Facts = slices.Concat(client.Facts, server.Facts)
	e.Warnings = slices.Concat(client.Warnings, server.Warnings)
	e.Calls = slices.Concat(client.Calls, onFirstClock(j, server.Calls))
	slices.SortStableFunc(e.Calls, func(x, y calls.Call) int { return cmp.Compare(x.Begin, y.Begin) })
	for i := range e.Calls {
		e.Calls[i].Number = uint32(i + 1)
	}
	return e
}

// bothWatched is until when both ends were captured, on the client's clock; 0 when one of them does not say.
func bothWatched(j *join.Join, client, server capture.Stamp) capture.Stamp {
	if client == 0 || server == 0 {
		return 0
	}
	return min(client, j.Clock.First(server))
}

// onFirstClock gives the calls of the server's machine the client's clock, and the addresses that the client knows.
func onFirstClock(j *join.Join, made []calls.Call) []calls.Call {
	made = slices.Clone(made)
	for i := range made {
		c := &made[i]
		c.Begin = j.Clock.First(c.Begin)
		if c.End != 0 {
			c.End = j.Clock.First(c.End)
		}
		local, errL := netip.ParseAddrPort(c.Local)
		remote, errR := netip.ParseAddrPort(c.Remote)
		if errL == nil && errR == nil {
			local, remote = j.Rename(1, local, remote)
			c.Local, c.Remote = local.String(), remote.String()
		}
	}
	return made
}

// glances is how many frames of each capture are looked at before two are read as one.
const glances = 2000

// sameSYN reports whether two captures begin with a SYN of the same connection: they were made at two places.
func sameSYN(one, two string) bool {
	type opening struct {
		src, dst         wire.Addr
		srcPort, dstPort uint16
		seq              wire.Seq
	}
	seen := map[opening]int{}
	for i, path := range [...]string{one, two} {
		src, err := openFile(path)
		if err != nil {
			return false
		}
		defer src.Close()
		var f capture.Frame
		var p wire.Packet
		for n := 0; n < glances && src.Next(&f) == nil; n++ {
			if g := &p.Segment; wire.Decode(&f, &p) == wire.TCP && g.Flags.Any(wire.SYN) {
				seen[opening{g.Src, g.Dst, g.SrcPort, g.DstPort, g.Seq}] |= 1 << i
			}
		}
	}
	for _, in := range seen {
		if in == 3 {
			return true
		}
	}
	return false
}

// offer says that two captures are those of two ends, when they are and nobody said so.
func (r *reading) offer(a *app, in input) {
	if len(in) == 2 && !slices.Contains(in, "-") && sameSYN(in[0], in[1]) {
		a.say(fmt.Sprintf("%s: both hold the same packets, so they were captured at two places; read as one, each packet is there twice", in.name()),
			"--both-ends joins them: what was lost on the way, and when each packet left and arrived")
	}
}
