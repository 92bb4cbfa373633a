package tracee

import "golang.org/x/sys/unix"

const nativeArch = unix.AUDIT_ARCH_AARCH64

// epollEventSize is that of struct epoll_event.
const epollEventSize = 16

// machine is what the program files of this architecture say (elf(5)).
const machine = 183 // EM_AARCH64

// archTable adds the one older call that this architecture has.
func archTable(t map[uint64]*decoder) {
	t[unix.SYS_ACCEPT] = t[unix.SYS_ACCEPT4].named("accept")
}
