package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// ask lets the user type what client and server say, as the third handout's programs do. It takes a terminal: elsewhere nobody
// would know what is waited for.
func (t *traceRun) ask(a *app) error {
	switch {
	case !a.inTTY:
		return usage("--param message=TEXT gives the text without one", "trace: --prompt needs a terminal to type at")
	case t.scenario.Defaults.Message == "":
		return usage("tcplab trace typed-message --prompt does", "trace: the client of %s says nothing of its own", t.scenario.Name)
	}
	keyboard := bufio.NewReader(a.in)
	fmt.Fprintf(a.err, "message of the client (at most %d characters): ", t.scenario.Defaults.Buffer)
	err := typed(keyboard, &t.params.Message)
	if err == nil && t.params.Message == "" {
		return usage("tcplab trace deadlock-empty shows what becomes of it", "trace: --prompt: an empty line sends nothing, and both ends would wait for ever")
	}
	if err == nil && t.scenario.Defaults.Reply != "" {
		fmt.Fprintf(a.err, "message of the server (Enter alone: %s): ", t.scenario.Defaults.Reply)
		err = typed(keyboard, &t.params.Reply)
	}
	return err
}

// typed reads one line.
func typed(keyboard *bufio.Reader, into *string) error {
	line, err := keyboard.ReadString('\n')
	if err != nil && err != io.EOF {
		return failed(fmt.Errorf("trace: --prompt: %w", err), "")
	}
	*into = strings.TrimRight(line, "\r\n")
	return nil
}
