package eventtype_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

func TestService_ForeignAndUnknownLookAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", userSchema)
	foreign := tenant.Of(b.foreign)

	for _, other := range []id.ID{one.ID, id.New(id.EventType), id.Event.From(one.ID.UUID()), {}} {
		_, err := b.Get(t.Context(), foreign, other)
		require.Equal(t, problem.Missing("event type"), err)

		_, err = b.Update(t.Context(), foreign, eventtype.UpdateInput{ID: other, Group: optional.Of("g")})
		require.Equal(t, problem.Missing("event type", "id"), err)

		_, err = b.Archive(t.Context(), foreign, other, true)
		require.Equal(t, problem.Missing("event type", "id"), err)

		_, _, err = b.AddSchema(t.Context(), foreign, other, json.RawMessage(`{}`))
		require.Equal(t, problem.Missing("event type", "eventTypeId"), err)
	}

	for _, other := range []id.ID{b.mine, id.New(id.Organization), id.Event.From(b.foreign.UUID()), {}} {
		_, err := b.Create(t.Context(), foreign, eventtype.CreateInput{OrganizationID: other, Name: "n"})
		require.Equal(t, problem.Missing("organization", "organizationId"), err)

		_, err = b.GetByName(t.Context(), foreign, other, "user.created")
		require.Equal(t, problem.Missing("event type"), err)

		_, err = b.List(t.Context(), foreign, other, eventtype.Filter{IncludeArchived: true}, page.Query{Size: 10})
		require.Equal(t, problem.Missing("organization"), err)
	}

	_, err := b.Create(t.Context(), tenant.All(), eventtype.CreateInput{
		OrganizationID: id.New(id.Organization), Name: "n",
	})
	require.Equal(t, problem.Missing("organization", "organizationId"), err)

	_, err = b.Get(t.Context(), tenant.All(), id.Event.From(one.ID.UUID()))
	require.Equal(t, problem.Missing("event type"), err)

	b.requireUnchanged(t, one)
	require.Equal(t, 1, b.count(t, "event_types"))
	require.Equal(t, 1, b.count(t, "event_type_schemas"))
}

func TestService_GetByNameFindsArchivedOnesToo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "user.created", "")

	archived, err := b.Archive(t.Context(), b.scope, one.ID, true)
	require.NoError(t, err)

	found, err := b.GetByName(t.Context(), b.scope, b.mine, "user.created")
	require.NoError(t, err)
	require.Equal(t, archived, found)

	for _, name := range []string{"user.deleted", "", "\x00", "*"} {
		_, err = b.GetByName(t.Context(), b.scope, b.mine, name)
		require.Equal(t, problem.Missing("event type"), err)
	}
}

func TestService_ByIDsLeavesOutWhatIsNotThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := b.make(t, "one", ""), b.make(t, "two", "", sample("s", `{}`))

	found, err := b.ByIDs(t.Context(), []id.ID{two.ID, id.New(id.EventType), one.ID})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]eventtype.EventType{one.ID: one, two.ID: two}, found)
}

func TestService_ListIsOfOneOrganizationAndLeavesOutArchivedOnesUnlessTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := b.make(t, "one", ""), b.make(t, "two", "", sample("s", `{}`))

	_, err := b.Create(t.Context(), tenant.All(), eventtype.CreateInput{OrganizationID: b.foreign, Name: "one"})
	require.NoError(t, err)

	archived, err := b.Archive(t.Context(), b.scope, one.ID, true)
	require.NoError(t, err)

	listed, err := b.List(t.Context(), b.scope, b.mine, eventtype.Filter{}, page.Query{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []eventtype.EventType{two}, listed.Items)

	listed, err = b.List(t.Context(), b.scope, b.mine, eventtype.Filter{IncludeArchived: true}, page.Query{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []eventtype.EventType{two, archived}, listed.Items)

	listed, err = b.List(t.Context(), b.scope, b.mine, eventtype.Filter{IncludeArchived: true}, page.Query{Size: 1})
	require.NoError(t, err)
	require.True(t, listed.HasNext)

	for search, want := range map[string]int{"TW": 1, "o": 2, "%": 0, "\x00": 0} {
		f := eventtype.Filter{IncludeArchived: true, Search: &search}
		listed, err = b.List(t.Context(), b.scope, b.mine, f, page.Query{Size: 10})
		require.NoError(t, err, search)
		require.Len(t, listed.Items, want, search)
	}
}
