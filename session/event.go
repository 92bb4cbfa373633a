package session

import "strings"

// eventGo is the start: the capture records, the actors may begin.
const eventGo = "go"

// Events are named "<actor>:<what>". Beside those that scripts signal, the parent knows these.
func listening(actor string) string { return actor + ":listening" } // LISTEN stands in the kernel's socket table
func exited(actor string) string    { return actor + ":exited" }
func stopped(actor string) string   { return actor + ":stopped" } // by SIGSTOP
func waiting(actor, op string) string {
	return actor + ":in-" + op // the actor has entered the call and sleeps in it
}

// owner is the actor an event belongs to.
func owner(event string) string {
	name, _, _ := strings.Cut(event, ":")
	return name
}
