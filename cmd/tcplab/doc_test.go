package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A demonstration is a "$ tcplab …" line of a document and the output printed below it.
type demonstration struct {
	document string
	line     int // of the command, from 1
	command  string
	output   []string
}

// demonstrations finds the commands of a document: in README.md those in fenced blocks, in doc.go those in indented ones.
// What follows a command up to the next one, a blank line before it, or the end of the block is its output.
func demonstrations(document, text string, inBlock func(line string, within bool) (content string, in bool)) []demonstration {
	var found []demonstration
	within, open := false, false
	for i, line := range strings.Split(text, "\n") {
		content, in := inBlock(line, within)
		within = in
		switch {
		case !in || strings.HasPrefix(content, "$ ") && !strings.HasPrefix(content, "$ tcplab"):
			open = false
		case strings.HasPrefix(content, "$ tcplab"):
			found = append(found, demonstration{document: document, line: i + 1, command: content[2:]})
			open = true
		case open:
			last := &found[len(found)-1]
			last.output = append(last.output, content)
		}
	}
	for i, d := range found {
		for len(d.output) > 0 && strings.TrimSpace(d.output[len(d.output)-1]) == "" {
			d.output = d.output[:len(d.output)-1]
		}
		found[i] = d
	}
	return found
}

// fenced recognises the lines between ``` fences.
func fenced(line string, within bool) (string, bool) {
	if strings.HasPrefix(line, "```") {
		return "", !within
	}
	return line, within
}

// indented recognises the code lines of a doc comment.
func indented(line string, within bool) (string, bool) {
	if content, ok := strings.CutPrefix(line, "//\t"); ok {
		return content, true
	}
	return "", within && line == "//"
}

