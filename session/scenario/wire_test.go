package scenario_test

import (
	"encoding/binary"
	"errors"
	"fmt"
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

// shape reads what has come and prints the segments of the connection that a SYN to the port opened: "c" or "s" for the
// sender, tcpdump's flag letters, and the payload length. Whoever else on this machine's lo happens to use a port of that
// number is passed over.
func (fd tap) shape(t *testing.T, port uint16) string {
	t.Helper()
	var words []string
	var client uint16
	buf := make([]byte, 1<<16)
	for {
		n, _, err := unix.Recvfrom(int(fd), buf, 0)
		if err == unix.EAGAIN {
			return strings.Join(words, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		word, peer := segment(buf[:n], port)
		if client == 0 && strings.HasPrefix(word, "cS") {
			client = peer
		}
		if word != "" && peer == client {
			words = append(words, word)
		}
	}
}

// segment prints one IPv4 packet and tells the other end's port; "" when it is no TCP of the port.
func segment(p []byte, port uint16) (word string, peer uint16) {
	if len(p) < 40 || p[9] != unix.IPPROTO_TCP {
		return "", 0
	}
	tcp := p[int(p[0]&15)*4:]
	src, dst := binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	who, peer := "c", src
	if src == port {
		who, peer = "s", dst
	} else if dst != port {
		return "", 0
	}
	for i, letter := range "FSRP." {
		if tcp[13]&(1<<i) != 0 {
			who += string(letter)
		}
	}
	if n := int(binary.BigEndian.Uint16(p[2:])) - int(p[0]&15)*4 - int(tcp[12]>>4)*4; n > 0 {
		who += fmt.Sprint(n)
	}
	return who, peer
}

// lateACK takes out an acknowledgement of the first FIN that did not wait for the second: on a busy machine the peer's close
// can come later than the 40 ms for which Linux delays an ACK.
var lateACK = strings.NewReplacer("cF. s. sF.", "cF. sF.", "sF. c. cF.", "sF. cF.")

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
				got := lateACK.Replace(wire.shape(t, serverPort(r)))
				if got != x.want {
					t.Errorf("on the wire: %s\nwant:        %s", got, x.want)
				}
			}
		})
	}
}
