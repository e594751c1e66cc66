// Gendoc writes docs/configuration.md and .env.example from what internal/config and the flags of surehook serve say
// about themselves. Run it with go generate ./internal/config.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "the root of the repository")
	flag.Parse()

	if err := write(*root); err != nil {
		fmt.Fprintln(os.Stderr, "gendoc:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	files, err := render(root)
	if err != nil {
		return err
	}

	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}

	return nil
}

// render returns the text of each file by its path below the root.
func render(root string) (map[string][]byte, error) {
	flags, err := readFlags(filepath.Join(root, "cmd", "surehook"))
	if err != nil {
		return nil, err
	}

	return map[string][]byte{
		".env.example":          envExample(),
		"docs/configuration.md": markdown(flags),
	}, nil
}
