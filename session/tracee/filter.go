package tracee

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data, which the filter reads (seccomp(2)).
const (
	offsetNumber = 0
	offsetArch   = 4
)

// filter makes the kernel stop the program in the calls of the table and in no others: what a program computes and what
// it does with files costs it nothing. Calls of another architecture pass unseen.
func filter() []unix.SockFilter {
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	answer := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	code := []unix.SockFilter{
		load(offsetArch),
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: nativeArch},
		answer(unix.SECCOMP_RET_ALLOW),
		load(offsetNumber),
	}
	for number := range table {
		code = append(code, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(number)},
			answer(unix.SECCOMP_RET_TRACE))
	}
	return append(code, answer(unix.SECCOMP_RET_ALLOW))
}

// installFilter gives the calling thread the filter. Without the right to do so the thread must first give up gaining
// rights by exec, which a traced program cannot do anyhow.
func installFilter() error {
	code := filter()
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	install := func() error {
		return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	}
	err := install()
	if err == unix.EACCES {
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
			err = install()
		}
	}
	return err
}
