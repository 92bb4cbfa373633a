package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// shells are the shells as a person has them open, and how each is told to complete tcplab's words.
var shells = map[string][2]string{
	"bash": {"bash --norc --noprofile -i", "source <(tcplab completion bash)"},
	"zsh":  {"zsh -f -i", "autoload -U compinit; compinit -u -D; source <(tcplab completion zsh)"},
	"fish": {"fish --no-config -i", "tcplab completion fish | source"},
}

// In each shell, Tab completes commands, flags, their values, scenarios and sets of questions.
func TestShellsComplete(t *testing.T) {
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			needs(t, name)
			program := filepath.Dir(ownName(t))
			term := inTerminal(t, fmt.Sprintf("cd '%s' && TERM=screen HOME='%s' PATH='%s':\"$PATH\" %s", t.TempDir(), t.TempDir(), program, shell[0]))
			typed := func(text, key string, want ...string) {
				t.Helper()
				term.do("send-keys", "-l", "--", text)
				term.press([]string{key}, want...)
			}
			typed(shell[1]+"; echo rea''dy", "Enter", "\nready")
			typed("clear; echo cle''an", "Enter", "clean\n")
			typed("tcplab diag", "Tab", "tcplab diagnose")
			typed("x.pcap --fo", "Tab", "tcplab diagnose x.pcap --format")
			typed("mark", "Tab", "--format markdown")
			typed("", "C-u")
			typed("tcplab trace half-close-f", "Tab", "tcplab trace half-close-four-way")
			typed("--hosts br", "Tab", "--hosts bridge")
			typed("", "C-u")
			typed("tcplab answers cis", "Tab", "tcplab answers cisco-3whs")
			typed("", "C-u")
			typed("tcplab check run --closed-by cl", "Tab", "--closed-by client")
			typed("--refused closed-p", "Tab", "--refused closed-port")
		})
	}
}
