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
	events, err := parseTrace(traceText, capture.ClockSnapshot{Wall: 5000 * second, Monotonic: 2800 * second})
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
	if _, err := tr.Close(capture.ClockSnapshot{}); err != nil {
		t.Error(err)
	}
	all, err := fs.Stat()
	if left, _ := filepath.Glob("/proc/self/fd/*/instances/" + name); len(left) > 0 || err != nil {
		t.Errorf("left: %v in %v, %v", left, all, err)
	}
}
