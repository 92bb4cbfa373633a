package shapes

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func TestShapesAreTheSameEveryTime(t *testing.T) {
	for _, s := range append(All, Open) {
		var a, b bytes.Buffer
		if err := s.Write(&a, 5000); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(&b, 5000); err != nil {
			t.Fatal(err)
		}
		if sha256.Sum256(a.Bytes()) != sha256.Sum256(b.Bytes()) {
			t.Errorf("%s: two runs differ", s.Name)
		}
	}
}
