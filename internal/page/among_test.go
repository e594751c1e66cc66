package page_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/page"
)

type colour string

// marble is a row of the table that these tests list.
type marble struct {
	ID     uuid.UUID
	Owner  uuid.UUID
	Colour string
	Size   *int32
}

var owners = []uuid.UUID{{1}, {2}, {3}}

// bag writes marbles of three owners, four colours and five sizes, some without a size, and returns them oldest first.
func bag(t *testing.T) (*db.Pool, []marble) {
	t.Helper()

	pool := dbtest.Pool(t)

	_, err := pool.Exec(t.Context(),
		"CREATE TABLE marbles (id uuid PRIMARY KEY, owner uuid NOT NULL, colour text NOT NULL, size integer)")
	require.NoError(t, err)

	all := make([]marble, 120)

	for n := range all {
		all[n] = marble{
			ID: uuid.Must(uuid.NewV7()), Owner: owners[n%3], Colour: []string{"blue", "green", "red", "white"}[n/3%4],
		}
		if n%6 > 0 {
			all[n].Size = new(int32(n % 5))
		}

		_, err := pool.Exec(t.Context(), "INSERT INTO marbles VALUES ($1, $2, $3, $4)",
			all[n].ID, all[n].Owner, all[n].Colour, all[n].Size)
		require.NoError(t, err)
	}

	return pool, all
}

func read(ctx context.Context, t *testing.T, pool *db.Pool, list *page.Select, q page.Query) page.Page[uuid.UUID] {
	t.Helper()

	found, err := page.Read(ctx, pool, list, q, page.Sure(func(m marble) uuid.UUID { return m.ID }))
	require.NoError(t, err)

	return found
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
		"no condition": {
			func(s *page.Select) { page.Among[string](s, "colour", nil) },
			func(marble) bool { return true },
		},
	} {
		for _, ascending := range []bool{true, false} {
			t.Run(name+" ascending "+strconv.FormatBool(ascending), func(t *testing.T) {
				t.Parallel()

				want := []uuid.UUID{}

				for _, one := range all {
					if test.keeps(one) {
						want = append(want, one.ID)
					}
				}

				if !ascending {
					slices.Reverse(want)
				}

				list := func(args page.Args) page.Page[uuid.UUID] {
					q, err := args.Query(ascending)
					require.NoError(t, err)

					s := page.From("marbles")
					test.filter(s)

					return read(t.Context(), t, pool, s, q)
				}

				require.Equal(t, want, forward(list))
				require.Equal(t, want, backward(list))
			})
		}
	}
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

func TestAmong_KeepsToTheSpanBetweenTwoCursors(t *testing.T) {
	t.Parallel()

	pool, all := bag(t)

	q, err := page.Args{
		First: new(100), After: new(page.Cursor(all[90].ID)), Before: new(page.Cursor(all[30].ID)),
	}.Query(false)
	require.NoError(t, err)

	var want []uuid.UUID

	for n := 89; n > 30; n-- {
		if all[n].Owner != owners[0] {
			want = append(want, all[n].ID)
		}
	}

	got := read(t.Context(), t, pool, page.Among(page.From("marbles"), "owner", owners[1:]), q)
	require.Equal(t, want, got.Items)
}

func TestAmong_ReadsAListForEachValueAndNotMore(t *testing.T) {
	t.Parallel()

	q, err := page.Args{First: new(2)}.Query(false)
	require.NoError(t, err)

	list := page.From("marbles").Where("bag = ?", 7)
	sql, args := page.Among(page.Among(list, "owner", owners), "size", []int{3}).SQL(q)

	require.Equal(t, "SELECT part.* FROM unnest($3::uuid[]) AS branch1 (value), LATERAL ("+
		"SELECT * FROM marbles WHERE bag = $1 AND owner = branch1.value AND size = $2 ORDER BY id DESC LIMIT 3"+
		") AS part ORDER BY part.id DESC LIMIT 3", sql)
	require.Equal(t, []any{7, 3, owners}, args)
}
