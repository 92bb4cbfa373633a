// Package calls holds the record of system calls: what each actor asked of the kernel, when, and what it answered.
package calls

import (
	"strings"
	"syscall"
	"time"

	"tcplab/capture"
)

// Call is one finished system call. A call is an interval: packets it causes lie between Begin and End, or follow it.
type Call struct {
	Number uint32        `json:"number"` // from 1, by Begin over all actors of a run
	Actor  string        `json:"actor"`  // "client", "server", "client2" …
	PID    int           `json:"pid"`
	Op     string        `json:"op"` // "connect", "recv" …
	FD     int           `json:"fd"`
	Proto  string        `json:"proto,omitempty"`  // "udp" for a datagram socket, "raw" for a raw one, where that is known
	Args   string        `json:"args"`             // as strace prints them, payload escaped
	Local  string        `json:"local,omitempty"`  // addr:port of the socket after the call, when it has one
	Remote string        `json:"remote,omitempty"` // addr:port of the peer, when there is one
	Begin  capture.Stamp `json:"begin"`
	End    capture.Stamp `json:"end"` // 0: never returned
	N      int           `json:"n"`   // what the call returned; -1 on error
	Errno  syscall.Errno `json:"errno,omitempty"`
	Data   []byte        `json:"data,omitempty"` // bytes sent or received, for send and recv
}

// Duration is how long the call took; 0 when it never returned.
func (c *Call) Duration() time.Duration {
	if c.End == 0 {
		return 0
	}
	return c.End.Sub(c.Begin)
}

// Dissolves reports whether the call is connect(AF_UNSPEC), which ends a connection instead of opening one: connect(2).
func (c *Call) Dissolves() bool { return c.Op == "connect" && strings.Contains(c.Args, "AF_UNSPEC") }

// Sends reports whether an operation hands data to a socket.
func Sends(op string) bool {
	switch op {
	case "send", "sendto", "sendmsg", "write", "writev", "sendfile":
		return true
	}
	return false
}

// Receives reports whether an operation takes data from a socket.
func Receives(op string) bool {
	switch op {
	case "recv", "recvfrom", "recvmsg", "read", "readv":
		return true
	}
	return false
}
