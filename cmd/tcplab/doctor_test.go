package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// twoHosts makes two network namespaces joined by a cable, a client's and a server's, and returns their names. The server's
// answers each port from 1001 on in a way of its own.
func twoHosts(t *testing.T) (client, server string) {
	t.Helper()
	needsLab(t)
	needs(t, "ip")
	needs(t, "nft")
	client, server = fmt.Sprintf("tcplab-%d-c", os.Getpid()), fmt.Sprintf("tcplab-%d-s", os.Getpid())
	t.Cleanup(func() {
		for _, ns := range []string{client, server} {
			if err := exec.Command("ip", "netns", "del", ns).Run(); err != nil {
				t.Error(err)
			}
		}
	})
	script := `set -e
ip netns add $C; ip netns add $S
ip link add eth0 netns $C type veth peer name eth0 netns $S
ip -n $C addr add 10.9.0.1/24 dev eth0; ip -n $S addr add 10.9.0.2/24 dev eth0
ip -n $C addr add fd09::1/64 dev eth0 nodad; ip -n $S addr add fd09::2/64 dev eth0 nodad
ip -n $C link set lo up; ip -n $S link set lo up; ip -n $C link set eth0 up; ip -n $S link set eth0 up
ip -n $C route add prohibit 10.77.0.0/16; ip -n $C route add unreachable 10.78.0.0/16; ip -n $C route add blackhole 10.79.0.0/16
ip -n $C neigh replace 10.9.0.8 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
ip netns exec $S sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
ip netns exec $S nft -f - <<'N'
table inet doctor { chain input { type filter hook input priority 0
 tcp dport 1001 drop
 tcp dport 1002 reject with tcp reset
 tcp dport 1003 reject with icmpx port-unreachable
 ip protocol tcp tcp dport 1004 reject with icmp admin-prohibited
 ip protocol tcp tcp dport 1005 reject with icmp host-prohibited
 ip protocol tcp tcp dport 1006 reject with icmp net-unreachable
 ip protocol tcp tcp dport 1007 reject with icmp host-unreachable
 ip protocol tcp tcp dport 1008 reject with icmp prot-unreachable
 ip protocol tcp tcp dport 1009 reject with icmp net-prohibited
 ip6 nexthdr tcp tcp dport 1004 reject with icmpv6 admin-prohibited
 ip6 nexthdr tcp tcp dport 1005 reject with icmpv6 no-route
 ip6 nexthdr tcp tcp dport 1006 reject with icmpv6 addr-unreachable
}
chain output { type filter hook output priority 0
 tcp sport 1010 drop
}
}
N`
	cmd := exec.Command("bash", "-c", script)
	cmd.Env = append(os.Environ(), "C="+client, "S="+server)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return client, server
}

// doctorIn runs diagnose in a network namespace and returns its status and output.
func doctorIn(t *testing.T, ns string, args ...string) (status int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ip", append([]string{"netns", "exec", ns, "tcplab", "diagnose"}, args...)...)
	b, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(b)
}

