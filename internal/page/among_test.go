package page_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/page"
)

type colour string

var box = uuid.UUID{7}

// marble is a row of the table that these tests list.
type marble struct {
	ID     uuid.UUID
	Box    uuid.UUID
	Owner  uuid.UUID
	Colour string
	Size   *int32
}

var owners = []uuid.UUID{{1}, {2}, {3}}

// bag writes marbles of three owners, four colours and five sizes, some without a size, and returns them oldest first.
// The table has four parts.
func bag(t *testing.T) (*db.Pool, []marble) {
	t.Helper()

	pool := dbtest.Pool(t)

	all := make([]marble, 120)

	for n := range all {
		all[n] = marble{
			ID: uuid.Must(uuid.NewV7()), Box: box, Owner: owners[n%3],
			Colour: []string{"blue", "green", "red", "white"}[n/3%4],
		}
		if n%6 > 0 {
			all[n].Size = new(int32(n % 5))
		}
	}

	_, err := pool.Exec(t.Context(), fmt.Sprintf(`
		CREATE TABLE marbles (id uuid, box uuid NOT NULL, owner uuid NOT NULL, colour text NOT NULL, size integer)
			PARTITION BY RANGE (id);
		CREATE TABLE first PARTITION OF marbles FOR VALUES FROM (MINVALUE) TO ('%[1]s');
		CREATE TABLE second PARTITION OF marbles FOR VALUES FROM ('%[1]s') TO ('%[2]s');
		CREATE TABLE third PARTITION OF marbles FOR VALUES FROM ('%[2]s') TO ('%[3]s');
		CREATE TABLE fourth PARTITION OF marbles FOR VALUES FROM ('%[3]s') TO (MAXVALUE)`,
		all[20].ID, all[50].ID, all[100].ID))
	require.NoError(t, err)

	// One that is in another box.
	_, err = pool.Exec(t.Context(), "INSERT INTO marbles VALUES ($1, $2, $3, 'red', 1)", uuid.Max, uuid.UUID{8}, owners[1])
	require.NoError(t, err)

	for _, one := range all {
		_, err := pool.Exec(t.Context(), "INSERT INTO marbles VALUES ($1, $2, $3, $4, $5)",
			one.ID, one.Box, one.Owner, one.Colour, one.Size)
		require.NoError(t, err)
	}

	return pool, all
}

// way is one of those to list the same marbles.
type way struct {
	begin func() *page.Select
	read  func(*testing.T, *db.Pool, *page.Select, page.Query) page.Page[uuid.UUID]
}

func read[Row any](id func(Row) uuid.UUID) func(*testing.T, *db.Pool, *page.Select, page.Query) page.Page[uuid.UUID] {
	return func(t *testing.T, pool *db.Pool, list *page.Select, q page.Query) page.Page[uuid.UUID] {
		t.Helper()

		found, err := page.Read(t.Context(), pool, list, q, page.Sure(id))
		require.NoError(t, err)

		return found
	}
}

type idOnly struct{ ID uuid.UUID }

var (
	whole     = read(func(m marble) uuid.UUID { return m.ID })
	onlyID    = read(func(r idOnly) uuid.UUID { return r.ID })
	inBox     = func() *page.Select { return page.Owned(page.From("marbles"), "box", box) }
	onlyInBox = func() *page.Select { return page.Owned(page.Distinct("marbles", "id"), "box", box) }
	indexes   = []page.Index{{"owner", "size"}, {"owner"}, {"colour"}, {}}
)

var ways = map[string]way{
	"without indexes":             {func() *page.Select { return page.From("marbles").Where("box = ?", box) }, whole},
	"along indexes":               {func() *page.Select { return inBox().Indexed(indexes...) }, whole},
	"along no index":              {func() *page.Select { return inBox().Indexed(page.Index{"weight"}) }, whole},
	"along indexes, not far":      {func() *page.Select { return inBox().Indexed(indexes...).Walk(2) }, whole},
	"along indexes, part by part": {func() *page.Select { return inBox().Indexed(indexes...).Walk(2).Parted() }, whole},
	"part by part":                {func() *page.Select { return inBox().Indexed(page.Index{}).Walk(2).Parted() }, whole},
	"only ids":                    {func() *page.Select { return inBox().Indexed(indexes...).OnlyIDs() }, onlyID},
	"only ids, part by part":      {func() *page.Select { return inBox().Indexed(indexes...).Walk(2).Parted().OnlyIDs() }, onlyID},
	"distinct":                    {func() *page.Select { return onlyInBox().Indexed(indexes...) }, onlyID},
	"distinct, not far":           {func() *page.Select { return onlyInBox().Indexed(indexes...).Walk(2) }, onlyID},
	"distinct, without an index":  {func() *page.Select { return onlyInBox().Indexed(page.Index{}) }, onlyID},
	"distinct, without indexes":   {func() *page.Select { return onlyInBox() }, onlyID},
}

