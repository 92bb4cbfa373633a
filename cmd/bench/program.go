package main

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// tenth is how much smaller the captures are that slow programs read; their times are multiplied by it.
const tenth = 10

// patience is how long a slow program may take; its time is then only known to be more.
const patience = 45 * time.Second

// program is one of those that are compared.
type program struct {
	name  string
	pkg   string   // that brings it
	args  []string // FILE stands for the capture
	slow  bool     // it reads a tenth of the packets, once, and its time is multiplied
	small bool     // it reads a tenth of the packets as often as the others: to see whether time is linear
	only  string   // this shape, once: to see what memory it takes
}

const (
	ours      = "tcplab"
	oursTenth = "tcplab on a tenth"
	copying   = "tcpdump -w"
	tracing   = "tcptrace"
	counting  = "capinfos"
	listing   = "tshark"
)

func programs(tcplab string) []program {
	analyze := []string{tcplab, "analyze", "FILE", "--format", "ndjson"}
	all := []program{
		{name: ours, args: analyze},
		{name: oursTenth, args: analyze, small: true},
		{name: copying, pkg: "tcpdump", args: []string{"tcpdump", "-r", "FILE", "-w", "/dev/null"}},
		{name: counting, pkg: "wireshark-common", args: []string{"capinfos", "-c", "FILE"}},
		{name: tracing, pkg: "tcptrace", args: []string{"tcptrace", "-n", "FILE"}, slow: true},
		{name: listing, pkg: "tshark", args: []string{"tshark", "-n", "-q", "-z", "conv,tcp", "-r", "FILE"}, slow: true},
	}
	for _, format := range formats {
		all = append(all, program{name: ours + " " + format, args: []string{tcplab, "analyze", "FILE", "--format", format}, only: refused})
	}
	return all
}

// formats are those beside ndjson that write many connections; refused is the shape with the most of them.
var formats = []string{"text", "csv", "json"}

const refused = "refused"

// reads reports whether the program reads a capture of that shape in that round.
func (p *program) reads(shape string, round int) bool {
	if p.only != "" {
		return shape == p.only && round == 0
	}
	return !p.slow || round == 0
}

// installed returns the programs that are there, and the packages of those that are not.
func installed(all []program) (found []program, missing []string) {
	for _, p := range all {
		if _, err := exec.LookPath(p.args[0]); err != nil && p.pkg != "" {
			missing = append(missing, p.pkg)
			continue
		}
		found = append(found, p)
	}
	return found, missing
}

// usage is what one run took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes
	more      bool  // it was stopped: the times are the least it takes
}

// read runs the program over a capture; what it prints goes nowhere.
//
// The kernel counts as a child's the memory of the process that it was made of as well, which with vfork(2) is all of this
// one's at its peak: what bench itself does between two programs is to take little.
func (p *program) read(ctx context.Context, file string) (usage, error) {
	args := make([]string, len(p.args))
	for i, a := range p.args {
		if args[i] = a; a == "FILE" {
			args[i] = file
		}
	}
	limited := ctx
	if p.slow {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	cmd := exec.CommandContext(limited, args[0], args[1:]...)
	start := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(start), more: ctx.Err() == nil && limited.Err() != nil}
	if err != nil && !u.more {
		return u, fmt.Errorf("%v: %w", args, err)
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10
	}
	if p.slow {
		u.wall, u.cpu = u.wall*tenth, u.cpu*tenth
	}
	return u, nil
}
