package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan prints the manual page: written from the commands themselves, it cannot name a flag that is not there.
func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "print the manual page, for man(1)",
		Long: "Prints one page in the language of man with every command, flag and example. make man writes it to a file;\n" +
			"where man looks for it says manpath.",
		Example: "  tcplab man | man -l -\n" +
			"  tcplab man > ~/.local/share/man/man1/tcplab.1",
		Args: arguments(0, 0, "takes no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flushed(a.out, func(w io.Writer) error { return writeMan(w, cmd.Root()) })
		},
	}
}

// roff is a manual page being written. Errors stay in the writer, which tells them when it is flushed.
type roff struct{ *bufio.Writer }

// writeMan writes the page of root and all commands below it.
func writeMan(w io.Writer, root *cobra.Command) error {
	m := roff{bufio.NewWriter(w)}
	fmt.Fprintf(m, ".TH %s 1 \"\" \"%s %s\" \"User Commands\"\n", strings.ToUpper(root.Name()), root.Name(), toolVersion())
	m.section("NAME")
	m.text(root.Name() + ` \- ` + root.Short)
	m.section("SYNOPSIS")
	m.line(".B " + root.Name())
	m.line(`\fICOMMAND\fR [\fIARGUMENT\fR]... [\fIFLAG\fR]...`)
	m.section("DESCRIPTION")
	m.prose(root.Long)
	m.examples(root)
	m.section("COMMANDS")
	m.commands(root)
	for _, s := range manSections {
		m.section(s.title)
		for _, e := range s.entries {
			m.entry(`\fB`+roffText(e.name)+`\fR`, e.text)
		}
	}
	m.section("SEE ALSO")
	m.line(`\fBtcpdump\fR(8), \fBtshark\fR(1), \fBtcptrace\fR(1), \fBpcap\-filter\fR(7), \fBcapabilities\fR(7)`)
	return m.Flush()
}

// manSections is what holds for all commands.
var manSections = []struct {
	title   string
	entries []struct{ name, text string }
}{
	{"EXIT STATUS", []struct{ name, text string }{
		{"0", "done"},
		{"1", "failed: nothing could be read, no capture was possible"},
		{"2", "wrong usage"},
		{"3", "done, but the input was cut or damaged, frames were lost or the run was interrupted: the report covers what there is"},
		{"4", "a --fail-on condition was met, or a check did not hold"},
	}},
	{"ENVIRONMENT", []struct{ name, text string }{
		{"NO_COLOR", "when set and not empty, nothing is coloured unless --color always asks for it"},
		{"COLUMNS", "the width of a report on a terminal"},
	}},
}

func (m roff) line(s string) { m.WriteString(s + "\n") }

func (m roff) section(title string) { m.line(".SH " + title) }

// roffText protects what the language of man would take for its own.
func roffText(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
}

// text writes a line of running text, which may hold escapes already.
func (m roff) text(s string) {
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	m.line(s)
}

// prose writes text as filled paragraphs; indented lines stay as they are.
func (m roff) prose(s string) {
	asIs := false
	for line := range strings.SplitSeq(s, "\n") {
		indented := strings.HasPrefix(line, " ")
		switch {
		case indented && !asIs:
			m.line(".nf")
		case !indented && asIs:
			m.line(".fi")
		}
		if asIs = indented; line == "" {
			m.line(".PP")
			continue
		}
		m.text(roffText(line))
	}
	if asIs {
		m.line(".fi")
	}
}

// entry writes a term and, indented below it, what it means.
func (m roff) entry(term, text string) {
	m.line(".TP")
	m.text(term)
	m.text(roffText(text))
}

// commands writes a part for each command below parent, and for those below these.
func (m roff) commands(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if c.Hidden {
			continue
		}
		c.InitDefaultHelpFlag()
		m.line(".SS " + roffText(c.UseLine()))
		if c.Long == "" {
			m.prose(c.Short)
		} else {
			m.prose(c.Long)
		}
		c.Flags().VisitAll(m.flag)
		m.examples(c)
		m.commands(c)
	}
}

// flag writes a flag with its short form, what it takes and its default.
func (m roff) flag(f *pflag.Flag) {
	if f.Hidden {
		return
	}
	value, doc := pflag.UnquoteUsage(f)
	term := `\fB` + roffText("--"+f.Name) + `\fR`
	if f.Shorthand != "" {
		term = `\fB` + roffText("-"+f.Shorthand) + `\fR, ` + term
	}
	if value != "" {
		term += ` \fI` + roffText(value) + `\fR`
	}
	switch f.DefValue {
	case "", "0", "false", "[]", "0s":
	default:
		doc += " (default " + f.DefValue + ")"
	}
	m.entry(term, doc)
}

// examples writes the examples of a command as they are typed.
func (m roff) examples(c *cobra.Command) {
	if c.Example == "" {
		return
	}
	m.line(".PP")
	m.line("Examples:")
	m.prose(strings.Trim(c.Example, "\n"))
}
