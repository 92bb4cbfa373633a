// Package bundle keeps the evidence of a run in one directory, so that a replay sees what the run saw:
//
//	frames.pcapng  the packets, as Wireshark reads them
//	calls.jsonl    the system calls of the actors
//	facts.json     what the hosts said of themselves
//	about.json     which scenario, where, on which kernel
//	fates.jsonl    what the scripted cable did with each packet, where there was one
//	frames-server.pcapng  the packets at the server's end, where both ends were captured
//
// The same evidence gives the same bytes. A part that is missing or damaged costs that part and a warning.
package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
	"tcplab/capture/pcapfile"
)

// Schema is what about.json of this version says.
const Schema = "tcplab.bundle/1"

const (
	framesName = "frames.pcapng"
	callsName  = "calls.jsonl"
	factsName  = "facts.json"
	aboutName  = "about.json"
	fatesName  = "fates.jsonl"
	farName    = "frames-server.pcapng"
)

// Bundle is the evidence of one run. The frames stay in their file: see Frames.
type Bundle struct {
	Dir      string // "" until it was written or read
	About    capture.About
	Calls    []calls.Call
	Facts    []hostfacts.Facts
	Fates    []capture.Fate // what a scripted cable did, nil without one
	Warnings []string       // by Read: what was missing or damaged
}

// Is reports whether dir is a bundle, whole or in parts.
func Is(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, framesName)); err == nil {
		return true
	}
	about, err := os.ReadFile(filepath.Join(dir, aboutName))
	return err == nil && strings.Contains(string(about), `"tcplab.bundle/`)
}

// Read reads the bundle in dir, but not its frames.
func Read(dir string) (*Bundle, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, err
	}
	if !Is(dir) {
		return nil, fmt.Errorf("%s: no bundle: neither %s nor %s is there", dir, framesName, aboutName)
	}
	b := &Bundle{Dir: dir}
	b.part(aboutName, b.readAbout)
	b.part(callsName, b.readCalls)
	b.part(factsName, b.readFacts)
	if _, err := os.Stat(filepath.Join(dir, fatesName)); err == nil { // most runs have no such cable
		b.part(fatesName, b.readFates)
	}
	if _, err := os.Stat(filepath.Join(dir, framesName)); err != nil {
		b.warn(framesName, err)
	}
	return b, nil
}

// Frames opens the frames of the bundle.
func (b *Bundle) Frames() (capture.Source, error) {
	return pcapfile.Open(filepath.Join(b.Dir, framesName))
}

// HasFar reports whether frames were captured at the server's end too.
func (b *Bundle) HasFar() bool {
	_, err := os.Stat(filepath.Join(b.Dir, farName))
	return err == nil
}

// Far opens the frames that were captured at the server's end.
func (b *Bundle) Far() (capture.Source, error) {
	return pcapfile.Open(filepath.Join(b.Dir, farName))
}

// part reads one file and turns its error into a warning.
func (b *Bundle) part(name string, read func(io.Reader) error) {
	file, err := os.Open(filepath.Join(b.Dir, name))
	if err == nil {
		err = read(file)
		file.Close()
	}
	if err != nil {
		b.warn(name, err)
	}
}

// warn records that name is missing or damaged.
func (b *Bundle) warn(name string, err error) {
	text := fmt.Sprintf("%s: %v", filepath.Join(b.Dir, name), err)
	if errors.Is(err, fs.ErrNotExist) {
		text = fmt.Sprintf("%s is missing", filepath.Join(b.Dir, name))
	}
	b.Warnings = append(b.Warnings, text)
}

func (b *Bundle) readAbout(r io.Reader) error {
	if err := json.NewDecoder(r).Decode(&b.About); err != nil {
		return plain(err)
	}
	if b.About.Schema != Schema {
		return fmt.Errorf("schema %q, this version knows %q", b.About.Schema, Schema)
	}
	return nil
}

func (b *Bundle) readCalls(r io.Reader) (err error) {
	if b.Calls, err = calls.Read(r); err != nil {
		return fmt.Errorf("%w; the %d calls before it are used", err, len(b.Calls))
	}
	return nil
}

// readFacts reads the snapshots one by one, so that those before a damaged one are kept.
func (b *Bundle) readFacts(r io.Reader) error {
	dec := json.NewDecoder(r)
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return errors.Join(errors.New("no list of snapshots"), plain(err))
	}
	for dec.More() {
		var f hostfacts.Facts
		if err := dec.Decode(&f); err != nil {
			return fmt.Errorf("snapshot %d: %w; those before it are used", len(b.Facts)+1, plain(err))
		}
		b.Facts = append(b.Facts, f)
	}
	_, err := dec.Token()
	return plain(err)
}

// readFates reads one fate a line, so that those before a damaged one are kept.
func (b *Bundle) readFates(r io.Reader) error {
	for dec := json.NewDecoder(r); ; {
		var f capture.Fate
		switch err := dec.Decode(&f); {
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("line %d: %w; the fates before it are used", len(b.Fates)+1, plain(err))
		}
		b.Fates = append(b.Fates, f)
	}
}

// plain says in words that a JSON text ends too early.
func plain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is cut: %w", io.ErrUnexpectedEOF)
	}
	return err
}
