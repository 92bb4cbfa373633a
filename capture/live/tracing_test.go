package live

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/capture"
)

// Text of a trace as Linux 6.18 writes it: a SYN to a closed port, the RST for it over IPv6, and a full buffer.
const traceText = `# tracer: nop
#
# entries-in-buffer/entries-written: 6/9   #P:2
#
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
            bash-30983   [001] ..s1.  2805.274407: netif_receive_skb: dev=lo skbaddr=00000000fb9bb267 len=60
            bash-30983   [001] ..s1.  2805.274428: tcp_send_reset: skbaddr=00000000fb9bb267 skaddr=0000000000000000 src=127.0.0.1:9 dest=127.0.0.1:36070 state=UNKNOWN reason=NO_SOCKET
            bash-30983   [001] ..s1.  2805.274443: kfree_skb: skbaddr=00000000fb9bb267 rx_sk=0000000000000000 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: NO_SOCKET
 my daemon x-7     [000] .....  2805.274457: tcp_receive_reset: family=AF_INET6 sport=36070 dport=9 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=::1 daddrv6=fd00::2 sock_cookie=11db
            bash-30983   [001] ..s1.  2805.374443: kfree_skb: skbaddr=00000000fb9bb267 rx_sk=0000000000000000 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: NO_SOCKET
`

