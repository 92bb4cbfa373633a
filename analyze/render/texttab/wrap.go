package texttab

import "strings"

// Wrap breaks s into lines of at most width columns, between words where it can. It always returns at least one line.
func Wrap(s string, width int) []string {
	lines, line := []string{}, ""
	for _, word := range strings.Fields(Clean(s)) {
		if line != "" && Width(line)+1+Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Width(word) > width {
			head := chop(word, width)
			lines, word = append(lines, head), word[len(head):]
		}
		line = word
	}
	return append(lines, line)
}

// Join sets items side by side with a separator and breaks lines between items, never inside one that fits a line.
func Join(items []string, sep string, width int) []string {
	lines, line := []string{}, ""
	for _, item := range items {
		item = Clean(item)
		switch {
		case line == "":
			line = item
		case Width(line)+Width(sep)+Width(item) <= width:
			line += sep + item
		default:
			lines = append(lines, line)
			line = item
		}
	}
	lines = append(lines, line)
	broken := make([]string, 0, len(lines))
	for _, l := range lines {
		broken = append(broken, Wrap(l, width)...)
	}
	return broken
}

// Chop breaks s into pieces of at most width columns, wherever that falls: blanks and all are kept.
func Chop(s string, width int) []string {
	s = Clean(s)
	pieces := []string{}
	for Width(s) > width {
		head := chop(s, width)
		pieces, s = append(pieces, head), s[len(head):]
	}
	return append(pieces, s)
}

// chop returns the longest head of word that fits width columns, at least one character.
func chop(word string, width int) string {
	used := 0
	for i, r := range word {
		if w := Width(string(r)); i > 0 && used+w > width {
			return word[:i]
		} else {
			used += w
		}
	}
	return word
}