// Each way in which a host can fail to answer is told by its name, from the client's side alone.
func TestDoctorTellsEachCase(t *testing.T) {
	client, _ := twoHosts(t)
	for _, x := range []struct{ to, cause, level, sees string }{
		{"10.9.0.2:999", "closed-port", "", "connect: ECONNREFUSED"}, // its level depends on who may read the kernel's reasons
		{"[fd09::2]:999", "closed-port", "", "connect: ECONNREFUSED"},
		{"10.9.0.2:1001", "syn-dropped", "", "connect: ETIMEDOUT"},
		{"10.9.0.2:1003", "reject-icmp-port-unreachable", "certain", "connect: ECONNREFUSED"},
		{"10.9.0.2:1004", "reject-icmp-admin-prohibited", "certain", "connect: EHOSTUNREACH"},
		{"10.9.0.2:1005", "reject-icmp-host-prohibited", "certain", "connect: EHOSTUNREACH"},
		{"10.9.0.2:1006", "reject-icmp-net-unreachable", "certain", "connect: ENETUNREACH"},
		{"10.9.0.2:1007", "reject-icmp-host-unreachable", "certain", "connect: EHOSTUNREACH"},
		{"10.9.0.2:1008", "reject-icmp-prot-unreachable", "certain", "connect: ENOPROTOOPT"},
		{"10.9.0.2:1009", "reject-icmp-net-prohibited", "certain", "connect: ENETUNREACH"},
		{"[fd09::2]:1003", "reject-icmp6-port-unreachable", "certain", "connect: ECONNREFUSED"},
		{"[fd09::2]:1004", "reject-icmp6-admin-prohibited", "certain", "connect: EACCES"},
		{"[fd09::2]:1005", "reject-icmp6-no-route", "certain", "connect: ENETUNREACH"},
		{"[fd09::2]:1006", "reject-icmp6-addr-unreachable", "certain", "connect: EHOSTUNREACH"},
		{"10.9.0.9:80", "host-down-onlink", "certain", "connect: EHOSTUNREACH"},
		{"[fd09::9]:80", "host-down-onlink", "certain", "connect: EHOSTUNREACH"},
		{"10.9.0.8:80", "wrong-mac", "", "connect: ETIMEDOUT"},
		{"10.77.0.1:80", "local-route-errors", "certain", "connect: EACCES"},
		{"10.78.0.1:80", "local-route-errors", "certain", "connect: EHOSTUNREACH"},
		{"10.79.0.1:80", "local-route-errors", "certain", "connect: EINVAL"},
		{"203.0.113.1:80", "local-route-errors", "certain", "connect: ENETUNREACH"},
	} {
		t.Run(x.to, func(t *testing.T) {
			t.Parallel()
			status, out := doctorIn(t, client, x.to, "--connect-timeout", "6s", "--format", "json")
			r := parseReport(t, out)
			f := cause(r, x.cause)
			switch {
			case status != exitDone || f == nil:
				t.Errorf("status %d, no %s in\n%s", status, x.cause, out)
			case x.level != "" && f.Level != x.level || f.ClientSees != x.sees:
				t.Errorf("%s, %s", f.Level, f.ClientSees)
			}
		})
	}
}

// Without the right to capture, the calls and this host's tables are judged alone: what they show is named, and what only
// packets can tell is left open.
func TestDoctorWithoutTheRightToCapture(t *testing.T) {
	client, _ := twoHosts(t)
	needs(t, "setpriv")
	port := listenIn(t, client, "127.0.0.1")
	for _, x := range []struct{ to, want string }{
		{"10.9.0.1:999", "closed-port strong"},
		{"10.9.0.1:" + port, "bound-loopback-only strong"},
		{"10.9.0.2:999", "reject-reset-host possible, closed-port possible"},
		{"10.9.0.2:1003", "reject-reset-host possible, closed-port possible"},
		{"10.9.0.2:1001", "syn-dropped possible"},
		{"10.9.0.2:1004", "local-route-errors possible"},
		{"10.9.0.9:80", "host-down-onlink strong"},
		{"10.77.0.1:80", "local-route-errors certain"},
		{"10.78.0.1:80", "local-route-errors certain"},
		{"10.79.0.1:80", "local-route-errors certain"},
		{"127.0.0.1:" + port, ""},
	} {
		t.Run(x.to, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "ip", "netns", "exec", client, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
				"tcplab", "diagnose", x.to, "--connect-timeout", "6s", "--format", "json")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			r := parseReport(t, string(out))
			var list []string
			for _, f := range r.Findings {
				list = append(list, f.Cause+" "+f.Level)
			}
			if got := strings.Join(list, ", "); got != x.want {
				t.Errorf("said %q, not %q\n%s", got, x.want, out)
			}
			if len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "no packet was captured") {
				t.Errorf("warnings %q", r.Warnings)
			}
		})
	}
}

// Seen from the server's own host the tables tell where the listener is, and where it is not.
func TestDoctorFindsTheListener(t *testing.T) {
	_, server := twoHosts(t)
	for _, x := range []struct{ listen, to, cause, text string }{
		{"127.0.0.1", "10.9.0.2", "bound-loopback-only", "127.0.0.1:"},
		{"fd09::2", "10.9.0.2", "v6only-listener", "[fd09::2]:"},
		{"0.0.0.0", "[fd09::2]", "v4-only-listener", "0.0.0.0:"},
		{"127.0.0.1", "127.0.0.2", "bound-other-address", "127.0.0.1:"},
	} {
		t.Run(x.cause, func(t *testing.T) {
			port := listenIn(t, server, x.listen)
			status, out := doctorIn(t, server, x.to+":"+port, "--format", "json")
			f := cause(parseReport(t, out), x.cause)
			if status != exitDone || f == nil || f.Level != "certain" || !strings.Contains(strings.Join(f.Evidence, "\n"), x.text+port) {
				t.Errorf("status %d: %+v", status, f)
			}
		})
	}
}

