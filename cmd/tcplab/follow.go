package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

// following is what --follow and --hex ask for: what both ends of one connection said.
type following struct {
	conn int
	hex  bool
}

func (f *following) register(c *cobra.Command) {
	c.Flags().IntVar(&f.conn, "follow", -1, "what both ends of the connection with this `number` sent, in order")
	c.Flags().Lookup("follow").DefValue = "0" // the help shows no default: without the flag, none is followed
	c.Flags().BoolVar(&f.hex, "hex", false, "with --follow: the bytes in hexadecimal")
}

// shown are the formats that show a transcript.
var shown = []string{"text", "json", "ndjson", "html"}

// apply makes the output that of the connection followed.
func (f *following) apply(c *cobra.Command, o *output) error {
	if !c.Flags().Changed("follow") {
		if f.hex {
			return misused(c, errors.New("--hex is how --follow shows bytes: give --follow too"))
		}
		return nil
	}
	switch {
	case f.conn < 0:
		return misused(c, fmt.Errorf("--follow %d: connections count from 0", f.conn))
	case o.conn >= 0 && o.conn != f.conn:
		return misused(c, fmt.Errorf("--follow %d and --conn %d are two connections: give one", f.conn, o.conn))
	case !slices.Contains(shown, o.format):
		return misused(c, fmt.Errorf("--follow is shown as text, json, ndjson or html, not %s", o.format))
	}
	o.conn, o.follow, o.hex = f.conn, true, f.hex
	return nil
}
