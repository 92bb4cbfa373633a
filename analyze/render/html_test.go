package render

import (
	"bytes"
	"context"
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
		golden(t, "html/"+name+".html", scriptPolicy.ReplaceAll(text, []byte("script-src HASH")))
	}
}

// scriptPolicy is the part of the page's policy that changes with its script.
var scriptPolicy = regexp.MustCompile(`script-src [^"]*`)

var (
	anchors = regexp.MustCompile(`href="#([a-z0-9]+)"`)
	ids     = regexp.MustCompile(` id="([a-z0-9]+)"`)
	outside = regexp.MustCompile(`(?:src|href|url)\s*[=(]\s*["']?(?:https?:|//)`)
)

func TestLinksLeadToPackets(t *testing.T) {
	all := reports()
	all["arp"] = run("closed-port") // frames of no connection
	all["arp"].Findings, all["arp"].Connections, all["arp"].Timeline = all["arp"].Connections[0].Findings, nil, nil
	for name, r := range all {
		text := pageOf(t, r)
		known := map[string]bool{}
		for _, m := range ids.FindAllSubmatch(text, -1) {
			if known[string(m[1])] {
				t.Errorf("%s: two places are called %s", name, m[1])
			}
			known[string(m[1])] = true
		}
		for _, m := range anchors.FindAllSubmatch(text, -1) {
			if !known[string(m[1])] {
				t.Errorf("%s: a link to %s leads nowhere", name, m[1])
			}
		}
	}
}

// What a colour says stands there in words or signs too: how grave a finding is, what a segment is marked with, which way it
// goes, and what was lost.
func TestPageIsReadableWithoutColour(t *testing.T) {
	for name, r := range reports() {
		text := string(pageOf(t, r))
		for _, m := range regexp.MustCompile(`<article class="finding ([a-z]+)[^>]*>\s*<h3>[^\n]*</h3>\s*<p class="facts">([a-z]+)`).FindAllStringSubmatch(text, -1) {
			if m[1] != m[2] {
				t.Errorf("%s: a finding looks like %s and says %s", name, m[1], m[2])
			}
		}
		if got, want := strings.Count(text, `<p class="facts">error · `)+strings.Count(text, `<p class="facts">warning · `)+strings.Count(text, `<p class="facts">note · `),
			strings.Count(text, `class="finding `)+strings.Count(text, `class="answer `); got != want && name != "hostile" {
			t.Errorf("%s: %d findings of %d say how grave they are", name, got, want)
		}
	}
	for _, sign := range []string{`.m::before{content:"⚠ "}`, `.c2s .w::after{right:0;transform:rotate(45deg)}`, `.s2c .w::after{left:0;transform:rotate(225deg)}`, `.lost .w::after{content:"✗"`, `.st.new{color:var(--ink);font-weight:600}`} {
		if !strings.Contains(pageStyle, sign) {
			t.Errorf("the style has no %s", sign)
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

// How long it takes, BenchmarkHTML says.
func TestLongPageIsSmall(t *testing.T) {
	text := pageOf(t, longReport(10_000))
	if len(text) > 5<<20 {
		t.Errorf("a page of 10,000 segments has %d bytes", len(text))
	}
	if n := bytes.Count(text, []byte(`class="r s `)); n != 10_000 {
		t.Errorf("%d rows, want 10,000", n)
	}
}

// browser returns Chromium.
func browser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	return installed(t, "chromium")
}

// quietly has the browser open no window and load nothing of its own.
func quietly(profile string) []string {
	return []string{"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + profile}
}

// chromium runs a browser without a window on a page and returns what it printed and what the page's console said.
func chromium(t *testing.T, text []byte, fragment string, flags ...string) (printed, console string) {
	t.Helper()
	path := browser(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Second)
	defer cancel()
	flags = append(append(quietly(filepath.Join(dir, "profile")), "--enable-logging=stderr", "--window-size=1400,1000"), flags...)
	cmd := exec.CommandContext(ctx, path, append(flags, "file://"+file+fragment)...)
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

// browse returns the document after its script ran, and what the console said.
func browse(t *testing.T, text []byte, fragment string) (dom, console string) {
	t.Helper()
	return chromium(t, text, fragment, "--dump-dom")
}

func TestBrowserOpensThePage(t *testing.T) {
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

// On paper a dark page is light, and nothing that only a screen can use is printed.
func TestBrowserPrints(t *testing.T) {
	out := filepath.Join(t.TempDir(), "report.pdf")
	text := bytes.Replace(pageOf(t, helloReport()), []byte("<html "), []byte("<html data-theme=dark "), 1)
	if _, console := chromium(t, text, "", "--print-to-pdf="+out, "--no-pdf-header-footer"); console != "" {
		t.Errorf("the console says: %s", console)
	}
	pdf, err := os.ReadFile(out)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 10_000 {
		t.Errorf("the printed page has %d bytes, %v", len(pdf), err)
	}
	if !strings.Contains(pageStyle, "@media print{nav,#detail,footer,.cursor{display:none") || !strings.Contains(pageStyle, "@media screen{:root[data-theme=dark]") {
		t.Error("the style has no rule for paper")
	}
}

func TestBrowserRunsNothingHostile(t *testing.T) {
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
	if n := bytes.Count(text, []byte(`<article class="finding`)); n != mostFindings {
		t.Errorf("%d findings with their proof, want %d", n, mostFindings)
	}
	for _, want := range []string{"and 2800 findings more, by cause: ", "and 1000 connections more", "ladders of 20 connections only"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// A long connection is no large page, whatever its payload: 10,000 segments take less than 5 MB.
func TestLongConnectionIsNoLargePage(t *testing.T) {
	r := longReport(10_000)
	for i := range r.Connections[0].Segments {
		g := &r.Connections[0].Segments[i]
		g.Payload, g.Options = bytes.Repeat([]byte{0x80}, PayloadShown), "nop,nop,TS val 4000000000 ecr 4000000001"
	}
	var page bytes.Buffer
	if err := HTML.Write(&page, r, Options{Conn: -1}); err != nil {
		t.Fatal(err)
	}
	if page.Len() >= 5_000_000 {
		t.Errorf("%d bytes", page.Len())
	}
}
