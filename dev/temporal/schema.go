package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"

	"github.com/surehook/surehook/dev/postgres"
)

// Directories of the versioned schema inside go.temporal.io/server/schema.
const (
	mainSchema       = "postgresql/v12/temporal"
	visibilitySchema = "postgresql/v12/visibility"
)

// prepareStores creates the two databases where missing, brings both schemas
// to the version this server wants, and returns the settings to connect to
// them. Every step may be repeated: a start that was killed halfway through an
// upgrade is finished by the next one.
func prepareStores(ctx context.Context, postgresURL string, log *slog.Logger) (stores, error) {
	st, err := parseStores(postgresURL)
	if err != nil {
		return stores{}, err
	}
	if err := postgres.EnsureDatabases(ctx, postgresURL, mainDatabase, visibilityDatabase); err != nil {
		return stores{}, err
	}
	for _, upgrade := range []struct {
		store *config.SQL
		dir   string
	}{{st.main, mainSchema}, {st.visibility, visibilitySchema}} {
		if err := ctx.Err(); err != nil {
			return stores{}, err
		}
		if err := upgradeSchema(upgrade.store, upgrade.dir, log); err != nil {
			return stores{}, fmt.Errorf("upgrade schema of database %s: %w", upgrade.store.DatabaseName, err)
		}
	}
	return st, nil
}

// parseStores turns a Postgres URL into the server's own settings.
func parseStores(postgresURL string) (stores, error) {
	u, err := url.Parse(postgresURL)
	if err != nil {
		if parseErr := (*url.Error)(nil); errors.As(err, &parseErr) {
			err = parseErr.Err // without the input, which may hold a password
		}
		return stores{}, fmt.Errorf("parse Postgres URL: %w", err)
	}
	attributes := map[string]string{}
	for key, values := range u.Query() {
		attributes[key] = values[0]
	}
	password, _ := u.User.Password()
	return stores{
		main:       sqlStore(u.Host, u.User.Username(), password, mainDatabase, attributes, mainConns),
		visibility: sqlStore(u.Host, u.User.Username(), password, visibilityDatabase, attributes, visibilityConns),
	}, nil
}

// upgradeSchema does what `temporal-sql-tool setup-schema` and `update-schema`
// do, from the schema files compiled into the server's module.
func upgradeSchema(store *config.SQL, dir string, log *slog.Logger) error {
	logger := newLogger(log, nil)
	conn, err := sql.NewConnection(store, logger)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()

	// The tables that record the schema's version; a version that is already
	// recorded stays.
	setup := schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, logger)
	if err := setup.Run(); err != nil {
		return fmt.Errorf("set up version tables: %w", err)
	}

	// Every version above the recorded one, in order.
	update := schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{SchemaName: dir}, logger)
	if err := update.Run(); err != nil {
		return fmt.Errorf("apply versions: %w", err)
	}
	return nil
}
