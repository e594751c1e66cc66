package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// overrides is how the usage of a flag says which variable it goes before.
var overrides = regexp.MustCompile(` \((SUREHOOK_[A-Z_]+)\)$`)

// override is a flag that goes before a variable.
type override struct {
	flag, usage, variable string
}

// readFlags finds the flags in the source of the commands. A main package cannot be imported, and to move its flags
// elsewhere for the sake of a table would be a poor trade.
func readFlags(dir string) ([]override, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}

	var out []override

	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read flags: %w", err)
		}

		ast.Inspect(file, func(node ast.Node) bool {
			if found, ok := flagOf(node); ok {
				out = append(out, found)
			}

			return true
		})
	}

	slices.SortFunc(out, func(a, b override) int { return strings.Compare(a.flag, b.flag) })

	return out, nil
}

// flagOf recognizes the like of flags.StringVar(&address, "address", "", "where to listen (SUREHOOK_HTTP_ADDRESS)").
func flagOf(node ast.Node) (override, bool) {
	call, ok := node.(*ast.CallExpr)
	if !ok || len(call.Args) < 3 {
		return override{}, false
	}

	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !strings.HasSuffix(method.Sel.Name, "Var") {
		return override{}, false
	}

	name, usage := literal(call.Args[1]), literal(call.Args[len(call.Args)-1])

	match := overrides.FindStringSubmatchIndex(usage)
	if name == "" || match == nil {
		return override{}, false
	}

	return override{flag: name, usage: usage[:match[0]], variable: usage[match[2]:match[3]]}, true
}

// literal returns the value of a string literal, or "" for anything else.
func literal(expr ast.Expr) string {
	lit, ok := expr.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}

	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}

	return text
}
