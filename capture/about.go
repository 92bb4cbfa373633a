package capture

// About says how a run was made: which scenario, where, on which kernel. A bundle stores it as about.json, so that a
// replay prints what the run printed.
type About struct {
	Schema   string        `json:"schema"` // "tcplab.bundle/1"
	Tool     string        `json:"tool"`   // version that made it
	Kernel   string        `json:"kernel"` // "Linux 6.18.44"
	Scenario Scenario      `json:"scenario"`
	Side     string        `json:"side,omitempty"` // "client" or "server" when the other end ran on another machine
	Iface    string        `json:"iface"`
	IfaceWhy string        `json:"iface_why"` // how the interface was chosen
	Filter   string        `json:"filter"`    // the capture filter
	Drained  string        `json:"drained"`   // what ended the capture: the connection was over, a deadline, an interrupt
	Dropped  uint64        `json:"kernel_dropped"`
	Until    Stamp         `json:"captured_until,omitempty"` // all that passed before was captured
	Before   ClockSnapshot `json:"clock_before"`
	After    ClockSnapshot `json:"clock_after"`
	Actors   []ActorExit   `json:"actors"`
	Views    []KernelView  `json:"kernel_views,omitempty"`
	Warnings []string      `json:"warnings,omitempty"`

	At          string `json:"at,omitempty"`          // of a lab: the host at whose end of the cable the capture was made
	Interrupted bool   `json:"interrupted,omitempty"` // the user ended the run before its end
	Late        bool   `json:"late,omitempty"`        // the exchange did not end in its time
}

// Scenario names what was run.
type Scenario struct {
	Name    string            `json:"name"`
	Title   string            `json:"title"`
	Variant string            `json:"variant,omitempty"`
	Cause   string            `json:"cause,omitempty"` // the cause it shows, a slug of the catalogue
	Params  map[string]string `json:"params,omitempty"`
	Expect  []string          `json:"expect,omitempty"`

	FreePort bool `json:"free_port,omitempty"` // nobody asked for the port: a free one was taken
}

// ActorExit is how one process of a run ended.
type ActorExit struct {
	Name   string `json:"name"`
	PID    int    `json:"pid"`
	Status int    `json:"status"`           // exit status, -1 when a signal ended it
	Signal string `json:"signal,omitempty"` // "SIGKILL" …
	Error  string `json:"error,omitempty"`  // what the actor itself reported, "" when its script ran to the end
	Zombie bool   `json:"zombie,omitempty"` // it ended, and the actor that forked it never waited for it

	// Of a program of the user's:
	Command string   `json:"command,omitempty"`
	EndedBy string   `json:"ended_by,omitempty"` // the signal with which tcplab ended it, "" when it ended by itself
	Output  []Output `json:"output,omitempty"`
}

// Output is what a program wrote at one moment.
type Output struct {
	At     Stamp  `json:"at"`
	Stream string `json:"stream"` // "stdout" or "stderr"
	Data   []byte `json:"data"`
}

// KernelView is what the kernel says of one end of a connection (TCP_INFO, socket state), read by the actor itself.
type KernelView struct {
	Actor  string            `json:"actor"`
	Local  string            `json:"local"`
	Remote string            `json:"remote"`
	State  string            `json:"state"` // RFC 9293 name
	When   string            `json:"when"`  // the call before which it was read
	Fields map[string]uint64 `json:"fields"`
}
