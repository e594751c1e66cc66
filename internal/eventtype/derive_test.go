package eventtype_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

const isAdmin = `event.data.id == 1`

// derived describes user.promoted, which is derived from user.created.
func (b *testBundle) derived(samples ...eventtype.Sample) eventtype.CreateInput {
	return eventtype.CreateInput{
		OrganizationID: b.mine, Name: "user.promoted", DerivedFrom: new("user.created"), When: new(isAdmin),
		Samples: samples,
	}
}

func (b *testBundle) derive(t *testing.T, samples ...eventtype.Sample) eventtype.EventType {
	t.Helper()

	one, err := b.Create(t.Context(), b.scope, b.derived(samples...))
	require.NoError(t, err)

	return one
}

// requireWaiting returns when somebody waits for a lock, and fails when do, which should, is done instead.
func (b *testBundle) requireWaiting(t *testing.T, done <-chan error) {
	t.Helper()

	for waiting := 0; waiting == 0; {
		select {
		case err := <-done:
			require.Fail(t, "it did not wait", "%v", err)
		default:
		}

		require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting))
	}
}

func TestService_ADerivedEventTypeHasTheSchemasOfItsSource(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", userSchema)
	derived := b.derive(t, sample("admin", `{"id":1}`))

	require.Equal(t, new("user.created"), derived.DerivedFrom)
	require.Equal(t, new(isAdmin), derived.When)
	b.requireUnchanged(t, derived)

	_, incompatible, err := b.AddSchema(t.Context(), b.scope, source.ID, json.RawMessage(`{"required":["name"]}`))
	require.NoError(t, err)
	require.Empty(t, incompatible, "the source has no samples itself")

	schemas, err := b.Schemas(t.Context(), []id.ID{source.ID, derived.ID})
	require.NoError(t, err)
	require.Len(t, schemas[derived.ID], 2)
	require.Equal(t, schemas[source.ID], schemas[derived.ID])
	require.Equal(t, 2, schemas[derived.ID][0].Version)
	require.Equal(t, 2, b.count(t, "event_type_schemas"))
}

func TestService_CreateRefusesWhatIsDerivedInTheWrongWayAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "user.created", userSchema)
	b.derive(t)

	_, err := b.Archive(t.Context(), b.scope, b.make(t, "archived", "").ID, true)
	require.NoError(t, err)

	_, err = b.Create(t.Context(), tenant.All(), eventtype.CreateInput{OrganizationID: b.foreign, Name: "foreign"})
	require.NoError(t, err)

	before := b.count(t, "event_types")
	source, when := []string{"derivedFrom"}, []string{"when"}

	for name, test := range map[string]struct {
		from, when *string
		schema     string
		code       problem.Code
		field      []string
	}{
		"source is unknown":         {new("user.deleted"), new("true"), "", problem.UnknownEventType, source},
		"source is archived":        {new("archived"), new("true"), "", problem.UnknownEventType, source},
		"source is somebody else's": {new("foreign"), new("true"), "", problem.UnknownEventType, source},
		"source is itself":          {new("n"), new("true"), "", problem.UnknownEventType, source},
		"source is Surehook's own":  {new("webhook.disabled"), new("true"), "", problem.UnknownEventType, source},
		"source is a pattern":       {new("user.*"), new("true"), "", problem.UnknownEventType, source},
		"source is empty":           {new(""), new("true"), "", problem.UnknownEventType, source},
		"source is NUL":             {new("\x00"), new("true"), "", problem.UnknownEventType, source},
		"source is derived":         {new("user.promoted"), new("true"), "", problem.Invalid, source},
		"no condition":              {new("user.created"), nil, "", problem.Required, when},
		"condition is blank":        {new("user.created"), new(" \n"), "", problem.Required, when},
		"condition with NUL":        {new("user.created"), new("event.type == '\x00'"), "", problem.Invalid, when},
		"condition is not UTF-8":    {new("user.created"), new("event.type == '\xff'"), "", problem.InvalidExpression, when},
		"condition is too long": {
			new("user.created"), new("true" + strings.Repeat(" ", 5000)), "", problem.InvalidExpression, when,
		},
		"condition is no condition": {new("user.created"), new("event.type"), "", problem.InvalidExpression, when},
		"condition of a webhook":    {new("user.created"), new("webhook.id == ''"), "", problem.InvalidExpression, when},
		"condition without source":  {nil, new("true"), "", problem.Invalid, when},
		"schema of its own":         {new("user.created"), new("true"), userSchema, problem.Invalid, []string{"schema"}},
		"schema that is none":       {new("user.created"), new("true"), "{", problem.Invalid, []string{"schema"}},
	} {
		_, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
			OrganizationID: b.mine, Name: "n", DerivedFrom: test.from, When: test.when,
			Schema: json.RawMessage(test.schema),
		})
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
	}

	require.Equal(t, before, b.count(t, "event_types"))
	require.Equal(t, 1, b.count(t, "event_type_schemas"))
}

