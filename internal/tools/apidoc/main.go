// Apidoc writes docs/api.md from schema.graphql. Run it with go generate ./internal/tools/apidoc.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run . -root ../../..

// The files, below the root of the repository.
const (
	schemaFile = "schema.graphql"
	outputFile = "docs/api.md"
)

func main() {
	root := flag.String("root", ".", "the root of the repository")
	flag.Parse()

	if err := write(*root); err != nil {
		fmt.Fprintln(os.Stderr, "apidoc:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	text, err := generate(root)
	if err != nil {
		return err
	}

	if err := os.WriteFile(filepath.Join(root, outputFile), text, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", outputFile, err)
	}

	return nil
}

func generate(root string) ([]byte, error) {
	schema, err := os.ReadFile(filepath.Join(root, schemaFile))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}

	return render(string(schema))
}
