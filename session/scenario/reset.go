package scenario

import (
	"time"

	"tcplab/session"
)

// busy is what a server does that is killed in it: nothing, longer than any run lasts.
var busy = session.Sleep(time.Minute, "the program is busy with something else")

// resetDefaults are shared by the scenarios in which an open connection breaks.
var resetDefaults = Params{Port: 2000, Message: "request", Reply: "reply", Backlog: 1, Buffer: 1024}