func TestCheck_LeavesTheSourceToTheCatalog(t *testing.T) {
	t.Parallel()

	in := eventtype.CreateInput{
		Name: "user.promoted", DerivedFrom: new("user.created"), When: new(isAdmin),
		Samples: []eventtype.Sample{sample("a", `{"any":"thing"}`)},
	}
	require.NoError(t, eventtype.Check(in, maxPayloadBytes))

	in.When = new("event.data.id ==")
	requireProblem(t, eventtype.Check(in, maxPayloadBytes), problem.InvalidExpression, "when")
}

func TestService_CreateSaysWhereAConditionIsWrong(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "user.created", "")

	in := b.derived()
	in.When = new("event.test ||\n  event.typ == ''")

	_, err := b.Create(t.Context(), b.scope, in)
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 1)
	require.Equal(t, problem.InvalidExpression, problems[0].Code)
	require.Equal(t, []string{"when"}, problems[0].Field)
	require.Equal(t, 2, problems[0].Line)
	require.Equal(t, 3, problems[0].Column)
	require.NotContains(t, problems[0].Message, "line", "the place is apart")
}

func TestService_CreateNamesAllProblemsOfADerivedOneAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, DerivedFrom: new("no name"), When: new("("), Schema: json.RawMessage("{}"),
		Deprecation: new(""), SchemaValidation: "STRICT",
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 6)
}

func TestService_SamplesOfADerivedEventTypeMatchTheNewestSchemaOfItsSource(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", "")
	derived := b.derive(t, sample("any", `{"id":"1"}`))

	in := b.derived(sample("good", `{"id":1}`), sample("bad", `{"id":"1"}`))
	in.Name = "user.demoted"

	_, incompatible, err := b.AddSchema(t.Context(), b.scope, source.ID, json.RawMessage(userSchema))
	require.NoError(t, err)
	require.Empty(t, incompatible, "those of derived event types are not looked at")

	_, err = b.Create(t.Context(), b.scope, in)
	requireProblem(t, err, problem.PayloadSchemaMismatch, "samples", "1", "payload", "id")

	_, err = b.Update(t.Context(), b.scope, eventtype.UpdateInput{ID: derived.ID, Samples: &in.Samples})
	requireProblem(t, err, problem.PayloadSchemaMismatch, "samples", "1", "payload", "id")
	b.requireUnchanged(t, derived)

	in.Samples = in.Samples[:1]

	_, err = b.Create(t.Context(), b.scope, in)
	require.NoError(t, err)

	derived, err = b.Update(t.Context(), b.scope, eventtype.UpdateInput{ID: derived.ID, Samples: &in.Samples})
	require.NoError(t, err)
	require.Equal(t, in.Samples, derived.Samples)
}

func TestService_UpdateChangesTheConditionOfADerivedEventType(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "user.created", "")
	derived := b.derive(t)

	for when, code := range map[string]problem.Code{
		"": problem.Required, "\x00": problem.Invalid, "event.data": problem.InvalidExpression, "1 +": problem.InvalidExpression,
	} {
		_, err := b.Update(t.Context(), b.scope, eventtype.UpdateInput{ID: derived.ID, When: &when})
		requireProblem(t, err, code, "when")
		b.requireUnchanged(t, derived)
	}

	changed, err := b.Update(t.Context(), b.scope, eventtype.UpdateInput{ID: derived.ID, When: new("event.test")})
	require.NoError(t, err)
	require.Equal(t, new("event.test"), changed.When)
	require.Equal(t, derived.DerivedFrom, changed.DerivedFrom)
	b.requireUnchanged(t, changed)

	kept, err := b.Update(t.Context(), b.scope, eventtype.UpdateInput{
		ID: derived.ID, SchemaValidation: new(eventtype.Off),
	})
	require.NoError(t, err)
	require.Equal(t, changed.When, kept.When)
}

func TestService_AddSchemaRefusesADerivedEventType(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "user.created", "")
	derived := b.derive(t)

	_, _, err := b.AddSchema(t.Context(), b.scope, derived.ID, json.RawMessage(`{}`))
	requireProblem(t, err, problem.Invalid, "schema")
	require.EqualError(t, err, "schema: a derived event type has the schema of user.created")
	require.Zero(t, b.count(t, "event_type_schemas"))
	b.requireUnchanged(t, derived)
}

