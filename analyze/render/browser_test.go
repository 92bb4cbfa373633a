package render

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tab is a page in Chromium, used as a reader uses it: keys and pointer go in where those of a window would. It is led over
// the DevTools protocol, whose messages end in a zero byte when they come through a pipe.
type tab struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	session string
	calls   int
	loaded  bool
	console []string // what the page complained of
}

// openTab shows a page of the given width.
func openTab(t *testing.T, text []byte, width int) *tab {
	t.Helper()
	path, dir := browser(t), t.TempDir()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	cmd := exec.CommandContext(ctx, path, append(quietly(filepath.Join(dir, "profile")), "--remote-debugging-pipe", "about:blank")...)
	b := &tab{t: t}
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4, as Chromium expects
	b.in, b.out = in, bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	t.Cleanup(func() {
		fmt.Fprintf(in, "{\"id\":0,\"method\":\"Browser.close\"}\x00")
		cmd.Wait()
		cancel()
		in.Close()
		out.Close()
	})
	b.open("file://"+file, width)
	return b
}

// open goes to a page and waits until it is there.
func (b *tab) open(url string, width int) {
	b.t.Helper()
	var made struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	b.call("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &made)
	b.session = made.SessionID
	b.call("Page.enable", nil, nil)
	b.call("Runtime.enable", nil, nil)
	b.call("Log.enable", nil, nil)
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	for !b.loaded {
		b.next()
	}
}

// message is what Chromium says: an answer when it has a number, else something that happened.
type message struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// next reads one message and notes what happened.
func (b *tab) next() message {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser is gone: %v", err)
	}
	var m message
	if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
		b.t.Fatalf("%v: %s", err, text)
	}
	switch m.Method {
	case "Page.loadEventFired":
		b.loaded = true
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.console = append(b.console, string(m.Params))
	}
	return m
}

// call asks the browser for something and waits for its answer.
func (b *tab) call(method string, params, result any) {
	b.t.Helper()
	b.calls++
	ask := map[string]any{"id": b.calls, "method": method}
	if params != nil {
		ask["params"] = params
	}
	if b.session != "" {
		ask["sessionId"] = b.session
	}
	text, err := json.Marshal(ask)
	if err == nil {
		_, err = b.in.Write(append(text, 0))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	for {
		m := b.next()
		if m.ID != b.calls {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// say is what an expression of JavaScript is on the page now, as text.
func (b *tab) say(expression string) string {
	b.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")"}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, got.ExceptionDetails)
	}
	return fmt.Sprint(got.Result.Value)
}

// keyCodes are the numbers of the keys that write nothing.
var keyCodes = map[string]int{"ArrowUp": 38, "ArrowDown": 40, "Escape": 27, "Tab": 9, "Enter": 13, " ": 32,
	"ArrowLeft": 37, "ArrowRight": 39, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36}

// press presses keys, one after the other: their names, or what they write.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		stroke := map[string]any{"type": "keyDown", "key": key, "windowsVirtualKeyCode": keyCodes[key]}
		switch {
		case key == "Enter":
			stroke["text"] = "\r"
		case len(key) == 1:
			stroke["text"] = key
		}
		b.call("Input.dispatchKeyEvent", stroke, nil)
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "windowsVirtualKeyCode": keyCodes[key]}, nil)
	}
}

