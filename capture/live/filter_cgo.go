//go:build cgo

package live

/*
#cgo LDFLAGS: -lpcap
#include <stdlib.h>
#include <pcap/pcap.h>

// The packet header is built on the C stack: one filter then serves any number of goroutines.
static int tcplab_match(const struct bpf_program *program, const u_char *data, bpf_u_int32 caplen, bpf_u_int32 len) {
	struct pcap_pkthdr header = {.caplen = caplen, .len = len};
	return pcap_offline_filter(program, &header, data) != 0;
}
*/
import "C"

import (
	"runtime"
	"unsafe"

	"tcplab/capture"
)

// Filter is a compiled capture filter for frames of one link type. It may be used by several goroutines at once.
type Filter struct {
	program *C.struct_bpf_program
}

// Compile compiles a filter in tcpdump's language for frames of the given link type. It calls libpcap itself because
// gopacket keeps link types in 8 bits: there LINUX_SLL2 (276), what tcpdump -i any writes, becomes 20.
func Compile(expr string, link capture.LinkType, snapLen int) (*Filter, error) {
	if snapLen <= 0 {
		snapLen = Options{}.withDefaults().SnapLen
	}
	dead := C.pcap_open_dead(C.int(dltOf(link)), C.int(snapLen))
	if dead == nil {
		return nil, &OpenError{Filter: expr, Cause: ErrFilter, Detail: "libpcap is out of memory"}
	}
	defer C.pcap_close(dead)
	text := C.CString(expr)
	defer C.free(unsafe.Pointer(text))
	program := (*C.struct_bpf_program)(C.calloc(1, C.sizeof_struct_bpf_program))
	if C.pcap_compile(dead, program, text, 1, C.PCAP_NETMASK_UNKNOWN) < 0 {
		detail := C.GoString(C.pcap_geterr(dead))
		C.free(unsafe.Pointer(program))
		return nil, &OpenError{Filter: expr, Cause: ErrFilter, Detail: detail + " (link type " + link.String() + ")"}
	}
	filter := &Filter{program}
	runtime.AddCleanup(filter, func(p *C.struct_bpf_program) {
		C.pcap_freecode(p)
		C.free(unsafe.Pointer(p))
	}, program)
	return filter, nil
}

// Match reports whether the filter accepts f.
func (f *Filter) Match(frame *capture.Frame) bool {
	if len(frame.Data) == 0 {
		return false
	}
	ok := C.tcplab_match(f.program, (*C.u_char)(unsafe.Pointer(unsafe.SliceData(frame.Data))),
		C.bpf_u_int32(len(frame.Data)), C.bpf_u_int32(frame.WireLen))
	runtime.KeepAlive(f)
	return ok != 0
}
