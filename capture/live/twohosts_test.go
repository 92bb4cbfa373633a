//go:build cgo

package live

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcplab/capture"
	"tcplab/session/lab"
	"tcplab/session/lab/cable"
)

// TestBothEndsOfACable captures on two hosts at once and compares both captures with what the cable between them says it
// did: the client's capture holds what came to the cable, the server's what left it.
func TestBothEndsOfACable(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to make network namespaces")
	}
	script, err := cable.Parse("drop c2s data 2 once\nduplicate c2s data 3\nset ttl 9 c2s fin\nreset to receiver ttl 40 plain seq -9999 c2s syn")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(lab.Config{Topology: lab.Direct, Cable: script})
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	captures := map[string]*Handle{}
	for _, h := range l.Hosts() {
		err := h.Do(func() (err error) {
			captures[h.Name], err = OpenWith(h.Iface, "tcp", Options{Buffer: 4 << 20})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		defer captures[h.Name].Close()
	}
	speak(t, l)
	sent, arrived := drain(t, captures["client"]), drain(t, captures["server"])
	for dir, from := range map[string]netip.Addr{"c2s": l.Hosts()[0].V4, "s2c": l.Hosts()[1].V4} {
		near, far := sent, arrived
		if dir == "s2c" {
			near, far = arrived, sent
		}
		var came, left []string
		for _, f := range l.Fates() {
			if f.Dir == dir && f.Flags != "" && f.Of == 0 {
				came = append(came, fmt.Sprint(f.Seq, " ", f.Len))
			}
			if f.Dir == dir && f.Flags != "" && f.Left != 0 {
				left = append(left, fmt.Sprint(f.Seq, " ", f.Len))
			}
		}
		if diff := cmp.Diff(came, numbers(near, from, 64)); diff != "" {
			t.Errorf("%s, what came to the cable against the capture before it:\n%s", dir, diff)
		}
		if diff := cmp.Diff(left, numbers(far, from, 0)); diff != "" {
			t.Errorf("%s, what left the cable against the capture behind it:\n%s", dir, diff)
		}
	}
}

// numbers lists sequence number and length of the segments that host sent, those with the TTL if it is not 0.
func numbers(frames []capture.Frame, host netip.Addr, ttl byte) (list []string) {
	for _, f := range frames {
		ip := f.Data[14:]
		tcp := ip[int(ip[0]&15)*4:]
		if src, _ := netip.AddrFromSlice(ip[12:16]); src == host && (ttl == 0 || ip[8] == ttl) {
			n := int(binary.BigEndian.Uint16(ip[2:])) - int(ip[0]&15)*4 - int(tcp[12]>>4)*4
			list = append(list, fmt.Sprint(binary.BigEndian.Uint32(tcp[4:]), " ", n))
		}
	}
	return list
}

// speak exchanges five messages between the hosts, one after the other, and closes from both sides.
func speak(t *testing.T, l *lab.Lab) {
	t.Helper()
	client, server := l.Hosts()[0], l.Hosts()[1]
	var listener net.Listener
	err := server.Do(func() (err error) {
		listener, err = net.Listen("tcp4", netip.AddrPortFrom(server.V4, 8080).String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if c, err := listener.Accept(); err == nil {
			io.Copy(c, c)
			c.Close()
		}
	}()
	var c net.Conn
	if err := client.Do(func() (err error) {
		c, err = net.Dial("tcp4", listener.Addr().String())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range 5 {
		text := fmt.Sprintf("message %d", i)
		got := make([]byte, len(text))
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
			t.Fatalf("%q, %v", got, err)
		}
	}
	c.(*net.TCPConn).CloseWrite()
	if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
		t.Fatalf("%q, %v", rest, err)
	}
}
