package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcplab/analyze/report"
)

// bench is a directory with programs of testdata/programs in it, compiled, and this program under its own name. Every user
// can use it.
type bench struct {
	t       *testing.T
	dir     string
	program string
	nobody  bool // run as an ordinary user
	mark    string
}

// newBench compiles the named programs; those of Python are taken as they are.
func newBench(t *testing.T, names ...string) *bench {
	t.Helper()
	needs(t, "sealed")
	dir, err := os.MkdirTemp("", "tcplab-exec-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: dir, program: filepath.Join(dir, "tcplab"), mark: "TCPLAB_TEST_MARK=" + filepath.Base(dir)}
	b.copy(self, "tcplab", 0o755)
	for _, name := range names {
		source := filepath.Join("testdata/programs", name)
		to, kind := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
		switch kind {
		case ".c":
			b.compile("gcc", "-w", "-pthread", "-o", filepath.Join(dir, to), source)
		case ".cpp":
			b.compile("g++", "-w", "-o", filepath.Join(dir, to), source)
		default:
			b.copy(source, name, 0o644)
		}
	}
	return b
}

func (b *bench) compile(name string, args ...string) {
	b.t.Helper()
	needs(b.t, name)
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		b.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func (b *bench) copy(from, name string, mode os.FileMode) {
	b.t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, name), data, mode)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// command is "tcplab exec" with arguments, in the directory of the bench.
func (b *bench) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(b.t.Context(), b.program, append([]string{"exec"}, args...)...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), b.mark, "CI=", "HOME="+b.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if b.nobody {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return cmd
}

// run runs the command and returns what came of it. Nothing of it may be left.
func (b *bench) run(args ...string) (status, out, errs string) {
	b.t.Helper()
	cmd := b.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status = "0"
	if err := cmd.Run(); err != nil {
		status = exitStatus(err)
	}
	b.nothingLeft()
	return status, stdout.String(), stderr.String()
}

// nothingLeft waits until no process of the run is there any more: the last may still be on their way out.
func (b *bench) nothingLeft() {
	b.t.Helper()
	eventually(b.t, "nothing is left of the run", func() bool { return len(marked(b.mark)) == 0 })
}

// report runs the command, which must succeed without a word, and returns its report.
func (b *bench) report(args ...string) *report.Report {
	b.t.Helper()
	status, out, errs := b.run(append(args, "--format", "json", "--segments")...)
	if status != "0" || errs != "" {
		b.t.Fatalf("exec %q: status %s, %s\n%s", args, status, errs, out)
	}
	return parseReport(b.t, out)
}

// ops are the calls of an actor by name, with the error where one failed.
func ops(r *report.Report, actor string) (list []string) {
	for _, c := range r.Calls {
		if c.Actor != actor {
			continue
		}
		op := c.Op
		if c.Errno != "" {
			op += " " + c.Errno
		}
		list = append(list, op)
	}
	return list
}

// actorOf returns how an actor ended and all that it wrote.
func actorOf(t *testing.T, r *report.Report, name string) (a report.Actor, wrote string) {
	t.Helper()
	i := slices.IndexFunc(r.Actors, func(a report.Actor) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("no actor %s in %+v", name, r.Actors)
	}
	for _, o := range r.Actors[i].Output {
		wrote += o.Text
	}
	return r.Actors[i], wrote
}

// inThisOrder reports whether list holds words in this order, among others.
func inThisOrder(list, words []string) bool {
	for _, w := range list {
		if len(words) > 0 && w == words[0] {
			words = words[1:]
		}
	}
	return len(words) == 0
}

const python = "/usr/bin/python3"

// seedRuns are the seeds' programs, how they are run, and what must be seen of them.
var seedRuns = []struct {
	name           string
	programs       []string
	args           []string
	up, down       uint64
	server, client string // calls in their order, perhaps among others
	wrote          map[string]string
}{
	{"000 loop", []string{"json-paper-server.c", "json-paper-client.c"},
		[]string{"--server", "./json-paper-server", "--client", "./json-paper-client"}, 17, 17,
		"socket setsockopt bind listen accept read send close accept", "socket connect send read close exit_group",
		map[string]string{"client": "Hello message sent to server.\nServer message: Hello from server\n"}},
	{"000 once", []string{"json-paper-once.c", "json-paper-client.c"},
		[]string{"--server", "./json-paper-once", "--client", "./json-paper-client"}, 17, 17,
		"socket setsockopt bind listen accept read send close close exit_group", "socket connect send read close exit_group",
		map[string]string{"server": "Server listening on port 8080...\nClient connected.\nClient message: Hello from client\nHello message sent to client.\n"}},
	{"001 by its Makefile", []string{"stack-server.cpp", "stack-client.cpp", "stack.mk"},
		[]string{"--server", "make -sf stack.mk run-server", "--client", "make -sf stack.mk run-client"}, 18, 0,
		"socket bind getsockname listen accept recv close close exit_group", "socket connect send close exit_group",
		map[string]string{"server": "Server Socket bounded to IP 0.0.0.0 port 8080\nServer is now Listening\nMessage from Client: Hello from client!\n"}},
	{"002", []string{"handout-server.c", "handout-client.c"},
		[]string{"--server", "./handout-server", "--client", "./handout-client 127.0.0.1", "--server-stdin", `and to you\n`, "--client-stdin", `hi\x2c there\n`}, 9, 10,
		"socket bind listen accept recv send close close exit_group", "socket connect send recv close exit_group",
		map[string]string{"client": "Client Socket Created\nAddress assigned\n0\nConnection Established\nENTER MESSAGE FOR SERVER with max 32 characters\nData Sent\nand to you\n"}},
	{"003", []string{"lesson-server.c", "lesson-client.c"},
		[]string{"--server", "./lesson-server", "--client", "./lesson-client"}, 13, 13,
		"socket bind listen accept recv send close close exit_group", "socket connect send recv close exit_group", nil},
	{"004 fixed", []string{"time-server.py", "time-client.py"},
		[]string{"--server", python + " time-server.py fixed", "--client", python + " time-client.py"}, 0, 26,
		"socket bind listen accept4 send close accept4", "socket connect recv close exit_group", nil},
}

// The programs of the five seeds run as they are printed: each of their calls is seen, beside the segments that it causes,
// by root and by an ordinary user.
func TestExecRunsTheSeeds(t *testing.T) {
	for _, seed := range seedRuns {
		for _, user := range []string{"root", "nobody"} {
			t.Run(seed.name+" by "+user, func(t *testing.T) {
				if user == "root" {
					needs(t, "root")
				}
				if strings.HasPrefix(seed.name, "004") {
					needs(t, python)
				}
				b := newBench(t, seed.programs...)
				b.nobody = user == "nobody" && os.Geteuid() == 0
				if b.nobody && strings.HasPrefix(seed.name, "001") { // make writes what it has not built yet
					if err := os.Chown(b.dir, nobody, nobody); err != nil {
						t.Fatal(err)
					}
				}
				b.builtByMake(seed.name)
				r := b.report(seed.args...)
				c := only(t, r)
				if c.Outcome != "SF" || c.ClientToServer.UniqueBytes != seed.up || c.ServerToClient.UniqueBytes != seed.down {
					t.Errorf("outcome %s with %d and %d bytes, want SF with %d and %d", c.Outcome, c.ClientToServer.UniqueBytes, c.ServerToClient.UniqueBytes, seed.up, seed.down)
				}
				for actor, want := range map[string]string{"server": seed.server, "client": seed.client} {
					if got := ops(r, actor); !inThisOrder(got, strings.Fields(want)) {
						t.Errorf("the %s's calls are %q, want in them %q", actor, got, want)
					}
				}
				for actor, want := range seed.wrote {
					if _, got := actorOf(t, r, actor); got != want {
						t.Errorf("the %s wrote %q, want %q", actor, got, want)
					}
				}
				checkCalls(t, r, seed.up, seed.down)
			})
		}
	}
}

// builtByMake has the Makefile of seed 001 build its programs before they are run and their output is compared.
func (b *bench) builtByMake(seed string) {
	if !strings.HasPrefix(seed, "001") {
		return
	}
	needs(b.t, "make")
	for _, name := range []string{"stack-server.cpp", "stack-client.cpp"} {
		b.copy(filepath.Join("testdata/programs", name), name, 0o644)
	}
	cmd := exec.Command("make", "-sf", "stack.mk")
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("make: %v\n%s", err, out)
	}
}

