//go:build !cgo

package live

import (
	"io"

	"tcplab/capture"
)

// Handle stands for a capture that this binary cannot make; no function returns one.
type Handle struct{}

// Open answers ErrNotBuilt.
func Open(iface, filter string) (*Handle, error) { return OpenWith(iface, filter, Options{}) }

// OpenWith answers ErrNotBuilt.
func OpenWith(iface, _ string, _ Options) (*Handle, error) {
	return nil, &OpenError{Iface: iface, Cause: ErrNotBuilt}
}

// Iface returns "".
func (*Handle) Iface() string { return "" }

// Link returns LinkNull.
func (*Handle) Link() capture.LinkType { return capture.LinkNull }

// Stop does nothing.
func (*Handle) Stop() {}

// Drained returns false.
func (*Handle) Drained() bool { return false }

// Next returns io.EOF.
func (*Handle) Next(*capture.Frame) error { return io.EOF }

// Stats returns nothing.
func (*Handle) Stats() capture.Stats { return capture.Stats{} }

// Close does nothing.
func (*Handle) Close() error { return nil }

// Filter stands for a filter that this binary cannot compile; no function returns one.
type Filter struct{}

// Compile answers ErrNotBuilt: the filter language is libpcap's.
func Compile(expr string, _ capture.LinkType, _ int) (*Filter, error) {
	return nil, &OpenError{Filter: expr, Cause: ErrNotBuilt}
}

// Match returns false.
func (*Filter) Match(*capture.Frame) bool { return false }
