package render

import (
	"regexp"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// strace prints socket addresses as the C structure; people read addr:port.
var sockaddr = regexp.MustCompile(`\{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)[^"}]*"([0-9a-fA-F:.]*)"[^}]*\}(, \[?\d+(?: ?=> ?\d+)?\]?)?`)

// quoted is a string argument.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"(\.\.\.)?`)

// structure is any other structure: its fields belong into the JSON.
var structure = regexp.MustCompile(`\{[^{}]*\}`)

// argsText writes the arguments of a call for people.
func argsText(args string) string {
	args = sockaddr.ReplaceAllStringFunc(args, func(s string) string {
		m := sockaddr.FindStringSubmatch(s)
		if strings.Contains(m[2], ":") {
			return "[" + m[2] + "]:" + m[1]
		}
		return m[2] + ":" + m[1]
	})
	if loc := quoted.FindStringIndex(args); loc == nil {
		return structure.ReplaceAllString(args, "{…}")
	}
	return args
}

// callText writes a call and its arguments.
func callText(c *report.Call) string { return c.Op + "(" + argsText(c.Args) + ")" }

// beginText writes a call that has not returned yet: what only its return will fill in is left out.
func beginText(c *report.Call) string {
	args := argsText(c.Args)
	switch c.Op {
	case "accept", "accept4":
		args, _, _ = strings.Cut(args, ",")
	case "recv", "recvfrom", "recvmsg", "read", "getsockopt", "getsockname", "getpeername":
		args = strings.Replace(quoted.ReplaceAllString(args, ""), ", , ", ", ", 1)
	}
	return c.Op + "(" + args + ") …"
}

// endText writes the return of a call: of accept also who came.
func endText(c *report.Call) string {
	text := "… " + c.Op + result(c)
	if strings.HasPrefix(c.Op, "accept") && c.Errno == "" {
		if parts := strings.SplitN(argsText(c.Args), ", ", 3); len(parts) > 1 && strings.Contains(parts[1], ":") {
			text += ", from " + parts[1]
		}
	}
	return text
}

// result writes what a call returned.
func result(c *report.Call) string {
	switch {
	case c.Errno != "":
		return " = -1 " + c.Errno
	case c.Result != "":
		return " = " + c.Result
	case c.End == nil:
		return " = ?"
	}
	return ""
}

// fitCall shortens a call to width columns: first the text it sends or received, so that length and result stay.
func fitCall(text string, width int) string {
	text = texttab.Clean(text)
	over := texttab.Width(text) - width
	if over <= 0 {
		return text
	}
	if at := quoted.FindStringIndex(text); at != nil {
		inner := text[at[0]+1 : at[1]]
		if room := texttab.Width(inner) - 1 - over; room >= 8 {
			return text[:at[0]+1] + texttab.Cut(strings.TrimRight(inner, `".`), room) + `"` + text[at[1]:]
		}
	}
	if at := strings.LastIndex(text, ") = "); at >= 0 && texttab.Width(text[at:])+12 <= width {
		return texttab.Cut(text[:at], width-texttab.Width(text[at:])) + text[at:]
	}
	return texttab.Cut(text, width)
}
