// Command surehook-dev runs Surehook's development stack: Postgres, Temporal,
// the Temporal Web UI, a sample receiver, and Surehook.
package main

import (
	"os"

	"github.com/surehook/surehook/dev/stack"
)

func main() {
	os.Exit(stack.Main(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}
