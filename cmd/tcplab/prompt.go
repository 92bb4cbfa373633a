package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// ask lets the user type the client's message, as the third handout's program does. It takes a terminal: elsewhere nobody
// would know what is waited for.
func (t *traceRun) ask(a *app) error {
	switch {
	case !a.inTTY:
		return usage("--param message=TEXT gives the text without one", "trace: --prompt needs a terminal to type at")
	case t.scenario.Defaults.Message == "":
		return usage("tcplab trace typed-message --prompt does", "trace: the client of %s says nothing of its own", t.scenario.Name)
	}
	fmt.Fprintf(a.err, "message of the client (at most %d characters): ", t.scenario.Defaults.Buffer)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && err != io.EOF {
		return failed(fmt.Errorf("trace: --prompt: %w", err), "")
	}
	t.params.Message = strings.TrimRight(line, "\r\n")
	if t.params.Message == "" {
		return usage("tcplab trace deadlock-empty shows what becomes of it", "trace: --prompt: an empty line sends nothing, and both ends would wait for ever")
	}
	return nil
}
