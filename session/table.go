package session

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// States of the socket table, as /proc/net/tcp writes them.
const (
	stateFinWait2 = "05" // its FIN is acknowledged
	stateTimeWait = "06"
	stateClosed   = "07"
	stateListen   = "0A"
)

// entry is one socket of the table.
type entry struct {
	local, remote netip.AddrPort
	state         string
	inode         string        // "0": no descriptor stands for it
	again         time.Duration // until it sends again what is not acknowledged, or asks for room; 0 when no timer runs for that
}

// sends reports whether the socket may send data or a FIN within a time.
func (e entry) sends(within time.Duration) bool {
	switch e.state {
	case stateFinWait2, stateTimeWait, stateClosed, stateListen:
		return false
	}
	return e.again <= within
}

// tableTimer decodes a timer of the table: what it is for, a colon, and hundredths of a second, all hexadecimal.
func tableTimer(text string) time.Duration {
	const repeats, probes = "01", "04"
	what, left, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(left, 16, 64)
	if err != nil || what != repeats && what != probes {
		return 0
	}
	return time.Duration(n) * time.Second / 100
}

// socketTable reads /proc/PID/net/NAME, the table as process pid sees it.
func socketTable(pid, name string) ([]entry, error) {
	f, err := os.Open("/proc/" + pid + "/net/" + name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []entry
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		const timerField, inodeField = 5, 9
		if fields := strings.Fields(lines.Text()); len(fields) > inodeField {
			list = append(list, entry{tableAddr(fields[1]), tableAddr(fields[2]), fields[3], fields[inodeField], tableTimer(fields[timerField])})
		}
	}
	return list, lines.Err()
}

// tables reads the tables of several names; those that a kernel without IPv6 lacks are empty.
func tables(names ...string) (list []entry) {
	for _, name := range names {
		some, _ := socketTable("self", name) // what could be read of it counts
		list = append(list, some...)
	}
	return list
}

// listens says whether the kernel's socket table, as process pid sees it, shows a listener with exactly this local address.
func listens(pid int, local string) (bool, error) {
	want, err := netip.ParseAddrPort(local)
	if err != nil {
		return false, err
	}
	name := "tcp"
	if want.Addr().Is6() {
		name = "tcp6"
	}
	list, err := socketTable(strconv.Itoa(pid), name)
	for _, e := range list {
		if e.state == stateListen && e.local == want {
			return true, nil
		}
	}
	return false, err
}

// tableAddr decodes an address of the table: 32-bit words in host byte order, a colon, the port, all hexadecimal. Text
// that is no address gives the zero AddrPort.
func tableAddr(text string) netip.AddrPort {
	words, portText, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(words)
	port, portErr := strconv.ParseUint(portText, 16, 16)
	if err != nil || portErr != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}
	}
	for i := 0; i < len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.NativeEndian.Uint32(raw[i:]))
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr, uint16(port))
}
