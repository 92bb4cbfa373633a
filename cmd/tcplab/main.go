package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tcplab/session"
)

// sameRequest is how long after a signal another belongs to the same request to end: timeout(1) signals its child and
// then the group, and a sealed run gets what its group got once more from the process that sealed it.
const sameRequest = 300 * time.Millisecond

func main() {
	if session.ActorRequested() { // this process is one end of a run, started by another tcplab
		os.Exit(session.ActorMain())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { time.AfterFunc(sameRequest, stop) }) // a second Ctrl-C ends the process at once
	status := run(ctx, os.Args[1:], processEnv())
	os.Exit(status)
}

// run is the program: it executes the command that args name and returns the exit status.
func run(ctx context.Context, args []string, e env) int {
	a := &app{env: e}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	err := root.ExecuteContext(ctx)
	if _, rest, unknown := root.Find(args); err != nil && unknown != nil && len(rest) > 0 {
		err = unknownCommand(root, rest[0])
	}
	return a.conclude(err)
}
