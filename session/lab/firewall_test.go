package lab

import (
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFirewall: each kind of rule makes connect() fail as it does on a real host, in both families.
func TestFirewall(t *testing.T) {
	rules := []struct {
		on, rule string
		v4, v6   error
	}{
		{"server", "input tcp dport 8080 reject with tcp reset", syscall.ECONNREFUSED, syscall.ECONNREFUSED},
		{"router", "forward tcp dport 8080 reject with tcp reset", syscall.ECONNREFUSED, syscall.ECONNREFUSED},
		{"router", "forward tcp dport 8080 reject", syscall.ECONNREFUSED, syscall.ECONNREFUSED},
		{"router", "forward tcp dport 8080 reject with icmpx host-unreachable", syscall.EHOSTUNREACH, syscall.EHOSTUNREACH},
		{"router", "forward tcp dport 8080 reject with icmpx admin-prohibited", syscall.EHOSTUNREACH, syscall.EACCES},
		{"router", "forward tcp dport 8080 reject with icmp net-unreachable", syscall.ENETUNREACH, nil},
		{"router", "forward tcp dport 8080 reject with icmpv6 type no-route", nil, syscall.ENETUNREACH},
		{"router", "forward ip saddr 10.0.0.1 drop", errSilence, nil},
		{"router", "forward ip6 daddr fd00:1::2 tcp flags syn drop", nil, errSilence},
		{"server", "output tcp sport 8080 tcp flags syn,ack counter drop", errSilence, errSilence},
		{"server", "input tcp dport 8081 drop", nil, nil},
		{"router", "output icmpv6 type packet-too-big drop", nil, nil}, // neighbours are still found
		{"server", "input ct state new tcp dport 8080 drop", errSilence, errSilence},
	}
	for _, c := range rules {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			l := start(t, Config{Topology: Routed})
			client, server := host(t, l, "client"), host(t, l, "server")
			if err := host(t, l, c.on).Firewall(c.rule); err != nil {
				t.Fatal(err)
			}
			for addr, want := range map[netip.Addr]error{server.V4: c.v4, server.V6: c.v6} {
				at := netip.AddrPortFrom(addr, 8080)
				serve(t, server, at)
				expectDial(t, client, at, want)
			}
		})
	}
}

// errSilence stands for no answer at all.
var errSilence = errors.New("silence")

// expectDial connects and compares how that ends. Where an answer is due there is time for a second SYN: an ICMP error
// that is made while connect() holds its socket is lost, as it can be on one machine (LockDroppedIcmps).
func expectDial(t *testing.T, from *Host, to netip.AddrPort, want error) {
	t.Helper()
	patience := 3 * time.Second
	if want == errSilence {
		patience = 100 * time.Millisecond
	}
	conn, err := dial(from, to, patience)
	if conn != nil {
		conn.Close()
	}
	var timed net.Error
	if errors.As(err, &timed) && timed.Timeout() {
		err = errSilence
	}
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", to, err, want)
	}
}

// TestConnectionLimit: the third connection is refused while two are open.
func TestConnectionLimit(t *testing.T) {
	l := start(t, Config{Topology: Direct})
	client, server := host(t, l, "client"), host(t, l, "server")
	at := netip.AddrPortFrom(server.V4, 8080)
	serve(t, server, at)
	if err := server.Firewall("input tcp dport 8080 ct count over 2 reject with tcp reset"); err != nil {
		t.Skip("this kernel cannot count connections: ", err)
	}
	for i, want := range []error{nil, nil, syscall.ECONNREFUSED} {
		c, err := dial(client, at, 3*time.Second)
		if !errors.Is(err, want) {
			t.Errorf("connection %d: %v, want %v", i+1, err, want)
		}
		if c != nil {
			defer c.Close()
		}
	}
}

// TestDNAT: the router hands a connection to its own port on to the server, which sees the router as the client.
func TestDNAT(t *testing.T) {
	l := start(t, Config{Topology: Routed})
	client, server := host(t, l, "client"), host(t, l, "server")
	for near, to := range map[netip.Addr]netip.Addr{routerNearAddrs.v4.Addr(): server.V4, routerNearAddrs.v6.Addr(): server.V6} {
		at := netip.AddrPortFrom(to, 8080)
		err := host(t, l, "router").Firewall("prerouting tcp dport 80 dnat ip to "+at.String(), "postrouting masquerade")
		if err != nil {
			t.Skip("this kernel cannot translate addresses: ", err)
		}
		serve(t, server, at)
		if got := echo(t, client, netip.AddrPortFrom(near, 80), "hello"); got != "hello" {
			t.Errorf("%s: %q", near, got)
		}
	}
}

// TestFirewallAgreesWithNFT: nft prints the rules back as they were written.
func TestFirewallAgreesWithNFT(t *testing.T) {
	rules := []string{"input tcp dport 80 drop", "input ip saddr 10.0.0.1 tcp sport 81 accept",
		"input meta l4proto icmp drop", "prerouting tcp dport 80 dnat ip to 10.0.1.2:8080", "postrouting masquerade",
		"input tcp dport 80 reject with tcp reset", "output ip6 daddr fd00::2 udp dport 53 drop",
		"forward tcp dport 82 reject with icmpx host-unreachable", "input tcp dport 9 ct count over 3 counter packets 0 bytes 0 drop"}
	l := start(t, Config{Topology: Direct})
	server := host(t, l, "server")
	loaded := make([]string, len(rules))
	for i, r := range rules {
		loaded[i] = strings.Replace(r, "counter packets 0 bytes 0", "counter", 1)
	}
	if err := server.Firewall(loaded...); err != nil {
		t.Fatal(err)
	}
	var listed []byte
	err := server.Do(func() (err error) {
		listed, err = exec.Command("nft", "list", "ruleset").Output()
		return err
	})
	if err != nil {
		t.Skip("nft is not usable: ", err)
	}
	for _, r := range rules {
		_, rule, _ := strings.Cut(r, " ")
		rule = strings.Replace(rule, "dnat", "meta nfproto ipv4 dnat", 1) // follows from "ip"
		if !strings.Contains(string(listed), "\t"+rule+"\n") {
			t.Errorf("%q is not listed in\n%s", rule, listed)
		}
	}
}

func TestFirewallErrors(t *testing.T) {
	for rule, want := range map[string]string{
		"":                             "it ends too early",
		"nowhere drop":                 "it must begin with input, forward, output",
		"input tcp dport 80":           "it has no verdict",
		"input tcp port 80 drop":       "dport or sport must follow",
		"input tcp dport http drop":    `"http" is not a number`,
		"input tcp dport 70000 drop":   `"70000" is not a number`,
		"input tcp flags psh drop":     `"psh" is none of the flags`,
		"input ip saddr here drop":     `"here" is not an address`,
		"input ct state old drop":      `"old" is none of the states`,
		"input drop now":               `nothing can follow the verdict, but "now" does`,
		"input reject with icmp tired": `"tired" is no error`,
		"input frobnicate drop":        `"frobnicate" is not understood`,
	} {
		_, err := parseFirewall(rule)
		var bad *FirewallError
		if !errors.As(err, &bad) || bad.Text != rule || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", rule, err, want)
		}
	}
}
