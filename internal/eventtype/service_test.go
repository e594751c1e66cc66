package eventtype_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

const userSchema = `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}`

type testBundle struct {
	*eventtype.Service
	pool    *db.Pool
	clock   time.Time
	mine    id.ID
	foreign id.ID
	scope   tenant.Scope
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), clock: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return b.clock }
	b.Service = eventtype.NewService(b.pool, now)

	organizations := organization.NewService(b.pool, now)

	for name, into := range map[string]*id.ID{"Mine": &b.mine, "Foreign": &b.foreign} {
		one, err := organizations.Create(t.Context(), organization.CreateInput{Name: name})
		require.NoError(t, err)

		*into = one.ID
	}

	b.scope = tenant.Of(b.mine)

	return b
}

func (b *testBundle) make(t *testing.T, name, schema string, samples ...eventtype.Sample) eventtype.EventType {
	t.Helper()

	one, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: name, Schema: json.RawMessage(schema), Samples: samples,
	})
	require.NoError(t, err)

	return one
}

func (b *testBundle) count(t *testing.T, table string) int {
	t.Helper()

	var count int

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&count))

	return count
}

func (b *testBundle) requireUnchanged(t *testing.T, one eventtype.EventType) {
	t.Helper()

	found, err := b.Get(t.Context(), tenant.All(), one.ID)
	require.NoError(t, err)
	require.Equal(t, one, found)
}

func sample(name, payload string) eventtype.Sample {
	return eventtype.Sample{Name: name, Payload: json.RawMessage(payload)}
}

func requireProblem(t *testing.T, err error, code problem.Code, field ...string) {
	t.Helper()

	problems, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.Len(t, problems, 1, "%v", err)
	require.Equal(t, code, problems[0].Code, "%v", err)
	require.Equal(t, field, problems[0].Field)
}

func TestService_CreateKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	description, group := "A user signed up", "Users"

	created, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: "user.created", Description: &description, Group: &group,
		Schema:  json.RawMessage("{\n \"type\": \"object\", \"properties\": {\"b\": {}, \"a\": {}} }"),
		Samples: []eventtype.Sample{sample("Plain", `{"id": 1.50, "b<": "&"}`), sample("Other", `{}`)},
	})
	require.NoError(t, err)
	require.True(t, created.ID.Is(id.EventType))
	require.Equal(t, b.mine, created.OrganizationID)
	require.Equal(t, "user.created", created.Name)
	require.Equal(t, &description, created.Description)
	require.Equal(t, &group, created.Group)
	require.Nil(t, created.ArchivedAt)
	require.True(t, created.CreatedAt.Equal(b.clock))
	require.Equal(t, []string{"Plain", "Other"}, []string{created.Samples[0].Name, created.Samples[1].Name})
	require.Equal(t, `{"b<":"&","id":1.50}`, string(created.Samples[0].Payload), //nolint:testifylint // JSONEq sees no digits
		"numbers keep their digits")
	b.requireUnchanged(t, created)

	schemas, err := b.Schemas(t.Context(), []id.ID{created.ID})
	require.NoError(t, err)
	require.Len(t, schemas[created.ID], 1)
	require.Equal(t, 1, schemas[created.ID][0].Version)
	require.Equal(t, `{"type":"object","properties":{"b":{},"a":{}}}`, //nolint:testifylint // members keep their order
		string(schemas[created.ID][0].Schema))
}

func TestService_CreateWithoutSchemaHasNone(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for n, schema := range []string{"", "null", " null "} {
		b.make(t, fmt.Sprint("t", n), schema)
	}

	require.Zero(t, b.count(t, "event_type_schemas"))
}

