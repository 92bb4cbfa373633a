package session

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"tcplab/capture/calls"
)

// watch makes the event "<actor>:in-<op>" when an actor sleeps in a call that some script waits for. It is how a
// deadlock is seen: both ends have entered recv, and the kernel has put both to sleep.
func (r *run) watch(from *process, c *calls.Call) {
	event := waiting(from.name, c.Op)
	if !r.awaited[event] {
		return
	}
	delete(r.awaited, event)
	go func() {
		if untilAsleep(c.PID) {
			r.news <- news{from: from, report: report{Event: event}}
		}
	}()
}

// untilAsleep waits until the main thread of pid sleeps. The kernel does not announce that, so it is asked every
// millisecond; false means that the process has ended.
func untilAsleep(pid int) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return false
		}
		// The state follows the command name, which is in parentheses and may hold any character.
		_, rest, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')'):], []byte(" "))
		if len(rest) > 0 && rest[0] == 'S' {
			return true
		}
		if len(rest) > 0 && rest[0] == 'Z' {
			return false
		}
	}
	return false
}

// awaitedEvents collects the events that scripts wait for.
func awaitedEvents(scripts []Script) map[string]bool {
	events := map[string]bool{}
	for _, s := range scripts {
		collect(events, s.Steps)
	}
	return events
}

func collect(events map[string]bool, steps []Step) {
	for _, s := range steps {
		if s.Op == "await" {
			events[s.Event] = true
		}
		collect(events, s.Steps)
	}
}
