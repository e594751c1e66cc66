package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/surehook/surehook/internal/app"
	"github.com/surehook/surehook/internal/config"
	"github.com/surehook/surehook/internal/telemetry"
)

func newServe() *cobra.Command {
	var (
		address string
		roles   []string
		migrate bool
	)

	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API and carry out deliveries",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load()
			if err != nil {
				return err
			}

			if cmd.Flags().Changed("address") {
				c.HTTPAddress = address
			}

			if cmd.Flags().Changed("roles") {
				c.Roles = nil
				for _, role := range roles {
					c.Roles = append(c.Roles, config.Role(role))
				}
			}

			if cmd.Flags().Changed("migrate") {
				c.AutoMigrate = migrate
			}

			a, err := app.New(cmd.Context(), c, telemetry.NewLogger(os.Stderr, c.LogFormat, c.LogLevel))
			if err != nil {
				return err
			}

			return a.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&address, "address", "", "where to listen, host:port (SUREHOOK_HTTP_ADDRESS)")
	cmd.Flags().StringSliceVar(&roles, "roles", nil, "what this process does: api, worker or both (SUREHOOK_ROLES)")
	cmd.Flags().BoolVar(&migrate, "migrate", false, "apply missing migrations first (SUREHOOK_AUTO_MIGRATE)")

	return cmd
}
