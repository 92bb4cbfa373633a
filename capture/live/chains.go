package live

import (
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"tcplab/capture"
)

// Chain is what one cause sets off in the kernel: the packet that a call sends, the answers to it, what a router sends on.
// The kernel's events name no network namespace, and two labs at once look alike in them: the same interfaces, addresses
// and lengths. But a packet that a call sends is traced as that process's; and what comes of it follows on the processor
// that takes it in, until that has done with its queue, whatever process it happens to interrupt there.
type Chain struct {
	Ours  bool // this process or a child of its began it, or Claim found a packet of the run in it
	Open  bool // nothing tells whose it is: a timer began it and sent nothing, or it is one of two that may have carried a packet of the run
	other bool // another process began it
	of    ends // the socket whose timer began it, where that is told
}

// ends are those of a packet.
type ends struct{ src, dst netip.AddrPort }

// chains follows causes through a trace, line by line.
type chains struct {
	tasks      map[int]bool           // of this process and its children; nil: their numbers in the trace are not known
	self       int                    // this process, once it has written its marker
	lost       bool                   // events are missing
	alone      bool                   // nobody else sends in the networks of the run
	processing map[string]*Chain      // by processor: what it is handling
	timed      map[string]*Chain      // by processor: what a timer last sent
	sent       map[string]*Chain      // by skbaddr: queued for a processor
	received   map[string]KernelEvent // by skbaddr: the last packet received at that address
	carried    []carried              // in order of time
}

// carried is a packet on its way to a processor.
type carried struct {
	at    capture.Stamp
	len   int
	chain *Chain
}

func newChains(tasks map[int]bool, alone bool) *chains {
	return &chains{tasks: maps.Clone(tasks), alone: alone, processing: map[string]*Chain{}, timed: map[string]*Chain{},
		sent: map[string]*Chain{}, received: map[string]KernelEvent{}}
}

// follow takes in what only says how packets travel, and reports whether it was that.
func (c *chains) follow(l *traceLine, e *KernelEvent, words map[string]string) bool {
	switch e.Name {
	case "tracing_mark_write":
		c.mark(l)
	case "sched_process_fork":
		c.fork(l, words)
	case "napi_poll": // the end of a processor's work on its queue
		delete(c.processing, l.cpu)
	case "netif_rx":
		chain := c.begun(l)
		if chain == nil { // a timer sends
			chain = &Chain{}
			c.timed[l.cpu] = chain
		}
		c.sent[words["skbaddr"]] = chain
		c.carry(e, chain, words)
	case "tcp_retransmit_skb", "tcp_retransmit_synack": // told after it was sent
		if chain := c.timed[l.cpu]; chain != nil && l.softirq {
			chain.of.src, chain.of.dst = socketEnds(words)
		}
	case "netif_receive_skb":
		c.receive(l, e, words)
	default:
		return false
	}
	return true
}

// receive begins the handling of a packet: one that was queued, one that a bridge or a tunnel hands on, or one from outside.
func (c *chains) receive(l *traceLine, e *KernelEvent, words map[string]string) {
	skb := words["skbaddr"]
	chain, now := c.sent[skb], c.processing[l.cpu]
	delete(c.sent, skb)
	switch {
	case chain != nil:
	case now != nil && c.received[skb].Chain == now:
		chain = now
	case l.softirq:
		chain = &Chain{}
		c.carry(e, chain, words)
	default: // a process writes to a tunnel's device
		chain = c.begun(l)
		c.carry(e, chain, words)
	}
	e.Chain, e.Iface, e.Len = chain, words["dev"], length(words)
	c.received[skb] = *e
	if l.softirq {
		c.processing[l.cpu] = chain
	}
	delete(c.timed, l.cpu)
}

// packet is the one that an event at that time is about, zero when it was not received here or not lately.
func (c *chains) packet(words map[string]string, at capture.Stamp) (e KernelEvent) {
	const memory = 1e6 // a buffer's address serves other packets later; a packet is judged within a millisecond
	if e = c.received[words["skbaddr"]]; at-e.Time >= memory {
		return KernelEvent{}
	}
	return e
}

// cause is the chain of an event: of the packet that it is about, or else of what the processor or the process is doing.
func (c *chains) cause(l *traceLine, packet KernelEvent) *Chain {
	if packet.Chain != nil {
		return packet.Chain
	}
	if chain := c.begun(l); chain != nil {
		return chain
	}
	return &Chain{Open: true}
}

