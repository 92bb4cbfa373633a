package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// longestFunction is the refusal; a review asks from 55 lines on.
const longestFunction = 100

// eachSource parses every file of the module that is no test.
func eachSource(t *testing.T, visit func(fset *token.FileSet, p goPackage, file *ast.File)) {
	t.Helper()
	for _, p := range listPackages(t, "1") {
		for _, name := range append(p.GoFiles, p.CgoFiles...) {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			visit(fset, p, file)
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range listPackages(t, "1") {
		if len(p.GoFiles)+len(p.CgoFiles) > 0 && p.Doc == "" {
			t.Errorf("package %s has no comment", p.ImportPath)
		}
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	eachSource(t, func(fset *token.FileSet, p goPackage, file *ast.File) {
		for _, decl := range file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no comment", fset.Position(name.Pos()), name.Name)
			}
		}
	})
}

// undocumented returns the exported names that decl declares without a comment. A comment over a group of constants or
// variables covers the group; well-known method names speak for themselves.
func undocumented(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		known := map[string]bool{"String": true, "Error": true, "Unwrap": true, "Close": true}
		if d.Name.IsExported() && d.Doc == nil && !(d.Recv != nil && (known[d.Name.Name] || !exportedReceiver(d))) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range d.Specs {
			names = append(names, undocumentedSpec(d, spec)...)
		}
		return names
	}
	return nil
}

func undocumentedSpec(d *ast.GenDecl, spec ast.Spec) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
			return []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if s.Doc != nil || s.Comment != nil || d.Doc != nil {
			return nil
		}
		var names []*ast.Ident
		for _, name := range s.Names {
			if name.IsExported() {
				names = append(names, name)
			}
		}
		return names
	}
	return nil
}

func exportedReceiver(d *ast.FuncDecl) bool {
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	ident, ok := typ.(*ast.Ident)
	return ok && ident.IsExported()
}

func TestFunctionsFitOnAScreenOrTwo(t *testing.T) {
	eachSource(t, func(fset *token.FileSet, p goPackage, file *ast.File) {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if lines := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1; lines > longestFunction {
				t.Errorf("%s: %s has %d lines, the limit is %d", fset.Position(f.Pos()), f.Name.Name, lines, longestFunction)
			}
		}
	})
}

// Programs and packages do their work when they are asked: no init, no exit and no print below main.
func TestNoHiddenWork(t *testing.T) {
	eachSource(t, func(fset *token.FileSet, p goPackage, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if what := hiddenWork(p, n); what != "" {
				t.Errorf("%s: %s", fset.Position(n.Pos()), what)
			}
			return true
		})
	})
}

func hiddenWork(p goPackage, n ast.Node) string {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			return "func init"
		}
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		pkg, ok := sel.X.(*ast.Ident)
		if !ok {
			return ""
		}
		call := fmt.Sprintf("%s.%s", pkg.Name, sel.Sel.Name)
		if strings.HasPrefix(call, "fmt.Print") || call == "os.Exit" && !mayExit(p) {
			return call
		}
	}
	return ""
}

// mayExit names the places where a process ends: the commands, and an actor, which is a process of its own.
func mayExit(p goPackage) bool {
	return strings.HasPrefix(p.ImportPath, "tcplab/cmd/") || p.ImportPath == "tcplab/session"
}
