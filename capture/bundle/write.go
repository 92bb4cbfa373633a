package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
	"tcplab/capture/pcapfile"
)

// Write writes b and the frames of src as a bundle in dir. A bundle that is there is replaced; any other directory that
// is not empty is refused. When src ends with an error the frames before it are written, and the error is returned.
func Write(dir string, b *Bundle, src capture.Source) error {
	w, err := Create(dir, &b.About)
	if err != nil {
		return err
	}
	if s, ok := src.(interface{ Interfaces() []pcapfile.Interface }); ok {
		w.known = s.Interfaces
	}
	var lost error
	for f := (capture.Frame{}); lost == nil; {
		if lost = src.Next(&f); lost == nil {
			if err := w.WriteFrame(&f); err != nil {
				w.Discard()
				return err
			}
		}
	}
	if errors.Is(lost, io.EOF) {
		lost = nil
	}
	return errors.Join(w.Finish(b), lost)
}

// WriteFar adds to the bundle that was written in dir the frames captured at the server's end.
func WriteFar(dir string, b *Bundle, src capture.Source) error {
	file, err := os.Create(filepath.Join(dir, farName))
	if err != nil {
		return err
	}
	defer file.Close()
	w := &Writer{dir: dir, about: b.About, ids: make(map[port]uint16), file: file}
	w.frames = pcapfile.NewWriter(file, pcapfile.Section{OS: b.About.Kernel, Application: b.About.Tool})
	for f := (capture.Frame{}); ; {
		if err := src.Next(&f); errors.Is(err, io.EOF) {
			return w.frames.Close()
		} else if err != nil {
			return err
		}
		if err := w.WriteFrame(&f); err != nil {
			return err
		}
	}
}

// Writer writes a bundle while its run goes on: frames as they come, the rest at the end. Nothing of an existing bundle
// is replaced before Finish.
type Writer struct {
	dir    string
	made   bool // by Create, so that Discard takes it away
	file   *os.File
	frames *pcapfile.Writer
	about  capture.About
	known  func() []pcapfile.Interface // what the source says of its interfaces, nil when it says nothing
	ids    map[port]uint16
}

// port tells apart the interfaces of frames.pcapng, which have one link type each.
type port struct {
	iface uint16
	link  capture.LinkType
}

// temporary is added to the name of a file that is not finished.
const temporary = ".part"

// Create begins a bundle in dir. Of about it uses what is known before a run: tool, kernel, interface and filter.
func Create(dir string, about *capture.About) (*Writer, error) {
	w := &Writer{dir: dir, about: *about, ids: make(map[port]uint16)}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		w.made = true
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case len(entries) > 0 && !Is(dir):
		return nil, fmt.Errorf("%s: holds other files and is no bundle; name a new or empty directory", dir)
	}
	if w.file, err = os.Create(w.path(framesName) + temporary); err != nil {
		w.Discard()
		return nil, err
	}
	w.frames = pcapfile.NewWriter(w.file, pcapfile.Section{OS: about.Kernel, Application: about.Tool})
	return w, nil
}

func (w *Writer) path(name string) string { return filepath.Join(w.dir, name) }

// WriteFrame adds a frame. Its comments are kept.
func (w *Writer) WriteFrame(f *capture.Frame) error {
	from := port{f.Iface, f.Link}
	id, ok := w.ids[from]
	if !ok {
		id = uint16(w.frames.Interfaces())
		w.ids[from] = id
		w.frames.AddInterface(w.describe(from))
	}
	stored := *f
	stored.Iface = id
	return w.frames.WriteFrame(&stored)
}

// describe returns what is known of an interface: from the source, else the one that the run chose.
func (w *Writer) describe(p port) pcapfile.Interface {
	i := pcapfile.Interface{Name: w.about.Iface, Filter: w.about.Filter, OS: w.about.Kernel}
	if w.known != nil {
		if list := w.known(); int(p.iface) < len(list) && list[p.iface].Name != "" {
			i = list[p.iface]
		}
	}
	i.Link = p.link
	return i
}

// Finish writes the rest of b and puts everything in place. After an error the unfinished files are gone.
func (w *Writer) Finish(b *Bundle) error {
	err := w.finish(b)
	if err != nil {
		w.Discard()
		return fmt.Errorf("writing the bundle %s: %w", w.dir, err)
	}
	b.Dir = w.dir
	return nil
}

func (w *Writer) finish(b *Bundle) error {
	if len(w.ids) == 0 { // a capture without packets still says where it was made
		w.frames.AddInterface(w.describe(port{0, capture.LinkEthernet}))
	}
	w.frames.SetDropped(0, b.About.Dropped)
	if err := errors.Join(w.frames.Close(), w.file.Close()); err != nil {
		return err
	}
	about, facts := b.About, b.Facts
	about.Schema = Schema
	if facts == nil {
		facts = []hostfacts.Facts{}
	}
	err := errors.Join(
		w.part(callsName, func(out io.Writer) error { return calls.Write(out, b.Calls) }),
		w.part(factsName, func(out io.Writer) error { return indented(out, facts) }),
		w.part(aboutName, func(out io.Writer) error { return indented(out, about) }),
		w.fates(b.Fates))
	if err != nil {
		return err
	}
	names := []string{framesName, callsName, factsName, aboutName}
	if len(b.Fates) > 0 {
		names = append(names, fatesName)
	}
	if err := os.Remove(w.path(farName)); err != nil && !errors.Is(err, os.ErrNotExist) { // of the bundle that is replaced
		return err
	}
	for _, name := range names {
		if err := os.Rename(w.path(name)+temporary, w.path(name)); err != nil {
			return err
		}
	}
	return nil
}

// fates writes one fate a line; without any it takes away those of the bundle that is replaced.
func (w *Writer) fates(fates []capture.Fate) error {
	if len(fates) == 0 {
		if err := os.Remove(w.path(fatesName)); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return w.part(fatesName, func(out io.Writer) error {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for i := range fates {
			if err := enc.Encode(&fates[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// part writes one file under its temporary name.
func (w *Writer) part(name string, write func(io.Writer) error) error {
	file, err := os.Create(w.path(name) + temporary)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// indented writes v as JSON for people and version control: one field a line, keys in order.
func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Discard takes away what Create and WriteFrame made. A bundle that was there before is as it was.
func (w *Writer) Discard() {
	if w.file != nil {
		w.file.Close()
	}
	for _, name := range []string{framesName, callsName, factsName, aboutName, fatesName} {
		os.Remove(w.path(name) + temporary)
	}
	if w.made {
		os.Remove(w.dir) // unless something else is in it by now
	}
}
