package live

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// procSockets reads the socket tables under dir, a /proc/PID/net. They lack bound sockets that do not listen, devices
// and IPV6_V6ONLY, but need neither sock_diag nor entering the namespace.
func procSockets(dir string) []socket {
	var all []socket
	for _, table := range socketTables {
		b, err := os.ReadFile(dir + "/" + table.proto)
		if err != nil {
			continue // an IPv4-only kernel has no tcp6
		}
		lines := strings.Split(string(b), "\n")
		for _, line := range lines[min(1, len(lines)):] {
			if s, ok := parseProcSocket(table.proto, line); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

// parseProcSocket reads one line, laid out as
//
//	sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
func parseProcSocket(proto, line string) (s socket, ok bool) {
	f := strings.Fields(line)
	if len(f) < 10 {
		return s, false
	}
	local, okLocal := parseProcAddr(f[1])
	remote, okRemote := parseProcAddr(f[2])
	state, err := strconv.ParseUint(f[3], 16, 8)
	if !okLocal || !okRemote || err != nil || local.Port() == 0 {
		return s, false
	}
	s.Proto, s.Local, s.State = proto, local.String(), stateName(proto, byte(state))
	if remote.Port() != 0 {
		s.Remote = remote.String()
	}
	var tx, rx uint32
	var timer, ticks uint32
	fmt.Sscanf(f[4], "%x:%x", &tx, &rx)
	fmt.Sscanf(f[5], "%x:%x", &timer, &ticks)
	s.SendQ, s.RecvQ = int(tx), int(rx)
	if state == stateTimeWait {
		s.Timer = secondsLeft(ticks * 10) // clock ticks of USER_HZ, 100 a second on every Linux
	}
	s.UID, _ = strconv.Atoi(f[7])
	s.inode, _ = strconv.ParseUint(f[9], 10, 64)
	return s, true
}

// parseProcAddr reads "0100007F:1F90": each 32-bit word of the address as the host stores it, then the port.
func parseProcAddr(text string) (netip.AddrPort, bool) {
	words, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(words)
	p, errPort := strconv.ParseUint(port, 16, 16)
	if err != nil || errPort != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(b, 4) {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	ip, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip, uint16(p)), ok
}
