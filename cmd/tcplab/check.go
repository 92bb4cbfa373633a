package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcplab/analyze"
	"tcplab/analyze/check"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
)

// checking is what "tcplab check" was asked to do.
type checking struct {
	asserted      asserted
	exact, ascii  bool
	propose       bool
	format, junit string
}

// asserted are the facts that flags assert.
type asserted map[string]*[]string

func newCheck(a *app) *cobra.Command {
	k := &checking{asserted: asserted{}}
	c := &cobra.Command{
		Use:   "check [EXPECT.yaml] FILE|DIR…",
		Short: "compare captures and saved runs with what is expected of them",
		Long: "Asserts facts that hold of every good run, from flags or from a YAML file of the same names, and ends with status 4\n" +
			"when one does not hold. How streams were cut into segments and how long something took is luck: it is asserted only\n" +
			"with --exact. --init proposes the YAML from a good run.",
		Example: "  tcplab check capture.pcapng --opened --closed-by client --close four-way,three-way\n" +
			"  tcplab check run1 --bytes-to-server 45 --message \"Hello\" --no-retransmission --rtt-below 50ms\n" +
			"  tcplab check capture.pcapng --refused closed-port --junit results.xml\n" +
			"  tcplab check --init run1 > expect.yaml\n" +
			"  tcplab check expect.yaml run1 run2 --format tap",
		Args: arguments(1, many, "wants at least one capture or directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return k.run(cmd.Context(), a, args) },
	}
	k.asserted.register(c)
	f := c.Flags()
	f.BoolVar(&k.exact, "exact", false, "also assert what differs from run to run: segments, their lengths, exact times")
	f.BoolVar(&k.propose, "init", false, "propose expectations from this good run, as YAML, instead of checking")
	f.StringVar(&k.format, "format", "text", "`format` of the results: text, json or tap")
	offer(c, "format", "text", "json", "tap")
	f.StringVar(&k.junit, "junit", "", "also write the results to this `file` as JUnit XML")
	f.BoolVar(&k.ascii, "ascii", false, "print ASCII characters only")
	return c
}

// register adds a flag for every fact.
func (s asserted) register(c *cobra.Command) {
	for _, fact := range check.Facts() {
		values := new([]string)
		s[fact.Name] = values
		doc := fact.Doc
		if fact.Chance != "" {
			doc += "; with --exact"
		}
		if fact.Value == check.Text {
			c.Flags().StringArrayVar(values, fact.Name, nil, doc)
			continue
		}
		c.Flags().StringSliceVar(values, fact.Name, nil, doc)
		if fact.Value == check.YesNo {
			f := c.Flags().Lookup(fact.Name)
			f.Value, f.NoOptDefVal, f.DefValue = yes{f.Value}, "true", ""
		}
		switch fact.Value {
		case check.Word:
			offer(c, fact.Name, fact.Words...)
		case check.Cause:
			offerCauses(c, fact.Name, "any")
		}
	}
}

// yes is a flag that is true by being there: the help shows no value, though one may be given for each connection.
type yes struct{ pflag.Value }

// Type keeps the help from naming the list in which the values are held.
func (yes) Type() string { return "bool" }

// list are the assertions in the order of the help.
func (s asserted) list() (list []check.Assertion) {
	for _, fact := range check.Facts() {
		if values := *s[fact.Name]; len(values) > 0 {
			list = append(list, check.Assertion{Fact: fact.Name, Values: values, Conn: check.Every})
		}
	}
	return list
}

func (k *checking) run(ctx context.Context, a *app, args []string) error {
	if k.propose {
		return k.init(ctx, a, args)
	}
	if k.format != "text" && k.format != "json" && k.format != "tap" {
		return usage("tcplab check --help shows the flags and examples", "check: no format %q; there are text, json and tap", k.format)
	}
	expected := k.asserted.list()
	if strings.HasSuffix(args[0], ".yaml") || strings.HasSuffix(args[0], ".yml") {
		more, exact, err := readExpectations(args[0])
		if err != nil {
			return err
		}
		expected, args, k.exact = append(more, expected...), args[1:], k.exact || exact
	}
	if err := k.valid(expected, args); err != nil {
		return err
	}
	var results []check.Result
	var wrong []error
	for _, in := range sides(args) {
		judged, err := judged(ctx, in, expected)
		results = append(results, judged...)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return k.tell(a, check.Sum(results), together(wrong, len(args)))
}

// sides makes one input of the two sides of a run; every other path is one of its own.
func sides(paths []string) (list []input) {
	if twoSides(paths) {
		return []input{paths}
	}
	for _, path := range paths {
		list = append(list, input{path})
	}
	return list
}

// judged compares an input with what is expected of it. Of a big capture no more than one connection is held at a time.
func judged(ctx context.Context, in input, expected []check.Assertion) ([]check.Result, error) {
	path := in.name()
	if len(in) == 2 {
		r, err := loadPair(ctx, in[0], in[1], "")
		if r == nil {
			return nil, err
		}
		return check.Judge(path, r, expected), err
	}
	if isDir(path) || path == "-" {
		r, err := load(ctx, path)
		if r == nil {
			return nil, err
		}
		return check.Judge(path, r, expected), err
	}
	s := check.NewStream(path, expected)
	opt := analyze.Options{Segments: true, Follow: true, Final: s.Connection}
	if info, err := os.Stat(path); err == nil && info.Size() >= surveyed {
		order := inOrder{write: s.Connection}
		opt.Each, opt.Final = order.connection, nil
	}
	r, err := read(ctx, path, opt)
	if r == nil {
		return nil, err
	}
	return s.Finish(r), err
}

// valid refuses what could never be checked.
func (k *checking) valid(expected []check.Assertion, args []string) error {
	const help = "tcplab check --help lists the facts, tcplab check --init RUN proposes a file of them"
	switch {
	case len(args) == 0:
		return usage(help, "check: wants a capture or directory beside the expectations")
	case len(expected) == 0:
		return usage(help, "check: nothing is expected: name facts by flags or in a .yaml file before the captures")
	}
	err := check.Validate(expected, k.exact)
	var chance *check.ChanceError
	switch {
	case errors.As(err, &chance):
		return usage("--exact (in a file, exact: true) asserts it all the same", "check: %w", err)
	case err != nil:
		return usage(help, "check: %w", err)
	}
	for _, e := range expected {
		fact, _ := check.Lookup(e.Fact)
		for _, cause := range e.Values {
			if fact.Value == check.Cause && cause != "any" && diagnose.Find(analyze.Rules(), cause) == nil {
				return usage("tcplab explain --list lists the causes", "check: %s: no cause %q", e.Fact, cause)
			}
		}
	}
	return nil
}

// tell writes the results and turns them into an exit status.
func (k *checking) tell(a *app, s check.Summary, wrong error) error {
	err := flushed(a.out, func(w io.Writer) error {
		switch k.format {
		case "json":
			return encodeJSON(w, s)
		case "tap":
			return check.WriteTAP(w, s)
		}
		return check.WriteText(w, s, k.ascii)
	})
	if k.junit != "" && err == nil {
		err = k.writeJUnit(s)
	}
	if err == nil && s.Failed() > 0 {
		err = &failure{err: fmt.Errorf("check: %d of %d did not hold", s.Failed(), len(s.Checks)), status: exitCondition}
	}
	return errors.Join(err, wrong)
}

func (k *checking) writeJUnit(s check.Summary) error {
	f, err := os.Create(k.junit)
	if err != nil {
		return failed(fmt.Errorf("check: --junit: %w", err), "")
	}
	return errors.Join(check.WriteJUnit(f, s), f.Close())
}

// init proposes expectations from a run.
func (k *checking) init(ctx context.Context, a *app, args []string) error {
	var r *report.Report
	var err error
	switch {
	case twoSides(args):
		r, err = loadPair(ctx, args[0], args[1], "")
	case len(args) == 1:
		r, err = load(ctx, args[0])
	default:
		return usage("tcplab check --init RUN > expect.yaml", "check: --init wants one capture or directory, got %d", len(args))
	}
	if r == nil {
		return err
	}
	_, printed := fmt.Fprintf(a.out, "# proposed by tcplab check --init from a good run; every line can be changed or removed\n%s", check.Propose(r))
	return errors.Join(printed, err)
}