// The slides of seed 001 show the recipes of the Makefile with spaces: who copies them reads make's words, and sees that nobody
// made a call.
func TestExecOfAMakefileWithSpaces(t *testing.T) {
	needs(t, "make")
	b := newBench(t, "stack.mk")
	text, err := os.ReadFile(filepath.Join(b.dir, "stack.mk"))
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, "Makefile"), []byte(strings.ReplaceAll(string(text), "\t", "       ")), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := b.report("--server", "make run-server", "--client", "make run-client")
	for _, actor := range []string{"server", "client"} {
		if a, wrote := actorOf(t, r, actor); a.Exit.Status != 2 || !strings.Contains(wrote, "missing separator") {
			t.Errorf("the %s ended with %+v and wrote %q", actor, a.Exit, wrote)
		}
	}
	if len(r.Calls) != 0 || r.Input.Packets != 0 {
		t.Errorf("%d calls, %d packets", len(r.Calls), r.Input.Packets)
	}
}

// checkCalls checks that calls and segments belong together: a connect that encloses its handshake, sends that caused their
// segments, byte counts that agree with the wire's and the kernel's.
func checkCalls(t *testing.T, r *report.Report, up, down uint64) {
	t.Helper()
	var sent [2]uint64
	for _, c := range r.Calls {
		switch {
		case c.Op == "connect":
			start := r.Connections[0].Start
			if len(c.CausesFrames) < 2 || c.End == nil || start.Before(c.Begin) || start.After(*c.End) {
				t.Errorf("the connect from %v to %v caused %v, the SYN is of %v", c.Begin, c.End, c.CausesFrames, start)
			}
		case c.Op == "send":
			var n uint64
			fmt.Sscan(c.Result, &n)
			sent[map[bool]int{true: 0, false: 1}[c.Actor == "client"]] += n
			if len(c.CausesFrames) == 0 {
				t.Errorf("%s: send caused no frame", c.Actor)
			}
		}
	}
	if sent != [2]uint64{up, down} {
		t.Errorf("the calls sent %v bytes, want %d and %d", sent, up, down)
	}
	if len(r.Kernel) != 2 {
		t.Errorf("the kernel's view of %d ends", len(r.Kernel))
	}
	for _, v := range r.Kernel {
		want := map[bool]uint64{true: up, false: down}[v.Actor == "client"]
		if v.Fields["bytes_sent"] != want {
			t.Errorf("the kernel says that the %s sent %d bytes, want %d", v.Actor, v.Fields["bytes_sent"], want)
		}
	}
	if w := warned(r); len(w) > 0 {
		t.Errorf("warnings %q", w)
	}
}

