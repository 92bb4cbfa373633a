package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"tcplab/capture"
	"tcplab/capture/live"
	"tcplab/capture/pcapfile"
)

// openFile opens a saved capture, with what the user needs to know when that fails.
func openFile(path string) (*pcapfile.Reader, error) {
	src, err := pcapfile.Open(path)
	return src, unreadable(path, named(err))
}

// named puts the name of the file first in an error of the file system.
func named(err error) error {
	var where *fs.PathError
	if errors.As(err, &where) {
		return fmt.Errorf("%s: %w", where.Path, where.Err)
	}
	return err
}

// openAgain opens a capture for a second reading, which standard input does not allow.
func openAgain(path string) (capture.Source, error) {
	if path == "-" {
		return nil, errors.New("the capture is on standard input")
	}
	return openFile(path)
}

// unreadable adds the next step to an error about a file or directory.
func unreadable(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist) && net.ParseIP(path) != nil:
		return failed(err, "to try a connection:  tcplab diagnose "+net.JoinHostPort(path, "PORT"))
	case errors.Is(err, fs.ErrNotExist):
		return failed(err, "tcplab trace --save DIR makes one; tcpdump -w FILE too")
	case errors.Is(err, fs.ErrPermission):
		return failed(err, fmt.Sprintf("sudo chmod a+r %s, or run this with sudo", path))
	}
	return failed(err, "captures come from tcpdump -w FILE, Wireshark or tcplab trace --save DIR")
}

// filtered yields only the frames that a capture filter accepts, under the numbers they have in the file.
type filtered struct {
	capture.Source
	expr    string
	filters map[capture.LinkType]*live.Filter
}

// withFilter returns src restricted to what expr accepts; "" accepts all.
func withFilter(src capture.Source, expr string) (capture.Source, error) {
	if expr == "" {
		return src, nil
	}
	if _, err := live.Compile(expr, capture.LinkEthernet, 0); err != nil {
		return nil, advised(err)
	}
	return &filtered{src, expr, map[capture.LinkType]*live.Filter{}}, nil
}

// Next reads on to the next frame that the filter accepts.
func (s *filtered) Next(f *capture.Frame) error {
	for {
		if err := s.Source.Next(f); err != nil {
			return err
		}
		filter := s.filters[f.Link]
		if filter == nil {
			var err error
			if filter, err = live.Compile(s.expr, f.Link, 0); err != nil {
				return err
			}
			s.filters[f.Link] = filter
		}
		if filter.Match(f) {
			return nil
		}
	}
}

// isDir reports whether path is a directory.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
