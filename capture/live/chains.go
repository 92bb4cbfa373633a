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
	of    Ends // the socket whose timer began it, where that is told
}

// Journey is the way of one packet, over routers too. What is sent because of it is another one.
type Journey struct {
	Ends           // zero until Claim names the packet
	cause *Journey // of the packet that was handled when this one was sent, nil when a call or a timer sent it
}

// Ends are those of a packet.
type Ends struct{ Src, Dst netip.AddrPort }

// chains follows causes through a trace, line by line.
type chains struct {
	tasks      map[int]bool           // of this process and its children; nil: their numbers in the trace are not known
	self       int                    // this process, once it has written its marker
	lost       bool                   // events are missing
	alone      bool                   // nobody else sends in the networks of the run
	processing map[string]*Chain      // by processor: what it is handling
	handled    map[string]*Journey    // by processor: the packet that it is handling
	timed      map[string]*Chain      // by processor: what a timer last sent
	sent       map[string]carried     // by skbaddr: queued for a processor
	received   map[string]KernelEvent // by skbaddr: the last packet received at that address
	carried    []carried              // in order of time
	arrived    []carried              // likewise, when they were taken in
}

// carried is a packet on its way to a processor.
type carried struct {
	at      capture.Stamp
	len     int
	chain   *Chain
	journey *Journey
}

func newChains(tasks map[int]bool, alone bool) *chains {
	return &chains{tasks: maps.Clone(tasks), alone: alone, processing: map[string]*Chain{}, handled: map[string]*Journey{}, timed: map[string]*Chain{},
		sent: map[string]carried{}, received: map[string]KernelEvent{}}
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
		delete(c.handled, l.cpu)
	case "netif_rx":
		chain := c.begun(l)
		if chain == nil { // a timer sends
			chain = &Chain{}
			c.timed[l.cpu] = chain
		}
		c.sent[words["skbaddr"]] = c.carry(l, e, chain, words)
	case "tcp_retransmit_skb", "tcp_retransmit_synack": // told after it was sent
		if chain := c.timed[l.cpu]; chain != nil && l.softirq {
			chain.of.Src, chain.of.Dst = socketEnds(words)
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
	packet, queued := c.sent[skb]
	delete(c.sent, skb)
	switch now := c.processing[l.cpu]; {
	case queued:
	case now != nil && c.received[skb].Chain == now:
		packet.chain, packet.journey = now, c.received[skb].journey
	case l.softirq:
		packet = c.carry(l, e, &Chain{}, words)
	default: // a process writes to a tunnel's device
		packet = c.carry(l, e, c.begun(l), words)
	}
	e.Chain, e.journey, e.Iface, e.Len = packet.chain, packet.journey, words["dev"], length(words)
	c.received[skb] = *e
	if !packet.chain.other {
		c.arrived = append(c.arrived, carried{e.Time, e.Len, packet.chain, packet.journey})
	}
	if l.softirq {
		c.processing[l.cpu], c.handled[l.cpu] = packet.chain, packet.journey
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

// hooks are where a packet filter looks at packets, by the function that asks it.
var hooks = map[string]string{
	"ip_rcv": "prerouting", "ipv6_rcv": "prerouting", "ip_sublist_rcv": "prerouting", "ip_list_rcv": "prerouting", "ipv6_list_rcv": "prerouting",
	"ip_local_deliver": "input", "ip6_input": "input", "ip_forward": "forward", "ip6_forward": "forward",
	"ip_local_out": "output", "__ip_local_out": "output", "ip6_local_out": "output", "__ip6_local_out": "output", "ip6_xmit": "output",
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

// carry notes a packet that goes on its way, or further on it.
func (c *chains) carry(l *traceLine, e *KernelEvent, chain *Chain, words map[string]string) carried {
	packet := carried{e.Time, length(words), chain, &Journey{}}
	if l.softirq {
		packet.journey.cause = c.handled[l.cpu]
	}
	if before := c.received[words["skbaddr"]].journey; before != nil && before == packet.journey.cause { // a router sends on what it handles
		packet.journey = before
	}
	if !chain.other {
		c.carried = append(c.carried, packet)
	}
	return packet
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
	near, taken := t.near(at, length), t.taken(at, length)
	defer func() { name(at, append(near, taken...), src, dst) }()
	for _, c := range append(near, taken...) {
		if c.chain.of == (Ends{src, dst}) || c.chain.of == (Ends{dst, src}) { // what was sent, or the answer to it
			c.chain.Ours = true
			return
		}
	}
	if slices.ContainsFunc(near, func(c carried) bool { return c.chain.Ours }) {
		return
	}
	open := t.blind || slices.ContainsFunc(near, func(c carried) bool { return c.chain != near[0].chain || c.chain.of != Ends{} })
	for _, c := range near {
		c.chain.Ours, c.chain.Open = !open, open
	}
}

// name gives the packet of the run that was on its way nearest to that moment its ends. Of a packet and what was sent because of it,
// in the same moment and as long, the one that came first is meant.
func name(at capture.Stamp, near []carried, src, dst netip.AddrPort) {
	var best *Journey
	nearest := time.Hour
	for _, c := range near {
		of, named := c.chain.of, c.journey.Ends
		switch away := c.at.Sub(at).Abs(); {
		case named == Ends{src, dst}: // the pseudo-interface "any" shows a packet twice
			return
		case !c.chain.Ours, named != Ends{}, of != Ends{} && of != Ends{src, dst} && of != Ends{dst, src}:
		case best != nil && c.journey.cause == best: // sent because of it
		case away < nearest || c.journey == best.cause:
			best, nearest = c.journey, away
		}
	}
	if best != nil {
		best.Ends = Ends{src, dst}
	}
}

// Packet is the one that an event is about: its ends, zero when nobody named them. answer says that these are not its own, but those
// of a packet that was handled when it was sent. ok says that it was followed at all.
func (e *KernelEvent) Packet() (of Ends, answer, ok bool) {
	j := e.journey
	switch received := j != nil && j == e.handled; {
	case e.Reason != filtered || received:
	case e.Hook == "output" || e.Hook == "" && j == nil:
		if j = e.handled; j == nil {
			return of, false, false // a call or a timer sent it, and it went nowhere
		}
		answer = true
	case e.Hook == "":
		return of, false, false // of a buffer that was received some time ago, or is used again for what is sent
	}
	for ; j != nil; j = j.cause {
		if ok = true; j.Ends != (Ends{}) {
			return j.Ends, answer, true
		}
		answer = answer || j.cause != nil
	}
	return of, answer, ok
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

// taken are the packets of that length that were taken in so shortly before at that they may be the one captured then: what is
// received gets its stamp after that.
func (t *Trace) taken(at capture.Stamp, length int) (list []carried) {
	const early, late = 2 * time.Microsecond, 100 * time.Microsecond
	end, _ := slices.BinarySearchFunc(t.arrived, at+capture.Stamp(early), func(c carried, until capture.Stamp) int { return int(c.at - until) })
	for _, c := range slices.Backward(t.arrived[:end]) {
		if at.Sub(c.at) > late {
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
