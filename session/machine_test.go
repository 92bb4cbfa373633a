package session_test

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/hostfacts"
	"tcplab/session"
)

// loop is port 0 of the loopback address: the kernel chooses.
var loop = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

// act runs one actor alone.
func act(t *testing.T, steps ...session.Step) (*session.Result, capture.ActorExit) {
	t.Helper()
	r := play(t, session.Script{Actor: "client", Steps: steps})
	return r, r.Exits[0]
}

// play runs scripts together.
func play(t *testing.T, scripts ...session.Script) *session.Result {
	t.Helper()
	r, err := session.Run(t.Context(), session.Plan{Name: "test", Target: loop, Actors: scripts, Deadline: 5 * time.Second}, session.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	noneLeft(t, r.Exits, len(scripts))
	return r
}

// ops lists the system calls of a run.
func ops(r *session.Result) string {
	var words []string
	for _, c := range r.Calls {
		words = append(words, c.Op)
	}
	return strings.Join(words, " ")
}

// TestFailingCalls: what a program does after a call that fails.
func TestFailingCalls(t *testing.T) {
	bad := session.Close("nothing")
	for _, x := range []struct {
		name   string
		steps  []session.Step
		status int
		failed string
		ops    string
	}{
		{"checked", []session.Step{bad, bad}, 1, "close: EBADF (bad file descriptor)", "close"},
		{"unchecked", []session.Step{bad.Unchecked(), bad.Unchecked()}, 0, "", "close close"},
		{"or exit", []session.Step{bad.OrExit(7), bad}, 7, "close: EBADF (bad file descriptor)", "close"},
		{"or exit 0", []session.Step{bad.OrExit(0), bad}, 0, "close: EBADF (bad file descriptor)", "close"},
		{"in a loop", []session.Step{session.Repeat(3, bad)}, 1, "close: EBADF (bad file descriptor)", "close"},
		{"exit in a loop", []session.Step{session.Repeat(3, bad.OrExit(4)), bad}, 4, "close: EBADF (bad file descriptor)", "close"},
		{"loop", []session.Step{session.Repeat(3, bad.Unchecked())}, 0, "", "close close close"},
		{"no such step", []session.Step{{Op: "dance"}}, 1, `dance: no such step "dance"`, ""},
		{"no such actor", []session.Step{session.Kill("nobody", syscall.SIGTERM)}, 1, `kill: no actor "nobody"`, ""},
		{"no such child", []session.Step{session.Fork("nobody")}, 1, `fork: no actor "nobody" is forked by the client`, ""},
		{"not JSON", []session.Step{session.Parse()}, 1, "parse: 0 bytes are not one JSON value: unexpected end of JSON input", ""},
		{"connect nowhere", []session.Step{session.Socket("s", loop), session.Connect("s", loop)}, 1,
			"connect: ECONNREFUSED (connection refused)", "socket connect"},
		{"thread", []session.Step{session.Thread(bad), session.Join()}, 1, "close: EBADF (bad file descriptor)", "close"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r, exit := act(t, x.steps...)
			if exit.Status != x.status || exit.Error != x.failed || ops(r) != x.ops {
				t.Errorf("status %d, %q, calls %q\nwant status %d, %q, calls %q", exit.Status, exit.Error, ops(r), x.status, x.failed, x.ops)
			}
		})
	}
}

// TestBrokenPipeKills: the kernel's SIGPIPE ends an actor as it ends a C program, on its main thread and on others, and not
// with MSG_NOSIGNAL. The call that raised it is in the record.
func TestBrokenPipeKills(t *testing.T) {
	socket, send := session.Socket("s", loop), session.Send("s", "to nobody")
	for _, x := range []struct {
		name   string
		steps  []session.Step
		signal string
		status int
	}{
		{"main thread", []session.Step{socket, send}, "SIGPIPE", -1},
		{"unchecked", []session.Step{socket, send.Unchecked()}, "SIGPIPE", -1},
		{"another thread", []session.Step{socket, session.Thread(send), session.Join()}, "SIGPIPE", -1},
		{"MSG_NOSIGNAL", []session.Step{socket, send.NoSignal()}, "", 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			r, exit := act(t, x.steps...)
			if exit.Signal != x.signal || exit.Status != x.status {
				t.Errorf("status %d, signal %q, want %d, %q", exit.Status, exit.Signal, x.status, x.signal)
			}
			last := r.Calls[len(r.Calls)-1]
			if last.Op != "send" || last.Errno != unix.EPIPE || last.N != -1 || last.End == 0 {
				t.Errorf("the last call is %+v", last)
			}
		})
	}
}