// warned are the warnings of a report, none when the machine's clock was set meanwhile: that is nobody's fault, and stamps
// then contradict each other.
func warned(r *report.Report) []string {
	if slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.HasPrefix(w, "the wall clock was stepped") }) {
		return nil
	}
	return r.Warnings
}

// What fails in the seeds is told with its cause: the datagram socket that is told to listen, the client that starts first
// and dies of SIGPIPE, the placeholder that is no address, the server that is on another port.
func TestExecFindsWhatIsWrong(t *testing.T) {
	b := newBench(t, "lesson-client.c", "handout-server.c", "handout-client.c", "many.c", "ask.c", "time-server.py", "time-client.py")

	r := b.report("--client", "./lesson-client")
	if f := cause(r, "closed-port"); f == nil || f.Level != "certain" {
		t.Errorf("client first: %+v", r.Connections)
	}
	if a, _ := actorOf(t, r, "client"); a.Exit.Signal != "SIGPIPE" || !inThisOrder(ops(r, "client"), []string{"connect ECONNREFUSED", "send EPIPE"}) {
		t.Errorf("client first: it ends with %+v after %q", a.Exit, ops(r, "client"))
	}

	r = b.report("--server", "./handout-server", "--client", "./handout-client", "--client-stdin", "x")
	if a, wrote := actorOf(t, r, "client"); a.Exit.Status != 0 || !strings.HasSuffix(wrote, "Error while establishing connection") {
		t.Errorf("placeholder: %+v, %q", a.Exit, wrote)
	}
	if got := ops(r, "client"); !inThisOrder(got, []string{"connect ENETUNREACH"}) || len(r.Findings) == 0 {
		t.Errorf("placeholder: %q, %+v", got, r.Findings)
	}

	r = b.report("--server", "./many one", "--client", "./ask 7001")
	if f := cause(r, "wrong-port"); f == nil || f.Level != "certain" {
		t.Errorf("wrong port: %+v", r.Connections)
	}
	if a, _ := actorOf(t, r, "server"); a.EndedBy != "SIGTERM" {
		t.Errorf("wrong port: the server ended with %+v", a)
	}

	needs(t, python)
	// A server that sets an IPv6 option on an IPv4 socket, and lives with the error.
	r = b.report("--server", python+" -m http.server 8000 --bind 127.0.0.1", "--client", python+` -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:8000/").read()'`)
	if f := cause(r, "socket-call-errors"); f == nil || f.Severity != "note" {
		t.Errorf("an option that is done without: %+v", r.Findings)
	}

	r = b.report("--server", python+" time-server.py", "--client", python+" time-client.py")
	if f := cause(r, "closed-port"); f == nil || f.Level != "certain" {
		t.Errorf("datagram: %+v", r.Connections)
	}
	if got := ops(r, "server"); !inThisOrder(got, []string{"socket", "bind", "listen EOPNOTSUPP"}) {
		t.Errorf("datagram: %q", got)
	}
	if a, wrote := actorOf(t, r, "server"); a.Exit.Status != 1 || !strings.Contains(wrote, "Operation not supported") {
		t.Errorf("datagram: the server ended with %+v, %q", a.Exit, wrote)
	}
}

