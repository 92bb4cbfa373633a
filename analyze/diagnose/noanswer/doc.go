// Package noanswer holds the causes of connection attempts that got no answer, or whose handshake did not complete, and of
// routers that said why.
package noanswer
