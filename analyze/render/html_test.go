package render

import (
	"bytes"
	"context"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
)

func pageOf(t *testing.T, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := HTML.Write(&b, r, Options{Conn: -1}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPagesAreGolden(t *testing.T) {
	for name, r := range reports() {
		text := bytes.Replace(pageOf(t, r), []byte(pageStyle), []byte("/* style.css */"), 1)
		text = bytes.Replace(text, []byte(pageScript), []byte("/* page.js */"), 1)
		golden(t, "html/"+name+".html", bytes.Replace(text, []byte(html.EscapeString(policy())), []byte("POLICY"), 1))
	}
}

var (
	anchors = regexp.MustCompile(`href="#([a-z0-9]+)"`)
	ids     = regexp.MustCompile(` id="([a-z0-9]+)"`)
	outside = regexp.MustCompile(`(?:src|href|url)\s*[=(]\s*["']?(?:https?:|//)`)
)

func TestLinksLeadToPackets(t *testing.T) {
	for _, name := range []string{"hello", "closed-port", "reset", "midstream"} {
		text := pageOf(t, reports()[name])
		known := map[string]bool{}
		for _, m := range ids.FindAllSubmatch(text, -1) {
			if known[string(m[1])] {
				t.Errorf("%s: two places are called %s", name, m[1])
			}
			known[string(m[1])] = true
		}
		for _, m := range anchors.FindAllSubmatch(text, -1) {
			// Findings of connections without segments have nowhere to lead: the reset report has one.
			if !known[string(m[1])] && !(name == "reset" && (string(m[1]) == "f400" || string(m[1]) == "f401")) {
				t.Errorf("%s: a link to %s leads nowhere", name, m[1])
			}
		}
	}
}

func TestPageNeedsNoNetwork(t *testing.T) {
	for name, r := range reports() {
		text := pageOf(t, r)
		if name != "hostile" && outside.Match(text) {
			t.Errorf("%s: the page loads %s", name, outside.Find(text))
		}
		if n := bytes.Count(text, []byte("<script")); n != 1 {
			t.Errorf("%s: %d scripts", name, n)
		}
	}
}

func TestLongPageIsSmallAndQuick(t *testing.T) {
	r := longReport(10_000)
	start := time.Now()
	text := pageOf(t, r)
	if took := time.Since(start); took > 2*time.Second { // alone on a core it takes a tenth of that
		t.Errorf("a page of 10,000 segments took %v", took)
	}
	if len(text) > 5<<20 {
		t.Errorf("a page of 10,000 segments has %d bytes", len(text))
	}
	if n := bytes.Count(text, []byte(`class="r s `)); n != 10_000 {
		t.Errorf("%d rows, want 10,000", n)
	}
}

// browse opens a page in a real browser and returns the document after its script ran, and what the console said.
func browse(t *testing.T, text []byte, fragment string) (dom, console string) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page was not opened in a browser")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--dump-dom", "file://"+file+fragment)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	return stdout.String(), console
}

func TestBrowserOpensThePage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	dom, console := browse(t, pageOf(t, helloReport()), "#f4")
	if console != "" {
		t.Errorf("the console says: %s", console)
	}
	if !strings.Contains(dom, `class="r s c2s on" id="f4"`) {
		t.Error("a link to segment 4 does not pick it")
	}
	if _, detail, _ := strings.Cut(dom, `<aside id="detail"`); !strings.Contains(detail, "raw sequence number") {
		t.Error("the panel does not show the fields of segment 4")
	}
}

func TestBrowserRunsNothingHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	r := hostileReport()
	r.Scenario.Title = "<img src=x onerror=\"document.title='owned'\">"
	dom, console := browse(t, pageOf(t, r), "#f1")
	if console != "" {
		t.Errorf("the console says: %s", console)
	}
	if strings.Contains(dom, "<title>owned") || strings.Contains(dom, "<img") {
		t.Error("markup from a capture became part of the page")
	}
}

// A page of many connections stays a page, and says what it leaves out.
func TestCrowdedPageSaysWhatItLeavesOut(t *testing.T) {
	text := pageOf(t, crowd(3000))
	if n := bytes.Count(text, []byte("<tr><td>")); n != mostConnections {
		t.Errorf("%d lines in the table, want %d", n, mostConnections)
	}
	if n := bytes.Count(text, []byte(`class="ladder"`)); n != mostLadders {
		t.Errorf("%d ladders, want %d", n, mostLadders)
	}
	for _, want := range []string{"and 1000 connections more", "ladders of the first 20 connections only"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
