package session

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// String prints the step as a line of the scenario's page: a call as the program makes it, or what the lab does.
func (s Step) String() string {
	text := s.call()
	switch {
	case s.OnError.Continue:
		text += ", whatever it returns"
	case s.OnError.Quit:
		text += fmt.Sprintf(", or exit(%d)", s.OnError.Status)
	}
	return text
}

func (s Step) call() string {
	switch s.Op {
	case "socket":
		kind := map[int]string{unix.SOCK_STREAM: "TCP", unix.SOCK_DGRAM: "UDP", unix.SOCK_RAW: "raw TCP"}[s.Value]
		return fmt.Sprintf("%s = socket(%s)", s.Sock, kind)
	case "accept":
		return fmt.Sprintf("%s = accept(%s)", s.Conn, s.Sock)
	case "bind", "connect":
		return fmt.Sprintf("%s(%s, %s)", s.Op, s.Sock, s.Addr)
	case "setsockopt", "listen":
		return fmt.Sprintf("%s(%s)", s.Op, join(s.Sock, s.Option, strconv.Itoa(s.Value)))
	case "send", "write", "sendto":
		return fmt.Sprintf("%s(%s, %s)", s.Op, s.Sock, quoted(string(s.Data)))
	case "shutdown":
		return fmt.Sprintf("shutdown(%s, %s)", s.Sock, [...]string{"SHUT_RD", "SHUT_WR", "SHUT_RDWR"}[s.Value])
	case "kill":
		return fmt.Sprintf("kill(%s, %s)", s.Event, unix.SignalName(syscall.Signal(s.Value)))
	case "recv", "recvfrom", "read":
		return fmt.Sprintf("%s(%s, %d)", s.Op, s.Sock, s.Size)
	}
	return s.deed()
}

// mostQuoted is how much of what is sent stands on a scenario's page.
const mostQuoted = 120

// quoted prints what is sent, or its beginning and its size.
func quoted(data string) string {
	if len(data) <= mostQuoted {
		return strconv.Quote(data)
	}
	return fmt.Sprintf("%q … %d bytes", data[:mostQuoted/4], len(data))
}

// deed prints the steps that are more or less than one call.
func (s Step) deed() string {
	switch s.Op {
	case "recv-line":
		return fmt.Sprintf("recv(%s, %d) until a newline", s.Sock, s.Size)
	case "recv-frame":
		return fmt.Sprintf("recv(%s, %d) until the announced length", s.Sock, s.Size)
	case "recv-eof":
		return fmt.Sprintf("recv(%s, %d) until it returns 0", s.Sock, s.Size)
	case "send-size":
		return fmt.Sprintf("send(%s) %d bytes in all", s.Sock, s.Size)
	case "info":
		return fmt.Sprintf("getsockopt(%s, TCP_INFO)", s.Sock)
	case "linger":
		return fmt.Sprintf("setsockopt(%s, SO_LINGER, {1, %d})", s.Sock, s.Value)
	case "timeout":
		return fmt.Sprintf("setsockopt(%s, %s, %v)", s.Sock, s.Option, s.Wait)
	case "md5":
		return fmt.Sprintf("setsockopt(%s, TCP_MD5SIG, {%s, %q})", s.Sock, s.Addr.Addr(), s.Data)
	case "bindtodevice":
		return fmt.Sprintf("setsockopt(%s, SO_BINDTODEVICE, %q)", s.Sock, s.Option)
	case "deal-by-port":
		return fmt.Sprintf("setsockopt(%s, SO_ATTACH_REUSEPORT_CBPF, {source port & 1})", s.Sock)
	case "forbid-connect":
		return "prctl(PR_SET_SECCOMP, connect: EPERM)"
	case "limit-files":
		return fmt.Sprintf("setrlimit(RLIMIT_NOFILE, %d)", s.Value)
	case "exit":
		return fmt.Sprintf("exit(%d): %s", s.Value, s.Event)
	case "destroy":
		return fmt.Sprintf("ss -K 'sport = :%d'", s.Addr.Port())
	case "unreaped":
		return "its children end, and it never waits for them"
	case "serve-lines":
		return fmt.Sprintf("serve %d clients of %s around %s", s.Value, s.Sock, s.Option)
	case "await":
		return "wait for " + s.Event
	case "signal":
		return "tell the others: " + s.Event
	case "sleep":
		return fmt.Sprintf("sleep %v: %s", s.Wait, s.Event)
	case "repeat", "thread":
		inner := make([]string, len(s.Steps))
		for i, step := range s.Steps {
			inner[i] = step.String()
		}
		return strings.TrimSpace(fmt.Sprintf("%s %s", s.times(), "{ "+strings.Join(inner, "; ")+" }"))
	}
	return fmt.Sprintf("%s(%s)", s.Op, join(s.Sock, s.Conn, s.Option, s.Event))
}

func (s Step) times() string {
	if s.Op == "thread" {
		return "in a thread"
	}
	return strconv.Itoa(s.Value) + " times"
}

// join lists the words that are not empty.
func join(words ...string) string {
	var given []string
	for _, w := range words {
		if w != "" {
			given = append(given, w)
		}
	}
	return strings.Join(given, ", ")
}