// point moves the pointer to a part of what the selector picks: 0.5, 0.5 is its middle.
func (b *tab) point(selector string, right, down float64) (x, y float64) {
	b.t.Helper()
	where := b.say(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"});
		const box = e.getBoundingClientRect(); return (box.left + box.width * %g) + " " + (box.top + box.height * %g); })()`, selector, right, down))
	if _, err := fmt.Sscan(where, &x, &y); err != nil {
		b.t.Fatalf("%s: %s", selector, where)
	}
	b.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseMoved", "x": x, "y": y}, nil)
	return x, y
}

// click clicks there.
func (b *tab) click(selector string, right, down float64) {
	b.t.Helper()
	x, y := b.point(selector, right, down)
	for _, what := range []string{"mousePressed", "mouseReleased"} {
		b.call("Input.dispatchMouseEvent", map[string]any{"type": what, "x": x, "y": y, "button": "left", "clickCount": 1}, nil)
	}
}

// picked are the rows that are picked, by name.
const picked = `[...document.querySelectorAll(".s.on")].map((row) => row.id).join(",") || "none"`

// panel is what the panel shows.
const panel = `document.getElementById("detail").hidden ? "closed" : document.getElementById("detail").textContent`

// patience is how long the page may take for what it does in tasks of its own, as following a link.
const patience = 10 * time.Second

// is checks what an expression is, or becomes.
func (b *tab) is(after, expression, want string) {
	b.t.Helper()
	got := b.say(expression)
	for since := time.Now(); got != want && time.Since(since) < patience; got = b.say(expression) {
		b.call("Runtime.evaluate", map[string]any{"expression": "new Promise((done) => setTimeout(done))", "awaitPromise": true}, nil)
	}
	if got != want {
		b.t.Errorf("%s: %s is %q, want %q", after, expression, got, want)
	}
}

// quiet checks that the page complained of nothing.
func (b *tab) quiet() {
	b.t.Helper()
	if len(b.console) > 0 {
		b.t.Errorf("the page complains: %s", b.console)
	}
}

func TestBrowserKeys(t *testing.T) {
	b := openTab(t, pageOf(t, longReport(300)), 1200)
	marked := b.say(`document.querySelector(".s .m").closest(".s").id`)
	for _, step := range []struct{ key, at string }{{"j", "f1"}, {"ArrowDown", "f2"}, {"k", "f1"}, {"j", "f2"}, {"ArrowUp", "f1"}, {"Escape", "none"}, {"n", marked}} {
		b.press(step.key)
		b.is(step.key, picked, step.at)
	}
	b.is("n", `location.hash`, "#"+marked)
	b.press("Escape")
	b.is("Escape", panel, "closed")
	b.press("/")
	b.is("/", `document.activeElement.id`, "filter")
	b.press("f", "i", "n", "j") // the filter's own letters, and no steps
	b.is("a letter in the filter", picked, "none")
	b.is("finj", `document.getElementById("filter").value`, "finj")
	b.is("finj", `document.querySelectorAll(".s:not(.off)").length`, "0")
	b.press("Escape", "j")
	b.is("j where every segment is filtered out", picked, "none")
	b.quiet()
}

// Who has no pointer reaches every link, button and graph with Tab, and sees where the focus is.
func TestBrowserTabReachesWhatCanBeUsed(t *testing.T) {
	for _, name := range []string{"closed-port", "hello"} {
		b := openTab(t, pageOf(t, reports()[name]), 1200)
		b.reachAll()
		b.quiet()
	}
	b := openTab(t, pageOf(t, reports()["closed-port"]), 1200)
	b.say(`document.querySelector(".answer a").focus()`)
	b.press("Enter")
	b.is("Enter on a link", picked, b.say(`document.querySelector(".answer a").hash.slice(1)`))
	b.say(`document.getElementById("theme").focus()`)
	b.press("Enter")
	b.is("Enter on the button", `document.documentElement.dataset.theme`, "dark")
}

// reachAll presses Tab until it has been everywhere.
func (b *tab) reachAll() {
	t := b.t
	t.Helper()
	last := b.say(`document.querySelectorAll("a, button, input, figure svg").length`)
	seen := map[string]bool{}
	for range 60 {
		b.press("Tab")
		at := b.say(`[...document.querySelectorAll("a, button, input, figure svg")].indexOf(document.activeElement) + " " + getComputedStyle(document.activeElement).outlineStyle`)
		index, outline, _ := strings.Cut(at, " ")
		if index == "-1" || seen[index] {
			break
		}
		if seen[index] = true; outline == "none" {
			t.Errorf("the focus on link %s cannot be seen", index)
		}
	}
	if fmt.Sprint(len(seen)) != last {
		t.Errorf("Tab reaches %d of %s links, buttons and graphs", len(seen), last)
	}
}

// Who has no pointer moves along a graph with the arrow keys, is told where that is, and goes to the segment with Enter.
func TestBrowserGraphsByKey(t *testing.T) {
	b := openTab(t, pageOf(t, helloReport()), 1200)
	const cursors = `[...new Set([...document.querySelectorAll(".cursor")].map((c) => c.getAttribute("d")))].join("; ")`
	b.say(`document.querySelector("figure svg").focus()`)
	b.is("a graph in focus", `(`+picked+`) + " " + (`+cursors+`)`, "none ")
	for _, step := range []struct{ key, at string }{{"ArrowRight", "f1"}, {"ArrowRight", "f2"}, {"ArrowLeft", "f1"}, {"ArrowLeft", "f1"}, {"End", "f10"},
		{"ArrowRight", "f10"}, {"PageUp", "f9"}, {"Home", "f1"}, {"PageDown", "f2"}, {"ArrowRight", "f3"}, {"ArrowRight", "f4"}} {
		b.press(step.key)
		b.is(step.key, `(`+picked+`) + " " + location.hash`, step.at+" #"+step.at)
		b.is(step.key, `document.activeElement === document.querySelector("figure svg")`, "true")
		b.is(step.key, `(() => { const box = document.activeElement.getBoundingClientRect(), over = document.getElementById("detail").getBoundingClientRect();
			return box.top >= -1 && box.bottom <= Math.max(over.top, over.left < box.right ? 0 : innerHeight); })()`, "true")
	}
	b.is("segment 4", `document.activeElement.getAttribute("aria-valuetext").includes("4 PSH,ACK 1:46")`, "true")
	b.is("segment 4", `["role", "aria-valuenow", "aria-valuemax"].map((a) => document.activeElement.getAttribute(a)).join(" ")`, "slider 4 10")
	b.is("segment 4", `(`+panel+`).includes("Hello from client")`, "true")
	b.press("Enter")
	b.is("Enter", `document.activeElement.id`, "f4")
	b.is("Enter", `(() => { const box = document.querySelector("#f4").getBoundingClientRect(); return box.height > 10 && box.top >= 0 && box.bottom <= innerHeight; })()`, "true")
	b.press("j", "j", "j", "j", "j", "j")
	b.is("the last segment", `(`+picked+`) + " " + (`+cursors+`)`, fmt.Sprintf("f10 M%d %dV%d", plotRight, plotTop, plotBottom))
	b.press("Escape")
	b.is("Escape", `(`+picked+`) + " " + (`+cursors+`)`, "none ")
	b.quiet()
}

// A graph leads to the segments of its own connection, and to none that the filter hides.
func TestBrowserGraphsKeepToTheirConnection(t *testing.T) {
	b := openTab(t, pageOf(t, reports()["two-clients"]), 1200)
	const way = `(() => [...document.querySelectorAll(".s[data-c='1']:not(.off)")].map((row) => row.id).join(" "))()`
	b.say(`document.querySelector("figure svg[data-c='1']").focus()`)
	for _, filter := range []string{"", "PSH"} {
		b.say(`(() => { const f = document.getElementById("filter"); f.value = "` + filter + `"; f.dispatchEvent(new Event("input")); })()`)
		b.press("Home")
		for _, id := range strings.Fields(b.say(way)) {
			b.is("the graph of connection 1", picked, id)
			b.press("ArrowRight")
		}
	}
	b.quiet()
}

func TestBrowserPointer(t *testing.T) {
	b := openTab(t, pageOf(t, helloReport()), 1200)
	b.point("#f4", 0.5, 0.5)
	b.is("over segment 4", picked, "none")
	b.is("over segment 4", `(`+panel+`).includes("raw sequence number")`, "true")
	b.point("h1", 0.5, 0.5)
	b.is("beside it", panel, "closed")
	b.click("#f4", 0.5, 0.5)
	b.is("a click on segment 4", `(`+picked+`) + " " + location.hash`, "f4 #f4")
	b.is("a click on segment 4", `(`+panel+`).includes("Hello from client")`, "true")
	b.press("Escape")
	b.click("figure svg[data-t]", 90.0/800, 0.5)
	b.is("a click where the graph begins", picked, "f1")
	b.press("Escape")
	b.click("figure svg[data-t]", 780.0/800, 0.5)
	b.is("a click where the graph ends", picked, "f10")
	b.click("#filter", 0.5, 0.5)
	b.press("f", "i", "n")
	b.is("fin in the filter", `[...document.querySelectorAll(".s:not(.off)")].map((r) => r.id).join(" ")`, "f8 f9 f10")
	for _, want := range []string{"dark", "light"} {
		b.click("#theme", 0.5, 0.5)
		b.is("a click on the button", `document.documentElement.dataset.theme`, want)
	}
	b.quiet()
}

// Every link to a segment picks it, also among ten thousand that the browser has not laid out yet.
func TestBrowserFollowsEveryLink(t *testing.T) {
	for _, name := range []string{"closed-port", "two-clients", "long"} {
		r := reports()[name]
		if name == "long" {
			r = longReport(10_000)
		}
		b := openTab(t, pageOf(t, r), 1200)
		b.is(name, `document.querySelectorAll("a[href^='#']").length > 2`, "true")
		b.is(name, `[...document.querySelectorAll("a[href^='#']")].filter((a) => !document.getElementById(a.hash.slice(1))).length`, "0")
		last := b.say(`[...document.querySelectorAll(".s")].pop().id`)
		b.say(`(() => { const a = document.querySelector("a[href^='#f']"); a.id = "tolast"; a.href = "#` + last + `"; })()`)
		b.click("#tolast", 0.5, 0.5)
		b.is(name, picked, last)
		b.is(name, `(() => { const box = document.querySelector(".s.on").getBoundingClientRect(); return box.height > 10 && box.top >= 0 && box.bottom <= innerHeight; })()`, "true")
		b.quiet()
	}
}

// The page fits a wide window, a narrow one, a telephone and paper: nothing is wider than the window, no text is squeezed into a
// column of letters, and the lines of both ends run straight through every row.
func TestBrowserFitsEveryWidth(t *testing.T) {
	for _, name := range []string{"closed-port", "two-clients", "exec", "hostile"} {
		b := openTab(t, pageOf(t, reports()[name]), 1200)
		for _, width := range []int{1600, 1200, 800, 400, 320} {
			for _, media := range []string{"screen", "print"} {
				b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false}, nil)
				b.call("Emulation.setEmulatedMedia", map[string]any{"media": media}, nil)
				what := fmt.Sprintf("%s, %s of %d", name, media, width)
				b.is(what, `Math.max(0, document.documentElement.scrollWidth - innerWidth)`, "0")
				if name != "hostile" { // whose texts are long
					b.is(what, `[...document.querySelectorAll(".r")].filter((r) => r.getBoundingClientRect().height > 160).map((r) => r.textContent).join("; ")`, "")
				}
				b.is(what, `(() => { const lines = new Set(); for (const e of document.querySelectorAll(".r:not(.head) > *")) {
					const box = e.getBoundingClientRect(), style = getComputedStyle(e);
					if (box.width && parseFloat(style.borderLeftWidth) >= 2) lines.add(Math.round(box.left));
					if (box.width && parseFloat(style.borderRightWidth) >= 2) lines.add(Math.round(box.right) - 2);
				} return lines.size; })()`, "2")
			}
		}
		b.quiet()
	}
}
