package main

import (
	"fmt"
	"io"
	"strings"

	"tcplab/analyze/render/texttab"
)

// definitions is a list of names with what they mean, in groups.
type definitions []definition

type definition struct{ group, name, text string }

func (d *definitions) add(group, name, text string) { *d = append(*d, definition{group, name, text}) }

// print writes the list: the groups' names at the left, the texts in one column.
func (d definitions) print(w io.Writer, width int) error {
	widest := 0
	for _, e := range d {
		widest = max(widest, len(e.name))
	}
	indent := widest + 4
	var b strings.Builder
	group := ""
	for _, e := range d {
		if e.group != group {
			group = e.group
			fmt.Fprintf(&b, "%s\n", group)
		}
		lines := texttab.Wrap(e.text, max(width-indent, 20))
		fmt.Fprintf(&b, "  %-*s  %s\n", widest, e.name, strings.Join(lines, "\n"+strings.Repeat(" ", indent)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
