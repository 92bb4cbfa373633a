package cable

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// segment describes a TCP segment of the test's one connection, client 10.0.0.1:40000 to server 10.0.0.2:80 or back.
type segment struct {
	dir   Dir
	flags string
	seq   uint32
	ack   uint32
	data  string
	v6    bool
}

// frame builds the segment with gopacket, which also computes its checksums.
func (s segment) frame(t testing.TB) []byte {
	t.Helper()
	src, dst, sport, dport := "10.0.0.1", "10.0.0.2", layers.TCPPort(40000), layers.TCPPort(80)
	if s.v6 {
		src, dst = "fd00::1", "fd00::2"
	}
	if s.dir == S2C {
		src, dst, sport, dport = dst, src, dport, sport
	}
	eth := layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
	tcp := layers.TCP{SrcPort: sport, DstPort: dport, Seq: s.seq, Ack: s.ack, Window: 500,
		SYN: strings.Contains(s.flags, "S"), ACK: strings.Contains(s.flags, "."), FIN: strings.Contains(s.flags, "F")}
	if tcp.SYN {
		tcp.Options = []layers.TCPOption{{OptionType: 2, OptionLength: 4, OptionData: []byte{5, 180}},
			{OptionType: 4, OptionLength: 2}, {OptionType: 3, OptionLength: 3, OptionData: []byte{7}}}
	}
	var ip interface {
		gopacket.SerializableLayer
		gopacket.NetworkLayer
	} = &layers.IPv4{Version: 4, TTL: 64, Id: 99, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP, SrcIP: net.ParseIP(src), DstIP: net.ParseIP(dst)}
	if s.v6 {
		eth.EthernetType = layers.EthernetTypeIPv6
		ip = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: net.ParseIP(src), DstIP: net.ParseIP(dst)}
	}
	tcp.SetNetworkLayerForChecksum(ip)
	buf := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&eth, ip, &tcp, gopacket.Payload(s.data))
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// exchange is a handshake and four data segments, the third of them sent twice, one millisecond apart.
func exchange(v6 bool) []segment {
	return []segment{{C2S, "S", 99, 0, "", v6}, {S2C, "S.", 299, 100, "", v6}, {C2S, ".", 100, 300, "", v6},
		{C2S, ".", 100, 300, "one", v6}, {C2S, ".", 103, 300, "two", v6}, {C2S, ".", 106, 300, "three", v6},
		{C2S, ".", 106, 300, "three", v6}, {C2S, ".", 111, 300, "four", v6}, {S2C, ".", 300, 115, "", v6},
		{C2S, "F.", 115, 300, "", v6}}
}

// carry runs the segments through a cable and returns a line for each frame that leaves, in order: "1ms c2s . 100 3".
func carry(t testing.TB, script string, segments []segment) (lines []string, fates []Fate) {
	t.Helper()
	s, err := Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	e := newEngine(s)
	begin := time.Unix(1, 0)
	leave := func(until time.Time) {
		for {
			due, ok := e.queue.next()
			if !ok || due.After(until) {
				return
			}
			d := e.queue.take(due)
			e.sent(d, due)
			lines = append(lines, fmt.Sprintf("%v %s", due.Sub(begin), show(t, d)))
		}
	}
	for i, s := range segments {
		now := begin.Add(time.Duration(i) * time.Millisecond)
		leave(now.Add(-1))
		e.arrive(s.dir, s.frame(t), now)
	}
	leave(begin.Add(time.Hour))
	return lines, e.fates
}

// show decodes a departing frame with gopacket, which also judges its checksums.
func show(t testing.TB, d *departure) string {
	p := gopacket.NewPacket(d.frame, layers.LayerTypeEthernet, gopacket.Default)
	if p.ErrorLayer() != nil {
		t.Errorf("frame does not decode: %v", p.ErrorLayer().Error())
	}
	view, ok := parse(d.frame)
	if !ok {
		return d.dir.String() + " other"
	}
	bad := ""
	for _, mark := range badChecksums(view) {
		bad += " bad-" + mark
	}
	if icmp, ok := p.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok {
		return fmt.Sprintf("%s icmp %s%s", d.dir, icmp.TypeCode, bad)
	}
	if icmp, ok := p.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6); ok {
		return fmt.Sprintf("%s icmp %s%s", d.dir, icmp.TypeCode, bad)
	}
	return fmt.Sprintf("%s %s %d %d %d%s", d.dir, flagLetters(view.flags()), view.seq(), view.ack(), len(view.data()), bad)
}

