// Package bind holds the causes of failed bind, listen, accept and connect calls of which the wire shows nothing.
package bind
