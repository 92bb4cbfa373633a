package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manPage returns the page as the command prints it.
func manPage(t *testing.T) string {
	t.Helper()
	var out, complaints bytes.Buffer
	e := env{out: &out, err: &complaints, getenv: os.Getenv}
	if status := run(t.Context(), []string{"man"}, e); status != exitDone {
		t.Fatalf("status %d: %s", status, complaints.String())
	}
	return out.String()
}

// What man shows names every command and every flag, and man has nothing to complain of.
func TestManPageRendersWhole(t *testing.T) {
	needs(t, "man")
	path := filepath.Join(t.TempDir(), "tcplab.1")
	if err := os.WriteFile(path, []byte(manPage(t)), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("man", "--warnings", "-P", "cat", "-l", path)
	cmd.Env = append(os.Environ(), "MANWIDTH=500", "LC_ALL=C.UTF-8", "MAN_KEEP_FORMATTING=", "GROFF_NO_SGR=1")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	shown, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("man: %v\n%s", err, complaints.String())
	}
	text := strings.Join(strings.Fields(string(shown)), " ") + " "
	eachCommand(func(c *cobra.Command) {
		if c.HasParent() && !strings.Contains(text, c.UseLine()) {
			t.Errorf("the page does not name the command %q", c.UseLine())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if _, words := pflag.UnquoteUsage(f); !f.Hidden && !(strings.Contains(text, "--"+f.Name+" ") && strings.Contains(text, words)) {
				t.Errorf("the page does not name the flag --%s of %s, or not what it does: %s", f.Name, c.CommandPath(), words)
			}
		})
	})
}

// No line of the page begins with a sign that the language of man takes for a command of its own, unless it is one.
func TestManPageHoldsNoForeignCommands(t *testing.T) {
	for line := range strings.Lines(manPage(t)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !strings.Contains(" .TH .SH .SS .TP .PP .B .nf .fi ", " "+word+" ") {
			t.Errorf("a stray command: %q", line)
		}
	}
	if got := roffText(`a\b -x 'q' ^~`); got != `a\eb \-x \(aqq\(aq \(ha\(ti` {
		t.Errorf("escaped: %s", got)
	}
}
