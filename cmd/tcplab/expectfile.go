package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"gopkg.in/yaml.v3"

	"tcplab/analyze/check"
)

// readExpectations reads a file of expectations: facts by name, under conn those of one connection, and exact: true where
// luck may be asserted.
func readExpectations(path string) (list []check.Assertion, exact bool, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false, failed(fmt.Errorf("check: %s: %w", path, errors.Unwrap(err)), "tcplab check --init RUN > "+path+" proposes one from a good run")
	}
	e := expectations{path: path}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, false, e.wrong("%s: %w", path, err)
	}
	if len(doc.Content) == 0 {
		return nil, false, nil
	}
	err = e.facts(doc.Content[0], check.Every)
	return e.list, e.exact, err
}

// expectations is a file of them being read.
type expectations struct {
	path  string
	list  []check.Assertion
	exact bool
}

func (e *expectations) wrong(format string, args ...any) error {
	return usage("tcplab check --help lists the facts", "check: "+format, args...)
}

// at names a line of the file.
func (e *expectations) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", e.path, n.Line) }

// facts reads a map of facts and their values.
func (e *expectations) facts(n *yaml.Node, conn int) error {
	if n.Kind != yaml.MappingNode {
		return e.wrong("%s: wants facts, as in \"opened: true\"", e.at(n))
	}
	lines := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		var err error
		switch {
		case lines[key.Value] > 0:
			err = e.wrong("%s: %s stands in line %d already: several values are a list, as in [a, b]", e.at(key), key.Value, lines[key.Value])
		case key.Value == "conn" && conn == check.Every:
			err = e.connections(value)
		case key.Value == "exact" && conn == check.Every:
			err = value.Decode(&e.exact)
		default:
			err = e.fact(key, value, conn)
		}
		if err != nil {
			return err
		}
		lines[key.Value] = key.Line
	}
	return nil
}

func (e *expectations) connections(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return e.wrong("%s: conn wants connection numbers, each with facts", e.at(n))
	}
	for i := 0; i < len(n.Content); i += 2 {
		var conn uint32
		if err := n.Content[i].Decode(&conn); err != nil {
			return e.wrong("%s: %q is no connection number", e.at(n.Content[i]), n.Content[i].Value)
		}
		if err := e.facts(n.Content[i+1], int(conn)); err != nil {
			return err
		}
	}
	return nil
}

// fact reads one fact: a value, or a list of them.
func (e *expectations) fact(key, value *yaml.Node, conn int) error {
	if _, ok := check.Lookup(key.Value); !ok {
		names := []string{"conn", "exact"}
		for _, f := range check.Facts() {
			names = append(names, f.Name)
		}
		if near := nearest(key.Value, names); near != "" {
			return usage(fmt.Sprintf("did you mean %s? tcplab check --help lists the facts", near), "check: %s: no fact %q", e.at(key), key.Value)
		}
		return e.wrong("%s: no fact %q", e.at(key), key.Value)
	}
	a := check.Assertion{Fact: key.Value, Conn: conn, Where: e.at(key)}
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
	}
	for _, v := range values {
		if v.Kind != yaml.ScalarNode {
			return e.wrong("%s: %s wants a value or a list of values", e.at(v), key.Value)
		}
		a.Values = append(a.Values, v.Value)
	}
	e.list = append(e.list, a)
	return nil
}
