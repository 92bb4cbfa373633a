package main

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// oneFile is ample for the largest capture of the collection on a busy machine; a hang is longer.
const oneFile = 20 * time.Second

// Every capture of the collection, among them files made to crash decoders, gives a report or a plain message, in time,
// and none of its bytes reaches the terminal as a command.
func TestEveryCaptureIsSurvived(t *testing.T) {
	dir := capturesDir()
	if dir == "" {
		t.Skip("the collection of captures is not beside this repository")
	}
	read := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.Ext(path), "cap") {
			return err
		}
		for _, args := range [][]string{{"analyze", path, "--segments"}, {"analyze", path, "--format", "json", "--segments"}, {"diagnose", path}} {
			if survives(t, args) {
				read++
			}
		}
		return nil
	})
	if err != nil || read < 900 {
		t.Errorf("%d reports, %v", read, err)
	}
}

// survives runs the program on one file and says whether a report came.
func survives(t *testing.T, args []string) bool {
	t.Helper()
	start := time.Now()
	status, out, errs := invoke(t, args...)
	if took := time.Since(start); took > oneFile {
		t.Errorf("%q took %v", args, took)
	}
	said := strings.HasPrefix(errs, "tcplab: ")
	if status != exitDone && status != exitFailed && status != exitIncomplete || said != (status != exitDone) {
		t.Errorf("%q: status %d, stderr %q", args, status, errs)
	}
	if i := strings.IndexFunc(out+errs, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }); i >= 0 {
		t.Errorf("%q: control character at %d", args, i)
	}
	return out != ""
}
