package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// newCompletion prints the completion script of a shell.
func newCompletion(a *app) *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
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
