package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/render/texttab"
	"tcplab/session/lab"
	"tcplab/session/scenario"
)

// scenarioEntry is a scenario as "tcplab scenarios --format json" prints it; the last three are of the page of one alone.
type scenarioEntry struct {
	Name     string   `json:"name"`
	Also     []string `json:"also,omitempty"` // other names by which it can be asked for
	Title    string   `json:"title"`
	Seeds    []string `json:"seeds"`
	Topic    string   `json:"topic"`
	Cause    string   `json:"cause"`
	Variants []string `json:"variants"`
	Needs    []string `json:"needs"`
	Teaches  string   `json:"teaches"`

	Lab    []string        `json:"lab,omitempty"`    // hosts, cable and arrangements
	Actors []scenarioActor `json:"actors,omitempty"` // of the variant
	Expect []string        `json:"expect,omitempty"`
}

// scenarioActor is what one process does, a step a line.
type scenarioActor struct {
	Name  string   `json:"name"`
	Steps []string `json:"steps"`
}

// seedTitles name the five lab handouts.
var seedTitles = map[string]string{"000": "TCP/IP client-server model (C)", "001": "TCP client-server stack (C++)", "002": "C lab handout",
	"003": "lesson 93.202", "004": "Python time server"}

func newScenarios(a *app) *cobra.Command {
	var format, by, variant string
	c := &cobra.Command{
		Use:   "scenarios [SCENARIO]",
		Short: "list what trace can run, or print what one scenario does",
		Long: "Lists the scenarios by topic, or by the lab handout that they come from. With SCENARIO: what it teaches, the steps of\n" +
			"its actors, what is arranged around them, and what a run must show.",
		Example: "  tcplab scenarios\n  tcplab scenarios --by seed\n  tcplab scenarios rst-unread\n  tcplab scenarios --format json",
		Args:    arguments(0, 1, "takes at most one scenario"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return misused(cmd, fmt.Errorf("no format %q; there are text and json", format))
			}
			if len(args) == 1 {
				return a.scenarioPage(args[0], variant, format)
			}
			switch {
			case by != "topic" && by != "seed":
				return misused(cmd, fmt.Errorf("no order %q; there are topic and seed", by))
			case format == "json":
				return encodeScenarios(a.out)
			}
			return listScenarios(a.out, a.width(), by)
		},
		ValidArgsFunction: completeScenarios,
	}
	c.Flags().StringVar(&format, "format", "text", "`format`: text or json")
	offer(c, "format", "text", "json")
	c.Flags().StringVar(&by, "by", "topic", "`order` of the list: topic or seed")
	c.Flags().StringVar(&variant, "variant", "", "`variant` whose steps are printed (default: the first)")
	offer(c, "by", "topic", "seed")
	must(c.RegisterFlagCompletionFunc("variant", completeVariants))
	return c
}

func encodeScenarios(w io.Writer) error {
	entries := []scenarioEntry{}
	for _, s := range scenario.All() {
		entries = append(entries, entryOf(s))
	}
	return encodeJSON(w, entries)
}

func entryOf(s *scenario.Scenario) scenarioEntry {
	return scenarioEntry{Name: s.Name, Also: s.Also, Title: s.Title, Seeds: append([]string{}, s.Seeds...), Topic: string(s.Topic), Cause: s.Cause,
		Variants: append([]string{}, s.Variants...), Needs: append(place(s), s.Needs...), Teaches: s.Teaches}
}

// place is what the place of a scenario needs: the right to capture, or to make hosts, which an ordinary user gets from a
// user namespace.
func place(s *scenario.Scenario) []string {
	if s.Stage != nil {
		return []string{"userns"}
	}
	return []string{"capture"}
}

// listScenarios prints the scenarios in groups: the name, and what it is.
func listScenarios(w io.Writer, width int, by string) error {
	var list definitions
	if by == "seed" {
		for _, seed := range []string{"000", "001", "002", "003", "004"} {
			for _, s := range scenario.All() {
				if slices.Contains(s.Seeds, seed) {
					list.add(seed+" "+seedTitles[seed], s.Name, s.Title+variantNote(s))
				}
			}
		}
		return list.print(w, width)
	}
	all := scenario.All()
	slices.SortStableFunc(all, func(x, y *scenario.Scenario) int { return topicRank(x.Topic) - topicRank(y.Topic) })
	for _, s := range all {
		list.add(string(s.Topic), s.Name, s.Title+variantNote(s))
	}
	return list.print(w, width)
}

// topicRank is where a topic stands in lists: the plain exchange first, then trouble.
func topicRank(t scenario.Topic) int {
	return slices.Index([]scenario.Topic{scenario.Exchange, scenario.Ending, scenario.Refused, scenario.Reset, scenario.Waiting, scenario.Bind,
		scenario.Concurrency, scenario.Contrast}, t)
}

func variantNote(s *scenario.Scenario) string {
	if len(s.Variants) < 2 {
		return ""
	}
	return " (--variant " + strings.Join(s.Variants, "|") + ")"
}

// scenarioPage prints what one scenario does and must show.
func (a *app) scenarioPage(name, variant, format string) error {
	t := &traceRun{command: "scenarios"}
	if err := t.choose(name); err != nil {
		return err
	}
	t.params.Variant = variant
	if t.scenario.Stage != nil && !t.scenario.Defaults.Addr.IsValid() {
		t.params.Addr = lab.ServerAddr(t.scenario.Stage.Topology, t.scenario.Stage.IPv6)
	}
	if err := t.complete(); err != nil {
		return err
	}
	e := t.describe()
	if format == "json" {
		return encodeJSON(a.out, e)
	}
	return e.print(a.out, a.width())
}

// describe fills in what the scenario does with its parameters.
func (t *traceRun) describe() scenarioEntry {
	s, e := t.scenario, entryOf(t.scenario)
	if st := s.Stage; st != nil {
		e.Lab = append(e.Lab, "hosts: "+string(st.Topology))
		for _, rule := range st.Cable {
			e.Lab = append(e.Lab, "cable: "+rule)
		}
		if st.Arrange != nil {
			for _, arranged := range st.Arrange(t.params) {
				e.Lab = append(e.Lab, arranged.Host+": "+arranged.Text)
			}
		}
	}
	for _, script := range s.Plan(t.params).Actors {
		steps := make([]string, len(script.Steps))
		for i, step := range script.Steps {
			steps[i] = step.String()
		}
		e.Actors = append(e.Actors, scenarioActor{script.Actor, steps})
	}
	for _, claim := range s.Expect(t.params) {
		e.Expect = append(e.Expect, claim.Text)
	}
	return e
}

// print writes the page.
func (e *scenarioEntry) print(w io.Writer, width int) error {
	var b strings.Builder
	part := func(title string, lines ...string) {
		if strings.Join(lines, "") == "" {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s\n", strings.Join(texttab.Wrap(line, max(width-4, 20)), "\n    "))
		}
	}
	fmt.Fprintf(&b, "%s\n  %s\n", e.Name, strings.Join(texttab.Wrap(e.Title, max(width-2, 20)), "\n  "))
	part("also called", strings.Join(e.Also, ", "))
	part("what it teaches", e.Teaches)
	var seeds []string
	for _, seed := range e.Seeds {
		seeds = append(seeds, seed+" "+seedTitles[seed])
	}
	part("from", seeds...)
	part("variants", strings.Join(e.Variants, ", "))
	part("cause", e.Cause)
	part("around it", e.Lab...)
	for _, actor := range e.Actors {
		part(actor.Name, actor.Steps...)
	}
	part("a run must show", e.Expect...)
	_, err := io.WriteString(w, b.String())
	return err
}
