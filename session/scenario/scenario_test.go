package scenario_test

import (
	"os"
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
		t.Fatal(err)
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
	if t.Failed() {
		for _, c := range r.Calls[:min(len(r.Calls), 40)] {
			t.Logf("%3d %-8s %s(%s) = %d %v", c.Number, c.Actor, c.Op, c.Args, c.N, c.Errno)
		}
	}
	return r
}

func TestScenarios(t *testing.T) {
	for _, s := range scenario.All() {
		variants := s.Variants
		if len(variants) == 0 {
			variants = []string{""}
		}
		for _, v := range variants {
			t.Run(s.Name+"/"+v, func(t *testing.T) { play(t, s, scenario.Params{Variant: v}) })
		}
	}
}

func TestHelloIsStable(t *testing.T) {
	begin := time.Now()
	const runs = 200
	for range runs {
		play(t, scenario.Hello, scenario.Params{})
		if t.Failed() {
			return
		}
	}
	t.Logf("%v a run", time.Since(begin)/runs)
}
