// Package render draws a report: as text for people, as JSON for programs, as tables, scripts and pictures for papers.
//
// A format is one file that holds one Format and one line in Formats. Every format reads report.Report and nothing else;
// none decides anything about TCP. Bytes that came from the network are escaped by the format that prints them.
package render

import (
	"io"
	"strings"

	"tcplab/analyze/report"
)

// Format is one way to write a report.
type Format struct {
	Name  string // as in --format NAME
	Doc   string // one line for the help
	Write func(io.Writer, *report.Report, Options) error
	// Segments says that the format draws segments: a report without them leaves it little to show.
	Segments bool
	// Binary says that what is written is not text: no terminal can show it.
	Binary bool
	// Stream, where a format has it, writes connection by connection in bounded memory: what it writes equals Write.
	Stream func(io.Writer, Options) Stream
}

// Stream is a report being written while it is still being made.
type Stream interface {
	// Connection writes one final connection. It keeps nothing of it.
	Connection(*report.Connection) error
	// Finish writes what stands at the end. The report's connections have been written and are not looked at.
	Finish(*report.Report) error
}

// Records is a Stream whose connections can be made into records at one time and written at another.
type Records interface {
	Stream
	// Record appends what WriteRecord takes.
	Record([]byte, *report.Connection) []byte
	WriteRecord([]byte) error
}

// Options are what the reader asked for.
type Options struct {
	Width        int    // columns of a text line, from 80 to 200
	Color        bool   // terminal colours
	ASCII        bool   // no characters beyond ASCII in our own drawing
	Segments     bool   // with the segments of each connection
	Conn         int    // only the connection with this ID; -1: all
	Raw          bool   // with raw sequence numbers and IP fields
	ShowOptions  bool   // with the TCP options of each segment
	Follow       bool   // of the connection Conn: what both ends said, in order
	Hex          bool   // with Follow: bytes in hexadecimal
	Find         []byte // these bytes: where they were sent
	FindingsOnly bool   // findings without the tables
	WorstFirst   bool   // connections with the gravest findings first
}

// PayloadShown is how many payload bytes of a segment the formats show; a report need not keep more.
const PayloadShown = 512

// width returns the usable columns: never fewer than a report can be read in.
func (o Options) width() int {
	switch {
	case o.Width < 80:
		return 80
	case o.Width > 200:
		return 200
	}
	return o.Width
}

// Formats returns every format, in the order of the help.
func Formats() []Format {
	return []Format{Text, JSON, NDJSON, CSV, Markdown, Script, HTML, SVG, SequenceSVG, PNG, SequencePNG}
}

// ByName returns the format of that name.
func ByName(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == strings.ToLower(name) {
			return f, true
		}
	}
	return Format{}, false
}

// Names returns the names of all formats.
func Names() []string {
	names := []string{}
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}
