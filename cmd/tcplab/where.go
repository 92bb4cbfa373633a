package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/query"
	"tcplab/analyze/render/texttab"
)

// condition reads what --where says; "" is no condition.
func condition(text string) (*query.Query, error) {
	if text == "" {
		return nil, nil
	}
	q, err := query.Parse(text)
	var wrong *query.SyntaxError
	if errors.As(err, &wrong) {
		before := texttab.Width(texttab.Clean(text[:wrong.At]))
		return nil, usage("tcplab help where lists the fields and how to compare them",
			"--where: %s\n  %s\n  %s^", wrong.What, texttab.Clean(text), strings.Repeat(" ", before))
	}
	return q, err
}

// arguments wants at least one input, or the question what --where understands.
func (r *reading) arguments(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if r.selection.where == "help" && len(args) == 0 {
			return nil
		}
		return arguments(1, many, what)(cmd, args)
	}
}

// newWhere is the help page on conditions.
func newWhere(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "where",
		Short: "list what --where and --by can ask about a connection",
		Example: "  tcplab where\n" +
			"  tcplab analyze capture.pcapng --where 'port 443 and (outcome == RSTO or rtt > 50ms)'\n" +
			"  tcplab analyze capture.pcapng --top 5 --by client.retransmissions",
		Args: arguments(0, 0, "takes no argument"),
		RunE: func(*cobra.Command, []string) error { return printConditions(a.out, a.width()) },
	}
	c.SetHelpFunc(func(*cobra.Command, []string) { printConditions(a.out, a.width()) })
	return c
}

const conditionsHead = `A condition compares fields of a connection, joined by and, or, not and parentheses:

  port 443 and (outcome == RSTO or rtt > 50ms)
  finding ~ refused or client.retransmissions >= 3
  host 10.0.0.0/8 and not close == four-way

port N, host ADDRESS and host PREFIX hold for either end. Numbers compare with
== != < <= > >= and take k, M, G, ns, us, ms, s, m, h; words compare with == != and
~ for "contains". A field alone asks whether it is not 0, or not empty.

`

// printConditions writes the language of conditions and every field. What exists for each direction is listed once.
func printConditions(w io.Writer, width int) error {
	var list definitions
	for _, f := range query.Fields {
		direction := strings.HasPrefix(f.Name, "client.") || strings.HasPrefix(f.Name, "server.")
		both := strings.HasSuffix(f.Doc, bothDirections)
		switch {
		case direction && f.Number != nil:
		case both:
			list.add("numbers of both directions; client.NAME and server.NAME are what one end sent", f.Name, strings.TrimSuffix(f.Doc, bothDirections))
		case f.Number != nil:
			list.add("numbers", f.Name, f.Doc)
		default:
			list.add("words", f.Name, f.Doc)
		}
	}
	if _, err := io.WriteString(w, filled(conditionsHead, width)); err != nil {
		return err
	}
	return list.print(w, width)
}

// bothDirections ends the text of a field that adds both directions up.
const bothDirections = ", both directions"

// numeric finds the field to order by.
func numeric(name string) (*query.Field, error) {
	const hint = "tcplab help where lists the fields"
	f, near := query.Find(name)
	switch {
	case f == nil && len(near) > 0:
		return nil, usage("did you mean "+strings.Join(near[:min(len(near), 4)], ", ")+"? "+hint, "--by: no field %q", name)
	case f == nil:
		return nil, usage(hint, "--by: no field %q", name)
	case f.Number == nil:
		return nil, usage(hint, "--by: %s is a word, not a number", name)
	}
	return f, nil
}

// selection is which connections were asked for: those that meet --where and on which --find was sent, of these the --top
// largest --by a field.
type selection struct {
	where, by, find string
	top             int
	query           *query.Query
	want            []byte       // that one of the ends must have sent
	field           *query.Field // nil: all that meet the condition
}

func (s *selection) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&s.where, "where", "w", "", "only connections that meet this `condition`, \"help\" explains")
	f.IntVar(&s.top, "top", 0, "only this `number` of connections, the largest first")
	f.StringVar(&s.by, "by", "bytes", "with --top: the `field` that is compared")
	c.Flags().Lookup("top").DefValue = "0"
	must(c.RegisterFlagCompletionFunc("by", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, f := range query.Fields {
			if f.Number != nil {
				names = append(names, f.Name+"\t"+f.Doc)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}))
}

// check reads the condition and the field; set says which flags were given.
func (s *selection) check(c *cobra.Command) (err error) {
	given := c.Flags().Changed
	switch {
	case given("top") && s.top < 1:
		return misused(c, fmt.Errorf("--top %d shows nothing: give 1 or more", s.top))
	case given("by") && !given("top"):
		return misused(c, errors.New("--by orders what --top shows: give --top too"))
	}
	if given("top") {
		if s.field, err = numeric(s.by); err != nil {
			return err
		}
	}
	if given("find") {
		if s.want, err = soughtBytes(s.find); err != nil {
			return err
		}
	}
	s.query, err = condition(s.where)
	return err
}

// all reports whether nothing is left out.
func (s *selection) all() bool { return s.query == nil && s.want == nil && s.field == nil }
