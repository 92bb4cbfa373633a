package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
)

// What programs are known to sleep is found in the packets, with the segments between which they did; a client that takes its time
// before its first request as well. The five shares are all of the time.
func TestWaitsAreWhatProgramsSlept(t *testing.T) {
	needs(t, python)
	b := newBench(t, "thinks.py")
	r := b.report("--server", python+" thinks.py server", "--client", python+" thinks.py client")
	c := &r.Connections[0]
	checkWaits(t, c)
	client, server := waitFor(c, report.ForClient), waitFor(c, report.ForServer)
	const near = 0.8 // until a delayed ACK, a segment may still be under way
	if time.Duration(client.Time) < near*1200*time.Millisecond || time.Duration(client.Longest) < near*900*time.Millisecond || client.From != c.Handshake.ACK {
		t.Errorf("the client slept 0.9 s before its first request and 0.3 s before the second: %+v", client)
	}
	if time.Duration(server.Time) < near*600*time.Millisecond || time.Duration(server.Longest) < near*400*time.Millisecond || server.From <= client.To {
		t.Errorf("the server slept 0.4 s and 0.2 s: %+v", server)
	}
}

// A cable that delays and loses takes its share.
func TestWaitsOfCable(t *testing.T) {
	needsLab(t)
	r := traced(t, "hello", "--cable", "delay both 150ms", "--cable", "drop c2s data 1 once")
	c := &r.Connections[0]
	checkWaits(t, c)
	const trips = 2 * 300 * time.Millisecond // handshake, request and answer
	if w := waitFor(c, report.ForNetwork); time.Duration(w.Time) < trips {
		t.Errorf("150 ms each way: %+v", w)
	}
	if w := waitFor(c, report.ForLoss); w.Time == 0 || w.From == 0 || !sentAgain(c, w.To) {
		t.Errorf("a lost segment: %+v", w)
	}
}

// traced is the report of a scenario between two hosts, with its segments.
func traced(t *testing.T, args ...string) *report.Report {
	t.Helper()
	status, out, errs := invoke(t, append([]string{"trace", "--hosts", "direct", "--port", "0", "--format", "json", "--segments"}, args...)...)
	if status != exitDone {
		t.Fatal(errs)
	}
	return parseReport(t, out)
}

// A run without fault says where its time went, and a short one does not.
func TestDiagnoseSaysWhereTheTimeWent(t *testing.T) {
	for run, want := range map[string]string{"keepalive-ok": "waiting for the client", "hello": ""} {
		_, out, errs := invoke(t, "diagnose", filepath.Join("../../pcaps", run, "frames.pcapng"))
		said := strings.Contains(out, "\n time ")
		if !strings.Contains(out, "no fault found") || said != (want != "") || !strings.Contains(out, want) {
			t.Errorf("%s: %s%s", run, out, errs)
		}
	}
}

func waitFor(c *report.Connection, what string) (w report.Wait) {
	if c.Waits == nil {
		return w
	}
	for _, w := range c.Waits.Shares {
		if w.For == what {
			return w
		}
	}
	return w
}

// checkWaits holds the waits of a connection without keep-alives together: every moment of it is in one of them.
func checkWaits(t *testing.T, c *report.Connection) {
	t.Helper()
	if c.Waits == nil {
		t.Fatal("no waits")
	}
	var sum report.Seconds
	for _, w := range c.Waits.Shares {
		sum += w.Time
	}
	if sum != c.Waits.Covered || sum != c.Duration {
		t.Errorf("waits of %v, said to be %v, of %v", sum, c.Waits.Covered, c.Duration)
	}
}

// sentAgain reports whether a segment was sent again.
func sentAgain(c *report.Connection, frame uint32) bool {
	for i := range c.Segments {
		if s := &c.Segments[i]; s.Frame == frame {
			return strings.Contains(strings.Join(s.Marks, " "), "retransmission")
		}
	}
	return false
}
