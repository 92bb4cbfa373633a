package sock

import (
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// states are the RFC 9293 names of the states TCP_INFO counts from 1 (enum in the kernel's tcp_states.h).
var states = [...]string{"", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"}

// Info is getsockopt(2) with TCP_INFO: what the kernel counts for the connection. when names the step it precedes.
func (k *Caller) Info(fd int, when string) (*capture.KernelView, error) {
	size := strconv.Itoa(int(unsafe.Sizeof(unix.TCPInfo{})))
	var info *unix.TCPInfo
	_, err := k.record("getsockopt", fd, openArgs(fd, "SOL_TCP", "TCP_INFO", "info", "["+size+"]"), func() result {
		var err error
		if info, err = unix.GetsockoptTCPInfo(fd, unix.SOL_TCP, unix.TCP_INFO); err != nil {
			return result{err: err}
		}
		value := fmt.Sprintf("{tcpi_state=%s, tcpi_rtt=%d, tcpi_segs_out=%d, tcpi_segs_in=%d, ...}",
			stateName(info.State), info.Rtt, info.Segs_out, info.Segs_in)
		return result{args: openArgs(fd, "SOL_TCP", "TCP_INFO", value, "["+size+"]")}
	})
	if err != nil {
		return nil, err
	}
	e := k.known(fd)
	return view(info, k.actor, e.local, e.remote, when), nil
}

func view(info *unix.TCPInfo, actor, local, remote, when string) *capture.KernelView {
	return &capture.KernelView{Actor: actor, Local: local, Remote: remote, State: stateName(info.State), When: when, Fields: fields(info)}
}

// View is what the kernel says of the TCP socket fd of this process, which no actor asked for: nothing is recorded.
func View(fd int, actor, local, remote, when string) (*capture.KernelView, error) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.SOL_TCP, unix.TCP_INFO)
	if err != nil {
		return nil, err
	}
	v := view(info, actor, local, remote, when)
	if v.State == "LISTEN" {
		// Of a listener the kernel puts the length of the accept queue and its limit here (tcp_get_info).
		v.Fields = map[string]uint64{"queue": uint64(info.Unacked), "backlog": uint64(info.Sacked), "drops": drops(fd)}
	}
	return v, nil
}

// drops counts what a listener threw away: SYNs and last ACKs of handshakes that it had no room for, and what its options
// forbid; 0 before Linux 4.12.
func drops(fd int) uint64 {
	var memory [9]uint32  // SO_MEMINFO
	const memoryDrops = 8 // SK_MEMINFO_DROPS
	size := uint32(unsafe.Sizeof(memory))
	_, _, _ = unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&memory)), uintptr(unsafe.Pointer(&size)), 0) // what it does not know stays 0
	return uint64(memory[memoryDrops])
}

func stateName(n uint8) string {
	if int(n) < len(states) {
		return states[n]
	}
	return strconv.Itoa(int(n))
}

// fields returns the counters under their names in struct tcp_info, without the prefix. Times are in microseconds.
func fields(i *unix.TCPInfo) map[string]uint64 {
	return map[string]uint64{
		"rto": uint64(i.Rto), "ato": uint64(i.Ato), "rtt": uint64(i.Rtt), "rttvar": uint64(i.Rttvar),
		"min_rtt": uint64(i.Min_rtt), "snd_mss": uint64(i.Snd_mss), "rcv_mss": uint64(i.Rcv_mss),
		"advmss": uint64(i.Advmss), "pmtu": uint64(i.Pmtu), "snd_cwnd": uint64(i.Snd_cwnd), "snd_wnd": uint64(i.Snd_wnd),
		"rcv_wnd": uint64(i.Rcv_wnd), "rcv_space": uint64(i.Rcv_space), "unacked": uint64(i.Unacked),
		"total_retrans": uint64(i.Total_retrans), "segs_out": uint64(i.Segs_out), "segs_in": uint64(i.Segs_in),
		"data_segs_out": uint64(i.Data_segs_out), "data_segs_in": uint64(i.Data_segs_in),
		"bytes_sent": i.Bytes_sent, "bytes_acked": i.Bytes_acked, "bytes_received": i.Bytes_received,
		"bytes_retrans": i.Bytes_retrans, "notsent_bytes": uint64(i.Notsent_bytes), "rwnd_limited": i.Rwnd_limited,
		"reord_seen": uint64(i.Reord_seen), "dsack_dups": uint64(i.Dsack_dups),
	}
}
