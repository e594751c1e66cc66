package retention_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/retention"
)

func TestEnsure_MakesPartsForTheDaysToCome(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		policy                   retention.Policy
		logWidth, payloadWidth   time.Duration
		logAtLeast, payloadsLead time.Duration
	}{
		"a month":               {retention.Policy{LogDays: 30, PayloadDays: 30}, 3 * day, 3 * day, 7 * day, 7 * day},
		"days":                  {retention.Policy{LogDays: 1, PayloadDays: 1}, day, day, 7 * day, 7 * day},
		"payloads shorter":      {retention.Policy{LogDays: 90, PayloadDays: 19}, 9 * day, day, 18 * day, 7 * day},
		"ten years at the most": {retention.Policy{LogDays: 3_650, PayloadDays: 60}, 365 * day, 6 * day, 730 * day, 12 * day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, test.policy)
			// The lead of a part begins before the last one ends.
			b.now = b.start

			made, err := b.keep.Ensure(t.Context())
			require.NoError(t, err)

			for _, table := range logTables {
				width, lead := test.logWidth, test.logAtLeast
				if table == "event_payloads" || table == "delivery_contents" {
					width, lead = test.payloadWidth, test.payloadsLead
				}

				parts := b.parts(t, table)
				made -= len(parts) - 1

				require.Equal(t, table+"_first", parts[0].name)
				require.Zero(t, parts[0].from)

				for n, one := range parts[1:] {
					require.Equal(t, parts[n].to, one.from, "each begins where the last ends")
					require.Equal(t, width, one.to.Sub(one.from))
					require.Equal(t, table+one.from.Format("_from_20060102"), one.name)
				}

				end := parts[len(parts)-1].to
				require.False(t, end.Before(b.now.Add(lead)))
				require.True(t, end.Before(b.now.Add(lead+width)), "and no more than needed")
			}

			require.Zero(t, made, "it says how many it made")

			made, err = b.keep.Ensure(t.Context())
			require.NoError(t, err)
			require.Zero(t, made)
		})
	}
}

func TestEnsure_PartsAreLikeTheFirst(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.now = b.start

	_, err := b.keep.Ensure(t.Context())
	require.NoError(t, err)

	for _, table := range logTables {
		like := func(part string) string {
			return one[string](t, b, `
				SELECT concat_ws(E'\n',
					(SELECT string_agg(concat_ws(' ', attname, atttypid, attnotnull, pg_get_expr(d.adbin, d.adrelid)), E'\n'
						ORDER BY attnum)
						FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum
						WHERE attrelid = $1::text::regclass AND attnum > 0),
					(SELECT string_agg(definition, E'\n' ORDER BY definition)
						FROM pg_index CROSS JOIN LATERAL
							regexp_replace(pg_get_indexdef(indexrelid), 'INDEX .* USING ', '') AS definition
						WHERE indrelid = $1::text::regclass),
					(SELECT string_agg(pg_get_constraintdef(oid), E'\n' ORDER BY pg_get_constraintdef(oid))
						FROM pg_constraint WHERE conrelid = $1::text::regclass))`, part)
		}

		parts := b.parts(t, table)
		require.Contains(t, like(parts[0].name), "PRIMARY KEY")
		require.Equal(t, like(parts[0].name), like(parts[1].name))
	}

	b.publish(t, b.start.Add(6*day), "SUCCEEDED")
	require.Equal(t, []int{1, 1, 1, 1, 1, 1}, b.left(t))
}

func TestEnsure_OnePartDoesForTheTimeInWhichNothingCameIn(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 30, PayloadDays: 30})
	b.now = b.start.Add(100*day + time.Hour)

	_, err := b.keep.Ensure(t.Context())
	require.NoError(t, err)

	parts := b.parts(t, "events")
	require.Len(t, parts, 5, "the first, the gap, and three to come")
	require.Equal(t, b.start.Add(100*day), parts[1].to)
	require.Equal(t, b.start.Add(109*day), parts[4].to)
}

func TestEnsure_IsDoneOnceByProcessesThatRace(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 30, PayloadDays: 30})
	b.now = b.start

	var (
		all  sync.WaitGroup
		made atomic.Int64
		errs [8]error
	)

	for n := range errs {
		all.Go(func() {
			count, err := b.keep.Ensure(context.Background())
			made.Add(int64(count))

			errs[n] = err
		})
	}

	all.Wait()

	for _, err := range errs {
		require.NoError(t, err)
	}

	require.EqualValues(t, len(logTables)*3, made.Load())

	for _, table := range logTables {
		require.Len(t, b.parts(t, table), 4)
	}
}

func TestEnsure_NeitherWaitsForReadersAndWritersNorStopsThem(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 30, PayloadDays: 30})
	before := b.publish(t, b.now, "FAILED")
	b.now = b.start

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), "UPDATE deliveries SET notice_due = true")
	require.NoError(t, err)

	made, err := b.keep.Ensure(t.Context())
	require.NoError(t, err)
	require.Positive(t, made)

	_, err = tx.Exec(t.Context(), "UPDATE deliveries SET notice_due = false WHERE id = $1", before.delivery)
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
}

func TestEnsure_RefusesALogThatHasBeenDividedByOthers(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 30, PayloadDays: 30})
	b.exec(t, "CREATE TABLE rest PARTITION OF deliveries DEFAULT")

	for name, do := range map[string]func() error{
		"ensure": func() error { _, err := b.keep.Ensure(t.Context()); return err },
		"drop":   func() error { _, err := b.keep.Drop(t.Context()); return err },
		"keep":   func() error { _, err := b.keep.Keep(t.Context()); return err },
		"room":   func() error { _, err := b.keep.Room(t.Context()); return err },
	} {
		require.ErrorContains(t, do(), `"public"."rest" has bounds that are not Surehook's: DEFAULT`, name)
	}
}

func TestRoom_IsUntilTheFirstTableEnds(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 90, PayloadDays: 10})

	room, err := b.keep.Room(t.Context())
	require.NoError(t, err)
	require.Equal(t, b.start, room)

	b.now = b.start
	_, err = b.keep.Ensure(t.Context())
	require.NoError(t, err)

	room, err = b.keep.Room(t.Context())
	require.NoError(t, err)
	require.Equal(t, b.start.Add(7*day), room)
	require.Equal(t, b.start.Add(18*day), b.parts(t, "events")[2].to)

	b.exec(t, "DROP TABLE delivery_attempts CASCADE")

	_, err = b.keep.Room(t.Context())
	require.ErrorContains(t, err, "delivery_attempts")
}
