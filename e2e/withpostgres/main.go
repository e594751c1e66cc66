// Withpostgres runs a command with a Postgres server of its own, whose address the command finds in TEST_DATABASE_URL.
// It is how `make test` needs no running service.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/surehook/surehook/e2e/stack"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres command [argument ...]")
		os.Exit(2)
	}

	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command []string) (err error) {
	dir, err := os.MkdirTemp("", "surehook-test-")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}

	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// Postgres runs as another user when this runs as root, and has to get to its data.
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}

	postgres, url, err := stack.NewPostgres(ctx, dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, postgres.Stop()) }()

	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "TEST_DATABASE_URL="+url)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr

	return cmd.Run()
}
