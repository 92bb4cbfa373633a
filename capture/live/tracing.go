package live

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// Tracing records why the kernel drops packets and resets connections, in a tracing instance of its own: nobody else's
// tracing is disturbed. Events are those of the whole machine, so that the caller must pick out its own: see Chain.
type Tracing struct {
	instance string       // its directory
	tasks    map[int]bool // of this process and its children, when the recording began
	fs       *os.File
	hold     io.Closer // the sweeper removes the instance when this is closed, be it by SIGKILL
	sweeper  *exec.Cmd
}

// KernelEvent is one event, before anybody has looked whose packet it is about.
type KernelEvent struct {
	Time     capture.Stamp
	Name     string // "kfree_skb"
	Reason   string
	State    string
	Where    string         // the function, without its offset
	Hook     string         // of the packet filter that threw it away: "input"; "" when it is none's or not known
	Iface    string         // the packet was received on it, "" when it was not received here or not lately
	Len      int            // of the IP packet, where Iface is known
	IPv6     bool           // what was dropped is of that version
	Src, Dst netip.AddrPort // zero when the event names none
	Chain    *Chain         // that it belongs to
	journey  *Journey       // of what was received lately in the same buffer, nil when nothing was
	handled  *Journey       // of what the processor was handling, nil when that was no packet
}

// Trace is what was recorded.
type Trace struct {
	Events  []KernelEvent
	carried []carried
	arrived []carried
	blind   bool // whose processes are whose is not known
}

// TracingNeeds is the right that OpenTracing wants.
const TracingNeeds = "root (CAP_SYS_ADMIN) outside of user namespaces"

// traced are the events by their directory, and which of them are wanted. Those that a kernel does not have are left out.
var traced = []struct{ event, filter string }{
	{kfreeSkb, "reason > 2 && (protocol == 0x800 || protocol == 0x86dd)"}, // 2 and less: no reason given
	{"tcp/tcp_send_reset", ""}, {"tcp/tcp_receive_reset", ""}, {"tcp/tcp_bad_csum", ""},
	{"tcp/tcp_hash_md5_required", ""}, {"tcp/tcp_hash_md5_mismatch", ""}, {"tcp/tcp_hash_md5_unexpected", ""},
	{"net/netif_receive_skb", ""},                                                  // names interface and length of the packets that kfree_skb is about
	{"net/netif_rx", ""}, {"napi/napi_poll", ""}, {"sched/sched_process_fork", ""}, // tell whose they are, see Chain
	{"tcp/tcp_retransmit_skb", ""}, {"tcp/tcp_retransmit_synack", ""},
}

const kfreeSkb, filtered = "skb/kfree_skb", "NETFILTER_DROP"

// OpenTracing starts to record. It mounts tracefs for itself alone, where nobody else sees it.
func OpenTracing() (*Tracing, error) {
	fs, err := openTracefs()
	if err != nil {
		return nil, err
	}
	root := fmt.Sprintf("/proc/self/fd/%d/instances", fs.Fd())
	name := fmt.Sprintf("tcplab-%d", os.Getpid())
	t := &Tracing{instance: filepath.Join(root, name), fs: fs}
	if err := t.startSweeper(name); err != nil {
		return nil, errors.Join(err, fs.Close())
	}
	err = os.Mkdir(t.instance, 0o700)
	if err == nil {
		err = t.enable()
	}
	if err != nil {
		return nil, errors.Join(err, t.sweep())
	}
	return t, nil
}

// openTracefs makes the file system without a place in the tree: it is gone when the descriptor is closed.
func openTracefs() (*os.File, error) {
	context, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("tracefs: %w", err)
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		return nil, fmt.Errorf("tracefs: %w", err)
	}
	fd, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("tracefs: %w", err)
	}
	return os.NewFile(uintptr(fd), "tracefs"), nil
}

