package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"tcplab/analyze"
	"tcplab/session/scenario"
)

// bashWords stands in for the package bash-completion where it is not loaded, since cobra's script takes the words of the
// line from there. Words with blanks in quotes come in parts then, which misleads only what is offered after them.
const bashWords = `
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    __tcplab_init_completion()
    {
        local line=${COMP_LINE:0:COMP_POINT}
        COMPREPLY=()
        read -ra words <<<"$line"
        [[ $line != *[[:space:]] ]] || words+=("")
        cword=$((${#words[@]} - 1)) cur=${words[-1]} prev=${words[-2]}
    }
fi
`

func completeBash(root *cobra.Command, w io.Writer) error {
	if err := root.GenBashCompletionV2(w, true); err != nil {
		return err
	}
	_, err := io.WriteString(w, bashWords)
	return err
}

// offer has shells complete the value of a flag with these words, each with what it means after a tab.
func offer(c *cobra.Command, flag string, words ...string) {
	must(c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
}

// offerCauses is offer for a flag that takes a cause, or one of these words. The list is made when a shell asks for it.
func offerCauses(c *cobra.Command, flag string, words ...string) {
	must(c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return slices.Concat(words, causeWords()), cobra.ShellCompDirectiveNoFileComp
	}))
}

// causeWords are the causes as shells offer them.
func causeWords() (words []string) {
	for _, r := range analyze.Rules() {
		words = append(words, r.ID+"\t"+r.Title)
	}
	return words
}

// completeVariants offers the variants of the scenario that stands in the line.
func completeVariants(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) == 1 {
		if s, err := scenario.Lookup(args[0]); err == nil {
			names = s.Variants
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// newCompletion prints the completion script of a shell.
func newCompletion(a *app) *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       completeBash,
		"zsh":        (*cobra.Command).GenZshCompletion,
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "print the completion script of a shell",
		Example: "  source <(tcplab completion bash)\n" +
			"  tcplab completion zsh > \"${fpath[1]}/_tcplab\"\n" +
			"  tcplab completion fish > ~/.config/fish/completions/tcplab.fish",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      arguments(1, 1, "wants one shell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := shells[args[0]]
			if !ok {
				return misused(cmd, fmt.Errorf("no completion for %q", args[0]))
			}
			return write(cmd.Root(), a.out)
		},
	}
}
