package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Who may not capture gets the same run in a network of its own, and is told why and what would change that.
func TestSealedWhereThereIsNoRight(t *testing.T) {
	needs(t, "root")
	needs(t, "sealed")
	dir, program := publicCopy(t, "tcplab")
	for _, scenario := range []string{"hello", "refused-loopback-bind"} {
		cmd := asNobody(t, dir, program, "trace", scenario)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil || !strings.Contains(strings.Join(strings.Fields(string(out)), " "), "in a network of its own") {
			t.Errorf("%s: %v\n%s", scenario, err, out)
		}
		if !strings.Contains(errs.String(), "no right to capture") || !strings.Contains(errs.String(), "setcap cap_net_raw+ep "+program) {
			t.Errorf("%s: standard error %q", scenario, errs.String())
		}
	}
}

// Where the system allows neither, the error names the setting that stands in the way and the command for it.
func TestRemedyWhereSealingIsForbidden(t *testing.T) {
	needs(t, "sealed")
	dir, program := publicCopy(t, "tcplab")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"trace", "trace --sealed"} {
		cmd := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c", "echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_net_namespaces && exec "+program+" "+args)
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
		out, err := cmd.CombinedOutput()
		if exitStatus(err) != "1" || !strings.Contains(string(out), "sudo sysctl user.max_user_namespaces=15000") ||
			!strings.Contains(string(out), "hint: sudo setcap cap_net_raw+ep "+program) {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
}
