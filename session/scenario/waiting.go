package scenario

import (
	"syscall"
	"time"

	"tcplab/session"
)

// sigInterrupt is what Ctrl-C sends.
const sigInterrupt = syscall.SIGINT

// interrupt is what ends a deadlock: somebody presses Ctrl-C, here after both ends have been seen asleep in recv.
func interrupt() session.Script {
	return actor("shell", session.Await("client:in-recv"), session.Await("server:in-recv"),
		session.Facts("during"), session.Sleep(200*time.Millisecond, "how long the silence is watched"),
		session.Kill("client", sigInterrupt))
}

// deadlock is what both deadlocks show until the client is interrupted.
func deadlock() []Claim {
	return []Claim{dies("client", "SIGINT"), ends("server", 0), finds("deadlock-recv")}
}
