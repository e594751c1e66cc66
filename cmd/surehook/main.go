// Surehook delivers webhooks. See README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // Expressions know time zones, wherever they run.

	"github.com/spf13/cobra"

	"github.com/surehook/surehook/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)

	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "surehook:", err)
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "surehook",
		Short:         "Self-hosted webhook delivery",
		Long:          "Surehook delivers webhooks. It is set up by environment variables; docs/configuration.md lists them.",
		Version:       version.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newKeyset(), newMigrate(), newOperatorKey(), newServe())

	return root
}
