package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/script"
)

// write FILE TO turns the packets that FILE spells in the language of package script into the capture TO.
func writeCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write FILE TO")
	}
	s, err := script.Parse(args[0], ts.ReadFile(args[0]))
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer f.Close()
	w := pcapfile.NewWriter(f, pcapfile.Section{})
	w.AddInterface(pcapfile.Interface{Link: capture.LinkEthernet})
	for i := range s.Frames {
		ts.Check(w.WriteFrame(&s.Frames[i]))
	}
	ts.Check(w.Close())
}
