package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/id"
)

const (
	// partDays is how many days a part of the log holds.
	partDays = 3
	// emptyParts follow the last one with anything in it, as the program makes them ahead of time.
	emptyParts = 2
	// bunch is how many events are made before their rows are handed to the connections that write.
	bunch = 2_000
)

// fill makes the log, one part after the other.
func fill(ctx context.Context, pool *db.Pool, deliveries int) error {
	w := newWorld(time.Now().UTC().Truncate(time.Millisecond), deliveries)
	m := &maker{world: w, random: rand.New(rand.NewPCG(3, 4)), out: make([][][]any, len(tables))}

	if err := prepare(ctx, pool, w); err != nil {
		return err
	}

	number := 0
	floor := w.start.Truncate(24 * time.Hour)

	for empty := 0; empty < emptyParts; floor = floor.AddDate(0, 0, partDays) {
		if floor.After(w.end) {
			empty++
		}

		began, first := time.Now(), number

		err := part(ctx, pool, floor, func(send func([][][]any) error) error {
			for number < w.events && w.time(days*float64(number)/float64(w.events)).Before(floor.AddDate(0, 0, partDays)) {
				m.event(number)

				if number++; number%bunch == 0 {
					if err := m.flush(send); err != nil {
						return err
					}
				}
			}

			return m.flush(send)
		})
		if err != nil {
			return fmt.Errorf("part of %s: %w", floor.Format(time.DateOnly), err)
		}

		fmt.Printf("%s: %d events, %s\n", floor.Format(time.DateOnly), number-first, time.Since(began).Round(time.Second))
	}

	return nil
}

// flush hands over the rows that are made.
func (m *maker) flush(send func([][][]any) error) error {
	rows := slices.Clone(m.out)
	clear(m.out)

	return send(rows)
}

// prepare makes room, and notes what the log is made from.
func prepare(ctx context.Context, pool *db.Pool, w *world) error {
	var used bool
	if err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM events)").Scan(&used); err != nil {
		return err
	}

	if used {
		return errors.New("the database is in use")
	}

	for _, table := range tables[:keys] {
		if _, err := pool.Exec(ctx, "DROP TABLE "+table.name+"_first"); err != nil {
			return err
		}
	}

	const note = "CREATE TABLE logdata AS SELECT $1::timestamptz AS ended, $2::bigint AS events"

	_, err := pool.Exec(ctx, note, w.end, w.events)

	return err
}

// part writes a part of each table and then builds its indexes, as that is faster than keeping them up to date.
func part(ctx context.Context, pool *db.Pool, floor time.Time, produce func(func([][][]any) error) error) error {
	group, inside := errgroup.WithContext(ctx)
	streams := make([]chan [][]any, len(tables))

	for n, table := range tables {
		streams[n] = make(chan [][]any, 4)

		group.Go(func() error {
			return pgx.BeginFunc(inside, pool, func(tx pgx.Tx) error {
				into := table.name

				if _, err := tx.Exec(inside, "SET LOCAL statement_timeout = 0"); err != nil {
					return err
				}

				if table.key != "" {
					into += floor.Format("_20060102")

					if _, err := tx.Exec(inside, "CREATE TABLE "+into+" (LIKE "+table.name+
						" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"); err != nil {
						return err
					}
				}

				_, err := tx.CopyFrom(inside, pgx.Identifier{into}, table.columns, &stream{from: streams[n]})

				return err
			})
		})
	}

	group.Go(func() error {
		defer func() {
			for _, one := range streams {
				close(one)
			}
		}()

		return produce(func(rows [][][]any) error {
			for n := range rows {
				select {
				case streams[n] <- rows[n]:
				case <-inside.Done():
					return inside.Err()
				}
			}

			return nil
		})
	})

	if err := group.Wait(); err != nil {
		return err
	}

	return attach(ctx, pool, floor)
}

// attach makes the tables of a part belong to the log, which builds their indexes.
func attach(ctx context.Context, pool *db.Pool, floor time.Time) error {
	from, to := id.Floor(floor), id.Floor(floor.AddDate(0, 0, partDays))

	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		statements := []string{"SET statement_timeout = 0"}

		for _, table := range tables[:keys] {
			name := table.name + floor.Format("_20060102")

			statements = append(statements,
				fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", table.name, name, from, to),
				// As autovacuum does it: the parts, and not the table as a whole.
				"VACUUM (ANALYZE) "+name)
		}

		for _, statement := range append(statements, "RESET statement_timeout") {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}

		return nil
	})
}
