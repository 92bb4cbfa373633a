//go:build !amd64 && !arm64

package tracee

// nativeArch is none: there is no table for this architecture, and programs run without their calls.
const nativeArch = 0

const (
	epollEventSize = 16
	machine        = 0
)

func archTable(t map[uint64]*decoder) { clear(t) }
