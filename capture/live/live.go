// Package live captures frames from the interfaces of this host and reads what the host knows about itself.
//
// Open gives a handle on an interface; the kernel records from the moment Open returns, so whoever starts traffic
// afterwards loses nothing, and no sleep is needed. Choose and CheckIface tell on which interface packets to an address
// travel. Snapshot reads sockets, addresses, settings, counters and firewall rules: the facts that decide how this
// host's TCP answers. Compile makes a capture filter usable on frames read from a file.
//
// This is the only package with cgo and gopacket. Built with CGO_ENABLED=0 it still chooses interfaces and takes
// snapshots; Open and Compile answer with ErrNotBuilt.
package live

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultFilter selects what TCP's story needs: the segments, and the ICMP errors that refuse or misroute them.
const DefaultFilter = "tcp or icmp or icmp6"

// Any is the pseudo-interface on which Linux shows the packets of all interfaces.
const Any = "any"

// poll bounds how long one read waits in the kernel, and so how long Close, Stop and Stats can take.
const poll = 20 * time.Millisecond

// Options are the settings of a capture; the zero value of each means its default.
type Options struct {
	SnapLen int // bytes kept of each frame; default 262144, all of it
	// Buffer is the kernel ring in bytes; default 32 MiB. On lo with a full snap length libpcap rounds a slot up to
	// 128 KiB, so that the ring really takes twice this and holds 512 frames, half of them the outgoing copies that
	// libpcap then hides. Activation takes about 15 ms with 32 MiB, 31 ms (at worst 170) with 64.
	Buffer int
	Quiet  time.Duration // after Stop, the silence that ends the capture; default one poll of 20 ms
}

func (o Options) withDefaults() Options {
	if o.SnapLen <= 0 {
		o.SnapLen = 262144
	}
	if o.Buffer <= 0 {
		o.Buffer = 32 << 20
	}
	if o.Quiet < poll {
		o.Quiet = poll
	}
	return o
}

// Why a capture cannot start. An *OpenError wraps one of them, so that the command can add the hint that fits.
var (
	ErrNoInterface = errors.New("no such interface")
	ErrPermission  = errors.New("capturing needs the right CAP_NET_RAW")
	ErrDown        = errors.New("the interface is down")
	ErrFilter      = errors.New("the capture filter is not valid")
	ErrNotBuilt    = errors.New("this binary was built without libpcap (CGO_ENABLED=0), so it reads files but cannot capture")
	ErrWrongIface  = errors.New("packets to the address never travel there")
)

// OpenError says which capture could not start and why.
type OpenError struct {
	Iface  string
	Filter string   // set when Cause is ErrFilter
	Cause  error    // one of the errors above, or libpcap's own
	Detail string   // libpcap's words, "" when Cause says it all
	Have   []string // the interfaces there are, when Cause is ErrNoInterface
	Right  string   // the interface to use instead, when Cause is ErrWrongIface
}

// Error names the interface, the cause and what is known beyond it.
func (e *OpenError) Error() string {
	where := e.Iface
	if e.Filter != "" {
		where = fmt.Sprintf("filter %q", e.Filter)
	}
	text := e.Cause.Error()
	if where != "" {
		text = where + ": " + text
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if len(e.Have) > 0 {
		text += "; there are " + strings.Join(e.Have, ", ")
	}
	return text
}

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Cause }
