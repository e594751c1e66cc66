package page_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/page"
)

func TestArgs_RefusesWhatIsNoPage(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		args page.Args
		want error
	}{
		"both ends":        {page.Args{First: new(1), Last: new(1)}, page.ErrBothEnds},
		"cursor foreign":   {page.Args{After: new("AAAAAAAAAAAAAAAAAAAAAAA")}, page.ErrCursor},
		"cursor no base64": {page.Args{Before: new("!")}, page.ErrCursor},
		"cursor empty":     {page.Args{After: new("")}, page.ErrCursor},
		"negative":         {page.Args{Last: new(-1)}, page.ErrSize},
		"too large":        {page.Args{First: new(101)}, page.ErrSize},
		"zero":             {page.Args{First: new(0)}, page.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := test.args.Query(false)
			require.ErrorIs(t, err, test.want)
		})
	}
}

func TestSelect_ValuesTravelAsParametersOnly(t *testing.T) {
	t.Parallel()

	q, err := page.Args{First: new(2)}.Query(false)
	require.NoError(t, err)

	sql, args := page.From("events").Where("organization_id = ?", 1).Where("a = ? AND b = ?", "x", "'; DROP").SQL(q)
	require.Equal(t, "SELECT * FROM events WHERE organization_id = $1 AND a = $2 AND b = $3 ORDER BY id DESC LIMIT 3", sql)
	require.Equal(t, []any{1, "x", "'; DROP"}, args)
}

// list is a table of ids that answers a query as Postgres would.
type list []uuid.UUID

func (l list) page(t *testing.T, args page.Args, ascending bool) page.Page[uuid.UUID] {
	t.Helper()

	q, err := args.Query(ascending)
	require.NoError(t, err)

	rows := slices.Clone(l)
	if !ascending {
		slices.Reverse(rows)
	}

	if q.After != nil {
		rows = rows[slices.Index(rows, *q.After)+1:]
	}

	if q.Before != nil {
		rows = rows[:slices.Index(rows, *q.Before)]
	}

	if q.Backward {
		slices.Reverse(rows)
	}

	return page.Cut(q, rows[:min(len(rows), q.Size+1)])
}

func TestPages_CoverTheListOnceInBothDirections(t *testing.T) {
	t.Parallel()

	var all list
	for range 17 {
		all = append(all, uuid.Must(uuid.NewV7()))
	}

	for _, ascending := range []bool{true, false} {
		t.Run(strconv.FormatBool(ascending), func(t *testing.T) {
			t.Parallel()

			want := slices.Clone(all)
			if !ascending {
				slices.Reverse(want)
			}

			var forward list

			args := page.Args{First: new(5)}
			for {
				got := all.page(t, args, ascending)
				forward = append(forward, got.Items...)

				if !got.HasNext {
					break
				}

				args.After = new(page.Cursor(got.Items[len(got.Items)-1]))
			}

			require.Equal(t, want, forward)

			var backward list

			args = page.Args{Last: new(5)}
			for {
				got := all.page(t, args, ascending)
				backward = append(slices.Clone(list(got.Items)), backward...)

				if !got.HasPrevious {
					break
				}

				args.Before = new(page.Cursor(got.Items[0]))
			}

			require.Equal(t, want, backward)
		})
	}
}
