package analyze_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
	"tcplab/capture/script"
)

// recorded is the evidence of one incident, in memory.
type recorded struct {
	name   string
	frames []capture.Frame
	calls  []calls.Call
	facts  []hostfacts.Facts
	about  *capture.About
}

// memory is a source of frames in memory.
type memory struct {
	frames []capture.Frame
	next   int
}

func (m *memory) Next(f *capture.Frame) error {
	if m.next == len(m.frames) {
		return io.EOF
	}
	*f = m.frames[m.next]
	m.next++
	f.Number = uint32(m.next)
	return nil
}

func (m *memory) Stats() capture.Stats {
	return capture.Stats{Packets: uint64(m.next), Links: []capture.LinkType{capture.LinkEthernet}}
}
func (m *memory) Close() error { return nil }

func (r *recorded) findings(t *testing.T) []report.Finding {
	t.Helper()
	in := analyze.Input{Source: &memory{frames: r.frames}, Calls: r.calls, Facts: r.facts, About: r.about}
	rep, err := analyze.Run(t.Context(), in, analyze.Options{})
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	found := rep.Findings
	for i := range rep.Connections {
		found = append(found, rep.Connections[i].Findings...)
	}
	return found
}

// everything is the evidence of every fixture and of every run that is kept.
func everything(t *testing.T) []recorded {
	t.Helper()
	var all []recorded
	for _, f := range fixtures(t) {
		all = append(all, recorded{name: strings.TrimSuffix(filepath.Base(f.path), ".txtar"), frames: f.script.Frames, calls: f.script.Calls, facts: f.script.Facts})
	}
	dirs, err := filepath.Glob("../pcaps/*/about.json")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no runs: %v", err)
	}
	for _, path := range dirs {
		all = append(all, keptRun(t, filepath.Dir(path)))
	}
	return all
}

func keptRun(t *testing.T, dir string) recorded {
	t.Helper()
	b, err := bundle.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := recorded{name: "pcaps/" + filepath.Base(dir), calls: b.Calls, facts: b.Facts, about: &b.About}
	src, err := b.Frames()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var f capture.Frame
	for src.Next(&f) == nil {
		f.Data = bytes.Clone(f.Data)
		r.frames = append(r.frames, f)
	}
	return r
}

// without returns r with other frames, and without calls and facts, which would speak of others.
func (r *recorded) without(frames []capture.Frame) recorded {
	return recorded{name: r.name, frames: frames}
}

// edit returns r with each frame changed, calls and facts as they were.
func (r *recorded) edit(change func(*capture.Frame)) recorded {
	out := *r
	out.frames = slices.Clone(r.frames)
	for i := range out.frames {
		out.frames[i].Data = bytes.Clone(out.frames[i].Data)
		change(&out.frames[i])
	}
	return out
}

// ip4 is where the IPv4 header of an Ethernet frame begins, and TCP's; false when it holds no TCP over IPv4.
func ip4(f *capture.Frame) (ip, tcp []byte, ok bool) {
	d := f.Data
	if f.Link != capture.LinkEthernet || len(d) < 54 || binary.BigEndian.Uint16(d[12:]) != 0x0800 || d[23] != 6 {
		return nil, nil, false
	}
	head := int(d[14]&15) * 4
	if total := int(binary.BigEndian.Uint16(d[16:])); total >= head+20 && 14+total <= len(d) {
		return d[14 : 14+head], d[14+head : 14+total], true
	}
	return nil, nil, false
}

