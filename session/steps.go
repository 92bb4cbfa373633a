package session

import (
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Socket makes a TCP socket of addr's family and keeps it in the variable name.
func Socket(name string, addr netip.AddrPort) Step {
	return Step{Op: "socket", Sock: name, Addr: addr, Value: unix.SOCK_STREAM}
}

// Datagram makes a UDP socket of addr's family.
func Datagram(name string, addr netip.AddrPort) Step {
	return Step{Op: "socket", Sock: name, Addr: addr, Value: unix.SOCK_DGRAM}
}

// Raw makes a raw socket of TCP of addr's family: it sends segments as the program wrote them.
func Raw(name string, addr netip.AddrPort) Step {
	return Step{Op: "socket", Sock: name, Addr: addr, Value: unix.SOCK_RAW}
}

// SetOption sets an int option by its C name, e.g. "SO_REUSEADDR".
func SetOption(sock, option string, value int) Step {
	return Step{Op: "setsockopt", Sock: sock, Option: option, Value: value}
}

// GetOption reads an int option, for the record.
func GetOption(sock, option string) Step { return Step{Op: "getsockopt", Sock: sock, Option: option} }

// Linger sets SO_LINGER; with 0 seconds close discards unsent data and resets the connection.
func Linger(sock string, seconds int) Step { return Step{Op: "linger", Sock: sock, Value: seconds} }

// Timeout sets SO_RCVTIMEO or SO_SNDTIMEO.
func Timeout(sock, option string, d time.Duration) Step {
	return Step{Op: "timeout", Sock: sock, Option: option, Wait: d}
}

// Bind gives the socket its local address.
func Bind(sock string, addr netip.AddrPort) Step { return Step{Op: "bind", Sock: sock, Addr: addr} }

// Getsockname asks for the socket's own address.
func Getsockname(sock string) Step { return Step{Op: "getsockname", Sock: sock} }

// Getpeername asks for the peer's address.
func Getpeername(sock string) Step { return Step{Op: "getpeername", Sock: sock} }

// Listen makes the socket a listener. When the kernel's socket table shows it, the event "<actor>:listening" happens.
func Listen(sock string, backlog int) Step { return Step{Op: "listen", Sock: sock, Value: backlog} }

// Accept takes one connection from the listener into the variable conn.
func Accept(sock, conn string) Step { return Step{Op: "accept", Sock: sock, Conn: conn} }

// Connect opens a connection.
func Connect(sock string, addr netip.AddrPort) Step {
	return Step{Op: "connect", Sock: sock, Addr: addr}
}

// Disconnect dissolves the connection: connect with AF_UNSPEC.
func Disconnect(sock string) Step { return Step{Op: "disconnect", Sock: sock} }

// Send sends text with one send call.
func Send(sock, text string) Step { return Step{Op: "send", Sock: sock, Data: []byte(text)} }

// SendSize sends size bytes of a fixed pattern, with as many send calls as the kernel needs to take them.
func SendSize(sock string, size int) Step { return Step{Op: "send-size", Sock: sock, Size: size} }

// Recv calls recv once with a buffer of size bytes.
func Recv(sock string, size int) Step { return Step{Op: "recv", Sock: sock, Size: size} }

// RecvLine calls recv until a newline has arrived. A connection that ends before is an error.
func RecvLine(sock string, size int) Step { return Step{Op: "recv-line", Sock: sock, Size: size} }

// RecvFrame calls recv until a message has arrived whose length stands before it, four bytes in network order.
func RecvFrame(sock string, size int) Step { return Step{Op: "recv-frame", Sock: sock, Size: size} }

// RecvEOF calls recv until the peer has closed its direction.
func RecvEOF(sock string, size int) Step { return Step{Op: "recv-eof", Sock: sock, Size: size} }

// Shutdown ends one direction; how is unix.SHUT_RD, SHUT_WR or SHUT_RDWR.
func Shutdown(sock string, how int) Step { return Step{Op: "shutdown", Sock: sock, Value: how} }

// Close closes the descriptor; that of "stdin" is 0.
func Close(sock string) Step { return Step{Op: "close", Sock: sock} }

// Poll waits until one of the events (unix.POLLIN …) is there; it reads nothing. It fails with ETIMEDOUT after wait,
// which is for ever when negative.
func Poll(sock string, events int16, wait time.Duration) Step {
	return Step{Op: "poll", Sock: sock, Value: int(events), Wait: wait}
}

// Nonblock makes the calls on the socket return at once.
func Nonblock(sock string) Step { return Step{Op: "nonblock", Sock: sock} }

// Info reads the kernel's TCP_INFO of the connection; when says which step comes next.
func Info(sock, when string) Step { return Step{Op: "info", Sock: sock, Event: when} }

// Signal makes the event "<actor>:<name>" happen.
func Signal(name string) Step { return Step{Op: "signal", Event: name} }

// Await waits for an event of another actor, "server:listening". It fails when that actor ends without it.
func Await(event string) Step { return Step{Op: "await", Event: event} }

// Facts takes a snapshot of the host at this point of the run.
func Facts(when string) Step { return Step{Op: "facts", Event: when} }

// Kill sends a signal to another actor.
func Kill(actor string, sig syscall.Signal) Step {
	return Step{Op: "kill", Event: actor, Value: int(sig)}
}

// Repeat runs steps n times.
func Repeat(n int, steps ...Step) Step { return Step{Op: "repeat", Value: n, Steps: steps} }

// Answer sends what a service ("ceil", "echo", "ctime") makes of the last message received.
func Answer(sock, service string) Step { return Step{Op: "answer", Sock: sock, Option: service} }

// Parse fails unless the last message received is exactly one JSON value.
func Parse() Step { return Step{Op: "parse"} }

// SendTo sends a datagram to addr.
func SendTo(sock, text string, addr netip.AddrPort) Step {
	return Step{Op: "sendto", Sock: sock, Data: []byte(text), Addr: addr}
}

// SendFastOpen connects and sends in one call: TCP Fast Open, the data goes with the SYN.
func SendFastOpen(sock, text string, addr netip.AddrPort) Step {
	return Step{Op: "sendto", Sock: sock, Data: []byte(text), Addr: addr, Value: unix.MSG_FASTOPEN}
}

// RecvFrom receives one datagram.
func RecvFrom(sock string, size int) Step { return Step{Op: "recvfrom", Sock: sock, Size: size} }

// Reply sends a datagram back to the sender of the last one.
func Reply(sock, text string) Step { return Step{Op: "sendto", Sock: sock, Data: []byte(text)} }

// Pipe makes a pipe: r and w are the variables of its ends.
func Pipe(r, w string) Step { return Step{Op: "pipe", Sock: r, Conn: w} }

// Write writes to a pipe.
func Write(w, text string) Step { return Step{Op: "write", Sock: w, Data: []byte(text)} }

// Read reads once from a pipe.
func Read(r string, size int) Step { return Step{Op: "read", Sock: r, Size: size} }

// Sleep does nothing for d; reason says what the time stands for. Peers never meet by it.
func Sleep(d time.Duration, reason string) Step { return Step{Op: "sleep", Wait: d, Event: reason} }

// Meet makes the next call begin d after the event, to the microsecond, on the given processor.
func Meet(event string, d time.Duration, cpu int) Step {
	return Step{Op: "meet", Event: event, Wait: d, Value: cpu}
}

// Fork starts the actor child, whose script has ForkedBy set to this one, with all descriptors of this one.
func Fork(child string) Step { return Step{Op: "fork", Event: child} }

// Wait waits for all forked actors.
func Wait() Step { return Step{Op: "wait"} }

// Unreaped waits until all forked actors have ended, and does not wait for them as their parent does: they are zombies.
func Unreaped() Step { return Step{Op: "unreaped"} }

// Thread runs steps on a thread of their own, with a copy of the variables. Its calls are recorded as "<actor>/<n>".
func Thread(steps ...Step) Step { return Step{Op: "thread", Steps: steps} }

// Join waits for all threads.
func Join() Step { return Step{Op: "join"} }

// ServeLines serves n clients from one thread around a call that waits for all of them, "select", "poll" or "epoll": each
// line a client sends is answered with text.
func ServeLines(listener, how string, n, size int, text string) Step {
	return Step{Op: "serve-lines", Sock: listener, Option: how, Value: n, Size: size, Data: []byte(text)}
}

// SetMD5 makes the socket sign what it sends to the address with a key, and demand signatures from there.
func SetMD5(sock string, peer netip.Addr, key string) Step {
	return Step{Op: "md5", Sock: sock, Addr: netip.AddrPortFrom(peer, 0), Data: []byte(key)}
}

// BindToDevice ties the socket to one interface.
func BindToDevice(sock, iface string) Step {
	return Step{Op: "bindtodevice", Sock: sock, Option: iface}
}

// DealByPort deals the clients of a port with two listeners out by their own port: even ones to the first, odd ones to the second.
func DealByPort(sock string) Step { return Step{Op: "deal-by-port", Sock: sock} }

// ForbidConnect lets the kernel answer connect with EPERM from now on.
func ForbidConnect() Step { return Step{Op: "forbid-connect"} }

// LimitFiles lets the program have descriptors below n only.
func LimitFiles(n int) Step { return Step{Op: "limit-files", Value: n} }

// Exit ends the program with a status; why is what it finds wrong.
func Exit(status int, why string) Step { return Step{Op: "exit", Value: status, Event: why} }

// Sysctl changes a setting of the actor's host, as an administrator does.
func Sysctl(name, value string) Step { return Step{Op: "sysctl", Option: name, Data: []byte(value)} }

// Destroy lets the kernel abort the host's connections of a port, as ss -K does.
func Destroy(server netip.AddrPort) Step { return Step{Op: "destroy", Addr: server} }
