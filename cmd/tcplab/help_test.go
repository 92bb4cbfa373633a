package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcplab/analyze/render/texttab"
)

// eachCommand visits every command a person can type.
func eachCommand(visit func(*cobra.Command)) {
	root := newRoot(&app{env: env{getenv: func(string) string { return "" }, now: time.Now}})
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		visit(c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// Every command shows how it is used: a line on what it does, and examples that name it.
func TestEveryCommandHasExamples(t *testing.T) {
	eachCommand(func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: short text %q, example %q", c.CommandPath(), c.Short, c.Example)
		}
		if !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s: its examples do not call it:\n%s", c.CommandPath(), c.Example)
		}
	})
}

// The flags that examples show are flags the command has.
func TestExamplesUseRealFlags(t *testing.T) {
	flag := regexp.MustCompile(`--([a-z][a-z-]*)`)
	eachCommand(func(c *cobra.Command) {
		for _, line := range strings.Split(c.Example, "\n") {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "tcplab" {
				continue
			}
			target, _, err := c.Root().Find(words[1:])
			if err != nil {
				t.Errorf("%s: example %q: %v", c.CommandPath(), line, err)
				continue
			}
			for _, m := range flag.FindAllStringSubmatch(line, -1) {
				if target.Flags().Lookup(m[1]) == nil {
					t.Errorf("%s: example %q: %s has no flag --%s", c.CommandPath(), line, target.Name(), m[1])
				}
			}
		}
	})
}

// Help fits a terminal of 80 columns, and one of 120: only examples, which are there to be copied, may be longer.
func TestHelpFitsTheTerminal(t *testing.T) {
	for _, columns := range []int{80, 120} {
		var help strings.Builder
		root := newRoot(&app{env: env{getenv: func(string) string { return "" }, now: time.Now, out: &help, outWidth: columns}})
		for _, c := range root.Commands() {
			help.Reset()
			c.SetOut(&help)
			if err := c.Help(); err != nil {
				t.Fatal(err)
			}
			longest := 0
			for line := range strings.Lines(help.String()) {
				if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "  tcplab ") {
					longest = max(longest, texttab.Width(line))
				}
				if texttab.Width(line) > columns && !strings.HasPrefix(line, "  tcplab ") {
					t.Errorf("%s at %d columns: %s", c.CommandPath(), columns, line)
				}
			}
			if c.Name() == "analyze" && longest < columns-10 {
				t.Errorf("help for %d columns takes %d", columns, longest)
			}
		}
	}
}

// Help is written in one voice: no capital first, no full stop at the end.
func TestHelpSpeaksInOneVoice(t *testing.T) {
	eachCommand(func(c *cobra.Command) {
		texts := map[string]string{"short": c.Short}
		c.Flags().VisitAll(func(f *pflag.Flag) { texts["--"+f.Name] = f.Usage })
		for what, text := range texts {
			if text == "" || text[0] >= 'A' && text[0] <= 'Z' && !strings.HasPrefix(text, "JSON") || strings.HasSuffix(text, ".") {
				t.Errorf("%s %s: %q", c.CommandPath(), what, text)
			}
		}
	})
}

// A flag's value is named by what it means, never by the type that holds it.
func TestFlagsNameWhatTheyTake(t *testing.T) {
	types := regexp.MustCompile(`^(strings?|stringArray|stringSlice|ints?|value)$`)
	eachCommand(func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if value, _ := pflag.UnquoteUsage(f); types.MatchString(value) {
				t.Errorf("%s --%s takes %q: its usage names no value in `backquotes`", c.CommandPath(), f.Name, value)
			}
		})
	})
}
