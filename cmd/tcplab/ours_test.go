package main

import (
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/session/scenario"
)

// While the scenario runs, another program knocks on the same port every millisecond: the report is of the scenario alone.
func TestOtherProgramsAreLeftOut(t *testing.T) {
	needs(t, "capture")
	addr := netip.MustParseAddr("127.0.0.1")
	params, err := scenario.ClosedPort.Complete(scenario.Params{FreePort: true, Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		knock := time.NewTicker(time.Millisecond)
		defer knock.Stop()
		for {
			select {
			case <-stop:
				return
			case <-knock.C:
				if c, err := net.Dial("tcp", params.Server().String()); err == nil {
					io.WriteString(c, "who is there?")
					c.Close()
				}
			}
		}
	}()
	l := &liveRun{targets: []netip.Addr{addr}}
	if err := l.place("lo"); err != nil {
		t.Fatal(err)
	}
	e, err := l.perform(t.Context(), scenario.ClosedPort.Plan(params))
	close(stop)
	<-done
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := only(t, r); c.Outcome != "REJ" || c.Frames != 2 || c.FirstFrame != 1 {
		t.Errorf("%+v", c)
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "of other programs and left out") {
		t.Errorf("warnings: %q", r.Warnings)
	}
}

// In a network of its own a run knows nothing of who listens on the machine.
func TestSealedFactsAreTheLabsOwn(t *testing.T) {
	needs(t, "sealed")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"--sealed", "--hosts=direct"} {
		dir := filepath.Join(t.TempDir(), "run")
		cmd := exec.CommandContext(t.Context(), self, "trace", "closed-port", "--save", dir, place)
		cmd.Args[0] = "tcplab" // the test binary is the command under this name
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", place, err, out)
		}
		facts, err := os.ReadFile(filepath.Join(dir, "facts.json"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(facts), `"netns"`) || strings.Contains(string(facts), l.Addr().String()) {
			t.Errorf("%v: listeners of the machine are in the evidence: %s", place, facts)
		}
	}
}
