package dbtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
)

const (
	// templateLock is the advisory lock under which processes make the template, "surehook" in ASCII.
	templateLock = 0x73757265686f6f6b
	// templateTimeout bounds waiting for another process that makes the template, and making it.
	templateTimeout = 2 * time.Minute
)

// templates remembers, for this process, which servers have the template. It has to be shared by all tests of the
// process: that the migrations run once is the point.
var templates sync.Map

// templateOf returns the name of the migrated database on the server, and makes it when it is not there.
func templateOf(server string) (string, error) {
	once, _ := templates.LoadOrStore(server, sync.OnceValues(func() (string, error) {
		// Not a test's context: the first test to come would decide for all of them.
		ctx, cancel := context.WithTimeout(context.Background(), templateTimeout)
		defer cancel()

		return makeTemplate(ctx, server)
	}))

	return once.(func() (string, error))()
}

func makeTemplate(ctx context.Context, server string) (name string, err error) {
	hash, err := db.MigrationsHash()
	if err != nil {
		return "", err
	}

	// The migrations make parts of the log for the days to come, so a template is good for a week.
	year, week := time.Now().UTC().ISOWeek()
	name = fmt.Sprintf("surehook_template_%s_%dw%d", hash, year, week)

	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("connect to the test server: %w", err)
	}

	// Closing the connection gives the lock back, also when something fails.
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()

	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", fmt.Errorf("wait for the template lock: %w", err)
	}

	var there bool

	row := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name)
	if err := row.Scan(&there); err != nil {
		return "", fmt.Errorf("look for the template: %w", err)
	}

	if there {
		return name, nil
	}

	return name, migrateTemplate(ctx, conn, server, name)
}

// migrateTemplate works under another name until the migrations are done, so that nobody clones a half of them, even
// when this process dies on the way.
func migrateTemplate(ctx context.Context, conn *pgx.Conn, server, name string) error {
	unfinished := name + "_unfinished"

	unfinishedURL, err := withDatabase(server, unfinished)
	if err != nil {
		return err
	}

	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + unfinished + " WITH (FORCE)",
		"CREATE DATABASE " + unfinished + " TEMPLATE template0",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("create the template: %w", err)
		}
	}

	if err := db.MigrateUp(ctx, unfinishedURL); err != nil {
		return err
	}

	// Nobody may connect to a template while it is cloned, and nobody has a reason to later.
	for _, statement := range []string{
		"ALTER DATABASE " + unfinished + " WITH ALLOW_CONNECTIONS false",
		"ALTER DATABASE " + unfinished + " RENAME TO " + name,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("finish the template: %w", err)
		}
	}

	return nil
}