func TestService_CreateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	long, nul := strings.Repeat("x", 1001), "\x00"

	payload := []string{"samples", "0", "payload"}
	samples := func(samples ...eventtype.Sample) eventtype.CreateInput {
		return eventtype.CreateInput{Name: "n", Samples: samples}
	}

	for name, test := range map[string]struct {
		in    eventtype.CreateInput
		code  problem.Code
		field []string
	}{
		"no name":            {eventtype.CreateInput{}, problem.Required, []string{"name"}},
		"name with a hyphen": {eventtype.CreateInput{Name: "a-b"}, problem.Invalid, []string{"name"}},
		"name is a pattern":  {eventtype.CreateInput{Name: "a.*"}, problem.Invalid, []string{"name"}},
		"name too long": {
			eventtype.CreateInput{Name: strings.Repeat("n", 129)}, problem.TooLong, []string{"name"},
		},
		"description too long": {
			eventtype.CreateInput{Name: "n", Description: &long}, problem.TooLong, []string{"description"},
		},
		"group with NUL": {eventtype.CreateInput{Name: "n", Group: &nul}, problem.Invalid, []string{"group"}},
		"schema is no JSON": {
			eventtype.CreateInput{Name: "n", Schema: json.RawMessage("{")}, problem.Invalid, []string{"schema"},
		},
		"schema is invalid": {
			eventtype.CreateInput{Name: "n", Schema: json.RawMessage(`{"type":7}`)},
			problem.Invalid,
			[]string{"schema"},
		},
		"schema reads a file": {
			eventtype.CreateInput{Name: "n", Schema: json.RawMessage(`{"$ref":"file:///etc/hostname"}`)},
			problem.Invalid,
			[]string{"schema"},
		},
		"schema too large": {
			eventtype.CreateInput{Name: "n", Schema: json.RawMessage(`{"title":"` + strings.Repeat("x", 65536) + `"}`)},
			problem.TooLong,
			[]string{"schema"},
		},
		"sample without a name": {samples(sample("", "{}")), problem.Required, []string{"samples", "0", "name"}},
		"sample names twice": {
			samples(sample("a", "{}"), sample("a", "{}")), problem.AlreadyExists, []string{"samples", "1", "name"},
		},
		"sample name too long": {
			samples(sample(long[:101], "{}")), problem.TooLong, []string{"samples", "0", "name"},
		},
		"sample is no object": {samples(sample("a", "[]")), problem.Invalid, payload},
		"sample is nothing":   {samples(sample("a", "")), problem.Invalid, payload},
		"sample with NUL":     {samples(sample("a", `{"a":["\u0000"]}`)), problem.Invalid, payload},
		"sample has 1e1001":   {samples(sample("a", `{"a":1e1001}`)), problem.Invalid, payload},
		"sample is not UTF-8": {samples(sample("a", "{\"a\":\"\xff\"}")), problem.Invalid, payload},
		"sample too large": {
			samples(sample("a", `{"a":"`+strings.Repeat("x", 262144)+`"}`)), problem.PayloadTooLarge,
			[]string{"samples", "0", "payload"},
		},
		"sample too large with its zeros": {
			samples(sample("a", `{"a":[`+strings.Repeat("1e1000,", 263)+`1]}`)), problem.PayloadTooLarge,
			[]string{"samples", "0", "payload"},
		},
		"too many samples": {samples(make([]eventtype.Sample, 21)...), problem.LimitExceeded, []string{"samples"}},
		"sample does not match": {
			eventtype.CreateInput{
				Name: "n", Schema: json.RawMessage(userSchema),
				Samples: []eventtype.Sample{sample("good", `{"id":1}`), sample("bad", `{"id":"1"}`)},
			},
			problem.PayloadSchemaMismatch,
			[]string{"samples", "1", "payload", "id"},
		},
	} {
		test.in.OrganizationID = b.mine

		_, err := b.Create(t.Context(), b.scope, test.in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
	}

	require.Zero(t, b.count(t, "event_types"))
	require.Zero(t, b.count(t, "event_type_schemas"))
}

func TestService_CreateNamesAllProblemsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	long := strings.Repeat("x", 1001)

	_, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Description: &long, Group: &long, Schema: json.RawMessage("[]"),
		Samples: []eventtype.Sample{sample("", "[]")},
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 6)
	require.Zero(t, b.count(t, "event_types"))
}