// A connection that succeeds is status 0, also when the server is on another host, of whose sockets this one's tables tell nothing.
func TestDoctorConnects(t *testing.T) {
	client, server := twoHosts(t)
	for _, addr := range []string{"10.9.0.2", "fd09::2"} {
		to := net.JoinHostPort(addr, listenIn(t, server, addr))
		for _, from := range []string{client, server} {
			status, out := doctorIn(t, from, to, "--format", "json")
			if r := parseReport(t, out); status != exitDone || len(r.Findings) > 0 || len(r.Connections) != 1 || r.Connections[0].Handshake == nil {
				t.Errorf("%s from %s: status %d\n%s", to, from, status, out)
			}
		}
	}
}

// A SYN-ACK is as long as a SYN: that the kernel says of it that a firewall took it makes no firewall that took the SYN.
func TestDoctorTellsAnAnswerFromTheSYN(t *testing.T) {
	client, server := twoHosts(t)
	port := listenAt(t, server, "10.9.0.2:1010")
	_, out := doctorIn(t, client, "10.9.0.2:"+port, "--connect-timeout", "6s", "--format", "json")
	r := parseReport(t, out)
	if cause(r, "synack-dropped") == nil && cause(r, "synack-output-dropped") == nil { // how sure it is depends on who may read the kernel's reasons
		t.Errorf("no synack-dropped in\n%s", out)
	}
	if f := cause(r, "syn-dropped"); f != nil && f.Level != "possible" {
		t.Errorf("syn-dropped is %s\n%s", f.Level, out)
	}
}

// listenIn listens in a network namespace, on a port of the kernel's choice, until the test ends.
func listenIn(t *testing.T, ns, addr string) (port string) {
	t.Helper()
	return listenAt(t, ns, net.JoinHostPort(addr, "0"))
}

func listenAt(t *testing.T, ns, at string) (port string) {
	t.Helper()
	in, err := os.Open("/run/netns/" + ns)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	listeners := make(chan net.Listener, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread of that namespace ends with the goroutine
		defer close(listeners)
		if err := unix.Setns(int(in.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			return
		}
		network := "tcp4"
		if strings.HasPrefix(at, "[") {
			network = "tcp6"
		}
		l, err := net.Listen(network, at)
		if err != nil {
			t.Error(err)
			return
		}
		listeners <- l
	}()
	l, ok := <-listeners
	if !ok {
		t.FailNow()
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// What ended before anything was seen is no clean bill of health.
func TestDoctorThatCannotTellYet(t *testing.T) {
	client, _ := twoHosts(t)
	for _, to := range []string{"10.9.0.77:80", "10.9.0.2:1001"} { // nobody there; a firewall that drops
		status, out := doctorIn(t, client, to, "--connect-timeout", "300ms")
		if status != exitIncomplete || strings.Contains(out, "no fault") || !strings.Contains(out, "no verdict yet") {
			t.Errorf("%s: status %d\n%s", to, status, out)
		}
	}
}

// A name is looked up as other programs do, and the page says by whom.
func TestDoctorResolves(t *testing.T) {
	needs(t, "capture")
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_, out, errs := invoke(t, "diagnose", "localhost:"+port)
	if !strings.Contains(out, "resolved    by ") || !strings.Contains(out, "connected in") {
		t.Errorf("%s%s", out, errs)
	}
}

// The C library takes a port modulo 65536: another one than was asked for would be tried.
func TestDoctorRefusesWhatIsNoPort(t *testing.T) {
	for _, port := range []string{"0", "65536", "99999", "18446744073709551617", "nosuchservice"} {
		if status, _, errs := invoke(t, "diagnose", "127.0.0.1:"+port); status != exitUsage || !strings.Contains(errs, "is no port") {
			t.Errorf("%s: status %d, %s", port, status, errs)
		}
	}
}
