// Package slow holds the causes of connections that work and lose time. Time is given to whom it belongs: a pause while
// nothing is in flight is a program's, a pause that a window, a loss or an ACK ends is the network's or the stack's.
package slow
