package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/secretbox"
)

func newKeyset() *cobra.Command {
	return &cobra.Command{
		Use:   "keyset",
		Short: "Print new keys that encrypt secrets in the database, for SUREHOOK_KEYSET",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keyset, err := secretbox.Generate()
			if err != nil {
				return err
			}

			fmt.Fprintln(cmd.OutOrStdout(), keyset)

			return nil
		},
	}
}

func newOperatorKey() *cobra.Command {
	var store bool

	cmd := &cobra.Command{
		Use:   "operator-key",
		Short: "Print the token of a new operator key, for SUREHOOK_OPERATOR_KEY",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token := apikey.NewOperatorToken()

			if store {
				if err := storeOperatorKey(cmd, token); err != nil {
					return err
				}
			}

			fmt.Fprintln(cmd.OutOrStdout(), token)

			return nil
		},
	}
	cmd.Flags().BoolVar(&store, "store", false, "also store the key in SUREHOOK_DATABASE_URL, so that it works at once")

	return cmd
}

func storeOperatorKey(cmd *cobra.Command, token string) error {
	url, err := databaseURL()
	if err != nil {
		return err
	}

	pool, err := db.Open(cmd.Context(), url, 1, nil)
	if err != nil {
		return err
	}
	defer pool.Close()

	_, err = apikey.NewService(pool, time.Now).EnsureOperator(cmd.Context(), token)

	return err
}
