package delivery_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/search"
)

// found returns the deliveries that a filter keeps, oldest first. It reads them page by page in both directions.
func (b *testBundle) found(t *testing.T, f delivery.Filter) []id.ID {
	t.Helper()

	read := func(q page.Query) (out []id.ID) {
		for {
			got, err := b.service.List(t.Context(), b.scope, b.org, f, q)
			require.NoError(t, err)

			for _, one := range got.Items {
				out = append(out, one.ID)
			}

			if !got.HasNext {
				return out
			}

			q.After = new(out[len(out)-1].UUID())
		}
	}

	out, backward := read(page.Query{Size: 100, Ascending: true}), read(page.Query{Size: 100})
	slices.Reverse(backward)
	require.Equal(t, out, backward)

	return out
}

func TestList_FindsWhatIsHeldAndWhatHasAKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := id.New(id.Webhook)
	first, second := b.insert(t, hook, "a.b"), b.insert(t, hook, "a.b")

	_, err := b.pool.Exec(t.Context(), `UPDATE deliveries SET status = 'HELD', held_reason = 'WEBHOOK_PAUSED',
		next_attempt_at = NULL WHERE id = $1`, first.ID.UUID())
	require.NoError(t, err)

	_, err = b.pool.Exec(t.Context(), "INSERT INTO idempotency_keys VALUES ($1, 'k', $2, '', now()), ($3, 'x', $4, '', now())",
		b.org.UUID(), second.EventID.UUID(), uuid.New(), first.EventID.UUID())
	require.NoError(t, err)

	for name, test := range map[string]struct {
		filter delivery.Filter
		want   []id.ID
	}{
		"held reason":       {delivery.Filter{HeldReasons: []delivery.HeldReason{delivery.WebhookPaused, delivery.Backlog}}, []id.ID{first.ID}},
		"other held reason": {delivery.Filter{HeldReasons: []delivery.HeldReason{delivery.Backlog}}, nil},
		"no held reason":    {delivery.Filter{HeldReasons: []delivery.HeldReason{}}, nil},
		"key":               {delivery.Filter{IdempotencyKey: new("k")}, []id.ID{second.ID}},
		"key and webhook":   {delivery.Filter{IdempotencyKey: new("k"), WebhookIDs: []id.ID{hook}}, []id.ID{second.ID}},
		"key of another":    {delivery.Filter{IdempotencyKey: new("x")}, nil},
		"key with NUL":      {delivery.Filter{IdempotencyKey: new("\x00")}, nil},
	} {
		require.Equal(t, test.want, b.found(t, test.filter), name)
	}
}

func TestListAttempts_FindsThoseOfAnEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	first, second := b.insert(t, id.New(id.Webhook), "a.b"), b.insert(t, id.New(id.Webhook), "a.b")
	attempt := b.record(t, first, 200, delivery.Succeeded, nil).Attempt.ID
	b.record(t, second, 200, delivery.Succeeded, nil)

	for name, test := range map[string]struct {
		filter delivery.AttemptFilter
		want   []id.ID
	}{
		"event":                         {delivery.AttemptFilter{EventIDs: []id.ID{first.EventID}}, []id.ID{attempt}},
		"event and its delivery":        {delivery.AttemptFilter{EventIDs: []id.ID{first.EventID}, DeliveryIDs: []id.ID{first.ID}}, []id.ID{attempt}},
		"event and another's delivery":  {delivery.AttemptFilter{EventIDs: []id.ID{first.EventID}, DeliveryIDs: []id.ID{second.ID}}, nil},
		"no event":                      {delivery.AttemptFilter{EventIDs: []id.ID{}}, nil},
		"event without deliveries":      {delivery.AttemptFilter{EventIDs: []id.ID{id.New(id.Event)}}, nil},
		"event with the wrong response": {delivery.AttemptFilter{EventIDs: []id.ID{first.EventID}, ResponseStatuses: []int{500}}, nil},
	} {
		got, err := b.service.ListAttempts(t.Context(), b.scope, b.org, test.filter, page.Query{Size: 5})
		require.NoError(t, err)

		var ids []id.ID
		for _, one := range got.Items {
			ids = append(ids, one.ID)
		}

		require.Equal(t, test.want, ids, name)
	}
}

func TestList_RefusesPayloadMatchesThatMakeNoSense(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.service.List(t.Context(), b.scope, b.org,
		delivery.Filter{Payload: []search.Match{{Path: "a..b"}}}, page.Query{Size: 5})
	refused, ok := problem.Of(err)
	require.True(t, ok)
	require.Equal(t, []string{"filter", "payload", "0", "path"}, refused[0].Field)
}

