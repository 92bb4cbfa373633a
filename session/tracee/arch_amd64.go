package tracee

import "golang.org/x/sys/unix"

const nativeArch = unix.AUDIT_ARCH_X86_64

// epollEventSize is that of struct epoll_event, which is packed here.
const epollEventSize = 12

// machine is what the program files of this architecture say (elf(5)).
const machine = 62 // EM_X86_64

// archTable adds the older calls, for which newer architectures have but one.
func archTable(t map[uint64]*decoder) {
	t[unix.SYS_ACCEPT] = t[unix.SYS_ACCEPT4].named("accept")
	t[unix.SYS_POLL] = &decoder{op: "poll", free: true, begin: pollBegin, end: pollEnd}
	t[unix.SYS_SELECT] = &decoder{op: "select", free: true, begin: selectBegin}
	t[unix.SYS_EPOLL_WAIT] = t[unix.SYS_EPOLL_PWAIT].named("epoll_wait")
}
