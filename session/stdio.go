package session

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// stdio are the standard files of a program: what it may read, and where it writes.
type stdio struct {
	child   [3]*os.File // its ends
	readers sync.WaitGroup
}

// open makes the files. Standard output is a terminal's, so that a C program's printf comes at once and not when it ends,
// which for a server is never.
func (e *execution) open() (*stdio, error) {
	s := &stdio{}
	in, err := e.input()
	if err != nil {
		return nil, err
	}
	out, outWrite, err := terminal()
	if err != nil { // no terminals here
		out, outWrite, err = os.Pipe()
	}
	errs, errsWrite, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	s.child = [3]*os.File{in, outWrite, errsWrite}
	s.readers.Go(func() { e.follow(out, "stdout") })
	s.readers.Go(func() { e.follow(errs, "stderr") })
	return s, nil
}

// input is a file from which the program reads what it was given, and then end of file.
func (e *execution) input() (*os.File, error) {
	if len(e.Stdin) == 0 {
		return os.Open(os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = w.Write(e.Stdin) // a program that ends early does not read all of it
		_ = w.Close()
	}()
	return r, nil
}

// terminal makes a pseudoterminal that changes nothing of what is written to it, and returns both ends.
func terminal() (master, slave *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	master = os.NewFile(uintptr(fd), "terminal")
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, errors.Join(err, master.Close())
	}
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return nil, nil, errors.Join(errno, master.Close())
	}
	slave = os.NewFile(peer, "terminal")
	mode, err := unix.IoctlGetTermios(int(peer), unix.TCGETS)
	if err == nil {
		mode.Oflag &^= unix.OPOST
		mode.Lflag &^= unix.ECHO
		err = errors.Join(unix.IoctlSetTermios(int(peer), unix.TCSETS, mode), unix.IoctlSetWinsize(int(peer), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
	}
	if err != nil {
		return nil, nil, errors.Join(err, master.Close(), slave.Close())
	}
	return master, slave, nil
}

// follow reports what comes until nobody can write any more; a terminal then answers EIO.
func (e *execution) follow(f *os.File, stream string) {
	buf := make([]byte, 4096)
	for {
		n, err := f.Read(buf)
		if n > 0 {
			e.actor.report(report{Output: &capture.Output{At: capture.StampOf(time.Now()), Stream: stream, Data: buf[:n]}})
		}
		if err != nil {
			return
		}
	}
}

// drain closes this process's copies and waits for the rest of the output.
func (s *stdio) drain() {
	for _, f := range s.child {
		_ = f.Close()
	}
	s.readers.Wait()
}
