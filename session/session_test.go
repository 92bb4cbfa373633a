package session_test

import (
	"bufio"
	"context"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/session"
)

// victimEnv makes the test binary a program that starts actors which never end, to be killed.
const victimEnv = "SESSION_TEST_VICTIM"

func TestMain(m *testing.M) {
	switch {
	case session.ActorRequested():
		os.Exit(session.ActorMain())
	case os.Getenv(victimEnv) != "":
		os.Exit(victim())
	}
	os.Exit(m.Run())
}

// victim runs the endless plan and prints the actors' pids when both have begun.
func victim() int {
	hooks := session.Hooks{OpenCapture: func(string) (session.Capture, error) { return nil, nil }}
	plan := endless()
	plan.Actors[1].Steps = append([]session.Step{session.Await("server:listening"), session.Facts("both")}, plan.Actors[1].Steps...)
	hooks.Snapshot = printChildren
	_, err := session.Run(context.Background(), plan, hooks)
	if err != nil {
		return 1
	}
	return 0
}

// endless is a server that waits for a client and a client that waits for an event, both for ever.
func endless() session.Plan {
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	return session.Plan{Name: "endless", Target: addr, Deadline: time.Minute, Actors: []session.Script{
		{Actor: "server", Steps: []session.Step{
			session.Socket("listener", addr), session.Bind("listener", addr), session.Listen("listener", 1),
			session.Accept("listener", "conn")}},
		{Actor: "client", Steps: []session.Step{session.Await("server:never")}},
	}}
}

// gone waits until no process pid is left, without asking twice.
func gone(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 5000)
	if err != nil || n != 1 {
		t.Errorf("process %d is still there after five seconds (%v)", pid, err)
	}
}

// noneLeft checks that every actor of a result has been waited for.
func noneLeft(t *testing.T, exits []capture.ActorExit, want int) {
	t.Helper()
	if len(exits) != want {
		t.Errorf("%d actors in the result, want %d", len(exits), want)
	}
	for _, x := range exits {
		if _, err := os.Stat("/proc/" + strconv.Itoa(x.PID)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s (%d) is left over: %v", x.Name, x.PID, err)
		}
	}
}

func TestCancelKillsAndKeepsWhatHappened(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	plan := endless()
	plan.Actors[1].Steps = []session.Step{session.Await("server:in-accept"), session.Facts("blocked"), session.Await("server:never")}
	r, err := session.Run(ctx, plan, session.Hooks{Snapshot: cancelAt("blocked", cancel)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	noneLeft(t, r.Exits, 2)
	last := r.Calls[len(r.Calls)-1]
	if last.Op != "accept" || last.End != 0 || !strings.HasSuffix(last.Local, ":"+port(r)) {
		t.Errorf("the last call is %+v, want the unfinished accept", last)
	}
	for _, x := range r.Exits {
		if x.Signal != "SIGKILL" {
			t.Errorf("%s ended with status %d, signal %q", x.Name, x.Status, x.Signal)
		}
	}
}

func TestDeadline(t *testing.T) {
	plan := endless()
	plan.Deadline = 50 * time.Millisecond
	r, err := session.Run(t.Context(), plan, session.Hooks{})
	if !errors.Is(err, session.ErrDeadline) {
		t.Errorf("error %v, want %v", err, session.ErrDeadline)
	}
	noneLeft(t, r.Exits, 2)
}

// TestKilledParentLeavesNone kills a program in the middle of a run with SIGKILL: nothing of it can clean up.
func TestKilledParentLeavesNone(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pids := strings.Fields(text)
	if len(pids) != 2 {
		t.Fatalf("the program has the children %q, want two actors", text)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for _, p := range pids {
		pid, err := strconv.Atoi(p)
		if err != nil {
			t.Fatal(err)
		}
		gone(t, pid)
	}
}

func TestCaptureThatFailsRunsNothing(t *testing.T) {
	refused := errors.New("no right to capture")
	r, err := session.Run(t.Context(), endless(), session.Hooks{
		OpenCapture: func(string) (session.Capture, error) { return nil, refused }})
	if !errors.Is(err, refused) {
		t.Errorf("error %v, want %v", err, refused)
	}
	if len(r.Calls) != 0 {
		t.Errorf("%d calls were made without a capture", len(r.Calls))
	}
	noneLeft(t, r.Exits, 2)
}

// TestServerThatFailsIsNotAwaited: whoever waits for an actor that has ended fails at once and says for what it waited.
func TestServerThatFailsIsNotAwaited(t *testing.T) {
	plan := endless()
	plan.Actors[0].Steps = []session.Step{session.Close("nothing")}
	r, err := session.Run(t.Context(), plan, session.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"server": "close: EBADF (bad file descriptor)", "client": "await: server ended before server:never"}
	for _, x := range r.Exits {
		if x.Status != 1 || x.Error != want[x.Name] {
			t.Errorf("%s: status %d, %q, want 1, %q", x.Name, x.Status, x.Error, want[x.Name])
		}
	}
}

// TestCancelKillsForkedActors: a child is in its parent's process group, not in ours.
func TestCancelKillsForkedActors(t *testing.T) {
	busy := session.Sleep(time.Minute, "to be killed")
	ctx, cancel := context.WithCancel(t.Context())
	plan := session.Plan{Name: "forked", Actors: []session.Script{
		{Actor: "server", Steps: []session.Step{session.Fork("child"), session.Signal("forked"), busy}},
		{Actor: "child", ForkedBy: "server", Steps: []session.Step{session.Await("server:forked"), session.Facts("both"), busy}},
		{Actor: "never", ForkedBy: "server"},
	}}
	r, err := session.Run(ctx, plan, session.Hooks{Snapshot: cancelAt("both", cancel)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	for _, x := range r.Exits {
		if x.PID != 0 {
			gone(t, x.PID)
		}
	}
	for i, want := range []string{"", "nobody waited for it", "it was never forked"} {
		if x := r.Exits[i]; x.Status != -1 || x.Error != want {
			t.Errorf("%s: status %d, %q, want -1, %q", x.Name, x.Status, x.Error, want)
		}
	}
}
