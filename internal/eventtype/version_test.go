package eventtype_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

func TestService_AddSchemaCountsVersionsAndNamesSamplesThatNoLongerMatch(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", "", sample("number", `{"id":1}`), sample("text", `{"id":"1"}`))
	b.clock = b.clock.Add(time.Hour)

	changed, incompatible, err := b.AddSchema(t.Context(), b.scope, one.ID, json.RawMessage(userSchema))
	require.NoError(t, err)
	require.Equal(t, []string{"text"}, incompatible)
	require.Equal(t, one.Samples, changed.Samples, "they are kept")
	require.True(t, changed.UpdatedAt.Equal(b.clock))

	_, incompatible, err = b.AddSchema(t.Context(), b.scope, one.ID, json.RawMessage(`{}`))
	require.NoError(t, err)
	require.Equal(t, []string{}, incompatible)

	schemas, err := b.Schemas(t.Context(), []id.ID{one.ID, id.New(id.EventType)})
	require.NoError(t, err)
	require.Len(t, schemas, 1)
	require.Equal(t, []int{2, 1}, []int{schemas[one.ID][0].Version, schemas[one.ID][1].Version}, "newest first")
	require.JSONEq(t, userSchema, string(schemas[one.ID][1].Schema))
}

func TestService_AddSchemaRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema)

	for schema, code := range map[string]problem.Code{
		"": problem.Required, "null": problem.Required, "[]": problem.Invalid, "{": problem.Invalid,
		`{"$ref":"http://a.example/"}`:                           problem.Invalid,
		`{"title":"` + strings.Repeat("x", 64*1024) + `"}`:       problem.TooLong,
		`{"title":"` + strings.Repeat("x", 64*1024-13) + `"}   `: "",
	} {
		_, _, err := b.AddSchema(t.Context(), b.scope, one.ID, json.RawMessage(schema))
		if code == "" {
			require.NoError(t, err, "white space does not count")

			continue
		}

		requireProblem(t, err, code, "schema")
	}

	require.Equal(t, 2, b.count(t, "event_type_schemas"))
}

func TestService_AddSchemaKeepsTheListOfVersionsBounded(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema)

	_, err := b.pool.Exec(t.Context(), `INSERT INTO event_type_schemas (event_type_id, version, schema, created_at)
		SELECT $1, n, '{}', now() FROM generate_series(2, 100) n`, one.ID.UUID())
	require.NoError(t, err)

	_, _, err = b.AddSchema(t.Context(), b.scope, one.ID, json.RawMessage(`{}`))
	requireProblem(t, err, problem.LimitExceeded, "schema")
	require.Equal(t, 100, b.count(t, "event_type_schemas"))
	b.requireUnchanged(t, one)
}

func TestService_AddSchemaGivesEachVersionOnceUnderContention(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", "")

	var (
		group sync.WaitGroup
		errs  [8]error
	)

	for n := range errs {
		group.Go(func() { _, _, errs[n] = b.AddSchema(t.Context(), b.scope, one.ID, json.RawMessage(`{}`)) })
	}

	group.Wait()

	for _, err := range errs {
		require.NoError(t, err)
	}

	schemas, err := b.Schemas(t.Context(), []id.ID{one.ID})
	require.NoError(t, err)
	require.Len(t, schemas[one.ID], 8)
	require.Equal(t, 8, schemas[one.ID][0].Version)
}

func TestService_SchemaForIsTheNewestThatCounts(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", userSchema)
	b.make(t, "bare", "")
	b.derive(t)

	_, _, err := b.AddSchema(t.Context(), b.scope, source.ID, json.RawMessage(`{"title": "newest"}`))
	require.NoError(t, err)

	for _, name := range []string{"user.created", "user.promoted"} {
		schema, err := b.SchemaFor(t.Context(), b.mine, name)
		require.NoError(t, err)
		require.JSONEq(t, `{"title":"newest"}`, string(schema))
	}

	for _, name := range []string{"bare", "user.deleted", "webhook.disabled", "user.*", "", "\x00"} {
		schema, err := b.SchemaFor(t.Context(), b.mine, name)
		require.NoError(t, err)
		require.Nil(t, schema, name)
	}

	schema, err := b.SchemaFor(t.Context(), b.foreign, "user.created")
	require.NoError(t, err)
	require.Nil(t, schema)
}
