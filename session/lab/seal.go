package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// sealedEnv marks a process that Seal started.
const sealedEnv = "TCPLAB_SEALED"

// Sealed reports whether this process was started by Seal, or by one that was.
func Sealed() bool { return os.Getenv(sealedEnv) != "" }

// NeedsSeal reports whether this process must be sealed before New can work: it may not make network namespaces.
func NeedsSeal() bool {
	ns, err := newNamespace()
	if err != nil {
		return !Sealed()
	}
	return ns.Close() != nil
}

// Seal runs this program again, with the same arguments, as root of a user namespace of its own, and returns its exit
// status. There it may make hosts and capture in them, and nothing else: files that it writes belong to the user as
// before. The second process dies with this one. When it cannot be started, the error names the remedy.
func Seal() (status int, err error) {
	runtime.LockOSThread() // PDEATHSIG counts from the end of the thread that started the process
	defer runtime.UnlockOSThread()
	cmd := sealedCommand(os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, explain(err)
	}
	ended := make(chan struct{})
	defer close(ended)
	go forward(signals, cmd.Process, ended)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitStatus(exit), nil
	}
	return 0, err
}

// forward passes on the signals that ask to end, so that the sealed process ends as it sees fit. Ctrl-C is not among
// them: the terminal sends it to both. A signal to the whole group without a terminal reaches the sealed process twice,
// which cannot be told from one to this process alone.
func forward(signals <-chan os.Signal, to *os.Process, ended <-chan struct{}) {
	for {
		select {
		case s := <-signals:
			if s != unix.SIGINT || !inForeground() {
				_ = to.Signal(s) // it may have ended meanwhile
			}
		case <-ended:
			return
		}
	}
}

// inForeground reports whether this process group is the one that the terminal's Ctrl-C reaches.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// exitStatus is what a shell reports: 128 and the signal's number when one ended the process.
func exitStatus(exit *exec.ExitError) int {
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return exit.ExitCode()
}

// sealedCommand is this program again in new user and network namespaces, where its user appears as root. Who may make
// networks anyway stays who he is, and keeps the rights that a user namespace takes away: to the kernel's tracing.
func sealedCommand(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), sealedEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if !NeedsSeal() {
		return cmd
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	return cmd
}

// RefusedError says that this system does not allow namespaces to this process, and what would change that.
type RefusedError struct {
	Cause  error
	Remedy string // a command or setting
}

// Error gives both.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("this system does not let an ordinary user make a network of its own (%v); %s", e.Cause, e.Remedy)
}

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Cause }

// explain adds the remedy to an error of rights or limits; other errors stay as they are.
func explain(err error) error {
	for _, refusal := range []error{unix.EPERM, unix.EACCES, unix.ENOSPC, unix.EUSERS, unix.ENOSYS} {
		if errors.Is(err, refusal) {
			return &RefusedError{Cause: err, Remedy: remedy(err, readSetting)}
		}
	}
	return err
}

// readSetting returns a sysctl's value, "" when this kernel has none of that name.
func readSetting(path string) string {
	b, err := os.ReadFile("/proc/sys/" + path)
	if err != nil || len(b) == 0 {
		return ""
	}
	return string(b[:len(b)-1])
}

// remedy finds what stands in the way, by the settings that are known to.
func remedy(err error, setting func(path string) string) string {
	const orRoot = ", or run it with sudo"
	switch {
	case setting("user/max_user_namespaces") == "0":
		return "allow user namespaces: sudo sysctl user.max_user_namespaces=15000" + orRoot
	case setting("kernel/unprivileged_userns_clone") == "0":
		return "allow user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1" + orRoot
	case setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor withholds their rights: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" + orRoot
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		return "too many namespaces exist, or they are nested too deep: see user.max_user_namespaces and user.max_net_namespaces"
	case errors.Is(err, unix.ENOSYS):
		return "this kernel is built without namespaces: capture on an interface instead, with --iface"
	}
	return "in a container, start that with --cap-add SYS_ADMIN --cap-add NET_ADMIN or without its seccomp profile; else run it with sudo"
}
