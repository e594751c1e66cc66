package page

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Querier runs SQL outside of a transaction: a pool or a connection.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

const (
	// defaultWalk takes some milliseconds.
	defaultWalk = 3_000
	// firstWalk comes before a search.
	firstWalk = 500
	// maxKeys bounds by how many ids rows are looked up.
	maxKeys = 1_000
)

// Settings for a statement. They end with it.
const (
	// alongIndexes has a list read along the index that has its order. Postgres may think that sorting is less work, or
	// plan it anew each time, which takes longer than to carry it out.
	alongIndexes = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true),
		set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
		set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)`
	// byBitmaps has keys found by the index that is made for that, and not by trying rows.
	byBitmaps = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true),
		set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true),
		set_config('enable_seqscan', 'off', true)`
	// asUsual only saves planning.
	asUsual = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true)`
	// byValues has a statement planned for the values that it is about.
	byValues = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)`
)

// Read returns a page of a list, whose rows have the fields of Row and become items by convert.
func Read[Row, Item any](
	ctx context.Context, db Querier, list *Select, q Query, convert func(Row) (Item, error),
) (Page[Item], error) {
	rows, err := find[Row](ctx, db, list, q)
	if err != nil {
		return Page[Item]{}, err
	}

	items := make([]Item, 0, len(rows))

	for _, row := range rows {
		item, err := convert(row)
		if err != nil {
			return Page[Item]{}, err
		}

		items = append(items, item)
	}

	return Cut(q, items), nil
}

// Sure makes a conversion that cannot fail fit for Read.
func Sure[Row, Item any](convert func(Row) Item) func(Row) (Item, error) {
	return func(row Row) (Item, error) { return convert(row), nil }
}

func find[Row any](ctx context.Context, db Querier, list *Select, q Query) ([]Row, error) {
	row := pgx.RowToStructByName[Row]

	if list.indexes == nil {
		sql, args := list.SQL(q)
		// A failed Query hands its error on to CollectRows.
		rows, _ := db.Query(ctx, sql, args...)

		return pgx.CollectRows(rows, row)
	}

	if slices.ContainsFunc(list.among, func(one among) bool { return one.count == 0 }) {
		return nil, nil
	}

	if list.search != nil {
		// What most rows meet is found at once, and of what few meet all is found.
		found, done, err := walk(ctx, db, list.along(q, list.choices()[0], min(firstWalk, list.walk)), row)
		if done || err != nil {
			return found, err
		}

		if found, done, err = findByKeys(ctx, db, list, q, row); done || err != nil {
			return found, err
		}
	}

	for _, choice := range list.choices() {
		if found, done, err := walk(ctx, db, list.along(q, choice, list.walk), row); done || err != nil {
			return found, err
		}
	}

	return findInParts(ctx, db, list, q, row)
}

// walk reads along an index. It is done when the page is full or there is no more.
func walk[Row any](ctx context.Context, db Querier, w *statement, row pgx.RowToFunc[Row]) ([]Row, bool, error) {
	found, err := with(ctx, db, alongIndexes, w.merged(w.list()), w.args, row)
	if err != nil || len(found) > w.query.Size || len(w.sieve) == 0 {
		return found, true, err
	}

	sql, args := w.beyond()

	more, err := with(ctx, db, alongIndexes, sql, args, pgx.RowTo[bool])
	if err != nil {
		return nil, false, err
	}

	return found, !more[0], nil
}

// findByKeys finds the rows by what a search finds, unless that is too much.
func findByKeys[Row any](
	ctx context.Context, db Querier, list *Select, q Query, row pgx.RowToFunc[Row],
) ([]Row, bool, error) {
	w := &statement{}
	sql, values := list.search.Keys(maxKeys + 1)
	sql = w.clause(clause{sql, values})

	keys, err := with(ctx, db, byBitmaps, sql, w.args, pgx.RowTo[uuid.UUID])
	if err != nil || len(keys) > maxKeys {
		return nil, false, err
	}

	sql, args := list.byKeys(q, keys)
	found, err := with(ctx, db, asUsual, sql, args, row)

	return found, true, err
}

// findInParts goes through the table part by part, until the page is full.
func findInParts[Row any](
	ctx context.Context, db Querier, list *Select, q Query, row pgx.RowToFunc[Row],
) ([]Row, error) {
	parts, err := list.partsOf(ctx, db)
	if err != nil {
		return nil, err
	}

	if q.Ascending != q.Backward {
		slices.Reverse(parts)
	}

	span := list.span.cut(q)
	left := q

	var out []Row

	for _, part := range parts {
		if above(part.Floor, span.ceiling.id) || above(span.floor.id, part.Ceiling) {
			continue
		}

		left.Size = q.Size - len(out)
		sql, args := list.inPart(left, part)

		found, err := with(ctx, db, byValues, sql, args, row)
		if err != nil {
			return nil, err
		}

		if out = append(out, found...); len(out) > q.Size {
			break
		}
	}

	return out, nil
}

// partsOf returns the parts of the table, the newest first.
func (s *Select) partsOf(ctx context.Context, db Querier) ([]Part, error) {
	whole := []Part{{Ceiling: uuid.Max}}
	if !s.parts {
		return whole, nil
	}

	rows, _ := db.Query(ctx, `
		SELECT coalesce(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''\)')::uuid, $2)
		FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = $1::text::regclass
		ORDER BY 1 DESC`, s.from, uuid.Nil)

	floors, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("find parts of %s: %w", s.from, err)
	}

	out, ceiling := make([]Part, len(floors)), uuid.Max

	for n, floor := range floors {
		out[n] = Part{Floor: floor, Ceiling: ceiling}
		ceiling = floor
	}

	return out, nil
}

// with runs a statement under settings of its own.
func with[T any](
	ctx context.Context, db Querier, settings, sql string, args []any, row pgx.RowToFunc[T],
) ([]T, error) {
	var out []T

	batch := &pgx.Batch{}
	batch.Queue(settings)
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		out, err = pgx.CollectRows(rows, row)

		return err
	})

	return out, db.SendBatch(ctx, batch).Close()
}
