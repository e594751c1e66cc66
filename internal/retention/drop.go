package retention

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/internal/id"
)

// dropLock is the advisory lock under which parts are dropped.
const dropLock = 0x6c6f6732

// closeFor bounds saying good-bye to Postgres.
const closeFor = 5 * time.Second

// Drop removes the parts that lie wholly before what is kept. Nobody who reads or writes has to wait for it: a part is
// detached concurrently, which waits for transactions that are under way while later ones no longer see the part. What
// is not done within two minutes, or was cut short, is finished by the next Drop.
//
// A part stays for as long as deliveries that have not come to their end need it, and is counted as kept.
func (k *Keeper) Drop(ctx context.Context) (out Result, err error) {
	conn, err := k.connect(ctx)
	if err != nil {
		return out, err
	}

	// With the connection go its settings and its lock.
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeFor)
		defer cancel()

		err = errors.Join(err, conn.Close(ctx))
	}()

	var mine bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(dropLock)).Scan(&mine); err != nil {
		return out, fmt.Errorf("take the lock for dropping: %w", err)
	}

	if !mine {
		k.log.InfoContext(ctx, "another process is dropping old parts of the log")

		return out, nil
	}

	d := dropper{Keeper: k, conn: conn, stuck: make(map[string]bool)}
	err = d.run(ctx)

	return d.result, err
}

// connect opens a connection that may wait for longer than those of the pool.
func (k *Keeper) connect(ctx context.Context) (*pgx.Conn, error) {
	config := k.pool.Config().ConnConfig.Copy()
	config.RuntimeParams["statement_timeout"] = strconv.FormatInt(k.patience.Milliseconds(), 10)
	// To find open deliveries there are indexes that hold nothing else, which statistics do not always know.
	config.RuntimeParams["enable_seqscan"] = "off"

	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to drop old parts of the log: %w", err)
	}

	return conn, nil
}

// dropper is one run of Drop.
type dropper struct {
	*Keeper

	conn   *pgx.Conn
	result Result
	// stuck are tables of which a part is on its way out. Another cannot be detached before.
	stuck map[string]bool
}

func (d *dropper) run(ctx context.Context) error {
	if err := d.finish(ctx); err != nil {
		return err
	}

	for _, t := range tables() {
		if err := d.table(ctx, t); err != nil {
			return err
		}
	}

	return d.forgetHistory(ctx)
}

// table drops the parts of a table that are old enough and that nothing needs.
func (d *dropper) table(ctx context.Context, t table) error {
	if d.stuck[t.name] {
		return nil
	}

	old, err := d.old(ctx, t)
	if err != nil || len(old) == 0 {
		return err
	}

	if old, err = d.unneeded(ctx, t, old); err != nil || len(old) == 0 {
		return err
	}

	if old, err = d.followed(ctx, t, old); err != nil {
		return err
	}

	for _, one := range old {
		if t.name == eventsTable {
			if err := d.forgetKeys(ctx, one); err != nil {
				return err
			}
		}

		if err := d.drop(ctx, one); err != nil || d.stuck[t.name] {
			return err
		}
	}

	return nil
}

// old returns the parts of a table that lie wholly before what is kept, the oldest first.
func (d *dropper) old(ctx context.Context, t table) ([]part, error) {
	known, err := read(ctx, d.conn)
	if err != nil {
		return nil, err
	}

	floor := id.Floor(d.now().Add(-time.Duration(d.policy.days(t)) * day))

	var out []part

	for _, one := range known[t.name] {
		if bytes.Compare(one.to[:], floor[:]) <= 0 {
			out = append(out, one)
		}
	}

	return out, nil
}

// followed leaves out the parts with ids that the table which has to go before still has.
func (d *dropper) followed(ctx context.Context, t table, old []part) ([]part, error) {
	known, err := read(ctx, d.conn)
	if err != nil {
		return nil, err
	}

	return slices.DeleteFunc(old, func(one part) bool {
		return slices.ContainsFunc(known[t.after], func(other part) bool { return !other.detaching && other.overlaps(one) })
	}), nil
}

// unneeded leaves out the parts that open deliveries need: those that they are in, or those of their events. It looks
// at open deliveries only, however long the log is.
func (d *dropper) unneeded(ctx context.Context, t table, old []part) ([]part, error) {
	var from, to []string
	for _, one := range old {
		from, to = append(from, one.from.String()), append(to, one.to.String())
	}

	sql := fmt.Sprintf(`
		WITH open AS MATERIALIZED (
			SELECT %[1]s AS needs FROM deliveries WHERE status IN ('PENDING', 'RETRYING')
			UNION ALL
			SELECT %[1]s FROM deliveries WHERE status = 'HELD'
		)
		SELECT count(open.needs)
		FROM unnest($1::text[]::uuid[], $2::text[]::uuid[]) WITH ORDINALITY AS old (low, high, place)
		LEFT JOIN open ON open.needs >= old.low AND open.needs < old.high
		GROUP BY old.place
		ORDER BY old.place`, t.reference)

	rows, err := d.conn.Query(ctx, sql, from, to)
	if err != nil {
		return nil, fmt.Errorf("find open deliveries that need %s: %w", t.name, err)
	}

	counts, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find open deliveries that need %s: %w", t.name, err)
	}

	var out []part

	for n, one := range old {
		if counts[n] == 0 {
			out = append(out, one)

			continue
		}

		d.result.Kept++
		d.log.WarnContext(ctx, "part of the log kept beyond its time, for deliveries that have not come to their end",
			slog.String("part", one.String()), slog.Int64("deliveries", counts[n]))
	}

	return out, nil
}
