package diagnose

import (
	"net/netip"
	"regexp"
	"strconv"

	"tcplab/capture/calls"
)

var (
	sockaddrPort = regexp.MustCompile(`htons\((\d+)\)`)
	sockaddrAddr = regexp.MustCompile(`(?:inet_addr\(|AF_INET6, )"([^"]+)"`)
	plainAddr    = regexp.MustCompile(`(?:^|[ ,])(\[[0-9a-fA-F:.%a-z]+\]:\d+|\d+\.\d+\.\d+\.\d+:\d+)`)
)

// Asked is the address among the arguments of a call, as strace prints it or as addr:port; invalid when there is none.
func Asked(call *calls.Call) netip.AddrPort {
	if m := plainAddr.FindStringSubmatch(call.Args); m != nil {
		at, _ := netip.ParseAddrPort(m[1])
		return at
	}
	port, addr := sockaddrPort.FindStringSubmatch(call.Args), sockaddrAddr.FindStringSubmatch(call.Args)
	if port == nil || addr == nil {
		at, _ := netip.ParseAddrPort(call.Remote)
		return at
	}
	n, _ := strconv.ParseUint(port[1], 10, 16)
	ip, _ := netip.ParseAddr(addr[1])
	return netip.AddrPortFrom(ip, uint16(n))
}

// CallText is how a failed call reads in evidence: "bind(127.0.0.1:80) fails with EACCES (call 3)".
func CallText(call *calls.Call) string {
	what := ""
	if at := Asked(call); at.IsValid() {
		what = at.String()
	}
	return call.Op + "(" + what + ") fails with " + calls.ErrnoName(call.Errno) + " (call " + Num(call.Number) + ")"
}

// CallTook is CallText with the time that the call took.
func CallTook(call *calls.Call) string { return CallText(call) + " after " + Took(call.Duration()) }