func TestService_ArchiveRefusesTheSourceOfWhatIsInUse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", "")
	derived := b.derive(t)

	in := b.derived()
	in.Name = "user.demoted"

	other, err := b.Create(t.Context(), b.scope, in)
	require.NoError(t, err)

	_, err = b.Archive(t.Context(), b.scope, source.ID, true)
	requireProblem(t, err, problem.Conflict, "id")
	require.EqualError(t, err, "id: other event types are derived from it: user.demoted, user.promoted")
	b.requireUnchanged(t, source)

	for _, one := range []eventtype.EventType{derived, other} {
		_, err = b.Archive(t.Context(), b.scope, one.ID, true)
		require.NoError(t, err)
	}

	_, err = b.Archive(t.Context(), b.scope, source.ID, true)
	require.NoError(t, err)

	_, err = b.Archive(t.Context(), b.scope, derived.ID, false)
	requireProblem(t, err, problem.Conflict, "id")
	require.EqualError(t, err, "id: it is derived from user.created, which is archived")

	for _, one := range []eventtype.EventType{source, derived} {
		back, err := b.Archive(t.Context(), b.scope, one.ID, false)
		require.NoError(t, err)
		require.Nil(t, back.ArchivedAt)
	}
}

func TestService_ArchiveDoesNotLookAtOtherCatalogs(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "user.created", "")
	b.derive(t)

	foreign, err := b.Create(t.Context(), tenant.All(), eventtype.CreateInput{
		OrganizationID: b.foreign, Name: "user.created",
	})
	require.NoError(t, err)

	_, err = b.Archive(t.Context(), tenant.Of(b.foreign), foreign.ID, true)
	require.NoError(t, err)
}

func TestService_ArchiveBoundsHowManyDerivedOnesItNames(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", "")

	for n := range 3 {
		in := b.derived()
		in.Name = strings.Repeat("n", 120) + fmt.Sprint(n)

		_, err := b.Create(t.Context(), b.scope, in)
		require.NoError(t, err)
	}

	_, err := b.Archive(t.Context(), b.scope, source.ID, true)
	requireProblem(t, err, problem.Conflict, "id")
	require.Less(t, len(err.Error()), 300)
}

func TestService_ArchiveWaitsForWhatIsBeingDerived(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", "")
	done := make(chan error, 1)

	require.NoError(t, db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) error {
		if err := b.CreateAll(
			t.Context(), q, b.mine, maxPayloadBytes, []eventtype.CreateInput{b.derived()},
		); err != nil {
			return err
		}

		go func() {
			_, err := b.Archive(t.Context(), b.scope, source.ID, true)
			done <- err
		}()

		b.requireWaiting(t, done)

		return nil
	}))

	requireProblem(t, <-done, problem.Conflict, "id")
	b.requireUnchanged(t, source)
}

func TestService_CreateWaitsForTheArchivingOfItsSource(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", "")
	done := make(chan error, 1)

	require.NoError(t, db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) error {
		_, err := q.ArchiveEventType(t.Context(), dbsqlc.ArchiveEventTypeParams{
			OrganizationID: b.mine.UUID(), ID: source.ID.UUID(), Archived: true, Now: b.clock,
		})
		if err != nil {
			return err
		}

		go func() {
			_, err := b.Create(t.Context(), b.scope, b.derived())
			done <- err
		}()

		b.requireWaiting(t, done)

		return nil
	}))

	requireProblem(t, <-done, problem.UnknownEventType, "derivedFrom")
	require.Equal(t, 1, b.count(t, "event_types"))
}

func TestService_NothingInUseIsDerivedFromWhatIsArchivedUnderContention(t *testing.T) {
	t.Parallel()

	b := setup(t)
	source := b.make(t, "user.created", "")
	derived := b.derive(t)

	_, err := b.Archive(t.Context(), b.scope, derived.ID, true)
	require.NoError(t, err)

	var (
		group sync.WaitGroup
		errs  [8]error
	)

	for n := range errs {
		group.Go(func() {
			if n%2 == 0 {
				_, errs[n] = b.Archive(t.Context(), b.scope, source.ID, true)
			} else {
				_, errs[n] = b.Archive(t.Context(), b.scope, derived.ID, false)
			}
		})
	}

	group.Wait()

	won := map[bool]bool{}

	for n, err := range errs {
		if err == nil {
			won[n%2 == 0] = true

			continue
		}

		requireProblem(t, err, problem.Conflict, "id")
	}

	require.Len(t, won, 1, "either the source is archived or the derived one is in use")
}

func TestService_AsManyEventTypesMayBeDerivedFromOneAsItsEventsCanBear(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "user.created", "")

	in := b.derived()
	for n := range eventtype.MaxDerived {
		in.Name = fmt.Sprintf("user.derived_%d", n)
		_, err := b.Create(t.Context(), b.scope, in)
		require.NoError(t, err)
	}

	in.Name = "user.one_too_many"
	_, err := b.Create(t.Context(), b.scope, in)
	requireProblem(t, err, problem.LimitExceeded, "derivedFrom")
}
