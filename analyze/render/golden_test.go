package render

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens anew; read the diff")

// golden compares got with a file. With -update it writes the file, and shows what that changes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	want, err := os.ReadFile(path)
	if err == nil && bytes.Equal(got, want) {
		return
	}
	difference := fmt.Sprintf("%s (-golden +now):\n%s", path, cmp.Diff(string(want), string(got)))
	if !*update {
		t.Errorf("go test -update writes %s", difference)
		return
	}
	t.Log(difference)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, f Format, name string, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, reports()[name], o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextGoldens(t *testing.T) {
	for name := range reports() {
		for _, width := range []int{80, 120, 160} {
			golden(t, fmt.Sprintf("text/%s-%d.txt", name, width), write(t, Text, name, Options{Width: width, Conn: -1}))
		}
		golden(t, "text/"+name+"-diagnose.txt", write(t, Text, name, Options{Conn: -1, FindingsOnly: true}))
	}
	for _, width := range []int{80, 120, 160} {
		golden(t, fmt.Sprintf("text/reset-conn-%d.txt", width), write(t, Text, "reset", Options{Width: width, Conn: 1}))
		golden(t, fmt.Sprintf("text/midstream-conn-%d.txt", width), write(t, Text, "midstream", Options{Width: width, Conn: 0, Raw: true, ShowOptions: true}))
	}
	golden(t, "text/hello-ascii.txt", write(t, Text, "hello", Options{Conn: -1, ASCII: true}))
	golden(t, "text/hello-color.txt", write(t, Text, "hello", Options{Conn: -1, Color: true, Raw: true, ShowOptions: true}))
}