// begun is the chain of what is done now, nil when a timer does it.
func (c *chains) begun(l *traceLine) *Chain {
	if l.softirq {
		return c.processing[l.cpu]
	}
	ours := c.ours(l)
	return &Chain{Ours: ours, Open: c.tasks == nil, other: c.alone && c.tasks != nil && !ours}
}

func (c *chains) carry(e *KernelEvent, chain *Chain, words map[string]string) {
	if !chain.other {
		c.carried = append(c.carried, carried{e.Time, length(words), chain})
	}
}

func length(words map[string]string) int {
	n, _ := strconv.Atoi(words["len"]) // 0 for what is no number
	return n
}

// mark takes the number of this process from its own words.
func (c *chains) mark(l *traceLine) {
	if l.rest != marker || c.lost {
		return
	}
	c.self = l.process
	if c.tasks == nil {
		c.tasks = map[int]bool{}
	}
	c.tasks[l.task] = true
}

// ours reports whether it was this process or a child of it.
func (c *chains) ours(l *traceLine) bool {
	return c.tasks[l.task] || c.tasks != nil && c.self != 0 && l.process == c.self
}

// fork counts the children of ours as ours, processes and threads alike.
func (c *chains) fork(l *traceLine, words map[string]string) {
	if c.tasks == nil {
		return
	}
	child, _ := strconv.Atoi(words["child_pid"])
	if c.ours(l) {
		c.tasks[child] = true
	} else {
		delete(c.tasks, child) // the number is used again
	}
}

// Claim says that a packet of the run was seen, of that many bytes from its IP header on, 0 for any: the chain that carried
// it is the run's. A capture stamps a packet just before the kernel queues it, so that it is the first of that length from
// then on. Timers of two networks go off at the same tick: unless a socket's ends tell them apart, both are left open. So is
// what another socket's timer sent, and all of it when nobody's processes are known.
func (t *Trace) Claim(at capture.Stamp, length int, src, dst netip.AddrPort) {
	near := t.near(at, length)
	for _, c := range near {
		if c.chain.of == (ends{src, dst}) || c.chain.of == (ends{dst, src}) { // what was sent, or the answer to it
			c.chain.Ours = true
			return
		}
	}
	if slices.ContainsFunc(near, func(c carried) bool { return c.chain.Ours }) {
		return
	}
	open := t.blind || slices.ContainsFunc(near, func(c carried) bool { return c.chain != near[0].chain || c.chain.of != ends{} })
	for _, c := range near {
		c.chain.Ours, c.chain.Open = !open, open
	}
}

// near are the packets of that length from at on that may be the one captured then: the first and what came so soon after it
// that an interrupt between stamp and queue can have held the right one up for as long.
func (t *Trace) near(at capture.Stamp, length int) (list []carried) {
	const early, late, together = 2 * time.Microsecond, 300 * time.Microsecond, 50 * time.Microsecond // a trace has microseconds
	first, _ := slices.BinarySearchFunc(t.carried, at-capture.Stamp(early), func(c carried, from capture.Stamp) int { return int(c.at - from) })
	for _, c := range t.carried[first:] {
		if c.at.Sub(at) > late || len(list) > 0 && c.at.Sub(list[0].at) > together {
			break
		}
		if length == 0 || length == c.len {
			list = append(list, c)
		}
	}
	return list
}

// firstPIDNamespace is how /proc names the first PID namespace of every Linux (include/linux/proc_ns.h, PROC_PID_INIT_INO).
// Its numbers are those of a trace.
const firstPIDNamespace = "pid:[4026531836]"

// TracingKnowsProcesses reports whether a trace has the numbers for processes that this one sees. Where it has not, it knows this
// process and the children that it has after OpenTracing.
func TracingKnowsProcesses() bool {
	ns, _ := os.Readlink("/proc/self/ns/pid")
	return ns == firstPIDNamespace
}

// ownTasks are the threads of this process and of its children, nil where a trace has other numbers for them.
func ownTasks() map[int]bool {
	if !TracingKnowsProcesses() {
		return nil
	}
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			parent := int(statField(pid, parentField))
			children[parent] = append(children[parent], pid)
		}
	}
	tasks := map[int]bool{}
	for family := []int{os.Getpid()}; len(family) > 0; family = family[1:] {
		threads, _ := filepath.Glob("/proc/" + strconv.Itoa(family[0]) + "/task/*")
		for _, t := range threads {
			tid, _ := strconv.Atoi(filepath.Base(t))
			tasks[tid] = true
		}
		family = append(family, children[family[0]]...)
	}
	return tasks
}
