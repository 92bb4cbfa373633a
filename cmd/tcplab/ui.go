package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/render/texttab"
)

// How this program speaks: results go to standard output and nothing else does. Everything said to a person goes to
// standard error as "tcplab: WHERE: WHAT", no capital, no full stop, and where there is a next step a second line
// "hint: …". An error that names no next step is a question we left unanswered.

// Exit statuses, as the report contract fixes them.
const (
	exitDone       = 0
	exitFailed     = 1 // nothing could be read, no capture possible
	exitUsage      = 2
	exitIncomplete = 3 // done, but the input was cut or damaged and the report covers the valid part
	exitCondition  = 4 // a --fail-on condition was met
)

// failure is an error with what the user needs besides its message.
type failure struct {
	err    error
	status int
	hint   string // the next step, "" when there is none
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed makes a failure of status 1.
func failed(err error, hint string) error {
	return &failure{err: err, status: exitFailed, hint: hint}
}

// usage makes a failure of status 2.
func usage(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), status: exitUsage, hint: hint}
}

// incomplete marks a report that was printed but does not cover the whole input.
func incomplete(err error, hint string) error {
	return &failure{err: err, status: exitIncomplete, hint: hint}
}

// ended makes a failure that has already been told, by another process: only its status is left.
func ended(status int) error {
	if status == exitDone {
		return nil
	}
	return &failure{err: errors.New(""), status: status}
}

// app is one invocation of the program.
type app struct {
	env
}

// conclude says what went wrong, if anything did, and returns the exit status.
func (a *app) conclude(err error) int {
	if err == nil {
		return exitDone
	}
	f := asFailure(err)
	a.say(err.Error(), f.hint)
	return f.status
}

// asFailure finds the failure in err; an error without one is a plain failure.
func asFailure(err error) *failure {
	f := &failure{err: err, status: exitFailed}
	errors.As(err, &f)
	return f
}

// say prints a message and its hint to standard error. Text from captures and file names may be in it, so control
// characters are shown, not sent.
func (a *app) say(message, hint string) {
	a.prefixed("tcplab: ", message)
	a.prefixed("hint: ", hint)
}

// prefixed prints each line of text after prefix.
func (a *app) prefixed(prefix, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			fmt.Fprintf(a.err, "%s%s\n", prefix, texttab.Clean(line))
		}
	}
}

// unknownCommand is the error for a word that is no command, with the nearest that is.
func unknownCommand(root *cobra.Command, word string) error {
	hint := "tcplab --help lists the commands"
	if near := root.SuggestionsFor(word); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	return usage(hint, "unknown command %q", word)
}

// misused turns cobra's complaint about flags or arguments into ours.
func misused(cmd *cobra.Command, err error) error {
	where := ""
	if cmd.HasParent() {
		where = cmd.Name() + ": "
	}
	return usage(cmd.CommandPath()+" --help shows the flags and examples", "%s%w", where, plain(err))
}

// parsing is how strconv complains.
var parsing = regexp.MustCompile(`strconv\.\w+: parsing "(?:[^"\\]|\\.)*": (invalid syntax|value out of range)`)

// plain says in words what is wrong with a number.
func plain(err error) error {
	text := parsing.ReplaceAllStringFunc(err.Error(), func(m string) string {
		if strings.HasSuffix(m, "range") {
			return "too large a number"
		}
		return "not a number"
	})
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
