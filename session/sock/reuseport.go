package sock

import (
	"golang.org/x/sys/unix"
)

// DealByPort is setsockopt(2) with SO_ATTACH_REUSEPORT_CBPF: clients with an even port go to the first socket of the port's group,
// those with an odd one to the second. Without it Linux deals by a hash whose secret differs from boot to boot.
func (k *Caller) DealByPort(fd int) error {
	// The filter sees what follows the TCP header; what stands before is found from the IP header (linux/filter.h), in IPv4 of 20 bytes.
	const sourcePort = -0x100000 + 20 // SKF_NET_OFF
	rules := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 1<<32 + sourcePort},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 1},
		{Code: unix.BPF_RET | unix.BPF_A},
	}
	program := unix.SockFprog{Len: uint16(len(rules)), Filter: &rules[0]}
	_, err := k.record("setsockopt", fd, openArgs(fd, "SOL_SOCKET", "SO_ATTACH_REUSEPORT_CBPF", "{source port & 1}", "16"), func() result {
		return result{err: unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &program)}
	})
	return err
}
