// Package hostfacts holds what a host says about itself: sockets, addresses, settings and counters that decide how its
// TCP answers. These are types and codecs only; capture/live reads them from the kernel.
package hostfacts

import (
	"strings"

	"tcplab/capture"
)

// Facts is one snapshot of a host.
type Facts struct {
	Host      string            `json:"host"` // which host of the run: "local", or the lab's name for it
	When      string            `json:"when"` // "before" or "after" the run
	Taken     capture.Stamp     `json:"taken"`
	Sockets   []Socket          `json:"sockets"`
	Addresses []Address         `json:"addresses"`
	Routes    []Route           `json:"routes,omitempty"`
	Neighbors []Neighbor        `json:"neighbors,omitempty"`
	Sysctls   map[string]string `json:"sysctls"`  // "net.ipv4.tcp_syn_retries": "6"
	Counters  map[string]uint64 `json:"counters"` // "TcpExt.ListenOverflows": 3
	Firewall  []string          `json:"firewall,omitempty"`
	Drops     []Drop            `json:"drops,omitempty"` // of all hosts of the run, in the last snapshot of the server's
	Missing   []Missing         `json:"missing,omitempty"`
}

// Socket is one line of the kernel's socket tables.
type Socket struct {
	Proto   string `json:"proto"` // "tcp", "tcp6", "udp", "udp6"
	Local   string `json:"local"` // addr:port
	Remote  string `json:"remote,omitempty"`
	State   string `json:"state"` // "LISTEN", "TIME-WAIT", "BOUND" … RFC 9293 names where it has one
	UID     int    `json:"uid"`
	PID     int    `json:"pid,omitempty"`
	Process string `json:"process,omitempty"`
	RecvQ   int    `json:"recv_q"`
	SendQ   int    `json:"send_q"`
	V6Only  bool   `json:"v6only,omitempty"`
	Device  string `json:"device,omitempty"`
	Timer   string `json:"timer,omitempty"` // TIME-WAIT: seconds left
	NetNS   string `json:"netns,omitempty"` // "" = the namespace of the run
}

// Address is one address of an interface.
type Address struct {
	Iface     string `json:"iface"`
	CIDR      string `json:"cidr"`
	Up        bool   `json:"up"`
	NoCarrier bool   `json:"no_carrier,omitempty"` // up, but the cable is out or the other end is down
	MTU       int    `json:"mtu"`
}

// Route is the kernel's answer to "how would a packet to Dst travel".
type Route struct {
	Dst   string `json:"dst"`
	Iface string `json:"iface"`
	Src   string `json:"src,omitempty"`
	Via   string `json:"via,omitempty"`
	Error string `json:"error,omitempty"` // errno name
}

// Neighbor is one entry of the ARP or NDP table.
type Neighbor struct {
	Addr  string `json:"addr"`
	Iface string `json:"iface"`
	MAC   string `json:"mac,omitempty"`
	State string `json:"state"`
}

// Missing is a fact that could not be read, why, and the right that would allow it.
type Missing struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Needs string `json:"needs,omitempty"`
}

// Drop is a packet of the run that a kernel threw away, or a reset that it sent or took, with the reason it gave for it in
// its tracepoints. The words are those of the running kernel: their numbers change from one version to the next.
type Drop struct {
	Time   capture.Stamp `json:"time"`
	Event  string        `json:"event"`            // "kfree_skb", "tcp_send_reset", "tcp_receive_reset", "tcp_bad_csum", "tcp_hash_md5_mismatch" …
	Reason string        `json:"reason,omitempty"` // "NO_SOCKET", "NETFILTER_DROP", "TCP_ABORT_ON_CLOSE" …
	State  string        `json:"state,omitempty"`  // of the socket, where there is one: "TCP_LISTEN" …
	Where  string        `json:"where,omitempty"`  // the function that dropped it: "tcp_v4_rcv"
	Hook   string        `json:"hook,omitempty"`   // of the packet filter that dropped it, where that is known: "input", "forward", "output", "prerouting"
	Iface  string        `json:"iface,omitempty"`  // on which it had come, where that is known
	Src    string        `json:"src"`              // addr:port of the packet, dropped or sent
	Dst    string        `json:"dst"`
	ByTime bool          `json:"by_time,omitempty"` // the event names no addresses: those of the packet of that time and length
	Answer bool          `json:"answer,omitempty"`  // not that packet, but one that was made of it, which nobody saw: its answer, as a rule
}

// Lacks reports whether something whose name contains what could not be read.
func (f *Facts) Lacks(what string) bool {
	for _, m := range f.Missing {
		if strings.Contains(m.What, what) {
			return true
		}
	}
	return false
}
