package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"tcplab/session/lab"
)

// sealedWhy is what a report says of a run that nobody else shares a network with.
const sealedWhy = ", in a network of its own (--sealed)"

// mustSeal reports whether this run belongs into another process that is root of a network of its own: because it was
// asked for, because hosts can only be made there, or because here is no right to capture. Only the last is told:
// nobody asked for it.
func (t *traceRun) mustSeal(a *app, inLab bool) bool {
	if lab.Sealed() {
		t.sealed = true
		return false
	}
	switch {
	case t.sealed:
		return true
	case inLab:
		return lab.NeedsSeal()
	case t.iface != "" || mayCapture():
		return false
	}
	a.say("trace: no right to capture on the interfaces of this machine, so this runs in a network of its own, as --sealed asks for",
		"sudo setcap cap_net_raw+ep "+thisProgram()+" gives this program the right")
	return true
}

// mayCapture reports whether this process has the right to capture. It asks by trying: capabilities of the file, of the
// process and of its user namespace all count.
func mayCapture() bool {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES)
}

// elsewhere runs this command again, as root of a network of its own, and ends as that ended. Where the system allows no
// such thing the error names the setting that would, and the hint the other way.
func (t *traceRun) elsewhere() error {
	status, err := lab.Seal()
	if err == nil {
		return ended(status)
	}
	hint := "without --sealed it captures on the interfaces of this machine"
	if !mayCapture() {
		hint = "sudo setcap cap_net_raw+ep " + thisProgram() + " lets it capture on the interfaces of this machine"
	}
	return failed(fmt.Errorf("trace: --sealed: %w", err), hint)
}
