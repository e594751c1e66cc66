package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
)

// mark is the comment on a part that is to be dropped: so it is dropped also when this process dies in between, and
// what an operator has detached to keep it is not.
const mark = "Surehook drops this table."

// drop detaches a part and removes it. When that has to wait for too long, it notes that the table is stuck.
func (d *dropper) drop(ctx context.Context, one part) error {
	if err := d.exec(ctx, "COMMENT ON TABLE %s IS '%s'", one, mark); err != nil {
		return err
	}

	err := d.exec(ctx, "ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY", one.parent.Sanitize(), one)
	if err != nil {
		return d.orWait(ctx, one, err)
	}

	return d.remove(ctx, one.name)
}

// orWait finds out whether a part that could not be detached is at least on its way out.
func (d *dropper) orWait(ctx context.Context, one part, err error) error {
	known, readErr := read(ctx, d.conn)
	if readErr != nil {
		return errors.Join(err, readErr)
	}

	for _, now := range known[one.parent[1]] {
		if now.detaching && now.String() == one.String() {
			d.wait(ctx, now, err)

			return nil
		}
	}

	return err
}

func (d *dropper) wait(ctx context.Context, one part, err error) {
	d.stuck[one.parent[1]] = true
	d.result.Waiting++
	d.log.WarnContext(ctx, "part of the log not removed, trying again later: a transaction has been open for long",
		slog.String("part", one.String()), slog.String("error", err.Error()))
}

// finish completes what earlier runs have begun.
func (d *dropper) finish(ctx context.Context) error {
	known, err := read(ctx, d.conn)
	if err != nil {
		return err
	}

	for _, t := range tables() {
		for _, one := range known[t.name] {
			if !one.detaching {
				continue
			}

			err := d.exec(ctx, "ALTER TABLE %s DETACH PARTITION %s FINALIZE", one.parent.Sanitize(), one)
			if err != nil {
				if ctx.Err() != nil {
					return err
				}

				d.wait(ctx, one, err)
			}
		}
	}

	return d.removeMarked(ctx)
}

// removeMarked drops what is detached and was to be dropped.
func (d *dropper) removeMarked(ctx context.Context) error {
	rows, err := d.conn.Query(ctx, `
		SELECT n.nspname, c.relname
		FROM pg_description m
		JOIN pg_class c ON c.oid = m.objoid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE m.classoid = 'pg_class'::regclass AND m.objsubid = 0 AND m.description = $1 AND NOT c.relispartition
		ORDER BY c.oid`, mark)
	if err != nil {
		return fmt.Errorf("find detached parts of the log: %w", err)
	}

	names, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pgx.Identifier, error) {
		name := make(pgx.Identifier, 2)

		return name, row.Scan(&name[0], &name[1])
	})
	if err != nil {
		return fmt.Errorf("find detached parts of the log: %w", err)
	}

	for _, name := range names {
		if err := d.remove(ctx, name); err != nil {
			return err
		}
	}

	return nil
}

func (d *dropper) remove(ctx context.Context, name pgx.Identifier) error {
	if err := d.exec(ctx, "DROP TABLE %s", name.Sanitize()); err != nil {
		return err
	}

	d.result.Dropped++
	d.log.InfoContext(ctx, "part of the log dropped", slog.String("part", name.Sanitize()))

	return nil
}

// exec runs a statement that takes no parameters, outside of transactions.
func (d *dropper) exec(ctx context.Context, format string, args ...any) error {
	statement := fmt.Sprintf(format, args...)
	if _, err := d.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}

	return nil
}
