package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// In scripts the test binary is the command, and it is its own actors as well.
func TestMain(m *testing.M) {
	if session.ActorRequested() {
		os.Exit(session.ActorMain())
	}
	testscript.Main(m, map[string]func(){"tcplab": main})
}

// needs skips the test unless this machine has what it takes. In CI, where root can provide all of it, lacking it is a
// failure: there nothing may be skipped unseen.
func needs(t *testing.T, what string) {
	t.Helper()
	why := lacks(what)
	switch {
	case why == "":
	case os.Getenv("CI") == "true" && os.Geteuid() == 0:
		t.Fatalf("%s: %s, and CI must not skip what root can do", what, why)
	default:
		t.Skipf("%s: %s", what, why)
	}
}

// lacks says why this process cannot have what, "" when it can. It answers by trying.
func lacks(what string) string {
	switch what {
	case "capture":
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return "no right to open a packet socket (" + err.Error() + ")"
		}
		unix.Close(fd)
	case "sealed":
		if err := exec.Command("unshare", "-Urn", "true").Run(); err != nil {
			return "this system makes no user namespaces (unshare -Urn: " + err.Error() + ")"
		}
	case "ipv6":
		fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
		if err != nil {
			return "no IPv6 (" + err.Error() + ")"
		}
		unix.Close(fd)
	case "root":
		if os.Geteuid() != 0 {
			return "not root"
		}
	default:
		if _, err := exec.LookPath(what); err != nil {
			return "not installed"
		}
	}
	return ""
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Condition: func(cond string) (bool, error) {
			why := lacks(cond)
			if why != "" && os.Getenv("CI") == "true" && os.Geteuid() == 0 {
				t.Errorf("[%s]: %s, and CI must not skip what root can do", cond, why)
			}
			return why == "", nil
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("ESC", "\x1b")
			e.Setenv("CAPTURES", capturesDir())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"cut": cutFile, "write": writeCapture, "unhex": unhexFile, "listen": listenOn, "status": wantStatus,
		},
	})
}

// invoke runs the program in this process and returns its exit status and both outputs.
func invoke(t testing.TB, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	e := env{in: &bytes.Buffer{}, out: &out, err: &errs, getenv: func(string) string { return "" }, now: time.Now}
	status = run(ctx, args, e)
	return status, out.String(), errs.String()
}

// capturesDir finds the collection of real captures beside the repository, "" when there is none.
func capturesDir() string {
	dir, err := filepath.Abs("../../../shared/captures")
	if err != nil {
		return ""
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}
