package eventtype_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
)

// createAll adds event types in a transaction of their own.
func (b *testBundle) createAll(t *testing.T, types ...eventtype.CreateInput) error {
	t.Helper()

	return db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) error {
		return b.CreateAll(t.Context(), q, b.mine, maxPayloadBytes, types)
	})
}

func named(name string) eventtype.CreateInput { return eventtype.CreateInput{Name: name} }

func TestService_CreateAllTakesAnyOrderAndKeepsIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := eventtype.CreateInput{
		Name: "user.created", Description: new("d"), Group: new("g"), Schema: json.RawMessage(userSchema),
		Samples: []eventtype.Sample{sample("a", `{"id":2}`)}, SchemaValidation: eventtype.Warn, Deprecation: new("x"),
	}

	require.NoError(t, b.createAll(t, named("first"), b.derived(sample("a", `{"id":1}`)), source, named("last")))

	listed, err := b.List(t.Context(), b.scope, b.mine, eventtype.Filter{}, page.Query{Size: 10})
	require.NoError(t, err)

	byName := map[string]eventtype.EventType{}
	names := []string{}

	for _, one := range listed.Items {
		byName[one.Name] = one
		names = append(names, one.Name)
	}

	require.Equal(t, []string{"last", "user.created", "user.promoted", "first"}, names, "a list begins with the newest")

	created, derived := byName["user.created"], byName["user.promoted"]
	require.Equal(t, source.Description, created.Description)
	require.Equal(t, source.Group, created.Group)
	require.Equal(t, source.Samples, created.Samples)
	require.Equal(t, source.Deprecation, created.Deprecation)
	require.Equal(t, eventtype.Warn, created.SchemaValidation)
	require.Equal(t, eventtype.Reject, derived.SchemaValidation)
	require.Equal(t, b.mine, created.OrganizationID)
	require.Equal(t, new("user.created"), derived.DerivedFrom)
	require.Equal(t, new(isAdmin), derived.When)

	schemas, err := b.Schemas(t.Context(), []id.ID{created.ID, derived.ID})
	require.NoError(t, err)
	require.Len(t, schemas[created.ID], 1)
	require.Equal(t, schemas[created.ID], schemas[derived.ID])
}

func TestService_CreateAllOfNothingIsNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)

	require.NoError(t, b.createAll(t))
	require.Zero(t, b.count(t, "event_types"))
}

func TestService_CreateAllSaysWhichEventTypeIsWrongAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "taken", "")

	source := eventtype.CreateInput{Name: "user.created", Schema: json.RawMessage(userSchema)}
	twice := b.derived()
	twice.Name, twice.DerivedFrom = "twice", new("user.promoted")

	for name, test := range map[string]struct {
		types []eventtype.CreateInput
		code  problem.Code
		field []string
	}{
		"name malformed":      {[]eventtype.CreateInput{named("a"), named("a-b")}, problem.Invalid, []string{"1", "name"}},
		"name twice":          {[]eventtype.CreateInput{named("a"), named("a")}, problem.AlreadyExists, []string{"1", "name"}},
		"name taken":          {[]eventtype.CreateInput{named("taken")}, problem.AlreadyExists, []string{"0", "name"}},
		"name operational":    {[]eventtype.CreateInput{named("webhook.disabled")}, problem.AlreadyExists, []string{"0", "name"}},
		"source missing":      {[]eventtype.CreateInput{named("a"), b.derived()}, problem.UnknownEventType, []string{"1", "derivedFrom"}},
		"source derived":      {[]eventtype.CreateInput{twice, b.derived(), source}, problem.UnknownEventType, []string{"0", "derivedFrom"}},
		"source derived, too": {[]eventtype.CreateInput{source, b.derived(), twice}, problem.Invalid, []string{"2", "derivedFrom"}},
		"sample does not match its source": {
			[]eventtype.CreateInput{b.derived(sample("s", `{}`)), source},
			problem.PayloadSchemaMismatch,
			[]string{"0", "samples", "0", "payload"},
		},
	} {
		err := b.createAll(t, test.types...)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, append([]string{"profile", "eventTypes"}, test.field...)...)
	}

	require.Equal(t, 1, b.count(t, "event_types"))
	require.Zero(t, b.count(t, "event_type_schemas"))
}

func TestService_CreateAllNamesAllProblemsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	broken := b.derived()
	broken.When = new("true &&\n false ||")

	err := b.createAll(t, named(""), broken)
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 2)
	require.Equal(t, []string{"profile", "eventTypes", "0", "name"}, problems[0].Field)
	require.Equal(t, []string{"profile", "eventTypes", "1", "when"}, problems[1].Field)
	require.Equal(t, 2, problems[1].Line)
	require.Positive(t, problems[1].Column)

	err = b.createAll(t, named("a"), b.derived(), named("a"))
	problems, ok = problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 2, "also of those that it takes the catalog to know")
	require.Zero(t, b.count(t, "event_types"))
}

func TestService_CreateAllBoundsSamplesAsItIsTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	types := []eventtype.CreateInput{{Name: "a", Samples: []eventtype.Sample{sample("s", `{"a": 1}`)}}}

	for limit, ok := range map[int]bool{6: false, 7: true} {
		err := db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) error {
			return b.CreateAll(t.Context(), q, b.mine, limit, types)
		})
		if ok {
			require.NoError(t, err)

			continue
		}

		requireProblem(t, err, problem.PayloadTooLarge, "profile", "eventTypes", "0", "samples", "0", "payload")
	}
}

func TestService_CreateAllKnowsAFailureFromAProblem(t *testing.T) {
	t.Parallel()

	b := setup(t)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	for _, one := range []eventtype.CreateInput{named("a"), b.derived()} {
		err := b.CreateAll(ctx, dbsqlc.New(b.pool), b.mine, maxPayloadBytes, []eventtype.CreateInput{one})
		require.ErrorIs(t, err, context.Canceled)

		_, ok := problem.Of(err)
		require.False(t, ok)
	}
}