// startSweeper starts what removes the instance however this process ends. It is a session of its own, which no Ctrl-C
// reaches, and ends with its work.
func (t *Tracing) startSweeper(name string) error {
	const script = `read _; for i in 1 2 3 4 5 6 7 8 9; do [ -d "$0" ] || break; rmdir "$0" && break; sleep 0.1; done 2>/dev/null`
	t.sweeper = exec.Command("/bin/sh", "-c", script, "/proc/self/fd/3/instances/"+name)
	t.sweeper.ExtraFiles = []*os.File{t.fs}
	t.sweeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	hold, err := t.sweeper.StdinPipe()
	t.hold = hold
	return errors.Join(err, t.sweeper.Start())
}

// sweep removes the instance.
func (t *Tracing) sweep() error {
	return errors.Join(t.hold.Close(), t.sweeper.Wait(), t.fs.Close())
}

func (t *Tracing) enable() error {
	if err := t.write("trace_clock", "mono"); err != nil {
		return err
	}
	_ = t.write("options/record-tgid", "1") // Linux before 4.14 has no such option: processes are then known by their threads alone
	found := 0
	for _, x := range traced {
		dir := "events/" + x.event
		if x.filter != "" && t.write(dir+"/filter", x.filter) != nil {
			continue // a kernel whose event has no such field gives no reasons
		}
		if x.event == kfreeSkb { // a packet filter is asked from several places: the stack tells from which
			_ = t.write(dir+"/trigger", "stacktrace if "+x.filter) // a kernel may be built without: what is not known then is left open
		}
		if t.write(dir+"/enable", "1") == nil {
			found++
		}
	}
	if found == 0 {
		return errors.New("this kernel has none of the tracepoints of dropped packets and resets")
	}
	t.tasks = ownTasks()                // after the forks are recorded: none is missed
	_ = t.write("trace_marker", marker) // a kernel may be built without: what is not known then is left open
	return nil
}

func (t *Tracing) write(name, value string) error {
	return os.WriteFile(filepath.Join(t.instance, name), []byte(value), 0)
}

// Close ends the recording and returns it. clock relates the kernel's time to that of the capture; alone says that only this
// process and its children send in the networks of the run, so that what others sent is left out. An error can come with
// events: those that there was room for.
func (t *Tracing) Close(clock capture.ClockSnapshot, alone bool) (*Trace, error) {
	err := t.write("tracing_on", "0")
	text, readErr := os.ReadFile(filepath.Join(t.instance, "trace"))
	trace, parseErr := parseTrace(string(text), clock, newChains(t.tasks, alone))
	return trace, errors.Join(err, readErr, parseErr, t.sweep())
}

// marker is what this process writes into its own trace, which says then what number it has there.
const marker = "tcplab"

// traceLine is one event: by whom and where, when, its name and the rest.
type traceLine struct {
	task       int
	process    int // 0 when it is not known
	cpu        string
	softirq    bool // in an interrupt, soft or hard: the task has nothing to do with it
	sec, usec  string
	name, rest string
}

// In a line the task's name, which can hold anything, comes before its number; the third flag tells interrupts.
var tracePattern = regexp.MustCompile(`-(\d+) +(?:\( *(\d+|-+)\) +)?\[(\d+)\] +..(.)\S* +(\d+)\.(\d{6}): (\w+): (.*)$`)

func parseTraceLine(line string) (l traceLine, ok bool) {
	m := tracePattern.FindStringSubmatch(strings.TrimRight(line, "\n"))
	if m == nil {
		return l, false
	}
	task, _ := strconv.Atoi(m[1]) // the pattern lets digits through alone
	process, _ := strconv.Atoi(m[2])
	return traceLine{task: task, process: process, cpu: m[3], softirq: m[4] != ".", sec: m[5], usec: m[6], name: m[7], rest: m[8]}, true
}

