package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/internal/id"
)

// ensureLock is the advisory lock under which parts are made, "log" and a number in ASCII.
const ensureLock = 0x6c6f6731

// Ensure makes the parts that are missing of the days to come, and returns how many. The tables may be read and written
// meanwhile. It is harmless to repeat.
func (k *Keeper) Ensure(ctx context.Context) (made int, err error) {
	known, err := read(ctx, k.pool)
	if err == nil {
		for _, t := range tables() {
			if len(k.missing(t, known[t.name])) == 0 {
				continue
			}

			added, extendErr := k.extend(ctx, t)
			made += added
			err = errors.Join(err, extendErr)
		}
	}

	if made > 0 {
		k.log.InfoContext(ctx, "log extended", slog.Int("parts", made))
	}

	if err != nil {
		k.log.ErrorContext(ctx, "log not extended: nothing can be published once its parts end",
			slog.String("error", err.Error()))
	}

	return made, err
}

// extend makes what is missing of one table. Of processes that do so at the same time the others wait for the first,
// and then find that nothing is.
func (k *Keeper) extend(ctx context.Context, t table) (made int, err error) {
	err = pgx.BeginFunc(ctx, k.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '5s'"); err != nil {
			return err
		}

		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(ensureLock)); err != nil {
			return err
		}

		known, err := read(ctx, tx)
		if err != nil {
			return err
		}

		next := k.missing(t, known[t.name])
		made = len(next)

		for _, one := range next {
			if err := add(ctx, tx, one); err != nil {
				return err
			}
		}

		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("extend %s: %w", t.name, err)
	}

	return made, nil
}

// missing returns the parts to be made: each begins where the last ends.
func (k *Keeper) missing(t table, known []part) []part {
	now := k.now()
	until := now.Add(k.policy.lead(t))
	width := time.Duration(k.policy.width(t)) * day

	end, parent := midnight(now), pgx.Identifier{t.name}

	if len(known) > 0 {
		last := known[len(known)-1]
		end, parent = timeOf(last.to), last.parent
	}

	var out []part

	for end.Before(until) {
		next := end.Add(width)

		// Nothing came in while there was nowhere to write to, so one part does for all of that time.
		if today := midnight(now); next.Before(today) {
			next = today
		}

		name := append(pgx.Identifier{}, parent...)
		name[len(name)-1] += end.UTC().Format("_from_20060102")

		out = append(out, part{parent: parent, name: name, from: id.Floor(end), to: id.Floor(next)})
		end = next
	}

	return out
}

// add makes a part. To make it and attach it then takes a lock on its table that readers and writers do not notice;
// to make it as a partition would stop them.
func add(ctx context.Context, tx pgx.Tx, one part) error {
	parent := one.parent.Sanitize()

	for _, statement := range []string{
		fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)", one, parent),
		fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", parent, one, one.from, one.to),
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make %s: %w", one, err)
		}
	}

	return nil
}
