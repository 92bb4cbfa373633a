package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
)

// spool is a temporary file for what has no room in memory. It has no name: it is gone with the process.
type spool struct {
	file    *os.File
	out     *bufio.Writer
	written int64 // bytes, some of them still in out
}

// extent is a piece of a spool.
type extent struct {
	at int64
	n  int
}

// add puts data at the end.
func (s *spool) add(data []byte) (extent, error) {
	if s.file == nil {
		if err := s.open(); err != nil {
			return extent{}, failed(fmt.Errorf("connections that wait for their turn: %w", err), "TMPDIR says where temporary files go")
		}
	}
	at := extent{s.written, len(data)}
	n, err := s.out.Write(data)
	s.written += int64(n)
	return at, err
}

func (s *spool) open() (err error) {
	if s.file, err = os.CreateTemp("", "tcplab-*"); err != nil {
		return err
	}
	s.out = bufio.NewWriterSize(s.file, 1<<16)
	return os.Remove(s.file.Name())
}

// read appends a piece to buf.
func (s *spool) read(buf []byte, e extent) ([]byte, error) {
	if e.at+int64(e.n) > s.written-int64(s.out.Buffered()) {
		if err := s.out.Flush(); err != nil {
			return buf, err
		}
	}
	start := len(buf)
	buf = slices.Grow(buf, e.n)[:start+e.n]
	n, err := s.file.ReadAt(buf[start:], e.at)
	if n == e.n {
		return buf, nil // also where the file ends with it
	}
	return buf, err
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