func TestAmong_PagesCoverWhatMatchesOnceInAllDirections(t *testing.T) {
	t.Parallel()

	pool, all := bag(t)

	many := make([]uuid.UUID, 0, 131)
	for range 130 {
		many = append(many, uuid.New())
	}

	many = append(many, owners[1])

	for name, test := range map[string]struct {
		filter func(*page.Select)
		keeps  func(marble) bool
	}{
		"one value": {
			func(s *page.Select) { page.Among(s, "owner", owners[:1]) },
			func(m marble) bool { return m.Owner == owners[0] },
		},
		"two values": {
			func(s *page.Select) { page.Among(s, "owner", owners[1:]) },
			func(m marble) bool { return m.Owner != owners[0] },
		},
		"the same value twice": {
			func(s *page.Select) { page.Among(s, "colour", []colour{"red", "blue", "red"}) },
			func(m marble) bool { return m.Colour == "red" || m.Colour == "blue" },
		},
		"two conditions on several values": {
			func(s *page.Select) { page.Among(page.Among(s, "owner", owners[:2]), "size", []int{1, 4, 4}) },
			func(m marble) bool { return m.Owner != owners[2] && m.Size != nil && (*m.Size == 1 || *m.Size == 4) },
		},
		"two conditions on one column": {
			func(s *page.Select) { page.Among(page.Among(s, "owner", owners[:2]), "owner", owners[1:]) },
			func(m marble) bool { return m.Owner == owners[1] },
		},
		"more values than lists are read": {
			func(s *page.Select) { page.Among(page.Among(s, "owner", many), "colour", []string{"red", "white"}) },
			func(m marble) bool { return m.Owner == owners[1] && (m.Colour == "red" || m.Colour == "white") },
		},
		"values nothing has": {
			func(s *page.Select) { page.Among(s, "colour", []string{"black", "red"}) },
			func(m marble) bool { return m.Colour == "red" },
		},
		"no value": {
			func(s *page.Select) { page.Among(page.Among(s, "colour", []string{}), "owner", owners) },
			func(marble) bool { return false },
		},
		"a condition for a sieve": {
			func(s *page.Select) {
				page.Among(s, "owner", owners[:1]).Sieve("size > ?", 2).Sieve("colour <> ?", "red")
			},
			func(m marble) bool { return m.Owner == owners[0] && m.Size != nil && *m.Size > 2 && m.Colour != "red" },
		},
		"a search": {
			func(s *page.Select) {
				page.Among(s, "owner", owners[:2]).Search(bySize(4))
			},
			func(m marble) bool { return m.Owner != owners[2] && m.Size != nil && *m.Size == 4 },
		},
		"a search that finds too many": {
			func(s *page.Select) {
				by := bySize(1)
				by.Keys = func(limit int) (string, []any) { return "SELECT ?::uuid FROM generate_series(1, ?)", []any{box, limit} }
				s.Search(by)
			},
			func(m marble) bool { return m.Size != nil && *m.Size == 1 },
		},
		"no condition": {
			func(s *page.Select) { page.Among[string](s, "colour", nil) },
			func(marble) bool { return true },
		},
	} {
		for kind, way := range ways {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()

				want := []uuid.UUID{}

				for _, one := range all {
					if test.keeps(one) {
						want = append(want, one.ID)
					}
				}

				list := func(ascending bool) func(page.Args) page.Page[uuid.UUID] {
					return func(args page.Args) page.Page[uuid.UUID] {
						q, err := args.Query(ascending)
						require.NoError(t, err)

						s := way.begin()
						test.filter(s)

						return way.read(t, pool, s, q)
					}
				}

				require.Equal(t, want, forward(list(true)))
				require.Equal(t, want, backward(list(true)))

				slices.Reverse(want)
				require.Equal(t, want, forward(list(false)))
				require.Equal(t, want, backward(list(false)))
			})
		}
	}
}

// bySize searches for marbles of a size.
func bySize(size int) page.Search {
	return page.Search{
		Sieve: "size = ?", Values: []any{size},
		Keys: func(limit int) (string, []any) {
			return "SELECT id FROM marbles WHERE size = ? LIMIT ?", []any{size, limit}
		},
		Rows: func(keys []uuid.UUID) (string, []any) {
			return "(SELECT * FROM marbles WHERE id = ANY (?)) AS marbles", []any{keys}
		},
		Part: func(part page.Part) (string, []any) {
			return "(SELECT * FROM marbles WHERE size = ? AND id >= ? AND id < ?) AS marbles",
				[]any{size, part.Floor, part.Ceiling}
		},
	}
}

