package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/render/texttab"
)

// newRoot builds the command tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "tcplab",
		Short: "run, watch and explain TCP connections",
		Long: "tcplab runs a TCP client and server under capture and reports handshake, data and teardown;\n" +
			"it reads saved captures the same way, and says why a connection failed.",
		Example: "  tcplab trace --iface lo          run the hello exchange on loopback and explain every segment\n" +
			"  tcplab trace closed-port         see a refused connection and its proof\n" +
			"  tcplab analyze capture.pcapng    the connections of a saved capture\n" +
			"  tcplab diagnose capture.pcapng   only what went wrong, and why",
		Version:                    fullVersion(), // what "tcplab --version" prints
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableSuggestions:         true, // unknownCommand makes them, in our words
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetFlagErrorFunc(misused)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.AddCommand(newTrace(a), newExec(a), newServe(a), newConnect(a), newAnalyze(a), newDiagnose(a), newView(a), newCheck(a), newDiff(a), newAnswers(a), newQuiz(a), newScenarios(a), newExplain(a), newWhere(a), newSchema(a), newVersion(a), newCompletion(a), newMan(a))
	root.InitDefaultHelpCmd()
	fitHelp(root, a.width())
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Short, c.Example = "print the help of a command", "  tcplab help trace"
			c.Run, c.RunE = nil, func(_ *cobra.Command, args []string) error {
				topic, rest, err := root.Find(args)
				if err != nil || len(rest) > 0 && topic == root {
					return unknownCommand(root, args[0])
				}
				return topic.Help()
			}
		}
	}
	return root
}

// fitHelp breaks the lines of the help of every command where the terminal ends; examples stay as they are typed.
func fitHelp(c *cobra.Command, width int) {
	c.Long = filled(c.Long, width)
	c.SetUsageTemplate(strings.ReplaceAll(c.UsageTemplate(), ".LocalFlags.FlagUsages ", fmt.Sprintf("(.LocalFlags.FlagUsagesWrapped %d) ", width)))
	for _, sub := range c.Commands() {
		fitHelp(sub, width)
	}
}

// filled joins the lines of each paragraph and breaks them anew; indented lines stay as they are.
func filled(text string, width int) string {
	lines, paragraph := []string{}, ""
	end := func() {
		if paragraph != "" {
			lines, paragraph = append(lines, texttab.Wrap(paragraph, width)...), ""
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && line[0] != ' ' {
			paragraph += " " + line
			continue
		}
		end()
		lines = append(lines, line)
	}
	end()
	return strings.Join(lines, "\n")
}

// arguments returns a check of the number of arguments; what says in words which are wanted.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return misused(cmd, fmt.Errorf("%s, got %d", what, len(args)))
		}
		return nil
	}
}

// many is the upper bound of arguments where there is none.
const many = math.MaxInt
