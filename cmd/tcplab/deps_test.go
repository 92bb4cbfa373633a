package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// goPackage is what "go list -json" says of a package, as far as the tests here ask.
type goPackage struct {
	ImportPath, Dir string
	Imports, Deps   []string
	GoFiles         []string
	CgoFiles        []string
	Doc             string
}

// listPackages returns the packages of this module, with cgo or without.
func listPackages(t *testing.T, cgo string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,Deps,GoFiles,CgoFiles,Doc", "tcplab/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// within reports whether path is the package root or below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// external reports whether path is neither of this module nor of the standard library.
func external(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

// forbidden are the imports that would bend the architecture. Transitive rules look at everything a package pulls in,
// the others at what its own files say.
var forbidden = []struct {
	from, to   string
	transitive bool
	except     []string // packages below from that may
	because    string
}{
	{"tcplab/analyze", "tcplab/session", true, nil, "the analysis judges evidence and must not know how it was made"},
	{"tcplab/analyze", "tcplab/capture/live", true, nil, "the analysis reads values, so that saved and live packets meet the same code"},
	{"tcplab/analyze", "tcplab/capture/pcapfile", true, nil, "files are opened by cmd; analyze receives a capture.Source"},
	{"tcplab/analyze", "tcplab/capture/bundle", true, nil, "files are opened by cmd; analyze receives values"},
	{"tcplab/analyze", "github.com/google/gopacket", true, nil, "its decoders fail on ten kinds of real packets; it is the oracle, not the engine"},
	{"tcplab/analyze", "net", false, nil, "no lookup, no socket: the same input gives the same report on every host"},
	{"tcplab/analyze", "os", false, nil, "no file, no environment: the same input gives the same report on every host"},
	{"tcplab/analyze/wire", "tcplab/analyze/flow", true, nil, "decoding knows no connection"},
	{"tcplab/analyze/flow", "tcplab/analyze/diagnose", true, nil, "a connection is followed before it is judged"},
	{"tcplab/analyze/render", "tcplab/analyze/flow", true, nil, "a format that reads more than the report cannot be written by others"},
	{"tcplab/analyze/render", "tcplab/analyze/diagnose", true, nil, "a format that reads more than the report cannot be written by others"},
	{"tcplab/analyze/browse", "tcplab/analyze/flow", true, nil, "a browser shows the report, as every format does"},
	{"tcplab", "charm.land/bubbletea", false, []string{"tcplab/analyze/browse", "tcplab/cmd"}, "only the browser waits for keys"},
	{"tcplab/session", "tcplab/analyze", true, nil, "making traffic and judging it meet in cmd only"},
	{"tcplab/session", "tcplab/capture/live", true, nil, "cmd hands it functions; a session runs without libpcap"},
	{"tcplab", "github.com/google/gopacket", false, []string{"tcplab/capture/live"}, "gopacket captures and does nothing else"},
	{"tcplab", "github.com/spf13", false, []string{"tcplab/cmd"}, "flags are the command's; libraries take structs"},
	{"tcplab", "github.com/olekukonko/tablewriter", false, []string{"tcplab/analyze/render"}, "layout is the renderer's"},
	{"tcplab", "flag", false, []string{"tcplab/cmd"}, "flags are the command's, and GNU style"},
	{"tcplab", "log", false, nil, "libraries return errors; ui.go speaks"},
	{"tcplab", "tcplab/pcaps", false, nil, "evidence is for tests; the command carries none of it"},
	{"tcplab", "encoding/gob", false, nil, "nothing stored may depend on Go"},
}

func TestForbiddenImports(t *testing.T) {
	packages := listPackages(t, "1")
	for _, rule := range forbidden {
		for _, p := range packages {
			if !within(p.ImportPath, rule.from) || slices.ContainsFunc(rule.except, func(e string) bool { return within(p.ImportPath, e) }) {
				continue
			}
			imports := p.Imports
			if rule.transitive {
				imports = p.Deps
			}
			for _, path := range imports {
				// the standard library's net is one package here: net/netip holds plain values
				if path == rule.to || external(rule.to) && within(path, rule.to) || within(path, rule.to) && within(rule.to, "tcplab") {
					t.Errorf("%s imports %s: %s", p.ImportPath, path, rule.because)
				}
			}
		}
	}
}

// The two languages of the program, evidence and report, are plain data: anyone can read them without our libraries.
func TestLanguagesImportOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range listPackages(t, "1") {
		if p.ImportPath != "tcplab/capture" && p.ImportPath != "tcplab/analyze/report" {
			continue
		}
		for _, path := range p.Deps {
			if external(path) && !strings.HasPrefix(path, "vendor/") || within(path, "tcplab") {
				t.Errorf("%s depends on %s", p.ImportPath, path)
			}
		}
	}
}

func TestCgoOnlyInCaptureLive(t *testing.T) {
	for _, p := range listPackages(t, "1") {
		if len(p.CgoFiles) > 0 && p.ImportPath != "tcplab/capture/live" {
			t.Errorf("%s uses cgo: %v", p.ImportPath, p.CgoFiles)
		}
	}
}

func TestBuildsWithoutCgo(t *testing.T) {
	for _, p := range listPackages(t, "0") {
		if slices.Contains(p.Deps, "github.com/google/gopacket/pcap") {
			t.Errorf("%s needs libpcap without cgo", p.ImportPath)
		}
	}
	cmd := exec.Command("go", "build", "tcplab/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("CGO_ENABLED=0 go build: %v\n%s", err, out)
	}
}
