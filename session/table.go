package session

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// stateListen is LISTEN in /proc/net/tcp.
const stateListen = "0A"

// listens says whether the kernel's socket table, as process pid sees it, shows a listener with exactly this local address.
func listens(pid int, local string) (bool, error) {
	want, err := netip.ParseAddrPort(local)
	if err != nil {
		return false, err
	}
	path := "/proc/" + strconv.Itoa(pid) + "/net/tcp"
	if want.Addr().Is6() {
		path += "6"
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > 3 && fields[3] == stateListen && tableAddr(fields[1]) == want {
			return true, nil
		}
	}
	return false, lines.Err()
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
