package scenario_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/capture/hostfacts"
	"tcplab/session"
	"tcplab/session/scenario"
)

func TestMain(m *testing.M) {
	if session.ActorRequested() {
		os.Exit(session.ActorMain())
	}
	os.Exit(m.Run())
}

// snapshot stands where cmd reads the host's facts; these tests look at calls only.
func snapshot(when string) hostfacts.Facts { return hostfacts.Facts{When: when} }

// play runs a scenario on a free port and checks its claims on calls and exits.
func play(t *testing.T, s *scenario.Scenario, p scenario.Params) *session.Result {
	t.Helper()
	p.FreePort = true
	p, err := s.Complete(p)
	if err != nil {
		t.Skip(err)
	}
	r, err := session.Run(t.Context(), s.Plan(p), session.Hooks{Snapshot: snapshot})
	if err != nil {
		t.Errorf("%s %s: %v", s.Name, p.Variant, err)
	}
	for _, c := range s.Expect(p) {
		if seen, ok := c.Check(r, nil); !ok {
			t.Errorf("%s %s: %s: %s", s.Name, p.Variant, c.Text, seen)
		}
	}
	for _, w := range r.Warnings {
		t.Errorf("%s %s: warning: %s", s.Name, p.Variant, w)
	}
	if t.Failed() {
		logCalls(t, r)
		t.FailNow()
	}
	return r
}

func logCalls(t *testing.T, r *session.Result) {
	t.Helper()
	for _, c := range r.Calls[:min(len(r.Calls), 40)] {
		t.Logf("%3d %-8s %s(%s) = %d %v", c.Number, c.Actor, c.Op, c.Args, c.N, c.Errno)
	}
}

// serverPort is the port that the run's client asked for, 0 when it asked for none.
func serverPort(r *session.Result) uint16 {
	for _, c := range r.Calls {
		if c.Op == "connect" {
			return netip.MustParseAddrPort(c.Remote).Port()
		}
	}
	return 0
}

// needIPv6 skips scenarios that the host cannot run.
func needIPv6(t *testing.T, s *scenario.Scenario) {
	t.Helper()
	for _, need := range s.Needs {
		if _, err := os.Stat("/proc/net/if_inet6"); need == "ipv6" && err != nil {
			t.Skip("this kernel has no IPv6")
		}
	}
}

func TestScenarios(t *testing.T) {
	for _, s := range scenario.All() {
		variants := s.Variants
		if len(variants) == 0 {
			variants = []string{""}
		}
		for _, v := range variants {
			t.Run(strings.TrimSuffix(s.Name+"/"+v, "/"), func(t *testing.T) {
				needIPv6(t, s)
				if s.Stage != nil {
					t.Skip("plays in a lab of its own: the command's tests run it there")
				}
				checkOrder(t, play(t, s, scenario.Params{Variant: v}))
			})
		}
	}
	for _, child := range children(t) {
		t.Errorf("process %s is left over", child)
	}
}

// checkOrder checks what every record must be: numbered by begin, no call before its actor's last one has ended.
func checkOrder(t *testing.T, r *session.Result) {
	t.Helper()
	last := map[string]int{}
	for i, c := range r.Calls {
		if c.Number != uint32(i+1) {
			t.Errorf("call %d has number %d", i+1, c.Number)
		}
		if c.PID == 0 || c.Begin == 0 || c.End != 0 && c.End < c.Begin {
			t.Errorf("call %d: pid %d, begin %d, end %d", c.Number, c.PID, c.Begin, c.End)
		}
		if before, ok := last[c.Actor]; ok && c.Begin < r.Calls[before].End {
			t.Errorf("call %d of the %s began before call %d had ended", c.Number, c.Actor, before+1)
		}
		last[c.Actor] = i
	}
}

// children lists the processes that this one has.
func children(t *testing.T) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil { // threads come and go
			pids = append(pids, strings.Fields(string(text))...)
		}
	}
	return pids
}

// TestHelloIsStable runs hello many times: complete each time, and never by way of a deadline or a poll in whole seconds.
func TestHelloIsStable(t *testing.T) {
	begin := time.Now()
	const runs, limit = 200, time.Second // some ms, on a machine that is busy with much else
	for range runs {
		r := play(t, scenario.Hello, scenario.Params{})
		if len(r.Calls) != 19 || len(r.Views) != 3 || len(r.Exits) != 2 || len(r.Traffic) != 2 {
			t.Fatalf("%d calls, %d views, %d exits, %d flows", len(r.Calls), len(r.Views), len(r.Exits), len(r.Traffic))
		}
		if r.Views[0].Actor != "server" || r.Views[2].Actor != "client" || r.Exits[0].Name != "server" {
			t.Fatalf("not in the order of the plan: %+v, %+v", r.Views, r.Exits)
		}
		for _, v := range r.Views {
			if v.State == "LISTEN" {
				if v.Actor != "server" || v.Fields["queue"] != 0 || v.Fields["backlog"] != 3 || v.Fields["drops"] != 0 {
					t.Fatalf("the kernel's view of the listener is %+v", v)
				}
				continue
			}
			// The kernel counts the peer's FIN as one byte received.
			if v.Fields["bytes_sent"] != 45 || v.Fields["bytes_received"] != 46 || v.Fields["total_retrans"] != 0 || v.When != "close" {
				t.Fatalf("the kernel's view is %+v", v)
			}
		}
		for _, f := range r.Traffic {
			if f.Bytes != 45 || !f.Closed {
				t.Fatalf("the calls say %+v was sent", f)
			}
		}
	}
	mean := time.Since(begin) / runs
	t.Logf("%v a run", mean)
	if mean > limit {
		t.Errorf("a run takes %v, want at most %v", mean, limit)
	}
}

// TestOnIPv6 runs hello on the other family.
func TestOnIPv6(t *testing.T) {
	needIPv6(t, scenario.V6Only)
	play(t, scenario.Hello, scenario.Params{Addr: netip.IPv6Loopback()})
}
