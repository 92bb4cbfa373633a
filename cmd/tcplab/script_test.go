package main

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cut FILE N [COPY] keeps the first N bytes of FILE; a negative N drops that many at the end. With COPY, FILE stays as it is.
func cutFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: cut FILE N [COPY]")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n < 0 {
		n += len(data)
	}
	if n < 0 || n > len(data) {
		ts.Fatalf("%s has %d bytes", args[0], len(data))
	}
	to := args[0]
	if len(args) == 3 {
		to = args[2]
	}
	ts.Check(os.WriteFile(ts.MkAbs(to), data[:n], 0o666))
}

// unhex FILE TO writes the bytes that FILE spells in hexadecimal; blanks and lines that begin with # do not count.
func unhexFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unhex FILE TO")
	}
	var digits strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.Join(strings.Fields(line), ""))
		}
	}
	data, err := hex.DecodeString(digits.String())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}

// listen VAR opens a listener on a free port of 127.0.0.1 for the rest of the script and puts the port into VAR.
func listenOn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listen VAR")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	ts.Setenv("HOLDER", fmt.Sprint(os.Getpid()))
}

// status N ARGS… runs tcplab and wants exit status N; stdout and stderr can be asked about afterwards.
func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status N ARGS…")
	}
	err := ts.Exec("tcplab", args[1:]...)
	got := "0"
	if err != nil {
		got = exitStatus(err)
	}
	if got != args[0] {
		ts.Fatalf("tcplab %q: exit status %s, want %s", args[1:], got, args[0])
	}
}

// exitStatus returns the exit status in err as text, or what ended the process instead.
func exitStatus(err error) string {
	if e, ok := err.(interface{ ExitCode() int }); ok && e.ExitCode() >= 0 {
		return fmt.Sprint(e.ExitCode())
	}
	return err.Error()
}
