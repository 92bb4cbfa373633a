//go:build cgo

package live

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/gopacket/pcap"

	"tcplab/capture"
)

// Handle is a running capture on one interface. Next is for one goroutine; Stop, Stats and Close may be called from any.
type Handle struct {
	iface string
	link  capture.LinkType
	quiet time.Duration

	stop    atomic.Int64 // when Stop was called, ns since the epoch; 0 while the capture runs
	closing atomic.Bool
	drained atomic.Bool

	mu    sync.Mutex // guards what follows: the ring must not be unmapped while a frame is copied out of it
	pcap  *pcap.Handle
	buf   []byte // the Data of the last frame
	stats capture.Stats
}

// Open starts a capture on iface with the default options. An empty filter means DefaultFilter.
func Open(iface, filter string) (*Handle, error) { return OpenWith(iface, filter, Options{}) }

// OpenWith starts a capture on iface. When it returns, the kernel records: filter set, ring filling.
func OpenWith(iface, filter string, o Options) (*Handle, error) {
	o = o.withDefaults()
	if filter == "" {
		filter = DefaultFilter
	}
	h, err := activate(iface, o)
	if err != nil {
		return nil, openError(iface, err)
	}
	if err := h.SetBPFFilter(filter); err != nil {
		h.Close()
		return nil, &OpenError{Iface: iface, Filter: filter, Cause: ErrFilter, Detail: err.Error()}
	}
	link := linkOf(int(h.LinkType()))
	return &Handle{iface: iface, link: link, quiet: o.Quiet, pcap: h, stats: capture.Stats{
		Path: iface, Format: "live", Links: []capture.LinkType{link},
	}}, nil
}

// activate opens iface through an inactive handle, the only way of gopacket that gives nanosecond stamps. The timeout is
// positive because Close hangs on a silent interface without one.
func activate(iface string, o Options) (*pcap.Handle, error) {
	in, err := pcap.NewInactiveHandle(iface)
	if err != nil {
		return nil, err
	}
	defer in.CleanUp()
	err = errors.Join(in.SetSnapLen(o.SnapLen), in.SetPromisc(false), in.SetImmediateMode(true),
		in.SetTimeout(poll), in.SetBufferSize(o.Buffer))
	if err != nil {
		return nil, err
	}
	h, err := in.Activate()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, in.Error())
	}
	return h, nil
}

// openError turns libpcap's refusal into one of ours. gopacket does not export its codes, so they are told apart by how
// they print; an interface that does not exist is recognised first, since without rights libpcap never gets to look.
func openError(iface string, err error) error {
	have, known := interfaceNames(iface)
	if !known {
		return &OpenError{Iface: iface, Cause: ErrNoInterface, Have: have}
	}
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "Permission Denied"),
		strings.HasPrefix(text, "unknown activated error: -11"): // PCAP_ERROR_PROMISC_PERM_DENIED
		err = ErrPermission
	case strings.HasPrefix(text, "Interface Not Up"):
		err = ErrDown
	}
	return &OpenError{Iface: iface, Cause: err}
}

// Iface returns the name of the interface.
func (h *Handle) Iface() string { return h.iface }

// Link returns the link type of the frames.
func (h *Handle) Link() capture.LinkType { return h.link }

// Stop asks the capture to end: Next yields what the kernel still holds and whatever follows until nothing has come for
// Options.Quiet, then io.EOF.
func (h *Handle) Stop() { h.stop.CompareAndSwap(0, time.Now().UnixNano()) }

// Drained reports whether the capture ended in silence, as it should: false means that it was closed before, or that
// traffic never paused after Stop.
func (h *Handle) Drained() bool { return h.drained.Load() }

// Next waits for the next frame. It returns io.EOF after Stop, as told there, and after Close.
func (h *Handle) Next(f *capture.Frame) error {
	silent := time.Now()
	for {
		if stopped := h.stop.Load(); stopped != 0 && time.Since(time.Unix(0, stopped)) > 10*h.quiet+time.Second {
			return io.EOF // traffic that never pauses
		}
		err := h.read(f)
		if err != pcap.NextErrorTimeoutExpired {
			return err
		}
		if stopped := h.stop.Load(); stopped != 0 {
			if since := max(silent.UnixNano(), stopped); time.Now().UnixNano()-since >= int64(h.quiet) {
				h.drained.Store(true)
				return io.EOF
			}
		}
	}
}

// read takes one frame out of the ring, waiting at most one poll.
func (h *Handle) read(f *capture.Frame) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing.Load() {
		return io.EOF
	}
	data, ci, err := h.pcap.ZeroCopyReadPacketData()
	switch err {
	case nil:
	case io.EOF, pcap.NextErrorTimeoutExpired:
		return err
	default:
		return fmt.Errorf("%s: capture ended: %w", h.iface, errors.Join(h.pcap.Error(), err))
	}
	h.buf = append(h.buf[:0], data...)
	h.stats.Packets++
	h.stats.Bytes += uint64(len(data))
	*f = capture.Frame{Number: uint32(h.stats.Packets), Time: capture.StampOf(ci.Timestamp), Link: h.link,
		WireLen: uint32(ci.Length), Data: h.buf}
	return nil
}

// Stats says what has been read so far. KernelDropped counts ring slots: on lo the hidden outgoing copies are among them,
// so there it is an upper bound of the frames lost, and 0 is exact.
func (h *Handle) Stats() capture.Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.countDrops()
	return h.stats
}

func (h *Handle) countDrops() {
	if h.closing.Load() {
		return // the counters went with the handle; Close has read them
	}
	if s, err := h.pcap.Stats(); err == nil {
		h.stats.KernelDropped = uint64(s.PacketsDropped)
	}
}

// Close ends the capture within one poll, whatever another goroutine does. A second Close does nothing.
func (h *Handle) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.countDrops()
	if h.closing.CompareAndSwap(false, true) {
		h.pcap.Close()
	}
	return nil
}
