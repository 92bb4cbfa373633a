package main

import (
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/term"
)

// env is what the program touches of its surroundings. Tests replace it; nothing below run looks elsewhere.
type env struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
	outWidth int  // columns of the terminal at out, 0 when out is none
	inTTY    bool // in is a terminal: somebody can be asked
	errTTY   bool // err is a terminal: progress may be drawn there
}

// processEnv is the surroundings of a real process.
func processEnv() env {
	return env{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now,
		outWidth: columns(os.Stdout), inTTY: term.IsTerminal(int(os.Stdin.Fd())), errTTY: term.IsTerminal(int(os.Stderr.Fd())),
	}
}

// columns returns the width of the terminal behind f, 0 when it is none.
func columns(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return max(width, 1)
}

// defaultWidth is what a report is drawn for where no terminal says otherwise: a file or a pipe must not depend on the
// window it was started from.
const defaultWidth = 80

// width returns the columns to draw for: COLUMNS, then the terminal, then 80.
func (e *env) width() int {
	if n, err := strconv.Atoi(e.getenv("COLUMNS")); err == nil && n > 0 && e.outWidth > 0 {
		return n
	}
	if e.outWidth > 0 {
		return e.outWidth
	}
	return defaultWidth
}

// colour decides whether to colour: "always", "never", or "auto" for terminals that did not ask otherwise
// (https://no-color.org: NO_COLOR set and not empty).
func (e *env) colour(mode string) bool {
	if mode == "auto" {
		return e.outWidth > 0 && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
	}
	return mode == "always"
}
