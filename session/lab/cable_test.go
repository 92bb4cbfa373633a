package lab

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session/lab/cable"
)

// wired is a lab of two hosts on a scripted cable, with a server that echoes.
type wired struct {
	lab            *Lab
	client, server *Host
	at             netip.AddrPort
}

func wire(t *testing.T, script string, v6 bool) wired {
	t.Helper()
	s, err := cable.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	l := start(t, Config{Topology: Direct, Cable: s})
	w := wired{lab: l, client: host(t, l, "client"), server: host(t, l, "server")}
	w.at = netip.AddrPortFrom(w.server.V4, 8080)
	if v6 {
		w.at = netip.AddrPortFrom(w.server.V6, 8080)
	}
	serve(t, w.server, w.at)
	return w
}

// info reads the kernel's own view of the connection.
func info(t *testing.T, c net.Conn) (i *unix.TCPInfo) {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = errors.Join(raw.Control(func(fd uintptr) { i, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }), err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// exchangeInfo connects, has each text echoed, and returns the client's TCP_INFO before the close.
func (w wired) exchangeInfo(t *testing.T, texts ...string) *unix.TCPInfo {
	t.Helper()
	c, err := dial(w.client, w.at, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	for _, text := range texts {
		got := make([]byte, len(text))
		if _, err = io.WriteString(c, text); err == nil {
			_, err = io.ReadFull(c, got)
		}
		if err != nil || string(got) != text {
			t.Fatalf("sent %q, got %q: %v", text, got, err)
		}
	}
	return info(t, c)
}

// fates counts the fates of TCP packets by direction and name.
func (w wired) fates() map[string]int {
	counts := map[string]int{}
	for _, f := range w.lab.Fates() {
		if f.Flags != "" {
			counts[f.Dir+" "+f.Fate]++
		}
	}
	return counts
}

// TestDropOnce: the kernel retransmits exactly the segment that the cable dropped, and the exchange is whole.
func TestDropOnce(t *testing.T) {
	w := wire(t, "drop c2s data 3 once", false)
	i := w.exchangeInfo(t, "one", "two", "three", "four")
	if got := w.fates()["c2s dropped"]; got != 1 || i.Total_retrans != 1 {
		t.Errorf("%d dropped, %d retransmitted", got, i.Total_retrans)
	}
	j := slices.IndexFunc(w.lab.Fates(), func(f cable.Fate) bool { return f.Fate == cable.Dropped })
	if f := w.lab.Fates()[j]; f.Len != len("three") || f.Left != 0 || f.Rules[0] != "drop c2s data 3 once" || f.Dst != w.at {
		t.Errorf("%+v", f)
	}
}

// TestDelay: the kernel measures the round trip that was asked for.
func TestDelay(t *testing.T) {
	i := wire(t, "delay both 20ms", true).exchangeInfo(t, "one", "two", "three", "four")
	if rtt := time.Duration(i.Min_rtt) * time.Microsecond; rtt < 40*time.Millisecond || rtt > 100*time.Millisecond {
		t.Errorf("round trip %v, asked for 40ms", rtt)
	}
}

// TestRewrites: what the cable does to the packets is what the hosts see.
func TestRewrites(t *testing.T) {
	t.Run("duplicate", func(t *testing.T) {
		i := wire(t, "duplicate c2s data 1", false).exchangeInfo(t, "one", "two")
		if i.Segs_in < 5 || i.Total_retrans != 0 {
			t.Errorf("%d segments came, %d retransmitted", i.Segs_in, i.Total_retrans)
		}
	})
	t.Run("strip", func(t *testing.T) {
		if i := wire(t, "strip sack syn\nstrip timestamps syn", true).exchangeInfo(t, "one"); i.Options&3 != 0 { // TCPI_OPT_TIMESTAMPS, _SACK
			t.Errorf("options %#x", i.Options)
		}
	})
	t.Run("mss", func(t *testing.T) {
		if i := wire(t, "set mss 600 c2s syn\nset mss 500 s2c synack", false).exchangeInfo(t, "one"); i.Snd_mss > 500 {
			t.Errorf("MSS %d", i.Snd_mss)
		}
	})
	t.Run("corrupt", func(t *testing.T) {
		w := wire(t, "corrupt c2s data 1 once", false)
		if i := w.exchangeInfo(t, "one"); i.Total_retrans != 1 || w.fates()["c2s changed"] != 1 {
			t.Errorf("%d retransmitted, %v", i.Total_retrans, w.fates())
		}
	})
	t.Run("swap", func(t *testing.T) {
		w := wire(t, "swap c2s data 1", false)
		w.exchangeInfo(t, strings.Repeat("x", 5000))
		fates := slices.DeleteFunc(w.lab.Fates(), func(f cable.Fate) bool { return f.Dir != "c2s" || f.Len == 0 })
		if len(fates) < 2 || fates[0].Left <= fates[1].Left || fates[0].Rules == nil {
			t.Errorf("%+v", fates[:min(2, len(fates))])
		}
	})
}

// TestICMPErrors: each error reaches connect() as the errno that Linux maps it to, at once.
func TestICMPErrors(t *testing.T) {
	for script, want := range map[string]error{
		"icmp port-unreachable c2s syn":         syscall.ECONNREFUSED,
		"icmp host-unreachable c2s syn":         syscall.EHOSTUNREACH,
		"icmp net-unreachable c2s syn":          syscall.ENETUNREACH,
		"icmp admin-prohibited c2s syn":         syscall.EHOSTUNREACH,
		"icmp ttl-exceeded c2s syn":             syscall.EHOSTUNREACH,
		"reset to sender c2s syn\ndrop c2s syn": syscall.ECONNREFUSED,
	} {
		w := wire(t, script, false)
		begin := time.Now()
		_, err := dial(w.client, w.at, 3*time.Second)
		if took := time.Since(begin); !errors.Is(err, want) || took > 500*time.Millisecond {
			t.Errorf("%s: %v after %v, want %v", script, err, took, want)
		}
	}
	w := wire(t, "icmp admin-prohibited c2s syn", true)
	if _, err := dial(w.client, w.at, 3*time.Second); !errors.Is(err, syscall.EACCES) {
		t.Errorf("admin-prohibited over IPv6: %v, want EACCES", err)
	}
}

// TestReset: a forged RST ends the connection for the one it is sent to.
func TestReset(t *testing.T) {
	w := wire(t, "reset to sender c2s data 2\ndrop c2s data 2", false)
	c, err := dial(w.client, w.at, 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 8)
	io.WriteString(c, "one")
	if n, err := c.Read(buf); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	io.WriteString(c, "two")
	if _, err := c.Read(buf); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want ECONNRESET", err)
	}
}

// TestForgedFIN: the client believes a forged farewell, data and all, and the kernel resets what really comes later.
func TestForgedFIN(t *testing.T) {
	w := wire(t, "inject fin,psh,ack to sender text=bye c2s data 1", true)
	c, err := dial(w.client, w.at, 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	io.WriteString(c, "one")
	if got, err := io.ReadAll(c); string(got) != "bye" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	forged := slices.IndexFunc(w.lab.Fates(), func(f cable.Fate) bool { return f.Fate == cable.Forged })
	if f := w.lab.Fates()[forged]; f.Flags != "FP." || f.Len != 3 || f.Dir != "s2c" || f.Src != w.at || f.Left == 0 {
		t.Errorf("%+v", f)
	}
}

// TestRate: the transfer takes as long as the line needs.
func TestRate(t *testing.T) {
	w := wire(t, "rate 4mbit 500ms c2s", false)
	begin := time.Now()
	w.exchangeInfo(t, strings.Repeat("x", 100_000)) // 800 kbit and the headers: 0.2 s
	if took := time.Since(begin); took < 200*time.Millisecond || took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestCut: after the cut nothing passes, and the client's own limit ends the wait.
func TestCut(t *testing.T) {
	w := wire(t, "cut both packet 5", false)
	c, err := dial(w.client, w.at, 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, _ := c.(*net.TCPConn).SyscallConn()
	raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 300) })
	io.WriteString(c, "one")
	buf := make([]byte, 8)
	c.SetDeadline(time.Now().Add(10 * time.Second))
	for err == nil {
		_, err = c.Read(buf)
	}
	if !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("%v, want ETIMEDOUT", err)
	}
	if counts := w.fates(); counts["c2s "+cable.CutOff]+counts["s2c "+cable.CutOff] == 0 {
		t.Errorf("%v", counts)
	}
}

// TestThroughput: a script does not make a slow cable. The bound is far below what was measured, about 1 Gbit/s.
func TestThroughput(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 8 MiB")
	}
	w := wire(t, "drop c2s chance 0.2%", false)
	text := strings.Repeat("0123456789abcdef", 1<<19)
	begin := time.Now()
	if got := echo(t, w.client, w.at, text); got != text {
		t.Fatalf("%d of %d bytes", len(got), len(text))
	}
	if w.fates()["c2s dropped"] == 0 {
		t.Error("nothing was dropped")
	}
	t.Logf("%d bytes there and back in %v; %v", len(text), time.Since(begin), w.fates())
}