func TestParseTrace(t *testing.T) {
	const second = 1_000_000_000
	trace, err := parseTrace(traceText, capture.ClockSnapshot{Wall: 5000 * second, Monotonic: 2800 * second}, newChains(nil, true))
	events := trace.Events
	if err == nil || !strings.Contains(err.Error(), "the last 6 of 9 events") {
		t.Errorf("a buffer that overran: %v", err)
	}
	at := func(us capture.Stamp) capture.Stamp { return 5005*second + us*1000 }
	local, remote := netip.MustParseAddrPort("127.0.0.1:9"), netip.MustParseAddrPort("127.0.0.1:36070")
	want := []KernelEvent{
		{Time: at(274428), Name: "tcp_send_reset", Reason: "NO_SOCKET", State: "UNKNOWN", Iface: "lo", Len: 60, Src: local, Dst: remote},
		{Time: at(274443), Name: "kfree_skb", Reason: "NO_SOCKET", Where: "tcp_v4_rcv", Iface: "lo", Len: 60},
		{Time: at(274457), Name: "tcp_receive_reset", Src: netip.MustParseAddrPort("[fd00::2]:9"), Dst: netip.MustParseAddrPort("[::1]:36070")},
		{Time: at(374443), Name: "kfree_skb", Reason: "NO_SOCKET", Where: "tcp_v4_rcv"}, // another packet in the same memory
	}
	if len(events) != len(want) {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	for i := range want {
		events[i].Chain, events[i].journey, events[i].handled = nil, nil, nil // see TestChains and TestJourneys
		if events[i] != want[i] {
			t.Errorf("event %d: %+v\nwant %+v", i, events[i], want[i])
		}
	}
}

// The instance is there while it records and gone afterwards.
func TestTracingLeavesNothing(t *testing.T) {
	if os.Geteuid() != 0 {
		if _, err := OpenTracing(); err == nil {
			t.Error("an ordinary user may trace the kernel")
		}
		return
	}
	tr, err := OpenTracing()
	if err != nil {
		t.Skip(err)
	}
	fs, err := openTracefs()
	if err != nil {
		t.Fatal(err)
	}
	defer fs.Close()
	if _, err := os.Stat(tr.instance); err != nil {
		t.Error(err)
	}
	name := filepath.Base(tr.instance)
	if _, err := tr.Close(capture.ClockSnapshot{}, true); err != nil {
		t.Error(err)
	}
	all, err := fs.Stat()
	if left, _ := filepath.Glob("/proc/self/fd/*/instances/" + name); len(left) > 0 || err != nil {
		t.Errorf("left: %v in %v, %v", left, all, err)
	}
}

// Two networks at once, as Linux 6.18 tells of them: task 100 is ours and 900 is not. Ours forks 101, whose SYN a router sends on
// and a host throws away, all while 900 runs there; 900 sends one of the same length. Then two timers go off at the same tick, the
// other network's first; and two more, which are not told apart.
const twoNetworks = `
     ours-100   [000] ..... 1.000100: sched_process_fork: comm=ours pid=100 child_comm=a b-7 child_pid=101
   a b-7-101    [000] b.... 1.000200: netif_rx: dev=eth0 skbaddr=01 len=60
     else-900   [000] ..s1. 1.000300: netif_receive_skb: dev=eth0 skbaddr=01 len=60
     else-900   [000] b.s1. 1.000310: netif_rx: dev=eth0 skbaddr=01 len=60
     else-900   [001] b.... 1.000311: netif_rx: dev=eth0 skbaddr=02 len=60
     else-900   [001] ..s1. 1.000312: netif_receive_skb: dev=eth0 skbaddr=02 len=60
     ours-100   [001] ..s1. 1.000313: kfree_skb: skbaddr=02 rx_sk=00 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: TCP_CSUM
     ours-100   [001] ..s1. 1.000314: napi_poll: napi poll on napi struct 00 for device (no_device) work 1 budget 64
     else-900   [000] ..s1. 1.000320: netif_receive_skb: dev=eth0 skbaddr=01 len=60
     else-900   [000] ..s1. 1.000321: kfree_skb: skbaddr=01 rx_sk=00 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: TCP_MINTTL
     else-900   [000] ..s1. 1.000322: napi_poll: napi poll on napi struct 00 for device (no_device) work 2 budget 64
     else-900   [000] ..s1. 1.000323: kfree_skb: skbaddr=09 rx_sk=00 protocol=2048 location=nft_do_chain+0x91/0x13f0 reason: NETFILTER_DROP
     ours-100   [000] b.s1. 2.004001: netif_rx: dev=eth0 skbaddr=03 len=60
     ours-100   [000] ..s1. 2.004002: tcp_retransmit_skb: skbaddr=08 skaddr=00 family=AF_INET sport=2000 dport=8080 saddr=10.0.0.1 daddr=10.0.0.2 saddrv6=:: daddrv6=:: state=TCP_SYN_SENT err=0
     ours-100   [000] ..s1. 2.004003: netif_receive_skb: dev=eth0 skbaddr=03 len=60
     ours-100   [000] ..s1. 2.004004: kfree_skb: skbaddr=03 rx_sk=00 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: IP_RPFILTER
     else-900   [001] b.s1. 2.004005: netif_rx: dev=eth0 skbaddr=04 len=60
     else-900   [001] ..s1. 2.004006: tcp_retransmit_skb: skbaddr=07 skaddr=00 family=AF_INET sport=1000 dport=8080 saddr=10.0.0.1 daddr=10.0.0.2 saddrv6=:: daddrv6=:: state=TCP_SYN_SENT err=0
     else-900   [001] ..s1. 2.004007: netif_receive_skb: dev=eth0 skbaddr=04 len=60
     else-900   [001] ..s1. 2.004008: kfree_skb: skbaddr=04 rx_sk=00 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: TCP_MINTTL
     ours-100   [000] ..s1. 2.004009: napi_poll: napi poll on napi struct 00 for device (no_device) work 1 budget 64
     else-900   [001] ..s1. 2.004009: napi_poll: napi poll on napi struct 00 for device (no_device) work 1 budget 64
     else-900   [000] b.s1. 3.004001: netif_rx: dev=eth0 skbaddr=05 len=52
     ours-100   [001] b.s1. 3.004001: netif_rx: dev=eth0 skbaddr=06 len=52
     else-900   [000] ..s1. 3.004002: netif_receive_skb: dev=eth0 skbaddr=05 len=52
     else-900   [000] ..s1. 3.004003: kfree_skb: skbaddr=05 rx_sk=00 protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: TCP_OLD_DATA
`

// What a cause sets off belongs together, whatever process the kernel interrupts for it; and a cause is that of the process
// that called, of the socket whose timer went off, or of the packet that was seen first.
func TestChains(t *testing.T) {
	const ms = 1_000_000
	client, server := netip.MustParseAddrPort("10.0.0.1:1000"), netip.MustParseAddrPort("10.0.0.2:8080")
	const marked = "     ours-105   (    100) [000] ...1. 0.900000: tracing_mark_write: tcplab\n"
	told := strings.Replace(twoNetworks, "ours-100   [000]", "ours-100   (    100) [000]", 1)
	for _, x := range []struct {
		name  string
		tasks map[int]bool
		alone bool
		claim bool
		want  string
	}{
		{"alone", map[int]bool{100: true}, true, true, "TCP_MINTTL ours, NETFILTER_DROP open, IP_RPFILTER, TCP_MINTTL ours, TCP_OLD_DATA open"},
		{"among others", map[int]bool{100: true}, false, true, "TCP_CSUM, TCP_MINTTL ours, NETFILTER_DROP open, IP_RPFILTER, TCP_MINTTL ours, TCP_OLD_DATA open"},
		{"nothing seen", map[int]bool{100: true}, true, false, "TCP_MINTTL ours, NETFILTER_DROP open, IP_RPFILTER, TCP_MINTTL, TCP_OLD_DATA"},
		{"numbers of another PID namespace, marked", nil, true, true, "TCP_MINTTL ours, NETFILTER_DROP open, IP_RPFILTER, TCP_MINTTL ours, TCP_OLD_DATA open"},
		{"numbers of another PID namespace", nil, true, true, "TCP_CSUM open, TCP_MINTTL open, NETFILTER_DROP open, IP_RPFILTER, TCP_MINTTL ours, TCP_OLD_DATA open"},
	} {
		text := twoNetworks
		if strings.HasSuffix(x.name, ", marked") {
			text = marked + told
		}
		trace, err := parseTrace(text, capture.ClockSnapshot{}, newChains(x.tasks, x.alone))
		if err != nil {
			t.Fatal(err)
		}
		if x.claim {
			trace.Claim(1000.199*ms, 60, client, server)
			trace.Claim(2004.0005*ms, 60, client, server)
			trace.Claim(3004.0005*ms, 52, client, server)
		}
		var got []string
		for _, e := range trace.Events {
			switch {
			case e.Chain.Ours:
				got = append(got, e.Reason+" ours")
			case e.Chain.Open:
				got = append(got, e.Reason+" open")
			default:
				got = append(got, e.Reason)
			}
		}
		if got := strings.Join(got, ", "); got != x.want {
			t.Errorf("%s: %s\nwant %s", x.name, got, x.want)
		}
	}
}

// A SYN passes a router and is answered; the answer is as long and goes another way each time: the router throws it away, the server's
// own firewall does before it is sent, in a buffer that served before, the client's does after the capture saw it. Last the router throws
// away the SYN itself.
func TestJourneys(t *testing.T) {
	const syn = `
   cli-100   [000] b.... 1.000190: netif_rx: dev=eth0 skbaddr=03 len=28
   cli-100   [000] ..s1. 1.000191: netif_receive_skb: dev=eth0 skbaddr=03 len=28
   cli-100   [000] ..s1. 1.000192: napi_poll: napi poll on napi struct 00 for device (no_device) work 2 budget 64
   cli-100   [000] b.... 1.000200: netif_rx: dev=eth0 skbaddr=01 len=60
   cli-100   [000] ..s1. 1.000201: netif_receive_skb: dev=eth0 skbaddr=01 len=60
   cli-100   [000] b.s1. 1.000210: netif_rx: dev=eth0 skbaddr=01 len=60
   cli-100   [000] ..s1. 1.000211: netif_receive_skb: dev=eth0 skbaddr=01 len=60
`
	const toRouter = `
   cli-100   [000] b.s1. 1.000220: netif_rx: dev=eth1 skbaddr=02 len=60
   cli-100   [000] ..s1. 1.000221: netif_receive_skb: dev=eth1 skbaddr=02 len=60
`
	const toClient = `
   cli-100   [000] b.s1. 1.000230: netif_rx: dev=eth0 skbaddr=02 len=60
   cli-100   [000] ..s1. 1.000231: netif_receive_skb: dev=eth0 skbaddr=02 len=60
`
	drop := func(skb, by string) string {
		text := "   cli-100   [000] ..s1. 1.000240: kfree_skb: skbaddr=" + skb + " rx_sk=00 protocol=2048 location=nft_do_chain+0x91/0x13f0 reason: NETFILTER_DROP\n"
		if by != "" {
			text += "   cli-100   [000] ..s1. 1.000241: <stack trace>\n => nft_do_chain\n => nf_hook_slow\n => " + by + "\n => ip_rcv\n"
		}
		return text
	}
	client, server := netip.MustParseAddrPort("10.0.0.1:1000"), netip.MustParseAddrPort("10.0.0.2:8080")
	there, back := Ends{client, server}, Ends{server, client}
	for _, x := range []struct {
		name, text string
		want       Ends
		hook       string
		answer, ok bool
	}{
		{"the SYN, at the router", syn + drop("01", "ip_forward"), there, "forward", false, true},
		{"the SYN, without a stack", syn + drop("01", ""), there, "", false, true},
		{"the SYN-ACK, at the router", syn + toRouter + drop("02", "ip_forward"), there, "forward", true, true},
		{"the SYN-ACK, before it is sent", syn + drop("04", "__ip_local_out"), there, "output", true, true},
		{"the SYN-ACK, in a used buffer", syn + drop("03", "__ip_local_out"), there, "output", true, true},
		{"the SYN-ACK, in a used buffer, without a stack", syn + drop("03", ""), Ends{}, "", false, false},
		{"the SYN-ACK, at the client", syn + toRouter + toClient + drop("02", "ip_local_deliver"), back, "input", false, true},
	} {
		trace, err := parseTrace(x.text, capture.ClockSnapshot{}, newChains(map[int]bool{100: true}, false))
		if err != nil || len(trace.Events) != 1 {
			t.Fatalf("%s: %+v, %v", x.name, trace, err)
		}
		const ms = 1_000_000
		trace.Claim(1000.1995*ms, 60, client, server)
		if x.want == back {
			trace.Claim(1000.2295*ms, 60, server, client)
		}
		e := &trace.Events[0]
		if got, answer, ok := e.Packet(); !e.Chain.Ours || got != x.want || answer != x.answer || ok != x.ok || e.Hook != x.hook {
			t.Errorf("%s: %+v, answer %v, %v, hook %s", x.name, got, answer, ok, e.Hook)
		}
	}
}