// A process or a thread for each client keeps its own calls; the parent's close of what the child serves is not the end.
func TestExecFollowsProcessesAndThreads(t *testing.T) {
	b := newBench(t, "many.c", "ask.c")
	for _, model := range []string{"one", "fork", "thread"} {
		r := b.report("--server", "./many "+model, "--client", "./ask", "--client", "./ask", "--client", "./ask")
		if len(r.Connections) != 3 {
			t.Fatalf("%s: %d connections", model, len(r.Connections))
		}
		for i := range r.Connections {
			if c := &r.Connections[i]; c.Outcome != "SF" || c.ServerToClient.UniqueBytes != 2 || len(c.Findings) > 0 {
				t.Errorf("%s: connection %d is %s with %d bytes down, findings %+v", model, i, c.Outcome, c.ServerToClient.UniqueBytes, c.Findings)
			}
		}
		for i, name := range []string{"client", "client2", "client3"} {
			if a, wrote := actorOf(t, r, name); wrote != "ok\n" || a.Exit.Status != 0 {
				t.Errorf("%s: client %d wrote %q and ended with %+v", model, i, wrote, a.Exit)
			}
		}
		worker := "server"
		if model != "one" {
			worker = "server/1"
		}
		if got := ops(r, worker); !inThisOrder(got, []string{"read", "write", "close"}) {
			t.Errorf("%s: the calls of %s are %q", model, worker, got)
		}
		if forks := strings.Count(strings.Join(ops(r, "server"), " "), "fork"); model == "fork" && forks != 3 {
			t.Errorf("%d forks", forks)
		}
	}
}

// Where tracing is forbidden the programs run all the same, the report is of the packets, and says so with the remedy.
func TestExecWithoutCalls(t *testing.T) {
	needs(t, "strace")
	b := newBench(t, "json-paper-server.c", "json-paper-client.c")
	traced := b.command("--server", "./json-paper-server", "--client", "./json-paper-client", "--format", "json")
	cmd := exec.CommandContext(t.Context(), "strace", append([]string{"-f", "-qq", "-o", os.DevNull, "--"}, traced.Args...)...)
	cmd.Dir, cmd.Env = traced.Dir, traced.Env // a traced process has its tracer already, and can have no second one
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := parseReport(t, string(out))
	if c := only(t, r); c.Outcome != "SF" || len(r.Calls) > 0 {
		t.Errorf("outcome %s, %d calls", c.Outcome, len(r.Calls))
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool {
		return strings.Contains(w, "the report is of the packets alone") && strings.Contains(w, "strace")
	}) {
		t.Errorf("warnings %q", r.Warnings)
	}
	if a, _ := actorOf(t, r, "server"); a.EndedBy != "SIGTERM" {
		t.Errorf("the server ended with %+v", a)
	}
	b.nothingLeft()
}