func TestService_CreateRefusesANameThatIsTakenAlsoWhenArchived(t *testing.T) {
	t.Parallel()

	b := setup(t)
	first := b.make(t, "user.created", userSchema)

	_, err := b.Archive(t.Context(), b.scope, first.ID, true)
	require.NoError(t, err)

	_, err = b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: "user.created", Schema: json.RawMessage(userSchema),
	})
	requireProblem(t, err, problem.AlreadyExists, "name")
	require.Equal(t, 1, b.count(t, "event_types"))
	require.Equal(t, 1, b.count(t, "event_type_schemas"))

	_, err = b.Create(t.Context(), tenant.All(), eventtype.CreateInput{OrganizationID: b.foreign, Name: "user.created"})
	require.NoError(t, err, "catalogs are apart")
}

func TestService_UpdateTellsLeftOutFromNull(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema, sample("a", `{"id":1}`))
	b.requireUnchanged(t, one)

	unchanged, err := b.Update(t.Context(), b.scope, eventtype.UpdateInput{ID: one.ID})
	require.NoError(t, err)
	require.Equal(t, one, unchanged)

	b.clock = b.clock.Add(time.Hour)

	changed, err := b.Update(t.Context(), b.scope, eventtype.UpdateInput{
		ID: one.ID, Description: optional.Of("d"), Group: optional.Of("g"),
	})
	require.NoError(t, err)
	require.Equal(t, "d", *changed.Description)
	require.Equal(t, "g", *changed.Group)
	require.Equal(t, one.Samples, changed.Samples)
	require.True(t, changed.UpdatedAt.Equal(b.clock))

	changed, err = b.Update(t.Context(), b.scope, eventtype.UpdateInput{
		ID: one.ID, Description: optional.Null[string](), Samples: &[]eventtype.Sample{},
	})
	require.NoError(t, err)
	require.Nil(t, changed.Description)
	require.Equal(t, "g", *changed.Group)
	require.Empty(t, changed.Samples)
	b.requireUnchanged(t, changed)
}

func TestService_UpdateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema, sample("a", `{"id":1}`))

	for name, test := range map[string]struct {
		in    eventtype.UpdateInput
		code  problem.Code
		field []string
	}{
		"description too long": {
			eventtype.UpdateInput{Description: optional.Of(strings.Repeat("x", 1001))},
			problem.TooLong,
			[]string{"description"},
		},
		"group too long": {
			eventtype.UpdateInput{Group: optional.Of(strings.Repeat("x", 101))}, problem.TooLong, []string{"group"},
		},
		"sample of the old shape": {
			eventtype.UpdateInput{Samples: &[]eventtype.Sample{sample("a", `{}`)}},
			problem.PayloadSchemaMismatch,
			[]string{"samples", "0", "payload"},
		},
		"sample is no JSON": {
			eventtype.UpdateInput{Samples: &[]eventtype.Sample{sample("a", `nope`)}},
			problem.Invalid,
			[]string{"samples", "0", "payload"},
		},
	} {
		test.in.ID = one.ID

		_, err := b.Update(t.Context(), b.scope, test.in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
		b.requireUnchanged(t, one)
	}
}

func TestService_ArchiveGoesBothWays(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", "")
	b.clock = b.clock.Add(time.Hour)

	archived, err := b.Archive(t.Context(), b.scope, one.ID, true)
	require.NoError(t, err)
	require.True(t, archived.ArchivedAt.Equal(b.clock))

	b.clock = b.clock.Add(time.Hour)

	again, err := b.Archive(t.Context(), b.scope, one.ID, true)
	require.NoError(t, err)
	require.Equal(t, archived, again)

	back, err := b.Archive(t.Context(), b.scope, one.ID, false)
	require.NoError(t, err)
	require.Nil(t, back.ArchivedAt)
	require.True(t, back.UpdatedAt.Equal(b.clock))
}

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
