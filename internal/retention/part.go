package retention

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// part is a partition: the rows of a table whose ids are at least from and less than to.
type part struct {
	// parent is its table, with its schema, as name is.
	parent, name pgx.Identifier
	from, to     uuid.UUID
	// detaching says that it is on its way out: new transactions do not see it.
	detaching bool
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// bounds is how Postgres writes the bounds of a partition.
var bounds = regexp.MustCompile(`^FOR VALUES FROM \((?:MINVALUE|'([0-9a-f-]{36})')\) TO \('([0-9a-f-]{36})'\)$`)

// read returns the parts of each table, the oldest first.
func read(ctx context.Context, q querier) (map[string][]part, error) {
	names := make([]string, 0, len(tables()))
	for _, t := range tables() {
		names = append(names, t.name)
	}

	rows, err := q.Query(ctx, `
		SELECT pn.nspname, p.relname, cn.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid), i.inhdetachpending
		FROM unnest($1::text[]) AS name
		JOIN pg_class p ON p.oid = to_regclass(name)
		JOIN pg_namespace pn ON pn.oid = p.relnamespace
		JOIN pg_inherits i ON i.inhparent = p.oid
		JOIN pg_class c ON c.oid = i.inhrelid
		JOIN pg_namespace cn ON cn.oid = c.relnamespace`, names)
	if err != nil {
		return nil, fmt.Errorf("read the parts of the log: %w", err)
	}

	found, err := pgx.CollectRows(rows, scanPart)
	if err != nil {
		return nil, fmt.Errorf("read the parts of the log: %w", err)
	}

	slices.SortFunc(found, func(a, b part) int { return bytes.Compare(a.to[:], b.to[:]) })

	out := make(map[string][]part, len(names))
	for _, one := range found {
		out[one.parent[1]] = append(out[one.parent[1]], one)
	}

	return out, nil
}

func scanPart(row pgx.CollectableRow) (part, error) {
	out := part{parent: make(pgx.Identifier, 2), name: make(pgx.Identifier, 2)}

	var bound string

	err := row.Scan(&out.parent[0], &out.parent[1], &out.name[0], &out.name[1], &bound, &out.detaching)
	if err != nil {
		return part{}, err
	}

	ends := bounds.FindStringSubmatch(bound)
	if ends == nil {
		// A default partition, for one, would make it impossible to drop others without stopping everything.
		return part{}, fmt.Errorf("%s has bounds that are not Surehook's: %s", out, bound)
	}

	if ends[1] != "" {
		if out.from, err = uuid.Parse(ends[1]); err != nil {
			return part{}, fmt.Errorf("%s: %w", out, err)
		}
	}

	if out.to, err = uuid.Parse(ends[2]); err != nil {
		return part{}, fmt.Errorf("%s: %w", out, err)
	}

	return out, nil
}

// String returns the name, as it is written in SQL.
func (p part) String() string { return p.name.Sanitize() }

// overlaps tells whether two parts have ids in common.
func (p part) overlaps(other part) bool {
	return bytes.Compare(p.from[:], other.to[:]) < 0 && bytes.Compare(other.from[:], p.to[:]) < 0
}
