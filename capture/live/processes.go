package live

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcplab/capture/hostfacts"
)

// processes is one walk over /proc: who holds which socket, and which network namespaces there are.
type processes struct {
	holders    map[uint64]process // by socket inode; the oldest, as forked children share the socket
	namespaces map[string]int     // "net:[4026531840]" → a process in it
	own        string             // the namespace of the calling thread
	hidden     int                // processes whose descriptors may not be read
}

type process struct {
	pid  int
	name string
}

// scanProcesses walks /proc from the oldest process to the youngest.
func scanProcesses() processes {
	p := processes{holders: map[uint64]process{}, namespaces: map[string]int{}}
	p.own, _ = os.Readlink("/proc/thread-self/ns/net")
	entries, _ := os.ReadDir("/proc")
	started := map[int]uint64{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			started[pid] = startTime(pid)
		}
	}
	for _, pid := range byAge(started) {
		p.scan(pid)
	}
	return p
}

// byAge orders processes by their start. A PID says little of it: PIDs begin anew at kernel.pid_max, and a child then has a
// lower one than its parent.
func byAge(started map[int]uint64) []int {
	return slices.SortedFunc(maps.Keys(started), func(a, b int) int {
		return cmp.Or(cmp.Compare(started[a], started[b]), cmp.Compare(a, b))
	})
}

// startTime is when a process began, in clock ticks since boot. Of a process that has ended it is 0.
func startTime(pid int) uint64 { return statField(pid, startField) }

// Fields of proc_pid_stat(5), counted after the name, which stands in parentheses and may hold any character.
const parentField, startField = 1, 19

// statField is a number from a process's status, 0 when it has ended.
func statField(pid, field int) uint64 {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= field {
		return 0
	}
	n, _ := strconv.ParseUint(fields[field], 10, 64)
	return n
}

// scan notes one process. A process that has ended meanwhile is no longer anybody's evidence.
func (p *processes) scan(pid int) {
	dir := "/proc/" + strconv.Itoa(pid)
	if ns, err := os.Readlink(dir + "/ns/net"); err == nil {
		if _, seen := p.namespaces[ns]; !seen {
			p.namespaces[ns] = pid
		}
	}
	fds, err := os.Open(dir + "/fd")
	if err != nil {
		if os.IsPermission(err) {
			p.hidden++
		}
		return
	}
	defer fds.Close()
	names, _ := fds.Readdirnames(-1)
	for _, fd := range names {
		inode, ok := socketInode(int(fds.Fd()), fd)
		if _, seen := p.holders[inode]; ok && !seen {
			p.holders[inode] = process{pid, commandName(dir)}
		}
	}
}

// socketInode reads a link of the form "socket:[61299]" in the open directory dir.
func socketInode(dir int, name string) (inode uint64, ok bool) {
	var buf [64]byte
	n, err := unix.Readlinkat(dir, name, buf[:])
	if err != nil {
		return 0, false
	}
	digits, found := strings.CutPrefix(string(buf[:n]), "socket:[")
	if !found {
		return 0, false
	}
	inode, err = strconv.ParseUint(strings.TrimSuffix(digits, "]"), 10, 64)
	return inode, err == nil
}

// commandName is the name of the program, at most 15 bytes.
func commandName(dir string) string {
	b, _ := os.ReadFile(dir + "/comm")
	return strings.TrimSuffix(string(b), "\n")
}

// join names the process that holds s. TIME-WAIT sockets, and listeners of the kernel itself, have none.
func (p *processes) join(s socket) hostfacts.Socket {
	if holder, ok := p.holders[s.inode]; ok && s.inode != 0 {
		s.PID, s.Process = holder.pid, holder.name
	}
	return s.Socket
}

// namespace is a network namespace and a directory in which it shows its tables.
type namespace struct{ name, dir string }

// otherNamespaces lists the namespaces of other processes, by the name under /run/netns where there is one; only those of
// among, unless it is nil.
func (p *processes) otherNamespaces(among []string) []namespace {
	named := namedNamespaces()
	var all []namespace
	for link, pid := range p.namespaces {
		if link == p.own || among != nil && !slices.Contains(among, link) {
			continue
		}
		name := link
		if n := named[link]; n != "" {
			name = n
		}
		all = append(all, namespace{name, fmt.Sprintf("/proc/%d/net", pid)})
	}
	slices.SortFunc(all, func(a, b namespace) int { return strings.Compare(a.name, b.name) })
	return all
}

// namedNamespaces maps the namespaces that ip-netns(8) made to their names.
func namedNamespaces() map[string]string {
	named := map[string]string{}
	files, _ := filepath.Glob("/run/netns/*")
	for _, f := range files {
		var st unix.Stat_t
		if unix.Stat(f, &st) == nil {
			named[fmt.Sprintf("net:[%d]", st.Ino)] = filepath.Base(f)
		}
	}
	return named
}

func (p *processes) missing() []hostfacts.Missing {
	if p.hidden == 0 {
		return nil
	}
	return []hostfacts.Missing{{
		What:  "process names of other users' sockets, and listeners in other network namespaces",
		Why:   fmt.Sprintf("%d processes do not show their descriptors to this user", p.hidden),
		Needs: "root (CAP_SYS_PTRACE)",
	}}
}
