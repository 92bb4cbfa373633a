package live

import (
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A listener that a child has inherited is its parent's, also where PIDs began anew and the child's is the lower one.
func TestAListenerIsItsOldestHolders(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	passOn, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer passOn.Close()
	beginPIDsAnew(t)
	child := exec.Command("cat")
	child.ExtraFiles = []*os.File{passOn}
	end, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer end.Close()
	if child.Process.Pid > os.Getpid() {
		t.Fatalf("the child's PID %d is not below %d", child.Process.Pid, os.Getpid())
	}
	for _, s := range Snapshot(FactsOptions{}).Sockets {
		if s.Local == l.Addr().String() && s.PID != os.Getpid() {
			t.Errorf("listener of %d is said to be of %d (child: %d)", os.Getpid(), s.PID, child.Process.Pid)
		}
	}
}

// beginPIDsAnew uses up the thread ids above this process's: threads count as processes do.
func beginPIDsAnew(t *testing.T) {
	b, _ := os.ReadFile("/proc/sys/kernel/pid_max")
	if most, err := strconv.Atoi(strings.TrimSpace(string(b))); err != nil || most > 1<<16 {
		t.Skipf("kernel.pid_max is %s: too many threads would have to come and go", strings.TrimSpace(string(b)))
	}
	for tid := unix.Gettid(); tid >= os.Getpid(); {
		done := make(chan int)
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			done <- unix.Gettid()
		}()
		tid = <-done
	}
}
