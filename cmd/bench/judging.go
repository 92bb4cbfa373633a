package main

import (
	"errors"
	"io"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// judged is what finding the causes of a capture's connections took.
type judged struct {
	connections int
	took        time.Duration
}

// each is what it took of one connection.
func (j *judged) each() time.Duration { return j.took / time.Duration(max(j.connections, 1)) }

// judging follows the connections of a capture, those that are alike too, and measures the judging of them alone: as an analysis judges them while it
// reads, a group at a time.
func judging(path string) (judged, error) {
	src, err := pcapfile.Open(path)
	if err != nil {
		return judged{}, err
	}
	defer src.Close()
	runtime.LockOSThread() // its processor time is what is measured
	defer runtime.UnlockOSThread()
	j := &judge{engine: diagnose.New(analyze.Rules()), index: diagnose.NewIndex()}
	table := flow.Table{Done: j.take}
	var f capture.Frame
	var p wire.Packet
	for err = src.Next(&f); err == nil; err = src.Next(&f) {
		if wire.Decode(&f, &p) == wire.TCP {
			table.Segment(&p.Segment)
		}
		j.last = f.Time
	}
	table.Finish()
	j.judge()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return j.judged, err
}

// judge measures itself.
type judge struct {
	judged
	engine *diagnose.Engine
	index  *diagnose.Index
	now    diagnose.Case
	last   capture.Stamp
	group  [64]flow.Conversation // few enough to lie in the cache when they are judged, as the one does that an analysis has just followed
	n      int
}

// take copies a finished connection.
func (j *judge) take(c *flow.Conversation) {
	c.Until = j.last
	c.CopyTo(&j.group[j.n])
	if j.n++; j.n == len(j.group) {
		j.judge()
	}
}

func (j *judge) judge() {
	start := threadTime()
	for i := range j.group[:j.n] {
		j.now = diagnose.Case{Conv: &j.group[i]}
		j.index.Add(j.now.Conv)
		if diagnose.Incident(j.now.Conv) != 0 {
			j.index.Join(&j.now)
			j.engine.Connection(&j.now)
		}
	}
	j.took += threadTime() - start
	j.connections += j.n
	j.n = 0
}

// threadTime is the processor time of this thread, which what else the machine does adds little to.
func threadTime() time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
