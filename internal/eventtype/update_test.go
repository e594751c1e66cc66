package eventtype_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
)

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

	require.Equal(t, eventtype.Reject, changed.SchemaValidation)
	require.False(t, changed.Deprecated())

	changed, err = b.Update(t.Context(), b.scope, eventtype.UpdateInput{
		ID: one.ID, SchemaValidation: new(eventtype.Warn), Deprecation: optional.Of("Use another"),
	})
	require.NoError(t, err)
	require.Equal(t, eventtype.Warn, changed.SchemaValidation)
	require.Equal(t, "Use another", *changed.Deprecation)
	require.Equal(t, "d", *changed.Description)

	changed, err = b.Update(t.Context(), b.scope, eventtype.UpdateInput{
		ID: one.ID, Description: optional.Null[string](), Deprecation: optional.Null[string](),
		Samples: &[]eventtype.Sample{},
	})
	require.NoError(t, err)
	require.Nil(t, changed.Description)
	require.False(t, changed.Deprecated())
	require.Equal(t, eventtype.Warn, changed.SchemaValidation)
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
		"condition, and not derived": {
			eventtype.UpdateInput{When: new("true")}, problem.Invalid, []string{"when"},
		},
		"deprecation without a reason": {
			eventtype.UpdateInput{Deprecation: optional.Of("")}, problem.Required, []string{"deprecation"},
		},
		"schema validation empty": {
			eventtype.UpdateInput{SchemaValidation: new(eventtype.SchemaValidation(""))},
			problem.Invalid,
			[]string{"schemaValidation"},
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
