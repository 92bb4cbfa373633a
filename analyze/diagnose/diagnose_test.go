package diagnose

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// The Index forgets: its memory does not grow with the number of servers, nor with the connections of one.
func TestIndexIsBounded(t *testing.T) {
	x := NewIndex()
	for i := range 3 * hostsKept {
		conv := &flow.Conversation{ID: uint32(i), ServerPort: 80}
		conv.Server[12], conv.Server[13] = byte(i>>8), byte(i)
		x.Add(conv)
	}
	if n := len(x.young.list) + len(x.old.list); n > 2*hostsKept {
		t.Errorf("%d servers are kept, at most %d are wanted", n, 2*hostsKept)
	}
	same := &flow.Conversation{ServerPort: 81}
	for i := range 100 * perHost {
		same.ID = uint32(i)
		x.Add(same)
	}
	c := Case{Conv: same}
	x.Join(&c)
	if len(c.Peers) > perHost || len(c.SamePort) > perPort {
		t.Errorf("%d peers and %d of the port, at most %d and %d are wanted", len(c.Peers), len(c.SamePort), perHost, perPort)
	}
	latest := c.Peer(func(p *Peer) bool { return p.ID == uint32(100*perHost-2) })
	if latest == nil || latest.ServerPort != 81 {
		t.Errorf("the latest connection but one is forgotten: %+v", latest)
	}
}

func TestSchedules(t *testing.T) {
	for _, test := range []struct {
		seconds []float64
		want    Schedule
	}{
		{[]float64{0, 1.02, 2.05, 3.07, 4.1, 5.1, 7.2, 11.3}, LinuxLinear},
		{[]float64{0, 1.0, 3.02, 7.06, 15.2}, Doubling},
		{[]float64{0, 3.0, 9.01}, WindowsDoubling},
		{[]float64{0, 1}, NoSchedule},
		{[]float64{0, 5, 6, 7}, NoSchedule},
	} {
		var times []time.Duration
		for _, s := range test.seconds {
			times = append(times, time.Duration(s*float64(time.Second)))
		}
		if got := ScheduleOf(times); got != test.want {
			t.Errorf("%v: %v, want %v", test.seconds, got, test.want)
		}
	}
}

func TestFixNamesTheAddress(t *testing.T) {
	fix := compileFix("on HOST: ss -ltn 'sport = :PORT' for CLIENT (SO_REUSEPORT)")
	known := &Case{Call: &calls.Call{Op: "connect", Local: "10.0.0.1:4000", Args: `3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16`}}
	if got, want := fix.text(known), "on 10.0.0.2: ss -ltn 'sport = :80' for 10.0.0.1 (SO_REUSEPORT)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := fix.text(&Case{}), "on HOST: ss -ltn 'sport = :PORT' for CLIENT (SO_REUSEPORT)"; got != want {
		t.Errorf("without an address: %q, want %q", got, want)
	}
	known.Call.Args = `3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::2", &sin6_addr), sin6_scope_id=0}, 28`
	fix = compileFix("openssl s_client -connect HOST:PORT; nc HOST PORT")
	if got, want := fix.text(&Case{Call: known.Call}), "openssl s_client -connect [2001:db8::2]:80; nc 2001:db8::2 80"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Linux answers connect() with these errnos (net/ipv4/icmp.c icmp_err_convert, net/ipv6/icmp.c tab_unreach).
func TestErrnoOfICMP(t *testing.T) {
	for _, test := range []struct {
		v6         bool
		kind, code uint8
		want       string
	}{
		{false, 3, 0, "ENETUNREACH"}, {false, 3, 1, "EHOSTUNREACH"}, {false, 3, 2, "ENOPROTOOPT"}, {false, 3, 3, "ECONNREFUSED"},
		{false, 3, 4, ""}, {false, 3, 13, "EHOSTUNREACH"}, {false, 3, 9, "ENETUNREACH"}, {false, 11, 0, "EHOSTUNREACH"}, {false, 11, 1, ""},
		{true, 1, 1, "EACCES"}, {true, 1, 4, "ECONNREFUSED"}, {true, 1, 0, "ENETUNREACH"}, {true, 3, 0, "EHOSTUNREACH"}, {true, 2, 0, ""},
	} {
		e := wire.ICMP{V6: test.v6, Type: test.kind, Code: test.code}
		if got := ErrnoOf(&e); got != test.want {
			t.Errorf("%s: %q, want %q", ICMPText(&e), got, test.want)
		}
	}
}

// An Index knows of each server the connections that two plain maps know, one of them forgotten when the other is full.
func TestIndexKeepsServersApart(t *testing.T) {
	x, random := NewIndex(), rand.New(rand.NewPCG(1, 2))
	young, old := map[wire.Addr][]uint32{}, map[wire.Addr][]uint32{}
	conv := &flow.Conversation{ServerPort: 80}
	for i := range 16 * hostsKept {
		server := random.IntN(2*hostsKept + i/4) // more and more of them
		conv.ID, conv.Server[12], conv.Server[13], conv.Server[14] = uint32(i), byte(server>>16), byte(server>>8), byte(server)
		x.Add(conv)
		known, found := young[conv.Server]
		if !found {
			known = old[conv.Server]
			if len(young) == hostsKept {
				young, old = map[wire.Addr][]uint32{}, young
			}
		}
		known = append(known[:len(known):len(known)], conv.ID)
		young[conv.Server] = known
		c := Case{Conv: conv}
		x.Join(&c)
		var ids []uint32
		for _, p := range c.Peers {
			ids = append(ids, p.ID)
		}
		if len(known) <= perHost && !slices.Equal(ids, known) {
			t.Fatalf("connection %d to %v: %v are known, want %v", i, conv.Server, ids, known)
		}
	}
}

// A SYN and its refusal is judged as that alone; a connection that was reset later is judged by its end too.
func TestRefusalHasNoEnding(t *testing.T) {
	c := &flow.Conversation{Frames: 2, Reset: &flow.Reset{AnswersSYN: true}, ServerPort: 80}
	c.Half[flow.ToServer].SYN.Seen, c.Half[flow.ToClient].Resets = true, 1
	if got := Incident(c); got != refused|always {
		t.Errorf("symptoms %b, want %b", got, refused|always)
	}
	c.Reset.AnswersSYN = false
	if got := Incident(c); !got.Has(ResetBy) || !got.Has(OddEnding) {
		t.Errorf("symptoms %b lack those of a reset", got)
	}
}

func TestTimersAreKnownByTheirTime(t *testing.T) {
	for _, test := range []struct {
		idle        time.Duration
		box, server string
	}{
		{5100 * time.Millisecond, "", "Apache httpd, Node.js, Uvicorn and lighttpd (5 s)"},
		{9 * time.Second, "", ""},
		{75 * time.Second, "", "nginx (75 s)"},
		{250 * time.Second, "Azure's load balancer (240 s)", ""},
		{351 * time.Second, "AWS's NLB and NAT gateway (350 s)", ""},
		{500 * time.Second, "", ""},
		{2 * time.Hour, "", ""},
	} {
		if box, server := BoxTimer(test.idle), ServerTimer(test.idle); box != test.box || server != test.server {
			t.Errorf("%v: %q and %q, want %q and %q", test.idle, box, server, test.box, test.server)
		}
	}
}
