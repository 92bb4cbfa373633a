package cable

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Relay carries frames between two interfaces in user space, by packet sockets. It needs neither netem nor a bridge.
type Relay struct {
	sockets [2]int // by the direction of what they receive: the client's interface, then the server's
	wake    int    // an eventfd that ends the loop
	done    chan error

	mu     sync.Mutex
	engine *engine
}

// Start begins to carry frames between two interfaces of the calling thread's network namespace. A nil script carries
// everything. The relay goes on until Close, whatever thread calls it.
func Start(clientIface, serverIface string, script *Script) (*Relay, error) {
	if script == nil {
		script = &Script{}
	}
	r := &Relay{sockets: [2]int{-1, -1}, wake: -1, done: make(chan error, 1), engine: newEngine(script)}
	err := r.open(clientIface, serverIface)
	if err != nil {
		r.release()
		return nil, err
	}
	go func() { r.done <- r.loop() }()
	return r, nil
}

func (r *Relay) open(ifaces ...string) (err error) {
	for dir, name := range ifaces {
		if r.sockets[dir], err = packetSocket(name); err != nil {
			return fmt.Errorf("cable at %s: %w", name, err)
		}
	}
	r.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return err
}

// packetSocket opens a socket that receives what arrives at the interface, and not what it sends there itself.
func packetSocket(name string) (fd int, err error) {
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return -1, err
	}
	const everything = uint16(unix.ETH_P_ALL&0xff<<8 | unix.ETH_P_ALL>>8) // in network order
	fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 8<<20),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: iface.Index}))
	return fd, err
}

// Fates returns what became of each frame so far.
func (r *Relay) Fates() []Fate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.engine.fates)
}

// Underway reports whether frames are in the cable, and wait for their time to leave it.
func (r *Relay) Underway() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, waiting := r.engine.queue.next()
	return waiting
}

// Cut reports whether the cable is cut in a direction. It stays so.
func (r *Relay) Cut(dir Dir) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.engine.cut[dir]
}

// Close stops the relay: what is still in the cable is lost, and nothing passes any more.
func (r *Relay) Close() error {
	var one = [8]byte{1}
	_, err := unix.Write(r.wake, one[:])
	return errors.Join(err, <-r.done)
}

func (r *Relay) release() {
	for _, fd := range []int{r.sockets[C2S], r.sockets[S2C], r.wake} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// loop waits for frames and for departures that are due.
func (r *Relay) loop() error {
	defer r.release()
	fds := []unix.PollFd{{Fd: int32(r.sockets[C2S]), Events: unix.POLLIN}, {Fd: int32(r.sockets[S2C]), Events: unix.POLLIN},
		{Fd: int32(r.wake), Events: unix.POLLIN}}
	buf := make([]byte, 1<<17)
	for {
		_, err := unix.Ppoll(fds, r.timeout(), nil)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("cable: %w", err)
		}
		if fds[2].Revents != 0 {
			return nil
		}
		for _, dir := range []Dir{C2S, S2C} {
			r.receive(dir, buf)
		}
		r.send()
	}
}

// timeout is how long the loop may wait, nil for as long as nothing comes.
func (r *Relay) timeout() *unix.Timespec {
	due, ok := r.engine.queue.next()
	if !ok {
		return nil
	}
	wait := unix.NsecToTimespec(int64(max(0, time.Until(due))))
	return &wait
}

// burst bounds how many frames of one direction are taken in before the other has its turn.
const burst = 64

// receive takes in what has arrived. An error here is the interface going down or away: nothing comes then.
func (r *Relay) receive(dir Dir, buf []byte) {
	for range burst {
		n, _, err := unix.Recvfrom(r.sockets[dir], buf, 0)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.engine.arrive(dir, slices.Clone(buf[:n]), time.Now())
		r.mu.Unlock()
	}
}

// send lets go what is due.
func (r *Relay) send() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for now := time.Now(); ; {
		d := r.engine.queue.take(now)
		if d == nil {
			return
		}
		left := time.Now() // before the host at the other end has it: this thread may not go on for a while then
		if _, err := unix.Write(r.sockets[d.dir.Other()], d.frame); err == nil {
			r.engine.sent(d, left)
		} else {
			r.engine.fates[d.fate].Fate = "lost: " + err.Error()
		}
	}
}
