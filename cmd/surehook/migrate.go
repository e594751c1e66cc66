package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/config"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Look after the database schema"}

	up := &cobra.Command{
		Use: "up", Short: "Apply all missing migrations", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, err := databaseURL()
			if err != nil {
				return err
			}

			if err := db.MigrateUp(cmd.Context(), url); err != nil {
				return err
			}

			return printStatus(cmd, url)
		},
	}

	var steps int

	down := &cobra.Command{
		Use: "down", Short: "Take migrations back, with the data that they hold", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, err := databaseURL()
			if err != nil {
				return err
			}

			if steps < 1 {
				return fmt.Errorf("--steps must be at least 1, not %d", steps)
			}

			if err := db.MigrateDown(cmd.Context(), url, steps); err != nil {
				return err
			}

			return printStatus(cmd, url)
		},
	}
	down.Flags().IntVar(&steps, "steps", 1, "how many migrations to take back")

	status := &cobra.Command{
		Use: "status", Short: "Say where the schema stands", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, err := databaseURL()
			if err != nil {
				return err
			}

			return printStatus(cmd, url)
		},
	}

	cmd.AddCommand(down, status, up)

	return cmd
}

func printStatus(cmd *cobra.Command, url string) error {
	status, err := db.MigrationStatus(cmd.Context(), url)
	if err != nil {
		return err
	}

	word := "up to date"

	switch {
	case status.Dirty:
		word = "a migration failed half-way"
	case status.Version < status.Latest:
		word = "migrations are missing"
	}

	fmt.Fprintf(cmd.OutOrStdout(), "version %d of %d: %s\n", status.Version, status.Latest, word)

	return nil
}

// databaseURL reads the one setting that migrations need, so that they can run without the others.
func databaseURL() (string, error) {
	c, err := config.Load()
	if err != nil {
		return "", err
	}

	if c.DatabaseURL == "" {
		return "", errors.New("SUREHOOK_DATABASE_URL is required")
	}

	return c.DatabaseURL, nil
}
