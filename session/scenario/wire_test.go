package scenario_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcplab/session/scenario"
)

// tap is a packet socket on the loopback interface: the wire as the kernel shows it, without any code of ours in between.
type tap int

func openTap(t *testing.T) tap {
	t.Helper()
	protocol := int(htons(unix.ETH_P_IP))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if errors.Is(err, unix.EPERM) {
		t.Skip("a packet socket needs CAP_NET_RAW")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	// Without this every packet of lo is seen twice: on its way out and on its way in.
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
		t.Fatal(err)
	}
	// All of lo comes here, whoever else uses it: what a small buffer has no room for would be missing.
	const room = 64 << 20
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, room); err != nil && !errors.Is(err, unix.EPERM) {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: 1}); err != nil {
		t.Fatal(err)
	}
	return tap(fd)
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// shape reads until the segments of one port are those that are wanted, or no more come, and prints them: "c" or "s" for the
// sender, tcpdump's flag letters, and the payload length. A run can be over before the kernel has delivered its last ACK.
func (fd tap) shape(t *testing.T, port uint16, want string) string {
	t.Helper()
	var words []string
	buf := make([]byte, 1<<16)
	for {
		n, _, err := unix.Recvfrom(int(fd), buf, 0)
		if err == unix.EAGAIN {
			if got := luckless(words); got == want || !fd.more(t) {
				return got
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if word := segment(buf[:n], port); word != "" {
			words = append(words, word)
		}
	}
}

// more waits for a packet and reports whether one came.
func (fd tap) more(t *testing.T) bool {
	t.Helper()
	const patience = 1000 // ms
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
	if err != nil && err != unix.EINTR {
		t.Fatal(err)
	}
	return n > 0 || err == unix.EINTR
}

// segment prints one IPv4 packet, "" when it is no TCP of the port.
func segment(p []byte, port uint16) string {
	if len(p) < 40 || p[9] != unix.IPPROTO_TCP {
		return ""
	}
	tcp := p[int(p[0]&15)*4:]
	src, dst := binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	who := "c"
	if src == port {
		who = "s"
	} else if dst != port {
		return ""
	}
	for i, letter := range "FSRP." {
		if tcp[13]&(1<<i) != 0 {
			who += string(letter)
		}
	}
	if n := int(binary.BigEndian.Uint16(p[2:])) - int(p[0]&15)*4 - int(tcp[12]>>4)*4; n > 0 {
		who += fmt.Sprint(n)
	}
	return who
}

// lateACK takes out an acknowledgement of the first FIN that did not wait for the second: on a busy machine the peer's close
// can come later than the 40 ms for which Linux delays an ACK.
var lateACK = strings.NewReplacer("cF. s. sF.", "cF. sF.", "sF. c. cF.", "sF. cF.")

// overtaken is that acknowledgement behind the FIN: each processor has a queue of lo, and the timer's can be the slower one.
// TIME-WAIT answers it as an old segment (RFC 9293, 3.10.7.4), and the answer finds nobody.
var overtaken = regexp.MustCompile(`(sF\. cF\.) (?:s\. c\.|c\. s\.) (s\.) cR$|(cF\. sF\.) (?:c\. s\.|s\. c\.) (c\.) sR$`)

// luckless prints the segments without what a busy machine does to them.
func luckless(words []string) string {
	return overtaken.ReplaceAllString(lateACK.Replace(strings.Join(words, " ")), "$1$3 $2$4")
}

func TestLuckless(t *testing.T) {
	const served = "cS sS. c. cP.8 s. sF. cF. s."
	for _, words := range []string{served, "cS sS. c. cP.8 s. sF. c. cF. s.", served + " c. s. cR", "cS sS. c. cP.8 s. sF. cF. c. s. s. cR"} {
		if got := luckless(strings.Fields(words)); got != served {
			t.Errorf("%s is %s without luck", words, got)
		}
	}
	if got := luckless(strings.Fields(served + " cR")); got == served {
		t.Error("a RST that nothing asked for is passed over")
	}
}

// TestForcedShapes runs the scenarios whose order of segments is forced and looks at every run on the wire.
func TestForcedShapes(t *testing.T) {
	const open, exchange = "cS sS. c. ", "cS sS. c. cP.8 s. sP.6 c. "
	shapes := []struct {
		s             *scenario.Scenario
		variant, want string
	}{
		{scenario.Hello, "fixed", open + "cP.45 s. sP.45 c. cF. sF. c."},
		{scenario.OneWay, "fixed", open + "cP.18 s. cF. sF. c."},
		{scenario.Time, "fixed", open + "sP.26 c. sF. cF. s."},
		{scenario.HalfClose, "", open + "cP.8 s. cF. s. sP.6 c. sF. c."},
		{scenario.ServerCloses, "", exchange + "sF. cF. s."},
		{scenario.ClientCloses, "", exchange + "cF. sF. c."},
		{scenario.KillRead, "", open + "cP.8 s. sF. cF. s."},
		{scenario.ClosedPort, "", "cS sR."},
		{scenario.NotListening, "", "cS sR."},
		{scenario.UDPOnly, "", "cS sR."},
		{scenario.Unread, "literal", open + "cP.40 s. sP.12 c. sR."},
		{scenario.LingerZero, "literal", exchange + "sR."},
		{scenario.KillUnread, "", open + "cP.8 s. sR."},
		{scenario.WriteAfterClose, "literal", exchange + "sF. cP.5 sR"},
		{scenario.JSONSplit, "literal", open + "cP.25 s. cP.26 s. sR."},
		{scenario.PipeContrast, "", ""},
	}
	const runs = 10
	for _, x := range shapes {
		t.Run(x.s.Name, func(t *testing.T) {
			wire := openTap(t)
			for range runs {
				r := play(t, x.s, scenario.Params{Variant: x.variant})
				if got := wire.shape(t, serverPort(r), x.want); got != x.want {
					t.Errorf("on the wire: %s\nwant:        %s", got, x.want)
				}
			}
		})
	}
}
