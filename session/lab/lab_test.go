package lab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain runs the tests where the lab can be made: as root, or sealed. A user who may do neither sees each test skip
// with the reason.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(play(role))
	}
	if !Sealed() && NeedsSeal() {
		status, err := Seal()
		if err == nil {
			os.Exit(status)
		}
		refused = err
	}
	os.Exit(m.Run())
}

// refused is why the lab cannot be made here.
var refused error

// start makes a lab for the test.
func start(t *testing.T, c Config) *Lab {
	t.Helper()
	if refused != nil {
		t.Skip(refused)
	}
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func host(t *testing.T, l *Lab, name string) *Host {
	t.Helper()
	h, err := l.Host(name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestAsNobody runs all tests again as an ordinary user: sealed, without any right outside.
func TestAsNobody(t *testing.T) {
	if os.Getuid() != 0 || Sealed() {
		t.Skip("needs root, to become an ordinary user")
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755)
	}
	path := filepath.Join(dir, "lab.test")
	if err := os.WriteFile(path, self, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"-test.v=true"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	t.Logf("as nobody:\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnknownNames(t *testing.T) {
	if _, err := New(Config{Topology: "ring"}); err == nil || errors.As(err, new(*RefusedError)) {
		t.Error(err)
	}
	l := start(t, Config{})
	if _, err := l.Host("router"); !errors.Is(err, ErrNoSuchHost) {
		t.Error(err)
	}
	h := host(t, l, "server")
	for _, name := range []string{"kernel.panic", "net/../kernel/panic", "net.ipv4.no_such_setting"} {
		if err := h.Sysctl(name, "1"); err == nil {
			t.Error(name, "was accepted")
		}
	}
}

// TestRemedy: each obstacle that is known is named with the command against it.
func TestRemedy(t *testing.T) {
	for path, want := range map[string]string{
		"user/max_user_namespaces=0":                     "sudo sysctl user.max_user_namespaces=15000",
		"kernel/unprivileged_userns_clone=0":             "sudo sysctl kernel.unprivileged_userns_clone=1",
		"kernel/apparmor_restrict_unprivileged_userns=1": "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
		"=": "--cap-add SYS_ADMIN",
	} {
		got := remedy(syscall.EPERM, func(p string) string {
			value, _ := strings.CutPrefix(path, p+"=")
			return strings.TrimPrefix(value, path)
		})
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
}
