package page

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Querier runs SQL: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Read returns a page of a list, whose rows have the fields of Row and become items by convert.
func Read[Row, Item any](
	ctx context.Context, db Querier, list *Select, q Query, convert func(Row) (Item, error),
) (Page[Item], error) {
	sql, args := list.SQL(q)

	// A failed Query hands its error on to CollectRows.
	rows, _ := db.Query(ctx, sql, args...)

	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Item, error) {
		one, err := pgx.RowToStructByName[Row](row)
		if err != nil {
			var none Item

			return none, err
		}

		return convert(one)
	})
	if err != nil {
		return Page[Item]{}, err
	}

	return Cut(q, found), nil
}

// Sure makes a conversion that cannot fail fit for Read.
func Sure[Row, Item any](convert func(Row) Item) func(Row) (Item, error) {
	return func(row Row) (Item, error) { return convert(row), nil }
}
