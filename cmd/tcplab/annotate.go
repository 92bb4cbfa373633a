package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// writeAnnotated writes the frames of src to a new pcapng file, each with what is remarked on it as a further comment. Bytes,
// times, interfaces and the comments that are there stay as they are.
func writeAnnotated(path string, said *remarks, src capture.Source) error {
	var wrong error
	err := writeCopy(path, src, func(f *capture.Frame) {
		c, err := said.of(f.Number)
		if wrong = errors.Join(wrong, err); c != "" && !slices.Contains(f.Comments, c) {
			f.Comments = append(slices.Clone(f.Comments), c)
		}
	})
	return errors.Join(wrong, err, said.file.close())
}

// writeCopy copies a capture to a new pcapng file and lets edit change each frame. A file that is not complete is not
// left behind.
func writeCopy(path string, src capture.Source, edit func(*capture.Frame)) error {
	out, err := os.CreateTemp(filepath.Dir(path), ".tcplab-*")
	if err != nil {
		return failed(err, "")
	}
	defer os.Remove(out.Name()) // after the rename there is nothing to remove
	err = errors.Join(copyFrames(out, src, edit), out.Chmod(0o644), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return failed(fmt.Errorf("%s: %w", path, err), "")
	}
	return nil
}

// copyFrames writes the frames of src as pcapng, with the interfaces in their order. What stands before damage is written;
// the damage has been told by the report.
func copyFrames(w io.Writer, src capture.Source, edit func(*capture.Frame)) error {
	var f capture.Frame
	more := src.Next(&f) == nil // what a file says of itself is known once the first frame has been read
	var about pcapfile.Section
	known := func() []pcapfile.Interface { return nil }
	if r, ok := src.(interface {
		Section() pcapfile.Section
		Interfaces() []pcapfile.Interface
	}); ok {
		about, known = r.Section(), r.Interfaces
	}
	out := pcapfile.NewWriter(w, about)
	for ; more; more = src.Next(&f) == nil {
		for list := known(); out.Interfaces() <= int(f.Iface); {
			iface := pcapfile.Interface{Link: f.Link}
			if n := out.Interfaces(); n < len(list) {
				iface = list[n]
			}
			out.AddInterface(iface)
		}
		if edit != nil {
			edit(&f)
		}
		if err := out.WriteFrame(&f); err != nil {
			return err
		}
	}
	for n, iface := range known() {
		if n >= out.Interfaces() {
			out.AddInterface(iface)
		}
		out.SetDropped(n, iface.Dropped)
	}
	return out.Close()
}

// described are the frames of a run with what their file would say of them.
type described struct {
	capture.Source
	about *capture.About
}

// Section says who captured.
func (d described) Section() pcapfile.Section {
	return pcapfile.Section{OS: d.about.Kernel, Application: d.about.Tool}
}

// Interfaces says where.
func (d described) Interfaces() []pcapfile.Interface {
	return []pcapfile.Interface{{Name: d.about.Iface, Filter: d.about.Filter, OS: d.about.Kernel, Link: d.Stats().Links[0], Dropped: d.about.Dropped}}
}
