package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// input is what gets a report of its own: a saved run, or files that are read as one capture.
type input []string

// name is what messages call it.
func (in input) name() string { return strings.Join(in, " ") }

// inputs groups what the command line names: all files together, at the place of the first, and each directory alone.
// With each, files stand alone too.
func inputs(paths []string, each bool) []input {
	var list []input
	files := -1
	for _, path := range paths {
		switch {
		case each || isDir(path):
			list = append(list, input{path})
		case files < 0:
			files = len(list)
			list = append(list, input{path})
		default:
			list[files] = append(list[files], path)
		}
	}
	return list
}

// registerEach adds the flag that keeps files apart.
func (r *reading) registerEach(c *cobra.Command) {
	c.Flags().BoolVar(&r.apart, "each", false, "a report for each file, instead of one for all of them as one capture")
	c.Flags().BoolVar(&r.bothEnds, "both-ends", false, "join two captures made at the two ends: what was lost on the way, and when each packet left and arrived")
}

// open opens files as one capture in the order of time. Files that cannot be read are told of and left out.
func (in input) open() (src capture.Source, wrong []error) {
	if len(in) == 1 {
		r, err := openFile(in[0])
		if err != nil {
			return nil, []error{err}
		}
		return r, nil
	}
	var good []string
	for _, path := range in {
		if err := readable(path); err != nil {
			wrong = append(wrong, err)
			continue
		}
		good = append(good, path)
	}
	if len(good) == 0 {
		return nil, wrong
	}
	src, err := pcapfile.OpenAll(good...)
	if err != nil {
		return nil, append(wrong, unreadable(in.name(), named(err)))
	}
	return src, wrong
}

// readable looks whether a file is a capture. What cannot be read twice, as a pipe, is not looked into.
func readable(path string) error {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil
	}
	r, err := openFile(path)
	if err != nil {
		return err
	}
	return r.Close()
}

// leftOut is the error of files of which some could be read.
func leftOut(wrong []error) error {
	if len(wrong) == 0 {
		return nil
	}
	return incomplete(errors.Join(wrong...), "the report covers the other files")
}
