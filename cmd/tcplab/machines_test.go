package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/check"
	"tcplab/analyze/report"
	"tcplab/session/lab"
	"tcplab/session/lab/cable"
	"tcplab/session/scenario"
)

// machines are two hosts of a lab on which this program runs as on machines of their own: nothing joins the processes but
// the cable.
type machines struct {
	*lab.Lab
	dir, program string
}

func twoMachines(t *testing.T, topology lab.Topology, rules ...string) *machines {
	t.Helper()
	needsLab(t)
	script, err := cable.Parse(strings.Join(rules, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	made, err := lab.New(lab.Config{Topology: topology, Cable: script})
	if err != nil {
		t.Fatal(err)
	}
	m := &machines{Lab: made}
	m.dir, m.program = publicCopy(t, "tcplab")
	t.Cleanup(func() { made.Close() })
	return m
}

// process is one run of the program.
type process struct {
	*exec.Cmd
	out, errs bytes.Buffer
}

// on starts the program on a host.
func (m *machines) on(t *testing.T, host string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, m.program, args...)}
	p.Dir, p.Stdout = m.dir, &p.out
	said, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	h, err := m.Host(host)
	if err == nil {
		err = h.Do(p.Start)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for args[0] == "serve" && lines.Scan() { // until it listens
		p.errs.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "listening on") {
			break
		}
	}
	go func() {
		for lines.Scan() {
		}
	}()
	return p
}

// both runs a scenario, each side on its machine, and returns the reports of the client's and the server's.
func (m *machines) both(t *testing.T, name string, args ...string) (client, server *report.Report) {
	t.Helper()
	more := append([]string{"--format", "json", "--segments"}, args...)
	s := m.on(t, "server", append([]string{"serve", name, "--save", "server-side"}, more...)...)
	h, err := m.Host("server")
	if err != nil {
		t.Fatal(err)
	}
	c := m.on(t, "client", append([]string{"connect", name, h.V4.String(), "--save", "client-side"}, more...)...)
	if errC, errS := c.Wait(), s.Wait(); errC != nil || errS != nil {
		t.Fatalf("connect: %v, serve: %v\n%s%s", errC, errS, c.errs.String(), s.errs.String())
	}
	return parseReport(t, c.out.String()), parseReport(t, s.out.String())
}

// Every scenario that is said to split does: each side runs on a machine of its own, and does there what it promises.
func TestEverySplitScenarioRunsOnTwoMachines(t *testing.T) {
	m := twoMachines(t, lab.Direct)
	for _, s := range scenario.All() {
		if !s.Splits() {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			client, server := m.both(t, s.Name, "--port", "9999")
			for side, r := range map[string]*report.Report{"client": client, "server": server} {
				if r.Run.Side != side || len(r.Expectations) == 0 || len(r.Connections) == 0 {
					t.Errorf("%s: side %q, %d expectations, %d connections", side, r.Run.Side, len(r.Expectations), len(r.Connections))
				}
				for _, e := range r.Expectations {
					if !e.Met {
						t.Errorf("%s: not met: %s", side, e.Text)
					}
				}
			}
		})
	}
}

// The server says what to run on the other machine, also what differs from the scenario's own.
func TestServeSaysHowToConnect(t *testing.T) {
	m := twoMachines(t, lab.Direct)
	p := m.on(t, "server", "serve", "hello", "--port", "7000", "--variant", "literal", "--param", "message=how do you do")
	p.Process.Signal(os.Interrupt)
	if err := p.Wait(); exitStatus(err) != "3" {
		t.Errorf("interrupted: %v", err)
	}
	const want = "tcplab: serve: listening on 0.0.0.0:7000; now run on the other machine: " +
		"tcplab connect hello --variant literal --port 7000 --param 'message=how do you do' 10.0.0.2\n"
	if got := p.errs.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What cannot be parted is refused with the reason and those that can, before anything runs.
func TestScenariosThatCannotBeParted(t *testing.T) {
	for _, x := range []struct{ command, name, why string }{
		{"serve", "deadlock-empty", "the shell must wait for server:in-recv, which happens on the other side"},
		{"serve", "half-close-four-way", "the server must wait for client:answered"},
		{"serve", "loss-rto", "it plays in a lab of its own"},
		{"serve", "closed-port", "no actor runs on the server's side"},
		{"serve", "pipe-contrast", "all its actors run on one side"},
		{"serve", "refused-v4-only", "its addresses are those of one machine"},
		{"connect", "stopped-peer", "the client must wait for server:stopped"},
	} {
		args := []string{x.command, x.name}
		if x.command == "connect" {
			args = append(args, "127.0.0.1")
		}
		status, out, errs := invoke(t, args...)
		if status != 2 || out != "" || !strings.Contains(errs, x.why) || !strings.Contains(errs, "hint: these can: hello, ") {
			t.Errorf("%s %s: status %d, %s", x.command, x.name, status, errs)
		}
	}
}

// saved is the directory of a side.
func (m *machines) saved(side string) string { return filepath.Join(m.dir, side+"-side") }

// What serve and connect saved is one run to check and to view; to diff, which compares two, it is a mistake.
func TestTwoSidesAreOneRun(t *testing.T) {
	m := twoMachines(t, lab.Direct, "drop c2s data 1 once")
	m.both(t, "hello")
	client, server := m.saved("client"), m.saved("server")

	status, out, errs := invoke(t, "check", client, server, "--opened", "--bytes-to-server", "45", "--no-retransmission", "--format", "json")
	var sum struct{ Checks []check.Result }
	if err := json.Unmarshal([]byte(out), &sum); err != nil || status != exitCondition || len(sum.Checks) != 3 {
		t.Fatalf("check: status %d, %v, %s%s", status, err, out, errs)
	}
	for i, held := range []bool{true, true, false} {
		if c := sum.Checks[i]; c.Passed != held || len(c.Frames) == 0 {
			t.Errorf("check: %+v", c)
		}
	}
	for _, pair := range [][2]string{{client, server}, {server, client}} {
		if status, out, errs := invoke(t, "diff", pair[0], pair[1]); status != exitTrouble || out != "" ||
			!strings.Contains(errs, "are the two sides of one run, not two runs") || !strings.Contains(errs, "hint: tcplab analyze ") {
			t.Errorf("diff: status %d, %s%s", status, out, errs)
		}
	}
	if status, out, errs := invoke(t, "diff", client, client); status != exitDone || out != "" || errs != "" {
		t.Errorf("diff of a side with itself: status %d, %s%s", status, out, errs)
	}
	term := inTerminal(t, viewer(t, client+"' '"+server))
	term.press(nil, "1 connection", "q quit")
	term.press([]string{"Enter"}, "connection 0", "win 64512 lost ──", "─✗│")
	term.press([]string{"q"}, "left with 0")
}
