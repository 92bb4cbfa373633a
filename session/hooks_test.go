package session_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tcplab/capture"
	"tcplab/capture/hostfacts"
	"tcplab/session"
)

// cancelAt cancels a run when an actor asks for the facts called when: a point of the script, not of time.
func cancelAt(when string, cancel context.CancelFunc) func(string) hostfacts.Facts {
	return func(w string) hostfacts.Facts {
		if w == when {
			cancel()
		}
		return hostfacts.Facts{When: w}
	}
}

// printChildren prints the pids of this process's children when both actors run.
func printChildren(when string) hostfacts.Facts {
	if when == "both" {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
		tasks, _ := os.ReadDir("/proc/self/task")
		for _, task := range tasks {
			if task.Name() != fmt.Sprint(os.Getpid()) {
				more, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
				text = append(text, more...)
			}
		}
		fmt.Println(string(text))
	}
	return hostfacts.Facts{}
}

// port is the port of the run's listener, as text.
func port(r *session.Result) string {
	for _, c := range r.Calls {
		if c.Op == "listen" {
			return c.Local[strings.LastIndexByte(c.Local, ':')+1:]
		}
	}
	return ""
}

// drained is a capture that records when it was opened and what it was asked to wait for.
type drained struct {
	opened capture.Stamp
	want   session.Traffic
	times  int
}

func (d *drained) Drain(_ context.Context, want session.Traffic) (string, error) {
	d.want = want
	d.times++
	return "all seen", nil
}

func TestCaptureIsOpenBeforeAnyCall(t *testing.T) {
	d := &drained{}
	plan := endless()
	plan.Actors[1].Steps = nil
	plan.Actors[0].Steps = plan.Actors[0].Steps[:3]
	var filter string
	r, err := session.Run(t.Context(), plan, session.Hooks{OpenCapture: func(f string) (session.Capture, error) {
		filter, d.opened = f, capture.StampOf(time.Now())
		return d, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if filter != "port 0 or icmp or icmp6" {
		t.Errorf("filter %q", filter)
	}
	if d.times != 1 || r.Drained != "all seen" {
		t.Errorf("drained %d times, %q", d.times, r.Drained)
	}
	for _, c := range r.Calls {
		if c.Begin < d.opened {
			t.Errorf("call %d began %v before the capture was open", c.Number, d.opened.Sub(c.Begin))
		}
	}
}
