package live

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcplab/capture/hostfacts"
)

// TestFactsOfNamespace: inside a fresh namespace everything comes from there, not from the namespace of the process.
func TestFactsOfNamespace(t *testing.T) {
	script := `ip link set lo up; ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up
			ip addr add 10.9.0.1/24 dev v0; ip neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev v0
			ip route add unreachable 10.8.0.0/16; echo 3 > /proc/sys/net/ipv4/tcp_syn_retries
			nft 'table inet lab { chain input { type filter hook input priority 0; policy accept; tcp dport 80 counter drop; }; }'`
	inNewNamespace(t, script, func() {
		f := Snapshot(FactsOptions{Host: "a", When: "before", Routes: []netip.Addr{netip.MustParseAddr("10.9.0.1"),
			netip.MustParseAddr("10.9.0.7"), netip.MustParseAddr("10.8.1.1"), netip.MustParseAddr("203.0.113.1")}})
		check := func(what string, want, got any) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:\n%s", what, diff)
			}
		}
		check("routes", []hostfacts.Route{{Dst: "10.9.0.1", Iface: "lo", Src: "10.9.0.1"},
			{Dst: "10.9.0.7", Iface: "v0", Src: "10.9.0.1"}, {Dst: "10.8.1.1", Error: "EHOSTUNREACH"},
			{Dst: "203.0.113.1", Error: "ENETUNREACH"}}, f.Routes)
		check("neighbours", []hostfacts.Neighbor{{Addr: "10.9.0.7", Iface: "v0", MAC: "02:00:00:00:00:07", State: "PERMANENT"}}, f.Neighbors)
		check("firewall", []string{"inet lab input: type filter hook input priority filter; policy accept;",
			"inet lab input: tcp dport 80 counter packets 0 bytes 0 drop"}, f.Firewall)
		check("sysctl", "3", f.Sysctls["net.ipv4.tcp_syn_retries"])
		if len(f.Addresses) == 0 || f.Addresses[0].CIDR != "127.0.0.1/8" || f.Counters["Tcp.ActiveOpens"] != 0 {
			t.Errorf("addresses %+v, ActiveOpens %d", f.Addresses, f.Counters["Tcp.ActiveOpens"])
		}
	})
}

func TestCounters(t *testing.T) {
	got := map[string]uint64{}
	parseCounterPairs(got, "Tcp: RtoAlgorithm MaxConn OutRsts\nTcp: 1 -1 15\nTcpExt: ListenOverflows ListenDrops\nTcpExt: 0 7\n")
	parseCounterLines(got, "Ip6InReceives                   \t12\nIcmp6InType135                \t3\nIp6OutNoRoutes \t0\n")
	want := map[string]uint64{"Tcp.RtoAlgorithm": 1, "Tcp.OutRsts": 15, "TcpExt.ListenDrops": 7, "Ip6.InReceives": 12, "Icmp6.InType135": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRulesOf(t *testing.T) {
	const ruleset = `table ip nat {
	set blocked {
		type ipv4_addr
		elements = { 10.0.0.9,
			     10.0.0.10 }
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "eth0" masquerade
	}
}
`
	want := []string{"ip nat set blocked: type ipv4_addr", "ip nat set blocked: elements = { 10.0.0.9,", "ip nat set blocked: 10.0.0.10 }",
		"ip nat postrouting: type nat hook postrouting priority srcnat; policy accept;", `ip nat postrouting: oifname "eth0" masquerade`}
	if diff := cmp.Diff(want, rulesOf(ruleset)); diff != "" {
		t.Error(diff)
	}
}

func TestParseProcSocket(t *testing.T) {
	for line, want := range map[string]string{
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 61299 1 0000000000000000 100 0 0 10 0":    "127.0.0.1:8080  LISTEN",
		"   1: 0100007F:1F90 0100007F:D431 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 0000000000000000":                     "127.0.0.1:8080 127.0.0.1:54321 TIME-WAIT59.990",
		"   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 9 1": "[::1]:80  LISTEN",
		"  sl  local_address rem_address   st": "",
		"":                                     "",
	} {
		s, ok := parseProcSocket("tcp", line)
		if got := s.Local + " " + s.Remote + " " + s.State + s.Timer; ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// FuzzParseSockets feeds both table parsers with anything: they must not panic and name a port where they accept.
func FuzzParseSockets(f *testing.F) {
	f.Add("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 61299 1")
	f.Add(string(make([]byte, 80)))
	f.Add("\x0a\x0a\x00\x00\x1f\x90" + strings.Repeat("\x00", 66) + "\x06\x00\x0b\x00\x01\x00") // the last attribute lacks its padding
	f.Fuzz(func(t *testing.T, text string) {
		a, okA := parseProcSocket("tcp6", text)
		b, okB := parseDiag("udp", []byte(text))
		if okA && strings.HasSuffix(a.Local, ":0") || okB && strings.HasSuffix(b.Local, ":0") {
			t.Fatalf("port 0 accepted: %+v %+v", a, b)
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	for b.Loop() {
		Snapshot(FactsOptions{})
	}
}

// Connection tracking counts for each processor, in hexadecimal; the number of entries stands in every line and is no counter.
func TestConntrackCounters(t *testing.T) {
	got := map[string]uint64{}
	parseConntrack(got, "entries  clashres found drop early_drop\n0000001f  00000000 00000001 0000000a 00000000\n0000001f  00000000 00000000 00000001 00000002\n")
	want := map[string]uint64{"Conntrack.found": 1, "Conntrack.drop": 11, "Conntrack.early_drop": 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