func TestDistinct_ListsEachOnce(t *testing.T) {
	t.Parallel()

	pool, _ := bag(t)

	q, err := page.Args{First: new(2)}.Query(false)
	require.NoError(t, err)

	list := page.Among(page.Distinct("marbles", "owner"), "colour", []string{"red", "blue"}).Indexed(page.Index{"colour"})

	got := onlyID(t, pool, list, q)
	require.Equal(t, []uuid.UUID{owners[2], owners[1]}, got.Items)
	require.True(t, got.HasNext)
}

func forward(list func(page.Args) page.Page[uuid.UUID]) []uuid.UUID {
	out := []uuid.UUID{}

	for args := (page.Args{First: new(7)}); ; {
		got := list(args)
		out = append(out, got.Items...)

		if !got.HasNext {
			return out
		}

		args.After = new(page.Cursor(out[len(out)-1]))
	}
}

func backward(list func(page.Args) page.Page[uuid.UUID]) []uuid.UUID {
	out := []uuid.UUID{}

	for args := (page.Args{Last: new(7)}); ; {
		got := list(args)
		out = append(slices.Clone(got.Items), out...)

		if !got.HasPrevious {
			return out
		}

		args.Before = new(page.Cursor(out[0]))
	}
}

func TestSelect_KeepsToTheSpanBetweenTwoCursorsAndTimes(t *testing.T) {
	t.Parallel()

	pool, all := bag(t)

	for kind, way := range ways {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()

			for name, test := range map[string]struct{ after, before, floor, ceiling, first, last int }{
				"cursors":                    {90, 30, 0, 119, 89, 31},
				"times":                      {119, 0, 30, 90, 89, 30},
				"cursors within":             {90, 30, 20, 100, 89, 31},
				"times within":               {100, 20, 30, 90, 89, 30},
				"the same":                   {90, 30, 30, 90, 89, 31},
				"nothing between":            {30, 90, 0, 119, 0, 1},
				"behind the end of the time": {10, 5, 20, 100, 0, 1},
			} {
				q, err := page.Args{
					First: new(100), After: new(page.Cursor(all[test.after].ID)), Before: new(page.Cursor(all[test.before].ID)),
				}.Query(false)
				require.NoError(t, err)

				want := []uuid.UUID{}

				for n := test.first; n >= test.last; n-- {
					if all[n].Owner != owners[0] {
						want = append(want, all[n].ID)
					}
				}

				list := page.Among(way.begin(), "owner", owners[1:]).Range(&all[test.floor].ID, &all[test.ceiling].ID)
				require.Equal(t, want, way.read(t, pool, list, q).Items, name)
			}
		})
	}
}

func TestSelect_LeavesTheWayToPostgresUnlessItIsRead(t *testing.T) {
	t.Parallel()

	pool, all := bag(t)

	q, err := page.Args{First: new(100), After: new(page.Cursor(all[10].ID))}.Query(true)
	require.NoError(t, err)

	sql, args := page.Among(inBox().Indexed(indexes...), "owner", owners[1:]).Sieve("size = ?", 4).Search(bySize(4)).SQL(q)
	rows, _ := pool.Query(t.Context(), sql, args...)

	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[marble])
	require.NoError(t, err)

	var want []marble

	for _, one := range all[11:] {
		if one.Owner != owners[0] && one.Size != nil && *one.Size == 4 {
			want = append(want, one)
		}
	}

	require.Equal(t, want, found)
}

func TestSelect_ReadsAlongAnIndexOnceForEachValue(t *testing.T) {
	t.Parallel()

	cursor := uuid.UUID{9}

	q, err := page.Args{First: new(2), After: new(page.Cursor(cursor))}.Query(false)
	require.NoError(t, err)

	list := page.Owned(page.From("marbles"), "box", box).Indexed(page.Index{"owner", "size"}, page.Index{"owner"})
	sql, args := page.Among(page.Among(list, "owner", owners), "colour", []string{"red"}).Along(q)

	require.Equal(t, "SELECT part.* FROM unnest($1::uuid[]) AS branch0 (value), LATERAL ("+
		"SELECT * FROM (SELECT * FROM marbles WHERE box = $2 AND id < $3 AND (owner, id) >= (branch0.value, $4) "+
		"AND (owner, id) < (branch0.value, $5) ORDER BY owner DESC, id DESC LIMIT 1000) AS marbles "+
		"WHERE colour = $6 ORDER BY owner DESC, id DESC LIMIT 3"+
		") AS part ORDER BY part.id DESC LIMIT 3", sql)
	require.Equal(t, []any{owners, box, cursor, uuid.Nil, cursor, "red"}, args)
}
