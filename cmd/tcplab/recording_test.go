package main

import (
	"strings"
	"testing"
)

// A capture waits for what the calls promise while a socket is there that will send it, and no longer: not for a FIN behind a cut
// cable, nor behind data that the kernel repeats later than the capture waits, nor of sockets that are gone.
func TestNobodyWaitsForWhatCannotCome(t *testing.T) {
	for _, name := range []string{"cable-cut", "final-ack-dropped", "zero-window-user-timeout", "injected-syn", "odd-flag-probes", "socket-call-errors"} {
		t.Run(name, func(t *testing.T) {
			const without = "all that can still come was seen, without "
			if why := labTrace(t, name).Run.Drained; !strings.HasPrefix(why, without) {
				t.Errorf("the capture ended because %s", why)
			}
		})
	}
}