// parseTrace reads the text form of a trace. The kernel itself writes the names of reasons, states and functions there,
// from its own tables: their numbers are not the same in all versions.
func parseTrace(text string, clock capture.ClockSnapshot, c *chains) (t *Trace, err error) {
	t = &Trace{}
	stack := &stacks{last: map[string]int{}}
	for line := range strings.Lines(text) {
		if stack.take(line, t.Events) {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# entries-in-buffer/entries-written: "); ok {
			if err = overrun(rest); err != nil {
				c.tasks, c.lost = nil, true // who is whose child is among what was lost
			}
		}
		l, ok := parseTraceLine(line)
		if !ok {
			continue
		}
		e := KernelEvent{Name: l.name, Time: wall(l.sec, l.usec, clock)}
		words := traceWords(l.rest)
		if c.follow(&l, &e, words) {
			continue
		}
		packet := c.packet(words, e.Time)
		e.fill(words, packet)
		if e.Chain = c.cause(&l, packet); !e.Chain.other {
			if l.softirq {
				e.handled = c.handled[l.cpu]
			}
			stack.last[l.cpu] = len(t.Events)
			t.Events = append(t.Events, e)
		}
	}
	t.carried, t.arrived, t.blind = c.carried, c.arrived, c.tasks == nil
	return t, err
}

// stacks reads how the kernel came to an event, innermost function first: a line that names the processor, then " => function" lines.
type stacks struct {
	last map[string]int // by processor: its last event
	of   int            // whose functions follow, -1 nobody's
}

var stackPattern = regexp.MustCompile(`\[(\d+)\] .*: <stack trace>$`)

// take takes in a line of a stack, and reports whether it is one.
func (s *stacks) take(line string, events []KernelEvent) bool {
	line = strings.TrimRight(line, "\n")
	if m := stackPattern.FindStringSubmatch(line); m != nil {
		last, ok := s.last[m[1]]
		if s.of = -1; ok && events[last].Reason == filtered {
			s.of = last
		}
		delete(s.last, m[1])
		return true
	}
	function, is := strings.CutPrefix(line, " => ")
	if is && s.of >= 0 && events[s.of].Hook == "" {
		events[s.of].Hook = hooks[function]
	}
	return is
}

// overrun compares how many events are there with how many were.
func overrun(counts string) error {
	var kept, written int
	if n, _ := fmt.Sscanf(counts, "%d/%d", &kept, &written); n == 2 && kept < written {
		return fmt.Errorf("the buffer held only the last %d of %d events", kept, written)
	}
	return nil
}

func wall(seconds, micros string, clock capture.ClockSnapshot) capture.Stamp {
	s, _ := strconv.ParseInt(seconds, 10, 64) // the pattern lets digits through alone
	us, _ := strconv.ParseInt(micros, 10, 64)
	return clock.Wall + capture.Stamp(s*1e9+us*1e3-clock.Monotonic)
}

// traceWords splits "a=1 b=2 reason: X" into its names and values.
func traceWords(text string) map[string]string {
	words := map[string]string{}
	for word := range strings.FieldsSeq(strings.Replace(text, "reason: ", "reason=", 1)) {
		if key, value, ok := strings.Cut(word, "="); ok {
			words[key] = value
		}
	}
	return words
}

func (e *KernelEvent) fill(words map[string]string, packet KernelEvent) {
	e.Reason, e.State = words["reason"], words["state"]
	e.IPv6 = words["protocol"] == "34525" // ETH_P_IPV6
	e.Where, _, _ = strings.Cut(words["location"], "+")
	e.Iface, e.Len, e.journey = packet.Iface, packet.Len, packet.journey
	e.Src, e.Dst = traceAddr(words["src"]), traceAddr(words["dest"])
	if e.Name == "tcp_receive_reset" { // the reset came from the other end
		e.Dst, e.Src = socketEnds(words)
	}
}

// socketEnds reads the addresses of events that name a socket: its own and the other one.
func socketEnds(words map[string]string) (own, other netip.AddrPort) {
	v := ""
	if words["family"] == "AF_INET6" {
		v = "v6"
	}
	return joined(words["saddr"+v], words["sport"]), joined(words["daddr"+v], words["dport"])
}

// traceAddr reads "10.0.0.1:80" or "[::1]:80"; anything else is no address.
func traceAddr(text string) netip.AddrPort {
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

func joined(addr, port string) netip.AddrPort {
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	return traceAddr(addr + ":" + port)
}
