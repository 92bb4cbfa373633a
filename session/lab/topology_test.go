package lab

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session/lab/cable"
)

// serve accepts one connection on the host, sends back what it reads, and closes.
func serve(t *testing.T, h *Host, at netip.AddrPort) {
	t.Helper()
	var l net.Listener
	err := h.Do(func() (err error) {
		l, err = net.Listen("tcp", at.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
}

// dial connects from the host, by address alone: a name or a second family would start other threads, elsewhere.
func dial(h *Host, to netip.AddrPort, patience time.Duration) (c net.Conn, err error) {
	d := net.Dialer{Timeout: patience, FallbackDelay: -1}
	err = h.Do(func() error {
		c, err = d.Dial("tcp", to.String())
		return err
	})
	return c, err
}

// echo sends text from client to server and back, and returns what came.
func echo(t *testing.T, h *Host, to netip.AddrPort, text string) string {
	t.Helper()
	c, err := dial(h, to, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		io.WriteString(c, text)
		c.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestTopologies: an exchange works at once in every lab, over IPv4 and IPv6.
func TestTopologies(t *testing.T) {
	plain := &cable.Script{}
	for name, c := range map[string]Config{
		"alone": {Topology: Alone}, "direct": {Topology: Direct}, "routed": {Topology: Routed},
		"direct by a cable": {Topology: Direct, Cable: plain}, "routed by a cable": {Topology: Routed, Cable: plain},
		"direct with offload": {Topology: Direct, Offload: true},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			l := start(t, c)
			made := time.Since(begin)
			client, server := host(t, l, "client"), host(t, l, "server")
			text := strings.Repeat("segment ", 2000)
			for _, addr := range []netip.Addr{server.V4, server.V6} {
				at := netip.AddrPortFrom(addr, 8080)
				serve(t, server, at)
				if got := echo(t, client, at, text); got != text {
					t.Errorf("%s: %d bytes came back", addr, len(got))
				}
			}
			t.Logf("made in %v", made)
		})
	}
}

// TestSegmentsAsOnAWire: with offload off, no captured packet is longer than Ethernet allows; this is what makes a lab
// readable. It is looked at where the packets arrive.
func TestSegmentsAsOnAWire(t *testing.T) {
	for _, topology := range []Topology{Alone, Direct} {
		l := start(t, Config{Topology: topology})
		client, server := host(t, l, "client"), host(t, l, "server")
		at := netip.AddrPortFrom(server.V4, 8080)
		serve(t, server, at)
		tap := -1
		err := server.Do(func() (err error) {
			tap, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK, int(htons(unix.ETH_P_IP)))
			return errors.Join(err, unix.SetsockoptInt(tap, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20))
		})
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(tap)
		echo(t, client, at, strings.Repeat("x", 100_000))
		frames, longest := 0, 0
		for buf := make([]byte, 1<<17); ; frames++ {
			n, _, err := unix.Recvfrom(tap, buf, 0)
			if err != nil {
				break
			}
			longest = max(longest, n)
		}
		if longest > 1514 || longest < 1000 || frames < 69 { // 100,000 bytes need 70
			t.Errorf("%s: %d frames, the longest of %d bytes", topology, frames, longest)
		}
	}
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// TestTTL: a packet has been through the router.
func TestTTL(t *testing.T) {
	l := start(t, Config{Topology: Routed})
	client, server := host(t, l, "client"), host(t, l, "server")
	conn := listenPacket(t, server, netip.AddrPortFrom(server.V4, 9))
	if err := client.Do(func() error {
		c, err := net.Dial("udp", netip.AddrPortFrom(server.V4, 9).String())
		if err == nil {
			_, err = c.Write([]byte("hello"))
			c.Close()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	oob := make([]byte, 64)
	_, n, _, _, err := conn.ReadMsgUDP(make([]byte, 64), oob)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 || messages[0].Data[0] != 63 {
		t.Fatalf("%+v, %v; want TTL 63", messages, err)
	}
}

// listenPacket makes a UDP socket on the host that tells each datagram's TTL.
func listenPacket(t *testing.T, h *Host, at netip.AddrPort) (conn *net.UDPConn) {
	t.Helper()
	err := h.Do(func() (err error) {
		conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVTTL, 1) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestEnter: a process started from a thread inside a host is born there, and the host's settings are its own.
func TestEnter(t *testing.T) {
	l := start(t, Config{Topology: Direct})
	server := host(t, l, "server")
	if err := server.Sysctl("net.ipv4.tcp_syn_retries", "2"); err != nil {
		t.Fatal(err)
	}
	var inside []byte
	err := server.Do(func() (err error) {
		inside, err = exec.Command("cat", "/proc/sys/net/ipv4/tcp_syn_retries").Output()
		return err
	})
	outside, _ := os.ReadFile("/proc/sys/net/ipv4/tcp_syn_retries")
	if err != nil || string(inside) != "2\n" || string(outside) == "2\n" {
		t.Fatalf("inside %q, outside %q, %v", inside, outside, err)
	}
}
