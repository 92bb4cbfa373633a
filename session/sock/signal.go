package sock

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sigsetSize is the size of the kernel's signal set, which rt_sigaction checks.
const sigsetSize = 8

// DefaultSignals gives the process the signals of a C program: a write to a closed connection, Ctrl-C and kill end it. The
// Go runtime installs handlers, the one for SIGPIPE swallows it for sockets, and os/signal has no way back to SIG_DFL, so
// the kernel is asked directly. SIGPIPE stays blocked on the calling thread; Send lets it through after recording EPIPE.
func DefaultSignals() error {
	for _, sig := range []syscall.Signal{unix.SIGPIPE, unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		var action [4 * 8]byte // a zeroed struct sigaction: SIG_DFL, no flags, empty mask
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
			uintptr(unsafe.Pointer(&action)), 0, sigsetSize, 0, 0)
		if errno != 0 {
			return errno
		}
	}
	return BlockSIGPIPE()
}

// BlockSIGPIPE keeps SIGPIPE pending on the calling thread, which must be locked. Each further thread of an actor needs it.
func BlockSIGPIPE() error {
	set := only(unix.SIGPIPE)
	return unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil)
}

// dieOfPendingSIGPIPE unblocks SIGPIPE: the kernel raised it for this thread inside send, delivers it now, and its default
// action ends the process. It returns only where SIGPIPE is ignored or handled.
func dieOfPendingSIGPIPE() {
	set := only(unix.SIGPIPE)
	_ = unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil) // one valid signal: cannot be refused
	_ = unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil)   // one valid signal: cannot be refused
}

// only returns a signal set with one member.
func only(sig syscall.Signal) (set unix.Sigset_t) {
	word := uint(unsafe.Sizeof(set.Val[0])) * 8
	bit := uint(sig) - 1
	set.Val[bit/word] |= 1 << (bit % word)
	return set
}
