package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/session/scenario"
)

// scenarioEntry is a scenario as "tcplab scenarios --format json" prints it.
type scenarioEntry struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Seeds    []string `json:"seeds"`
	Topic    string   `json:"topic"`
	Cause    string   `json:"cause"`
	Variants []string `json:"variants"`
	Needs    []string `json:"needs"`
	Teaches  string   `json:"teaches"`
	Splits   bool     `json:"splits"` // serve and connect can run it on two machines
}

func newScenarios(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "scenarios",
		Short:   "list what trace can run",
		Example: "  tcplab scenarios\n  tcplab scenarios --format json",
		Args:    arguments(0, 0, "takes no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch format {
			case "text":
				return listScenarios(a.out, a.width())
			case "json":
				return encodeScenarios(a.out)
			}
			return misused(cmd, fmt.Errorf("no format %q; there are text and json", format))
		},
	}
	c.Flags().StringVar(&format, "format", "text", "`format`: text or json")
	return c
}

func encodeScenarios(w io.Writer) error {
	entries := []scenarioEntry{}
	for _, s := range scenario.All() {
		entries = append(entries, scenarioEntry{s.Name, s.Title, append([]string{}, s.Seeds...), string(s.Topic), s.Cause,
			append([]string{}, s.Variants...), append(place(s), s.Needs...), s.Teaches, s.Splits()})
	}
	return encodeJSON(w, entries)
}

// place is what the place of a scenario needs: the right to capture, or to make hosts, which an ordinary user gets from a
// user namespace.
func place(s *scenario.Scenario) []string {
	if s.Stage != nil {
		return []string{"userns"}
	}
	return []string{"capture"}
}

// listScenarios prints the scenarios by topic: the name, and what it is.
func listScenarios(w io.Writer, width int) error {
	var list definitions
	for _, s := range scenario.All() {
		list.add(string(s.Topic), s.Name, s.Title+variantNote(s))
	}
	return list.print(w, width)
}

// variantNote says which variants there are, and whether two machines can share the scenario.
func variantNote(s *scenario.Scenario) string {
	var notes []string
	if len(s.Variants) > 1 {
		notes = append(notes, "--variant "+strings.Join(s.Variants, "|"))
	}
	if s.Splits() {
		notes = append(notes, "serve, connect")
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}
