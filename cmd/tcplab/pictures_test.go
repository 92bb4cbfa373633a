package main

import (
	"strings"
	"testing"
)

// An image of pixels would upset the terminal it is printed on.
func TestAnImageIsNotForATerminal(t *testing.T) {
	o := output{format: "png", color: "auto"}
	if err := o.check(&env{outWidth: 80}); err == nil || !strings.Contains(asFailure(err).hint, "--output report.png") {
		t.Errorf("a terminal: %v", err)
	}
	if err := o.check(&env{}); err != nil {
		t.Errorf("a pipe: %v", err)
	}
	o.file = "report.png"
	if err := o.check(&env{outWidth: 80}); err != nil {
		t.Errorf("a file: %v", err)
	}
}