// sum is the sum of 16-bit words that checksums are made of (RFC 1071).
func sum(b []byte) (n uint32) {
	for i := 0; i+1 < len(b); i += 2 {
		n += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if len(b)%2 == 1 {
		n += uint32(b[len(b)-1]) << 8
	}
	return n
}

// carrying corrects a checksum for a change of what it covers, whatever it was (RFC 1624).
func carrying(check []byte, before, after uint32) {
	n := uint32(^binary.BigEndian.Uint16(check)) + after + 0xffff*4 - before%0xffff
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	binary.BigEndian.PutUint16(check, ^uint16(n))
}

// covered is the sum of all that TCP's checksum covers, without the checksum itself, and of the pseudo-header alone.
func covered(ip, tcp []byte) (all, pseudo uint32) {
	pseudo = sum(ip[12:20]) + 6 + uint32(len(tcp))
	return pseudo + sum(tcp[:16]) + sum(tcp[18:]), pseudo
}

// rewrite changes a packet, and its checksums with it: right stays right, damaged stays damaged, and what an adapter would
// have completed is complete.
func rewrite(ip, tcp []byte, change func()) {
	head := sum(ip)
	before, pseudo := covered(ip, tcp)
	had := binary.BigEndian.Uint16(tcp[16:])
	offloaded := []byte{0xff, 0xff}
	carrying(offloaded, 0, pseudo)
	if ^binary.BigEndian.Uint16(offloaded) == had { // RFC 9293, 3.1: left to the adapter
		binary.BigEndian.PutUint16(tcp[16:], 0xffff)
		before = 0
	}
	change()
	after, _ := covered(ip, tcp)
	carrying(tcp[16:18], before, after)
	carrying(ip[10:12], head, sum(ip))
}

// variant makes other evidence of the same incident.
type variant struct {
	name string
	of   func(r *recorded) recorded
	// faulty says that the capture has faults of its own, which may be named; brings is a cause that the change itself makes.
	faulty bool
	brings string
}

var variants = []variant{
	{name: "without facts", of: func(r *recorded) recorded { out := *r; out.facts = nil; return out }},
	{name: "without calls", of: func(r *recorded) recorded { out := *r; out.calls, out.about = nil, nil; return out }},
	{name: "segments alone", of: func(r *recorded) recorded { return r.without(r.frames) }},
	{name: "client's direction", of: func(r *recorded) recorded { return r.without(direction(r.frames, true)) }, faulty: true},
	{name: "server's direction", of: func(r *recorded) recorded { return r.without(direction(r.frames, false)) }, faulty: true},
	{name: "one hop on", of: func(r *recorded) recorded { return r.edit(oneHop) }},
	{name: "96 bytes of each", of: func(r *recorded) recorded {
		return r.edit(func(f *capture.Frame) { f.Data = f.Data[:min(96, len(f.Data))] })
	}, faulty: true},
	{name: "64 bytes of each", of: func(r *recorded) recorded {
		return r.edit(func(f *capture.Frame) { f.Data = f.Data[:min(64, len(f.Data))] })
	}, faulty: true},
	{name: "jittered", of: jittered},
	{name: "microseconds", of: func(r *recorded) recorded { return r.edit(func(f *capture.Frame) { f.Time -= f.Time % 1000 }) }},
	{name: "begins late", of: func(r *recorded) recorded { return r.without(r.frames[min(3, len(r.frames)):]) }, faulty: true},
	{name: "ends early", of: func(r *recorded) recorded { return r.without(r.frames[:len(r.frames)*2/3]) }, faulty: true},
	{name: "half of it", of: func(r *recorded) recorded { return r.without(r.frames[:len(r.frames)/2]) }, faulty: true},
	{name: "other addresses and ports", of: func(r *recorded) recorded { out := r.edit(renamed); return out.without(out.frames) }, faulty: true},
	{name: "no link layer", of: func(r *recorded) recorded { out := r.edit(rawIP); return out.without(out.frames) }, faulty: true},
	{name: "cooked link layer", of: func(r *recorded) recorded { out := r.edit(cooked); return out.without(out.frames) }},
	{name: "without options", of: func(r *recorded) recorded { out := r.edit(bare); return out.without(out.frames) }, faulty: true, brings: "loss-sack-off"},
	{name: "among others", of: amongOthers},
	{name: "on both sides of a NAT", of: natted, faulty: true},
}

// direction keeps what the opener, or the other end, of each pair of ports sent.
func direction(frames []capture.Frame, opener bool) []capture.Frame {
	first := map[string]string{}
	return slices.DeleteFunc(slices.Clone(frames), func(f capture.Frame) bool {
		ip, tcp, ok := ip4(&f)
		if !ok {
			return false
		}
		from, to := fmt.Sprint(ip[12:16], tcp[:2]), fmt.Sprint(ip[16:20], tcp[2:4])
		key := min(from, to) + max(from, to)
		if first[key] == "" {
			first[key] = from
		}
		return (first[key] == from) != opener
	})
}

// oneHop is what the same packet looks like behind one more router.
func oneHop(f *capture.Frame) {
	if ip, _, ok := ip4(f); ok && ip[8] > 1 {
		before := sum(ip)
		ip[8]--
		carrying(ip[10:12], before, sum(ip))
	}
}

func jittered(r *recorded) recorded {
	random := rand.New(rand.NewPCG(1, 2))
	var was, last capture.Stamp
	return r.edit(func(f *capture.Frame) {
		stamp := f.Time + capture.Stamp(random.IntN(50_000))
		if f.Time >= was { // what came in order still does
			stamp = max(last, stamp)
		}
		was, last, f.Time = f.Time, stamp, stamp
	})
}

// renamed gives every packet other addresses and ports, the same for the same.
func renamed(f *capture.Frame) {
	ip, tcp, ok := ip4(f)
	if !ok {
		return
	}
	rewrite(ip, tcp, func() {
		for _, at := range [...]int{12, 16} {
			if ip[at] == 10 {
				ip[at], ip[at+1] = 172, 16+ip[at+1]%16
			}
		}
		for _, at := range [...]int{0, 2} {
			if port := binary.BigEndian.Uint16(tcp[at:]); port >= 32768 {
				binary.BigEndian.PutUint16(tcp[at:], 32768+(port-32768+7919)%28000)
			}
		}
	})
}

func rawIP(f *capture.Frame) {
	if f.Link == capture.LinkEthernet && len(f.Data) > 14 && f.Data[12] != 0x08 || f.Data[13] != 0x06 {
		f.Link, f.Data, f.WireLen = capture.LinkRaw, f.Data[14:], f.WireLen-14
	}
}

// cooked puts the header of Linux's pseudo-interface "any" before the packet.
func cooked(f *capture.Frame) {
	if f.Link != capture.LinkEthernet || len(f.Data) < 14 {
		return
	}
	head := make([]byte, 16, 16+len(f.Data))
	head[3], head[5] = 1, 6
	copy(head[6:12], f.Data[6:12])
	copy(head[14:16], f.Data[12:14])
	f.Link, f.Data, f.WireLen = capture.LinkLinuxSLL, append(head, f.Data[14:]...), f.WireLen+2
}

// bare takes timestamps and SACK out of the options, as some boxes do.
func bare(f *capture.Frame) {
	ip, tcp, ok := ip4(f)
	if ok {
		rewrite(ip, tcp, func() { strip(tcp[20 : tcp[12]>>4*4]) })
	}
}

func strip(options []byte) {
	for i := 0; i < len(options); {
		switch kind := options[i]; {
		case kind <= 1 || i+1 == len(options) || options[i+1] < 2 || i+int(options[i+1]) > len(options):
			i++
		case kind == 4 || kind == 5 || kind == 8:
			for n := int(options[i+1]); n > 0; n-- {
				options[i] = 1
				i++
			}
		default:
			i += int(options[i+1])
		}
	}
}

// exchange is a healthy connection.
const exchange = `0 C > S S 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
0.001 S > C S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 9 ecr 1,nop,wscale 7>
0.0011 C > S . 1:1(0) ack 1 win 502 <nop,nop,TS val 2 ecr 9>
0.0015 C > S P. 1:6(5) ack 1 win 502 <nop,nop,TS val 2 ecr 9>
0.0025 S > C P. 1:27(26) ack 6 win 509 <nop,nop,TS val 10 ecr 2>
0.0026 C > S . 6:6(0) ack 27 win 502 <nop,nop,TS val 3 ecr 10>
0.0030 C > S F. 6:6(0) ack 27 win 502 <nop,nop,TS val 3 ecr 10>
0.0040 S > C F. 27:27(0) ack 7 win 509 <nop,nop,TS val 11 ecr 3>
0.0041 C > S . 7:7(0) ack 28 win 502 <nop,nop,TS val 4 ecr 11>
`

// amongOthers mixes the incident into two hundred connections of others, whole and healthy.
func amongOthers(r *recorded) recorded {
	if len(r.frames) == 0 {
		return *r
	}
	text := func(i int) string {
		return fmt.Sprintf("C 10.%d.7.9:%d\nS 10.200.%d.3:443\n", 100+i%50, 20000+i, i%40)
	}
	begin, end := r.frames[0].Time, r.frames[len(r.frames)-1].Time
	out := *r
	out.frames = slices.Clone(r.frames)
	for i := range 200 {
		quiet, err := script.Parse("other", text(i)+exchange)
		if err != nil {
			panic(err)
		}
		for _, f := range quiet.Frames {
			f.Time += begin - script.Epoch + capture.Stamp(int64(end-begin)/200*int64(i))
			out.frames = append(out.frames, f)
		}
	}
	slices.SortStableFunc(out.frames, func(a, b capture.Frame) int { return int(min(1, max(-1, int64(a.Time-b.Time)))) })
	return out
}

// natted shows each packet again, fifty microseconds later, as it looks behind the client's NAT.
func natted(r *recorded) recorded {
	out := r.without(nil)
	client := map[string]bool{}
	for _, f := range r.frames {
		out.frames = append(out.frames, f)
		g := f
		g.Data = bytes.Clone(f.Data)
		ip, tcp, ok := ip4(&g)
		if !ok {
			continue
		}
		if len(client) == 0 {
			client[string(ip[12:16])] = true
		}
		at, port := 12, 0
		switch {
		case client[string(ip[12:16])]:
		case client[string(ip[16:20])]:
			at, port = 16, 2
		default:
			continue
		}
		rewrite(ip, tcp, func() {
			copy(ip[at:at+4], []byte{203, 0, 113, 9})
			binary.BigEndian.PutUint16(tcp[port:], 1024+binary.BigEndian.Uint16(tcp[port:])/2)
			ip[8]--
		})
		g.Time += capture.Stamp(50 * time.Microsecond)
		out.frames = append(out.frames, g)
	}
	slices.SortStableFunc(out.frames, func(a, b capture.Frame) int { return int(min(1, max(-1, int64(a.Time-b.Time)))) })
	return out
}

// Less evidence never makes a verdict louder, and other evidence of the same incident never names another cause for sure.
func TestVariantsAreNotLouder(t *testing.T) {
	for _, r := range everything(t) {
		original := r.findings(t)
		for _, v := range variants {
			if len(r.frames) == 0 && v.name != "without facts" {
				continue
			}
			other := v.of(&r)
			for _, f := range other.findings(t) {
				if why := louder(&f, original, v.faulty); why != "" && f.Cause != v.brings {
					t.Errorf("%s, %s: %s %s is %s; the original has %s", r.name, v.name, f.Level, f.Cause, why, brief(original))
				}
			}
		}
	}
}

func brief(found []report.Finding) string {
	var list []string
	for _, f := range found {
		list = append(list, f.Level+" "+f.Cause)
	}
	return strings.Join(list, ", ")
}

// within are, by cause, those that what is left of its evidence may show instead: they are true of it too.
var within = map[string][]string{
	"accept-then-close": {"close-while-peer-sends", "write-after-peer-close"}, "keepalive-race": {"close-while-peer-sends"},
	"wrong-port":       {"closed-port"},                  // with the tables alone: nothing listens on the port asked for
	"injected-fin":     {"close-while-peer-sends"},       // without the handshake nobody knows how long a round trip takes
	"host-down-remote": {"reject-icmp-host-unreachable"}, // without the first SYNs nobody knows how long the router searched
	"deadlock-send":    {"zero-window"}, "pmtu-blackhole": {"retries2-timeout"},
	"accept-delay":        {"server-think-time"},                                    // without the calls: the server's program took its time
	"tfo-blackhole":       {"syn-lost-once"},                                        // what was on the first SYN is cut off
	"synack-lost-once":    {"syn-lost-once"},                                        // the timestamps are cut off
	"paws-old-timestamp":  {"loss-tail-tlp"},                                        // the timestamps are cut off
	"spurious-retransmit": {"loss-tail-tlp"},                                        // the DSACK is cut off
	"dnat-dead-backend":   {"closed-port"}, "other-netns-listener": {"closed-port"}, // by the tables of one namespace
	"icmp-on-established": {"loss-rto"}, "pmtu-ok": {"retries2-timeout"}, // without the router's messages
	"injected-data":          {"spurious-retransmit"}, // without the bytes
	"syn-rst-ack-spoofed":    {"injected-rst-onpath"}, // without the SYN
	"injected-rst-in-window": {"final-ack-bad"},       // before the server has said anything
	// without the payload only the mechanism is left
	"wrong-protocol-plain-to-tls": {"close-unread-data", "tls-alert-then-close"}, "wrong-protocol-tls-to-plain": {"close-unread-data"},
}

// louder says what is wrong with a finding of a variant, "" when nothing is.
func louder(f *report.Finding, original []report.Finding, faulty bool) string {
	level, best := levelOf(f.Level), diagnose.No
	rule := diagnose.Find(analyze.Rules(), f.Cause)
	if rule == nil && faulty || rule != nil && rule.Symptom == diagnose.Artefact && (faulty || f.Cause == "capture-ends-early") {
		return "" // that is what it is
	}
	for i := range original {
		o := &original[i]
		if rule != nil && rule.Covers(o.Cause) { // which variant of it may be lost
			if level > levelOf(o.Level) && level >= diagnose.Strong {
				return "louder than " + o.Level
			}
			return ""
		}
		if slices.Contains(within[o.Cause], f.Cause) {
			return ""
		}
		best = max(best, levelOf(o.Level))
	}
	switch {
	case level == diagnose.Certain:
		return "another cause for sure"
	case level > best && level >= diagnose.Strong:
		return "another cause, louder than any"
	case level == diagnose.Strong:
		return "another cause, strong"
	}
	return ""
}

func levelOf(name string) diagnose.Level {
	for l := diagnose.No; l <= diagnose.Certain; l++ {
		if l.String() == name {
			return l
		}
	}
	return diagnose.No
}
