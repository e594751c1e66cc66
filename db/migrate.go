package db

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/golang-migrate/migrate/v4"
	pgxdriver "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Status is where the schema stands.
type Status struct {
	// Version is the newest migration applied, 0 when there is none.
	Version uint
	// Latest is the newest migration that this program knows.
	Latest uint
	// Dirty says that a migration failed half-way and a person has to look.
	Dirty bool
}

// MigrateUp applies all migrations that are missing. Processes that start together wait for each other.
func MigrateUp(ctx context.Context, url string) error {
	return withMigrations(ctx, url, func(m *migrate.Migrate) error { return ignoreNoChange(m.Up()) })
}

// MigrateDown takes back the given number of migrations.
func MigrateDown(ctx context.Context, url string, steps int) error {
	return withMigrations(ctx, url, func(m *migrate.Migrate) error { return ignoreNoChange(m.Steps(-steps)) })
}

// MigrationStatus tells where the schema stands.
func MigrationStatus(ctx context.Context, url string) (Status, error) {
	var status Status

	err := withMigrations(ctx, url, func(m *migrate.Migrate) error {
		var err error

		if status.Latest, err = latest(); err != nil {
			return err
		}

		status.Version, status.Dirty, err = m.Version()
		if errors.Is(err, migrate.ErrNilVersion) {
			return nil
		}

		return err
	})

	return status, err
}

// SchemaStatus tells the same over a pool that is open. It fails where no migration was ever applied.
func SchemaStatus(ctx context.Context, pool *Pool) (Status, error) {
	var (
		status  Status
		version int64
	)

	err := pool.QueryRow(ctx, "SELECT version, dirty FROM schema_migrations").Scan(&version, &status.Dirty)
	if err != nil {
		return Status{}, fmt.Errorf("read the version of the schema: %w", err)
	}

	status.Version = uint(version)
	status.Latest, err = latest()

	return status, err
}

func withMigrations(ctx context.Context, url string, do func(*migrate.Migrate) error) (err error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("open database for migrations: %w", err)
	}
	defer pool.Close()

	conn := stdlib.OpenDBFromPool(pool)

	driver, err := pgxdriver.WithInstance(conn, &pgxdriver.Config{})
	if err != nil {
		return errors.Join(fmt.Errorf("connect for migrations: %w", err), conn.Close())
	}

	source, err := iofs.New(migrations, "migrations")
	if err != nil {
		return errors.Join(fmt.Errorf("read embedded migrations: %w", err), driver.Close())
	}

	m, err := migrate.NewWithInstance("iofs", source, "pgx5", driver)
	if err != nil {
		return errors.Join(fmt.Errorf("set up migrations: %w", err), driver.Close())
	}

	defer func() {
		sourceErr, driverErr := m.Close()
		err = errors.Join(err, sourceErr, driverErr)
	}()

	if err := do(m); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}

	return nil
}

func latest() (uint, error) {
	source, err := iofs.New(migrations, "migrations")
	if err != nil {
		return 0, fmt.Errorf("read embedded migrations: %w", err)
	}

	version, err := source.First()
	for err == nil {
		var next uint

		if next, err = source.Next(version); err == nil {
			version = next
		}
	}

	return version, source.Close()
}

func ignoreNoChange(err error) error {
	if errors.Is(err, migrate.ErrNoChange) {
		return nil
	}

	return err
}
