package tracee

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/session/sock"
)

// Between fork and exec a Go program can run no code of its own, and there the filter must be installed. So the child is
// this program again, the launcher, which prepares itself and then becomes the user's program.

// launchEnv marks a launcher.
const launchEnv = "TCPLAB_LAUNCH"

// The launcher's own descriptors: from the first it learns when to go and how, to the second it complains. Both close
// with the exec, so that the program's first socket is descriptor 3, as anywhere.
const (
	goFD       = 3
	complainFD = 4
)

// What the launcher is told.
const (
	goTraced = 't' // install the filter first
	goPlain  = 'p'
)

// LaunchRequested reports whether this process was started as a launcher. main asks it first.
func LaunchRequested() bool { return os.Getenv(launchEnv) != "" }

// LaunchMain becomes the program that the arguments name. It returns an exit status only when that failed.
func LaunchMain() int {
	// The filter belongs to the thread that installs it, and the tracer follows the first of the process. The runtime
	// runs main there, unless it had a reason to move it in the few microseconds since: then all begins once more.
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		_ = syscall.Exec("/proc/self/exe", os.Args, os.Environ())
		return 125
	}
	unix.CloseOnExec(goFD)
	unix.CloseOnExec(complainFD)
	// A program file with capabilities makes the process untraceable until this.
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
	how := make([]byte, 1)
	if n, err := unix.Read(goFD, how); n != 1 || err != nil {
		return 125 // whoever started it has gone
	}
	err := prepare(how[0])
	if err == nil {
		isOurs := func(kv string) bool { return strings.HasPrefix(kv, launchEnv+"=") }
		err = syscall.Exec(os.Args[1], os.Args[1:], slices.DeleteFunc(os.Environ(), isOurs))
	}
	_, _ = unix.Write(complainFD, []byte(err.Error())) // nobody may be listening any more
	return 127
}

// prepare gives the process the signals of a program started by a shell, and the filter. A filter that is refused is told
// of and done without.
func prepare(how byte) error {
	if err := sock.DefaultSignals(); err != nil {
		return err
	}
	var none unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &none, nil); err != nil {
		return err
	}
	if how == goTraced {
		if err := installFilter(); err != nil {
			_, _ = unix.Write(complainFD, []byte(filterRefused+err.Error()))
		}
	}
	return nil
}

// filterRefused begins the complaint of a launcher that goes on.
const filterRefused = "no seccomp filter: "