// TestSignalsEndActors: the default actions are those of a C program.
func TestSignalsEndActors(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		r := play(t, session.Script{Actor: "server", Steps: []session.Step{session.Signal("here"), session.Sleep(time.Minute, "to be killed")}},
			session.Script{Actor: "client", Steps: []session.Step{session.Await("server:here"), session.Kill("server", sig),
				session.Await("server:exited"), session.Signal("seen")}})
		if x := r.Exits[0]; x.Signal != unix.SignalName(sig) || x.Status != -1 {
			t.Errorf("after %v: status %d, signal %q", sig, x.Status, x.Signal)
		}
		if x := r.Exits[1]; x.Status != 0 {
			t.Errorf("the client: %+v", x)
		}
	}
}

// TestFork: the child has the parent's descriptors at their numbers, and the parent learns how it ended.
func TestFork(t *testing.T) {
	parent := session.Script{Actor: "server", Steps: []session.Step{session.Pipe("r", "w"), session.Fork("child"), session.Close("w"),
		session.Read("r", 100), session.Wait()}}
	child := session.Script{Actor: "child", ForkedBy: "server", Steps: []session.Step{session.Close("r"), session.Write("w", "from the child"),
		session.Close("nothing").OrExit(9)}}
	r := play(t, parent, child)
	if x := r.Exits[0]; x.Status != 0 || x.Error != "" {
		t.Errorf("parent %+v", x)
	}
	if x := r.Exits[1]; x.Name != "child" || x.Status != 9 || x.Error == "" || x.PID == r.Exits[0].PID {
		t.Errorf("child %+v", x)
	}
	for _, c := range r.Calls {
		if c.Op == "read" && (c.N != len("from the child") || !strings.Contains(c.Args, `"from the child"`)) {
			t.Errorf("the parent reads %+v", c)
		}
		if c.Op == "write" && (c.Actor != "child" || c.FD != 4) {
			t.Errorf("the child's write is %+v, want it on descriptor 4 as in the parent", c)
		}
	}
}

// TestFirstDescriptorIsThree: the program has the descriptors that a C program has.
func TestFirstDescriptorIsThree(t *testing.T) {
	r, _ := act(t, session.Socket("a", loop), session.Socket("b", loop), session.Close("a"), session.Socket("c", loop))
	var fds []int
	for _, c := range r.Calls {
		if c.Op == "socket" {
			fds = append(fds, c.N)
		}
	}
	if !slices.Equal(fds, []int{3, 4, 3}) {
		t.Errorf("the sockets are %v, want 3, 4 and 3", fds)
	}
}

// TestFactsAreTakenInTheirPlace: a snapshot that a script asks for is taken before its next step.
func TestFactsAreTakenInTheirPlace(t *testing.T) {
	var taken []capture.Stamp
	snapshot := func(when string) hostfacts.Facts {
		if when == "between" {
			taken = append(taken, capture.StampOf(time.Now()))
		}
		return hostfacts.Facts{When: when}
	}
	plan := session.Plan{Name: "test", Target: loop, Actors: []session.Script{{Actor: "client", Steps: []session.Step{
		session.Socket("a", loop), session.Facts("between"), session.Close("a")}}}}
	r, err := session.Run(t.Context(), plan, session.Hooks{Snapshot: snapshot})
	if err != nil {
		t.Fatal(err)
	}
	var when []string
	for _, f := range r.Facts {
		when = append(when, f.When)
	}
	if !slices.Equal(when, []string{"before", "between", "after"}) {
		t.Fatalf("the facts are %q", when)
	}
	if taken[0] < r.Calls[0].End || taken[0] > r.Calls[1].Begin {
		t.Error("the facts were not taken between the two calls")
	}
}

// TestRunsDoNotMeet: two runs at the same time know nothing of each other.
func TestRunsDoNotMeet(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			r := play(t, session.Script{Actor: "server", Steps: []session.Step{session.Socket("s", loop), session.Bind("s", loop),
				session.Listen("s", 1), session.Await("client:seen")}},
				session.Script{Actor: "client", Steps: []session.Step{session.Await("server:listening"), session.Signal("seen")}})
			if len(r.Calls) != 3 || r.Exits[0].Status+r.Exits[1].Status != 0 {
				t.Errorf("calls %s, exits %+v", ops(r), r.Exits)
			}
		})
	}
	all.Wait()
}