// badChecksums verifies as a receiver does: the sum over everything, the checksum included, is all ones.
func badChecksums(p packet) (bad []string) {
	if !p.v6 && sum(0, p.frame[etherLen:p.l4]) != 0xffff {
		bad = append(bad, "ip")
	}
	if sum(p.pseudoHeader(), p.l4b()) != 0xffff {
		bad = append(bad, "sum")
	}
	return bad
}

var plainExchange = []string{"0s c2s S 99 0 0", "1ms s2c S. 299 100 0", "2ms c2s . 100 300 0", "3ms c2s . 100 300 3",
	"4ms c2s . 103 300 3", "5ms c2s . 106 300 5", "6ms c2s . 106 300 5", "7ms c2s . 111 300 4", "8ms s2c . 300 115 0",
	"9ms c2s F. 115 300 0"}

// TestActions gives for each script what differs from the plain exchange: "-" for frames that do not leave, "+" for
// others.
func TestActions(t *testing.T) {
	for script, want := range map[string]string{
		"":                            "",
		"drop c2s data 3 once":        "-5ms c2s . 106 300 5",
		"hold c2s data 1 for s2c ack": "-3ms c2s . 100 300 3 +8ms c2s . 100 300 3",
		"hold c2s data 1 for s2c fin": "-3ms c2s . 100 300 3 +5.003s c2s . 100 300 3",
		"drop c2s data 3 once\nhold c2s data 2 for c2s data 3": "-4ms c2s . 103 300 3 -5ms c2s . 106 300 5 +6ms c2s . 103 300 3",
		"hold c2s data 1 for s2c synack":                       "",
		"drop c2s data 3":                                      "-5ms c2s . 106 300 5 -6ms c2s . 106 300 5",
		"drop c2s data 4":                                      "-7ms c2s . 111 300 4",
		"drop c2s packet 2":                                    "-2ms c2s . 100 300 0",
		"drop both packet 2":                                   "-1ms s2c S. 299 100 0",
		"drop syn":                                             "-0s c2s S 99 0 0",
		"drop synack":                                          "-1ms s2c S. 299 100 0",
		"drop s2c ack":                                         "-8ms s2c . 300 115 0",
		"drop fin":                                             "-9ms c2s F. 115 300 0",
		"drop port 81":                                         "",
		"drop port 80 data 1":                                  "-3ms c2s . 100 300 3",
		"drop larger 40 data 3":                                "-5ms c2s . 106 300 5 -6ms c2s . 106 300 5",
		"drop after 8ms":                                       "-8ms s2c . 300 115 0 -9ms c2s F. 115 300 0",
		"drop c2s until 1ms":                                   "-0s c2s S 99 0 0",
		"pass fin\ndrop after 8ms":                             "-8ms s2c . 300 115 0",
		"delay s2c 20ms":                                       "-1ms s2c S. 299 100 0 -8ms s2c . 300 115 0 +21ms s2c S. 299 100 0 +28ms s2c . 300 115 0",
		"delay 5ms fin\ndelay 5ms fin":                         "-9ms c2s F. 115 300 0 +19ms c2s F. 115 300 0",
		"duplicate s2c synack":                                 "+1ms s2c S. 299 100 0",
		"duplicate 3ms synack":                                 "+4ms s2c S. 299 100 0",
		"swap c2s data 1":                                      "-3ms c2s . 100 300 3 +4ms c2s . 100 300 3",
		"swap fin":                                             "-9ms c2s F. 115 300 0 +209ms c2s F. 115 300 0",
		"corrupt fin":                                          "-9ms c2s F. 115 300 0 +9ms c2s F. 115 300 0 bad-sum",
		"corrupt data 2":                                       "-4ms c2s . 103 300 3 +4ms c2s . 103 300 3 bad-sum",
		"set ack +5 synack":                                    "-1ms s2c S. 299 100 0 +1ms s2c S. 299 105 0",
		"set seq -1 fin":                                       "-9ms c2s F. 115 300 0 +9ms c2s F. 114 300 0",
		"drop larger 1000":                                     "",
		"cut both packet 9":                                    "-8ms s2c . 300 115 0 -9ms c2s F. 115 300 0",
		"cut s2c after 2ms":                                    "-8ms s2c . 300 115 0",
		"reset both ways c2s data 2":                           "+4ms c2s R. 106 300 0 +4ms s2c R. 300 106 0",
		"reset to sender syn":                                  "+0s s2c R. 0 100 0",
		"reset to receiver plain seq +10 s2c ack":              "+8ms s2c R 310 0 0",
		"reset to sender ack 0 data 1":                         "+3ms s2c R. 300 0 0",
		"inject fin,ack to receiver text=bye c2s data 1":       "+3ms c2s F. 103 300 3",
		"inject ack ack +99 c2s data 1":                        "+3ms s2c . 300 202 0",
		"inject syn seq -5 c2s data 1":                         "+3ms s2c S 295 0 0",
		"drop option sack":                                     "-0s c2s S 99 0 0 -1ms s2c S. 299 100 0",
		"drop option timestamps":                               "",
		"drop flags fin,ack":                                   "-9ms c2s F. 115 300 0",
		"drop idle 1s":                                         "",
		"drop c2s data 3-4 idle 1ms":                           "-5ms c2s . 106 300 5 -6ms c2s . 106 300 5 -7ms c2s . 111 300 4",
		"rate 1mbit 100ms syn":                                 "-0s c2s S 99 0 0 +528µs c2s S 99 0 0",
	} {
		for _, v6 := range []bool{false, true} {
			if v6 && strings.HasPrefix(script, "rate") {
				continue // its headers take longer
			}
			got, fates := carry(t, script, exchange(v6))
			if diff := difference(plainExchange, got); diff != want {
				t.Errorf("%q, IPv6 %v: %s\nwant %s", script, v6, diff, want)
			}
			for i, f := range fates {
				if f.Number != i+1 || f.Fate == Waiting {
					t.Errorf("%q: fate %+v", script, f)
				}
			}
		}
	}
}

