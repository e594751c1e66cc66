package eventtype_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

func TestService_CreateKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	description, group, deprecation := "A user signed up", "Users", "Use user.registered"

	created, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{
		OrganizationID: b.mine, Name: "user.created", Description: &description, Group: &group,
		SchemaValidation: eventtype.Quarantine, Deprecation: &deprecation,
		Schema:  json.RawMessage("{\n \"type\": \"object\", \"properties\": {\"b\": {}, \"a\": {}} }"),
		Samples: []eventtype.Sample{sample("Plain", `{"id": 1.50, "b<": "&"}`), sample("Other", `{}`)},
	})
	require.NoError(t, err)
	require.True(t, created.ID.Is(id.EventType))
	require.Equal(t, b.mine, created.OrganizationID)
	require.Equal(t, "user.created", created.Name)
	require.Equal(t, &description, created.Description)
	require.Equal(t, &group, created.Group)
	require.Equal(t, eventtype.Quarantine, created.SchemaValidation)
	require.Equal(t, &deprecation, created.Deprecation)
	require.True(t, created.Deprecated())
	require.Nil(t, created.DerivedFrom)
	require.Nil(t, created.When)
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

func TestService_CreateFillsInWhatWasLeftOut(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for n, schema := range []string{"", "null", " null "} {
		one := b.make(t, fmt.Sprint("t", n), schema)
		require.Equal(t, eventtype.Reject, one.SchemaValidation)
		require.False(t, one.Deprecated())
	}

	require.Zero(t, b.count(t, "event_type_schemas"))
}

func TestService_CreateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	long, nul, blank := strings.Repeat("x", 1001), "\x00", " "

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
		"name of Surehook's own": {
			eventtype.CreateInput{Name: eventtype.WebhookDisabled}, problem.AlreadyExists, []string{"name"},
		},
		"schema validation unknown": {
			eventtype.CreateInput{Name: "n", SchemaValidation: "reject"},
			problem.Invalid,
			[]string{"schemaValidation"},
		},
		"deprecation too long": {
			eventtype.CreateInput{Name: "n", Deprecation: &long}, problem.TooLong, []string{"deprecation"},
		},
		"deprecation with NUL": {
			eventtype.CreateInput{Name: "n", Deprecation: &nul}, problem.Invalid, []string{"deprecation"},
		},
		"deprecation without a reason": {
			eventtype.CreateInput{Name: "n", Deprecation: &blank}, problem.Required, []string{"deprecation"},
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

func TestService_CreateSaysWhoseTheOperationalEventTypesAre(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, operational := range eventtype.Operationals() {
		_, err := b.Create(t.Context(), b.scope, eventtype.CreateInput{OrganizationID: b.mine, Name: operational.Name})
		require.EqualError(t, err, "name: Surehook publishes events of this type itself")
	}

	b.make(t, "webhook.disabled.twice", "")
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
