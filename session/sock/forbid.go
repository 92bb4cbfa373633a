package sock

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ForbidConnect is prctl(2) with PR_SET_SECCOMP: from now on the kernel answers connect(2) of this thread with EPERM, as the
// sandbox of a container or a service does. Nothing takes it back.
func (k *Caller) ForbidConnect() error {
	// A filter looks at the number of the call, which stands first in its data (seccomp_data in linux/seccomp.h).
	rules := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_CONNECT, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(rules)), Filter: &rules[0]}
	_, err := k.record("prctl", -1, "PR_SET_NO_NEW_PRIVS, 1", func() result {
		return result{err: unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)}
	})
	if err != nil {
		return err
	}
	_, err = k.record("prctl", -1, "PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {connect: EPERM}", func() result {
		return result{err: unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)}
	})
	return err
}