func readDocument(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The documents, and how their blocks are told apart.
var documents = []struct {
	name, path string
	inBlock    func(line string, within bool) (string, bool)
	prefix     string // of every line of a block
}{
	{"README.md", "../../README.md", fenced, ""},
	{"doc.go", "doc.go", indented, "//\t"},
}

// Every command that the README and the manual show is run, and must print what they show: the same words in the same
// order. Numbers differ from run to run, and so do the blanks and lines that give way to them. UPDATE=1 writes what was
// printed into the documents instead.
func TestDocumentsAreTrue(t *testing.T) {
	needs(t, "capture")
	for _, doc := range documents {
		text := readDocument(t, doc.path)
		list := demonstrations(doc.name, text, doc.inBlock)
		if len(list) < 5 {
			t.Fatalf("%s has %d commands: not found?", doc.name, len(list))
		}
		dir, printed := t.TempDir(), make([]string, len(list))
		for i, d := range list {
			t.Run(fmt.Sprintf("%s:%d", d.document, d.line), func(t *testing.T) { printed[i] = demonstrate(t, dir, d) })
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(doc.path, []byte(updated(text, doc.prefix, list, printed)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// quietly runs a shell command in a network of its own where that is possible: the documents use the ports that people
// would, and on a busy machine others do.
func quietly(command string) *exec.Cmd {
	if exec.Command("unshare", "--net", "ip", "link", "set", "lo", "up").Run() == nil {
		return exec.Command("unshare", "--net", "bash", "-c", "ip link set lo up && "+command)
	}
	return exec.Command("bash", "-c", command)
}

// updated is text with the output of each demonstration that shows all of it replaced by what was printed.
func updated(text, prefix string, list []demonstration, printed []string) string {
	lines := strings.Split(text, "\n")
	for i := len(list) - 1; i >= 0; i-- { // from the end, so that line numbers stay right
		d := list[i]
		if len(d.output) == 0 || slices.Contains(d.output, "…") {
			continue
		}
		var fresh []string
		for line := range strings.Lines(release.ReplaceAllStringFunc(printed[i], plainRelease)) {
			fresh = append(fresh, strings.TrimRight(prefix+strings.TrimRight(line, "\n"), " \t"))
		}
		lines = slices.Replace(lines, d.line, d.line+len(d.output), fresh...)
	}
	return strings.Join(lines, "\n")
}

// plainRelease is a kernel's name without what its builder added: "Linux 6.18.44".
func plainRelease(name string) string { return regexp.MustCompile(`^Linux [0-9.]+`).FindString(name) }

// demonstrate runs a command in dir, compares what it prints, and returns it.
func demonstrate(t *testing.T, dir string, d demonstration) string {
	tool, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(tool, filepath.Join(bin, "tcplab")); err != nil {
		t.Fatal(err)
	}
	cmd := quietly(d.command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("$ %s\n%s%v", d.command, out.Bytes(), err)
	}
	if len(d.output) > 0 && os.Getenv("UPDATE") == "" && !matches(strings.Join(d.output, "\n"), out.String()) {
		t.Errorf("$ %s\nprints\n%s\nbut the document shows\n%s", d.command, out.Bytes(), strings.Join(d.output, "\n"))
	}
	return out.String()
}

var (
	quantities = regexp.MustCompile(`[0-9]+([.,][0-9]+)*(ns|µs|ms|s)?`)
	drawing    = regexp.MustCompile(`[\s─━═\-│├┤┬┴┼┌┐└┘]+`)
	release    = regexp.MustCompile(`Linux [0-9.]+\S*`)
	callLine   = regexp.MustCompile(`(?m)^.*│.*?(?:(\w+)\(.*|… (\w+) = .*)$`)
)

// shape returns text without what differs from run to run. Where a call stands on the timeline is up to two processes, so
// its line is left out here and only its name compared: see callNames.
func shape(text string) string {
	text = release.ReplaceAllString(text, "Linux #")
	text = quantities.ReplaceAllString(callLine.ReplaceAllString(text, ""), "#")
	return strings.TrimSpace(drawing.ReplaceAllString(text, " "))
}

// callNames returns the names of the calls on a timeline, each once.
func callNames(text string) []string {
	var names []string
	for _, m := range callLine.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1]+m[2])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// matches reports whether got has the shape of want. A line "…" in want stands for anything.
func matches(want, got string) bool {
	parts, rest := strings.Split("\n"+want+"\n", "\n…\n"), shape(got)
	if len(parts) == 1 && !slices.Equal(callNames(want), callNames(got)) {
		return false
	}
	for i, part := range parts {
		part = shape(part)
		switch at := strings.Index(rest, part); {
		case at < 0, i == 0 && at > 0:
			return false
		case i == len(parts)-1:
			return strings.HasSuffix(rest, part)
		default:
			rest = rest[at+len(part):]
		}
	}
	return true
}

// The comparison above can tell.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"took 12 ms\n", "took  7.5 ms", true},
		{"took 12 ms", "took 12 s", false},
		{"12ms │ SYN ──▶", "3µs │ SYN ─────▶", true},
		{"SYN ──▶", "◀── SYN", false},
		{"first\n…\nlast", "first\nsecond\nlast", true},
		{"first\n…", "first\nsecond\nlast", true},
		{"first\n…\nlast", "first\nlast\nsecond", false},
		{"second\n…", "first\nsecond", false},
		{"│ send(3) … │\n│ SYN ▶ │\n│ … send = 4 │", "│ SYN ▶ │\n│ send(3) = 4 │", true},
		{"│ send(3) = 4 │\n│ SYN ▶ │", "│ recv(3) = 4 │\n│ SYN ▶ │", false},
	} {
		if matches(c.want, c.got) != c.ok {
			t.Errorf("matches(%q, %q) is %v", c.want, c.got, !c.ok)
		}
	}
}

// The README's map leads to packages that exist, and leaves none out.
func TestReadmeMapIsComplete(t *testing.T) {
	readme := readDocument(t, "../../README.md")
	_, table, _ := strings.Cut(readme, "## Where things are")
	var named []string
	for _, m := range regexp.MustCompile("`([a-z]+(?:/[a-z]+)*)`").FindAllStringSubmatch(table, -1) {
		named = append(named, m[1])
	}
	var all []string
	for _, p := range listPackages(t, "1") {
		all = append(all, strings.TrimPrefix(p.ImportPath, "tcplab/"))
	}
	for _, path := range all {
		if !slices.ContainsFunc(named, func(n string) bool { return within(path, n) }) {
			t.Errorf("package %s is not on the map", path)
		}
	}
	for _, path := range named {
		if !slices.ContainsFunc(all, func(p string) bool { return within(p, path) }) {
			t.Errorf("the map shows %s, which does not exist", path)
		}
	}
}
