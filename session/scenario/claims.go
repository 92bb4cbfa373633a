package scenario

import (
	"fmt"
	"strings"
	"time"
)

// the names an actor in a sentence: "the client", but "client2".
func the(actor string) string {
	if strings.ContainsAny(actor, "0123456789") {
		return actor
	}
	return "the " + actor
}

// ends claims that an actor's script ran through or, with another status, how it gave up.
func ends(actor string, status int) Claim {
	return Claim{Text: fmt.Sprintf("%s exits with status %d", the(actor), status), Exit: &Exit{Actor: actor, Status: status}}
}

// dies claims that a signal ended an actor.
func dies(actor, signal string) Claim {
	return Claim{Text: fmt.Sprintf("%s dies of %s", the(actor), signal), Exit: &Exit{Actor: actor, Status: -1, Signal: signal}}
}

// fails claims that a call of an actor gave errno.
func fails(actor, op, errno string) Claim {
	return Claim{Text: fmt.Sprintf("%s's %s gives %s", the(actor), op, errno), Call: &Call{Actor: actor, Op: op, Errno: errno}}
}

// moves claims how many bytes an actor's calls of one kind carried in all.
func moves(actor, op string, total int) Claim {
	return Claim{Text: fmt.Sprintf("%s's %s calls carry %d bytes", the(actor), op, total),
		Call: &Call{Actor: actor, Op: op, Total: &total}}
}

// counts claims how many calls of one kind an actor made with success.
func counts(actor, op string, count int) Claim {
	return Claim{Text: fmt.Sprintf("%s makes %d successful %s calls", the(actor), count, op),
		Call: &Call{Actor: actor, Op: op, Count: count}}
}

// shows claims a value of the report.
func shows(text, path, want string) Claim {
	return Claim{Text: text, Report: &Field{Path: path, Want: want}}
}

// finds claims that a finding names the cause.
func finds(cause string) Claim { return Claim{Text: "a finding names " + cause, Cause: cause} }

// takes claims that one of an actor's calls waited at least d.
func takes(actor, op string, d time.Duration) Claim {
	return Claim{Text: fmt.Sprintf("one %s of %s takes at least %v", op, the(actor), d),
		Call: &Call{Actor: actor, Op: op, AtLeast: d}}
}

// closes claims who closed first and how the connection ended in Zeek's words.
func closes(by, outcome string) []Claim {
	return []Claim{
		shows("first to close: "+by, "connections[0].close.by", by),
		shows("the connection ends as "+outcome, "connections[0].outcome", outcome),
	}
}
