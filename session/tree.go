package session

import (
	"bytes"
	"cmp"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tree is what a program has become: its processes and their sockets, as the kernel shows them at one moment.
type tree struct {
	pids     []int
	isAsleep bool // every thread waits for something
	inodes   map[string]bool
}

// descendants finds the processes below this one, parents before their children. It is their reaper: also those whose parents
// have ended are below it.
func descendants() []int {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
		if fields := statFields(path); len(fields) > 1 {
			parents[pid], _ = strconv.Atoi(fields[1])
		}
	}
	self, below := os.Getpid(), map[int]int{}
	for pid := range parents {
		above, steps := parents[pid], 1
		for above > 1 && above != self {
			above, steps = parents[above], steps+1
		}
		if above == self {
			below[pid] = steps
		}
	}
	// not by their numbers alone: PIDs begin anew at kernel.pid_max
	return slices.SortedFunc(maps.Keys(below), func(a, b int) int {
		return cmp.Or(cmp.Compare(below[a], below[b]), cmp.Compare(a, b))
	})
}

// statFields are the fields of a stat file from the state on. The command name before it is in parentheses and may hold
// any character.
func statFields(path string) []string {
	stat, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// processTree looks at the processes below this one.
func processTree() tree {
	t := tree{pids: descendants(), isAsleep: true, inodes: map[string]bool{}}
	for _, pid := range t.pids {
		dir := "/proc/" + strconv.Itoa(pid)
		threads, _ := filepath.Glob(dir + "/task/*/stat")
		for _, path := range threads {
			if fields := statFields(path); len(fields) > 0 && fields[0] != "S" && fields[0] != "Z" {
				t.isAsleep = false
			}
		}
		files, _ := os.ReadDir(dir + "/fd") // of a process that has just ended: none
		for _, f := range files {
			link, _ := os.Readlink(dir + "/fd/" + f.Name())
			if inode, ok := strings.CutPrefix(link, "socket:["); ok {
				t.inodes[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	return t
}

// ready lists the addresses at which the program waits for clients: its LISTEN sockets, or a UDP socket that is bound, has
// no peer and in which, or beside which, the whole program sleeps.
func (t tree) ready() (at []netip.AddrPort) {
	for _, e := range tables("tcp", "tcp6") {
		if e.state == stateListen && t.inodes[e.inode] {
			at = append(at, e.local)
		}
	}
	if len(at) > 0 || !t.isAsleep {
		return at
	}
	for _, e := range tables("udp", "udp6") {
		if e.state == stateClosed && t.inodes[e.inode] && e.remote.Port() == 0 && e.local.Port() != 0 {
			at = append(at, e.local)
		}
	}
	return at
}

// idle reports whether nothing is left to do for a server: no connection is open or waits to be accepted, and every thread
// sleeps.
func (t tree) idle() bool {
	if !t.isAsleep {
		return false
	}
	ports := map[uint16]bool{}
	all := tables("tcp", "tcp6")
	for _, e := range all {
		if e.state == stateListen && t.inodes[e.inode] {
			ports[e.local.Port()] = true
		}
	}
	for _, e := range all {
		isOver := e.state == stateListen || e.state == stateTimeWait || e.state == stateClosed
		if !isOver && (t.inodes[e.inode] || e.inode == "0" && ports[e.local.Port()]) {
			return false
		}
	}
	return true
}