// Nothing is left when tcplab is interrupted, when it is killed, and when the time is over; daemons of the programs included.
func TestExecLeavesNothing(t *testing.T) {
	for _, nobody := range []bool{false, true} {
		t.Run(fmt.Sprintf("ordinary user %v", nobody || os.Geteuid() != 0), func(t *testing.T) {
			b := newBench(t, "json-paper-server.c")
			b.nobody = nobody && os.Geteuid() == 0
			b.leavesNothing()
		})
	}
}

func (b *bench) leavesNothing() {
	t := b.t
	daemon := "setsid -f sleep 300; (trap '' TERM INT HUP; sleep 300) & ./json-paper-server"
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGKILL} {
		var out bytes.Buffer
		cmd := b.command("--server", daemon, "--client", "sleep 300", "--timeout", "1m")
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "both programs run", func() bool {
			sleeps := 0
			for _, line := range marked(b.mark) {
				if strings.HasPrefix(line, "sleep 300") {
					sleeps++
				}
			}
			return sleeps == 3
		})
		if err := unix.Kill(cmd.Process.Pid, sig); err != nil {
			t.Fatal(err)
		}
		status := exitStatus(cmd.Wait())
		b.nothingLeft()
		if sig == unix.SIGINT && (status != "3" || !strings.Contains(out.String(), "listen(3, 3) = 0")) {
			t.Errorf("interrupted: status %s\n%s", status, out.String())
		}
	}
	status, out, errs := b.run("--server", daemon, "--client", "sleep 300", "--timeout", "1s")
	if status != "3" || !strings.Contains(out, "ended by tcplab with SIGKILL") || !strings.Contains(errs, "--timeout gives it more time") {
		t.Errorf("status %s, %s\n%s", status, errs, out)
	}
}

// What programs write is data: it is shown escaped, kept in the bundle, and the same when that is read.
func TestExecKeepsTheOutput(t *testing.T) {
	b := newBench(t)
	status, out, errs := b.run("--client", `printf '\033[31mred\n  two\000\377\n'; echo bad >&2; exit 7`, "--save", "run")
	if status != "0" || errs != "" || strings.Contains(out, "\x1b") {
		t.Errorf("status %s, %q\n%q", status, errs, out)
	}
	for _, want := range []string{"exited with status 7", `stdout    \x1b[31mred`, `             ` + "  two", "stderr    bad"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	code, again, _ := invoke(t, "analyze", filepath.Join(b.dir, "run"))
	if code != 0 || again != out {
		t.Errorf("read back: status %d\n%s", code, again)
	}
}

// The calls are those that strace sees: the same operations with the same results, for a program that both can watch.
func TestExecSeesWhatStraceSees(t *testing.T) {
	needs(t, "strace")
	b := newBench(t, "json-paper-once.c", "json-paper-client.c")
	log := filepath.Join(b.dir, "strace.log")
	script := "ip link set lo up && strace -qq -o " + log + " -e trace=socket,setsockopt,bind,listen,accept,read,sendto,close,exit_group ./json-paper-once & " +
		"until grep -q accept " + log + " 2>/dev/null; do :; done; ./json-paper-client; wait"
	cmd := exec.CommandContext(t.Context(), "unshare", "-Urn", "sh", "-c", script)
	cmd.Dir = b.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	seen := false
	for line := range strings.Lines(string(text)) {
		op, rest, _ := strings.Cut(strings.TrimSpace(line), "(")
		seen = seen || op == "socket" // what the loader read and closed before is no socket
		if seen {
			result := rest[strings.LastIndex(rest, "= ")+2:]
			want = append(want, strings.Replace(op, "sendto", "send", 1)+" = "+result)
		}
	}
	r := b.report("--server", "./json-paper-once", "--client", "./json-paper-client")
	var got []string
	for _, c := range r.Calls {
		if c.Actor == "server" {
			if c.Op == "exit_group" {
				c.Result = "?"
			}
			got = append(got, c.Op+" = "+c.Result)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