// The log has two parts. Each has events with a payload that is looked for and others, and all have deliveries, some of
// them much later than the event. Depending on how many there are, and where, they are found in different ways.
func TestList_FindsByPayloadHoweverManyThereAre(t *testing.T) {
	t.Parallel()

	for name, sought := range map[string]int{"few": 30, "many": 1_200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			border := time.Now().Add(-24 * time.Hour).Truncate(time.Millisecond)
			b.divide(t, border)

			match := search.Match{Path: "order.id", Value: json.RawMessage(`"o-1"`)}
			term, err := search.Term(b.org, []string{"order", "id"}, match.Value)
			require.NoError(t, err)

			hook := id.New(id.Webhook)

			// The late deliveries of old events come last, but for very many that are not looked for.
			b.fill(t, border.Add(-time.Hour), sought, hook, &term, border.Add(210*time.Minute))
			b.fill(t, border.Add(2*time.Hour), sought, hook, &term, border.Add(3*time.Hour))
			b.fill(t, border.Add(4*time.Hour), 3_100, hook, nil, border.Add(5*time.Hour))

			want := b.matching(t, term)
			require.Len(t, want, 2*(sought+sought/10))

			filter := delivery.Filter{Payload: []search.Match{match}}
			require.Equal(t, want, b.found(t, filter))

			filter.Origins = []delivery.Origin{delivery.OriginReplay}
			require.Len(t, b.found(t, filter), 2*(sought/10))

			filter.WebhookIDs = []id.ID{id.New(id.Webhook), hook}
			require.Len(t, b.found(t, filter), 2*(sought/10))

			filter.WebhookIDs = filter.WebhookIDs[:1]
			require.Empty(t, b.found(t, filter))

			require.Empty(t, b.found(t, delivery.Filter{Payload: []search.Match{{Path: "order.id", Value: json.RawMessage("1")}}}))
		})
	}
}

// divide gives the tables two parts.
func (b *testBundle) divide(t *testing.T, at time.Time) {
	t.Helper()

	for _, table := range []string{"events", "deliveries"} {
		_, err := b.pool.Exec(t.Context(), fmt.Sprintf(`
			DROP TABLE %[1]s_first;
			CREATE TABLE %[1]s_old PARTITION OF %[1]s FOR VALUES FROM (MINVALUE) TO ('%[2]s');
			CREATE TABLE %[1]s_new PARTITION OF %[1]s FOR VALUES FROM ('%[2]s') TO (MAXVALUE)`, table, id.Floor(at)))
		require.NoError(t, err)
	}
}

// fill makes events, one a second, with a delivery each, and of every tenth another one at a later time.
func (b *testBundle) fill(t *testing.T, from time.Time, n int, hook id.ID, term *int64, later time.Time) {
	t.Helper()

	terms := []int64{1}
	if term != nil {
		terms = append(terms, *term)
	}

	// The last bytes of an id are a number, so that those of a second differ.
	uuidOf := func(at string, number string) string {
		return "(lpad(to_hex((extract(epoch FROM " + at + ") * 1000)::bigint), 12, '0') || '7000' || lpad(to_hex(" + number + "), 16, '8'))::uuid"
	}
	moment := "($1::timestamptz + n * interval '1 second')"

	_, err := b.pool.Exec(t.Context(), `
		INSERT INTO events (id, organization_id, event_type, terms, occurred_at, created_at)
		SELECT `+uuidOf(moment, "2 * n")+`, $2, 'a.b', $3, now(), now() FROM generate_series(1, $4::integer) n`,
		from, b.org.UUID(), terms, n)
	require.NoError(t, err)

	for origin, one := range map[string]struct {
		step int
		at   string
	}{"PUBLISH": {1, moment}, "REPLAY": {10, "($5::timestamptz + n * interval '1 second')"}} {
		_, err = b.pool.Exec(t.Context(), `
			INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, origin, max_attempts,
				created_at, updated_at, completed_at)
			SELECT `+uuidOf(one.at, "2 * n + 1")+`, $2, `+uuidOf(moment, "2 * n")+`, $3, 'a.b', 'SUCCEEDED', '`+origin+`', 1,
				$5, $5, $5
			FROM generate_series($6::integer, $4::integer, $6::integer) n`,
			from, b.org.UUID(), hook.UUID(), n, later, one.step)
		require.NoError(t, err)
	}
}

// matching returns what is to be found, oldest first.
func (b *testBundle) matching(t *testing.T, term int64) []id.ID {
	t.Helper()

	rows, _ := b.pool.Query(t.Context(), `SELECT d.id FROM deliveries d JOIN events e ON e.id = d.event_id
		WHERE $1 = ANY (e.terms) ORDER BY d.id`, term)

	found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	require.NoError(t, err)

	out := make([]id.ID, len(found))
	for n, one := range found {
		out[n] = id.Delivery.From(one)
	}

	return out
}