// difference lists what is in one list only, each as often as it is there more.
func difference(want, got []string) string {
	counts := map[string]int{}
	for _, w := range want {
		counts[w]--
	}
	for _, g := range got {
		counts[g]++
	}
	var diff []string
	for _, line := range append(append([]string{}, want...), got...) {
		for ; counts[line] != 0; counts[line] -= sign(counts[line]) {
			diff = append(diff, map[int]string{-1: "-", 1: "+"}[sign(counts[line])]+line)
		}
	}
	return strings.Join(diff, " ")
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// TestICMP: each error has the type and code of its family, right checksums, and quotes the packet.
func TestICMP(t *testing.T) {
	for name, code := range icmpErrors {
		for _, v6 := range []bool{false, true} {
			field := name
			if name == "too-big" {
				field += " 1280"
			}
			got, fates := carry(t, "icmp "+field+" c2s syn", exchange(v6)[:1])
			if len(got) != 1 || !strings.HasPrefix(got[0], "2ms s2c icmp ") || strings.Contains(got[0], "bad") {
				t.Fatalf("%s: %q", name, got)
			}
			want := layers.CreateICMPv4TypeCode(code.type4, code.code4).String()
			if v6 {
				want = layers.CreateICMPv6TypeCode(code.type6, code.code6).String()
			}
			if !strings.HasSuffix(got[0], want) || fates[0].Fate != Answered || fates[1].Fate != Forged || fates[1].Of != 1 {
				t.Errorf("%s: %q, want %s; %+v", name, got, want, fates)
			}
		}
	}
}

// TestSwapOvertakes: the held segment leaves right behind the next of its direction.
func TestSwapOvertakes(t *testing.T) {
	got, _ := carry(t, "swap c2s data 1", exchange(false))
	if got[3] != "4ms c2s . 103 300 3" || got[4] != "4ms c2s . 100 300 3" {
		t.Errorf("%q", got)
	}
}

// TestRate: packets queue up behind each other, and what would wait too long is dropped. A policer drops the same and delays none.
func TestRate(t *testing.T) {
	throttled(t, "rate 1mbit 1ms c2s", 528*time.Microsecond, 1056*time.Microsecond)
	throttled(t, "police 1mbit 1ms c2s", 0, 0)
}

func throttled(t *testing.T, script string, want ...time.Duration) {
	t.Helper()
	s, err := Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	e, now := newEngine(s), time.Unix(1, 0)
	for range 5 { // 66 octets take 528 µs: the third would wait for more than a millisecond
		e.arrive(C2S, exchange(false)[0].frame(t), now)
	}
	var left []time.Duration
	for d := e.queue.take(now.Add(time.Second)); d != nil; d = e.queue.take(now.Add(time.Second)) {
		left = append(left, d.due.Sub(now))
	}
	if !slices.Equal(left, want) || e.fates[2].Fate != Dropped {
		t.Errorf("%s: left after %v, want %v; %+v", script, left, want, e.fates[2])
	}
}

// TestChance: one seed always loses the same packets, another one others.
func TestChance(t *testing.T) {
	lose := func(seed string) string {
		got, _ := carry(t, seed+"drop chance 40%", exchange(false))
		return difference(plainExchange, got)
	}
	if first := lose("seed 7\n"); first != lose("seed 7\n") || first == "" || first == lose("seed 8\n") {
		t.Errorf("seed 7: %q, again %q, seed 8: %q", first, lose("seed 7\n"), lose("seed 8\n"))
	}
}

// TestOptions: what strip and set do inside the options, seen by gopacket.
func TestOptions(t *testing.T) {
	for script, want := range map[string]string{
		"strip sack":                 "[MSS WindowScale]",
		"strip mss":                  "[SACKPermitted WindowScale]",
		"strip wscale\nstrip sack":   "[MSS]",
		"strip timestamps":           "[MSS SACKPermitted WindowScale]",
		"set mss 100\nset wscale 14": "[MSS SACKPermitted WindowScale] 100 14",
	} {
		s, err := Parse(script)
		if err != nil {
			t.Fatal(err)
		}
		e := newEngine(s)
		now := time.Unix(1, 0)
		e.arrive(C2S, exchange(false)[0].frame(t), now)
		d := e.queue.take(now)
		tcp := gopacket.NewPacket(d.frame, layers.LayerTypeEthernet, gopacket.Default).Layer(layers.LayerTypeTCP).(*layers.TCP)
		var kinds []string
		values := ""
		for _, o := range tcp.Options {
			if o.OptionType > 1 {
				kinds = append(kinds, o.OptionType.String())
			}
			switch {
			case !strings.Contains(script, "set"):
			case o.OptionType == 2:
				values += fmt.Sprint(" ", int(o.OptionData[0])<<8|int(o.OptionData[1]))
			case o.OptionType == 3:
				values += fmt.Sprint(" ", o.OptionData[0])
			}
		}
		view, _ := parse(d.frame)
		if got := fmt.Sprint(kinds) + values; got != want || badChecksums(view) != nil {
			t.Errorf("%q: %s, want %s; checksums %v", script, got, want, badChecksums(view))
		}
	}
}

// TestHeaderFields: TTL and ID are written in place, and the checksums are right again.
func TestHeaderFields(t *testing.T) {
	s, err := Parse("set ttl 9\nset id +1\nset window 0 c2s\nset sport 7\nset tsval 9\nset src 10.0.0.9")
	if err != nil {
		t.Fatal(err)
	}
	for _, v6 := range []bool{false, true} {
		e, now := newEngine(s), time.Unix(1, 0)
		e.arrive(C2S, exchange(v6)[3].frame(t), now)
		view, _ := parse(e.queue.take(now).frame)
		ttl, id := view.ip()[8], view.ip()[5]
		if v6 {
			ttl, id = view.ip()[7], 100
		}
		if src, _ := view.hosts(); src.Port() != 7 || !v6 && src.Addr().String() != "10.0.0.9" {
			t.Errorf("source %s", src)
		}
		if ttl != 9 || id != 100 || view.l4b()[14] != 0 || view.l4b()[15] != 0 || badChecksums(view) != nil {
			t.Errorf("IPv6 %v: TTL %d, ID %d, %v", v6, ttl, id, badChecksums(view))
		}
		if e.fates[0].Fate != Changed {
			t.Errorf("fate %+v", e.fates[0])
		}
	}
}

// FuzzArrive feeds the engine with frames that no host would send: it must neither panic nor lose count.
func FuzzArrive(f *testing.F) {
	for _, s := range append(exchange(false), exchange(true)...) {
		f.Add(s.frame(f))
	}
	script, err := Parse("set mss 5\nset wscale 1\nset seq 4\nset ttl 4\nset id 7\nstrip sack\nstrip timestamps\ncorrupt\nswap\n" +
		"duplicate\nreset both ways\ndrop data 3\ninject syn,ack both ways text=x\nrate 1kbit 1s idle 1ms flags syn option sack\nicmp too-big 9 port 80\ndrop arp")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		e := newEngine(script)
		now := time.Unix(1, 0)
		for _, dir := range []Dir{C2S, S2C, C2S} {
			e.arrive(dir, append([]byte(nil), frame...), now)
		}
		left := 0
		for e.queue.take(now.Add(time.Hour)) != nil {
			left++
		}
		if gone := len(e.fates) - left; gone < 0 || len(e.fates) < 3 {
			t.Fatalf("%d fates, %d left", len(e.fates), left)
		}
	})
}
