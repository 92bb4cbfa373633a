package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tcplab/capture/hostfacts"
)

// The states of sock_diag(7), by number; boundInactive is asked for since Linux 6.8 and older kernels ignore the bit.
const (
	stateTimeWait = 6
	stateClose    = 7
	stateListen   = 10
	boundInactive = 13
)

// tcpStates gives the states their RFC 9293 names. 12 is a request socket that has a SYN and no socket yet. A closed
// socket that is listed at all has a port: BOUND, neither connected nor listening, as RFC 9293 has no word for it.
var tcpStates = [...]string{1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2",
	6: "TIME-WAIT", 7: "BOUND", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING", 12: "SYN-RECEIVED", 13: "BOUND"}

// stateName names a socket's state; UDP knows connected sockets and others.
func stateName(proto string, state byte) string {
	switch {
	case strings.HasPrefix(proto, "udp") && state == 1:
		return "CONNECTED"
	case strings.HasPrefix(proto, "udp"):
		return "BOUND"
	case int(state) < len(tcpStates) && tcpStates[state] != "":
		return tcpStates[state]
	}
	return fmt.Sprintf("STATE-%d", state)
}

// socket is a line of the kernel's tables before processes and names are joined.
type socket struct {
	hostfacts.Socket
	inode  uint64
	device uint32
}

// socketTables are the four tables, as the kernel is asked for them.
var socketTables = []struct {
	proto            string
	family, protocol uint8
}{
	{"tcp", unix.AF_INET, unix.IPPROTO_TCP}, {"tcp6", unix.AF_INET6, unix.IPPROTO_TCP},
	{"udp", unix.AF_INET, unix.IPPROTO_UDP}, {"udp6", unix.AF_INET6, unix.IPPROTO_UDP},
}

// diagSockets asks sock_diag for all sockets of this thread's network namespace.
func diagSockets() ([]socket, error) {
	var all []socket
	for _, table := range socketTables {
		found, err := diagTable(table.proto, table.family, table.protocol)
		if errors.Is(err, nl.ErrDumpInterrupted) { // the table changed under the dump: once more
			found, err = diagTable(table.proto, table.family, table.protocol)
		}
		all = append(all, found...)
		if err != nil {
			return all, fmt.Errorf("sock_diag for %s: %w", table.proto, err)
		}
	}
	return all, nil
}

func diagTable(proto string, family, protocol uint8) ([]socket, error) {
	var all []socket
	req := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP)
	req.AddData(diagRequest{family, protocol})
	err := req.ExecuteIter(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY, func(msg []byte) bool {
		if s, ok := parseDiag(proto, msg); ok {
			all = append(all, s)
		}
		return true
	})
	return all, err
}

// diagRequest is struct inet_diag_req_v2 for every state of one family and protocol.
type diagRequest struct{ family, protocol uint8 }

// Len is the size of the request.
func (diagRequest) Len() int { return 56 }

// Serialize lays the request out as the kernel reads it.
func (r diagRequest) Serialize() []byte {
	b := make([]byte, r.Len())
	b[0], b[1] = r.family, r.protocol
	binary.NativeEndian.PutUint32(b[4:], 1<<(boundInactive+1)-1)
	return b
}

// parseDiag reads one struct inet_diag_msg and the attributes behind it. A socket in CLOSE without a port was only
// created, and says nothing.
func parseDiag(proto string, msg []byte) (s socket, ok bool) {
	if len(msg) < 72 {
		return s, false
	}
	state, timer := msg[1], msg[2]
	local, remote := diagAddr(msg[0], msg[8:24], msg[4:]), diagAddr(msg[0], msg[24:40], msg[6:])
	if local.Port() == 0 {
		return s, false
	}
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(msg[at:]) }
	s.Proto, s.Local, s.State = proto, local.String(), stateName(proto, state)
	s.RecvQ, s.SendQ, s.UID = int(u32(56)), int(u32(60)), int(u32(64))
	s.device, s.inode = u32(40), uint64(u32(68))
	if remote.Port() != 0 {
		s.Remote = remote.String()
	}
	if state == stateTimeWait || timer == 3 {
		s.Timer = secondsLeft(u32(52))
	}
	s.V6Only = diagV6Only(msg[72:])
	return s, true
}

func diagAddr(family byte, addr, port []byte) netip.AddrPort {
	if family == unix.AF_INET {
		addr = addr[:4]
	}
	ip, _ := netip.AddrFromSlice(addr)
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(port))
}

// secondsLeft writes milliseconds as seconds.
func secondsLeft(ms uint32) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }

// inetDiagSKV6Only is INET_DIAG_SKV6ONLY: present for IPv6 sockets that listen or are bound.
const inetDiagSKV6Only = 11

func diagV6Only(attrs []byte) bool {
	padding := make([]byte, -len(attrs)&3) // the kernel's; ParseRouteAttr relies on that of the last one (netlink(7))
	all, err := nl.ParseRouteAttr(append(slices.Clip(attrs), padding...))
	if err != nil {
		return false
	}
	i := slices.IndexFunc(all, func(a syscall.NetlinkRouteAttr) bool { return a.Attr.Type == inetDiagSKV6Only })
	return i >= 0 && len(all[i].Value) > 0 && all[i].Value[0] == 1
}

// deviceName names an interface index, "" for 0.
func deviceName(index uint32, names map[uint32]string) string {
	if index == 0 {
		return ""
	}
	if _, ok := names[index]; !ok {
		names[index] = fmt.Sprintf("if%d", index)
		if l, err := netlink.LinkByIndex(int(index)); err == nil {
			names[index] = l.Attrs().Name
		}
	}
	return names[index]
}
