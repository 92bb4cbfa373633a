package scenario_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tcplab/session/scenario"
)

// Each command in seeds.md asks for a scenario, a variant and parameters that there are, and each handout's scenarios stand there.
func TestSeedsNameWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("seeds.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("`tcplab trace ([^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(commands) < 80 {
		t.Errorf("only %d commands", len(commands))
	}
	for _, c := range commands {
		words := strings.Fields(c[1])
		s, err := scenario.Lookup(words[0])
		if err != nil || s.Name != words[0] {
			t.Errorf("%s: %v", c[0], err)
			continue
		}
		var p scenario.Params
		for i, w := range words[:len(words)-1] {
			switch key, value, _ := strings.Cut(words[i+1], "="); w {
			case "--variant":
				p.Variant = words[i+1]
			case "--param":
				if err := p.Set(key, value); err != nil {
					t.Errorf("%s: %v", c[0], err)
				}
			}
		}
		p.FreePort = true
		if _, err := s.Complete(p); err != nil && p.Variant != "gethostname" { // which a host can be without
			t.Errorf("%s: %v", c[0], err)
		}
	}
}
