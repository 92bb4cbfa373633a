package render

import (
	"testing"

	"tcplab/capture/script"
)

// What is written can be read, hostile arguments and all; the segments and calls are all there.
func TestWrittenScriptsCanBeRead(t *testing.T) {
	for name, r := range reports() {
		text := write(t, Script, name, Options{Conn: -1})
		golden(t, "script/"+name+".script", text)
		if name == "hostile" {
			continue // its flags and addresses are no TCP: it only must not harm a reader
		}
		s, err := script.Parse(name, string(text))
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			continue
		}
		segments := 0
		for _, c := range r.Connections {
			segments += len(c.Segments)
		}
		if len(s.Frames) != segments || len(s.Calls) != len(r.Calls) {
			t.Errorf("%s: %d frames of %d, %d calls of %d", name, len(s.Frames), segments, len(s.Calls), len(r.Calls))
		}
	}
}
