package organization_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/profiles"
)

type testBundle struct {
	*organization.Service
	pool  *db.Pool
	types *eventtype.Service
	audit *audit.Service
	clock time.Time
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), clock: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)}
	b.types = eventtype.NewService(b.pool, b.now)
	b.audit = audit.NewService(b.pool)
	b.Service = b.with(t, "")

	return b
}

func (b *testBundle) now() time.Time { return b.clock }

// with returns a service that knows the profiles of a directory besides those that are shipped.
func (b *testBundle) with(t *testing.T, directory string) *organization.Service {
	t.Helper()

	registry, err := profile.Load(profiles.Files, directory)
	require.NoError(t, err)

	return organization.NewService(b.pool, b.types, registry, b.now)
}

func (b *testBundle) make(t *testing.T, name string) organization.Organization {
	t.Helper()

	one, err := b.Create(t.Context(), organization.CreateInput{Name: name})
	require.NoError(t, err)

	return one
}

func (b *testBundle) count(ctx context.Context, t *testing.T) int {
	t.Helper()

	var count int

	require.NoError(t, b.pool.QueryRow(ctx, "SELECT count(*) FROM organizations").Scan(&count))

	return count
}

func TestService_CreateKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	slug := "acme-eu"

	created, err := b.Create(t.Context(), organization.CreateInput{Name: "Acme Europe", Slug: &slug})
	require.NoError(t, err)
	require.True(t, created.ID.Is(id.Organization))
	require.Equal(t, "Acme Europe", created.Name)
	require.Equal(t, "acme-eu", created.Slug)
	require.Equal(t, 256*1024, created.Limits.MaxPayloadBytes)
	require.True(t, created.CreatedAt.Equal(b.clock))
	require.True(t, created.UpdatedAt.Equal(b.clock))

	found, err := b.Get(t.Context(), tenant.Of(created.ID), created.ID)
	require.NoError(t, err)
	require.Equal(t, created, found)
}

func TestService_CreateMakesSlugsThatAreFree(t *testing.T) {
	t.Parallel()

	b := setup(t)

	slugs := make([]string, 11)
	for n := range slugs {
		slugs[n] = b.make(t, "Acme, Inc.").Slug
	}

	require.Equal(t, []string{"acme-inc", "acme-inc-2", "acme-inc-3"}, slugs[:3])
	require.Equal(t, "acme-inc-9", slugs[8])
	require.Regexp(t, "^acme-inc-[a-z2-7]{26}$", slugs[9])
	require.NotEqual(t, slugs[9], slugs[10])
}

func TestService_CreateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.make(t, "Taken")

	for name, test := range map[string]struct {
		name  string
		slug  string
		field string
		code  problem.Code
	}{
		"blank name":          {" \t", "a", "name", problem.Required},
		"name with NUL":       {"a\x00b", "a", "name", problem.Invalid},
		"name too long":       {strings.Repeat("ä", 101), "a", "name", problem.TooLong},
		"slug empty":          {"n", "", "slug", problem.Required},
		"slug taken":          {"n", "taken", "slug", problem.AlreadyExists},
		"slug too long":       {"n", strings.Repeat("a", 64), "slug", problem.TooLong},
		"slug upper-case":     {"n", "Acme", "slug", problem.Invalid},
		"slug with a dot":     {"n", "ac.me", "slug", problem.Invalid},
		"slug with accent":    {"n", "säge", "slug", problem.Invalid},
		"slug ends in dash":   {"n", "acme-", "slug", problem.Invalid},
		"slug is only a dash": {"n", "-", "slug", problem.Invalid},
	} {
		_, err := b.Create(t.Context(), organization.CreateInput{Name: test.name, Slug: &test.slug})
		problems, ok := problem.Of(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Len(t, problems, 1, name)
		require.Equal(t, test.code, problems[0].Code, name)
		require.Equal(t, []string{test.field}, problems[0].Field, name)
	}

	require.Equal(t, 1, b.count(t.Context(), t))
}

func TestService_CreateNamesAllProblemsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	slug := "No!"

	_, err := b.Create(t.Context(), organization.CreateInput{Slug: &slug})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 2)
	require.Zero(t, b.count(t.Context(), t))
}

func TestService_UpdateChangesWhatWasGiven(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "Old")
	b.clock = b.clock.Add(time.Hour)

	unchanged, err := b.Update(t.Context(), tenant.Of(one.ID), organization.UpdateInput{ID: one.ID})
	require.NoError(t, err)
	require.Equal(t, one, unchanged)

	name := "New"

	changed, err := b.Update(t.Context(), tenant.All(), organization.UpdateInput{ID: one.ID, Name: &name})
	require.NoError(t, err)
	require.Equal(t, "New", changed.Name)
	require.Equal(t, one.Slug, changed.Slug)
	require.True(t, changed.UpdatedAt.Equal(b.clock))
}

func TestService_UpdateRefusesABadNameAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t, "Old")
	name := ""

	_, err := b.Update(t.Context(), tenant.All(), organization.UpdateInput{ID: one.ID, Name: &name})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Equal(t, problem.Required, problems[0].Code)

	found, err := b.Get(t.Context(), tenant.All(), one.ID)
	require.NoError(t, err)
	require.Equal(t, one, found)
}

func TestService_ForeignAndUnknownLookAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine, foreign := b.make(t, "Mine"), b.make(t, "Foreign")
	name := "New"

	for _, other := range []id.ID{foreign.ID, id.New(id.Organization), id.Webhook.From(mine.ID.UUID()), {}} {
		_, err := b.Get(t.Context(), tenant.Of(mine.ID), other)
		require.Equal(t, problem.Missing("organization"), err)

		_, err = b.Update(t.Context(), tenant.Of(mine.ID), organization.UpdateInput{ID: other, Name: &name})
		require.Equal(t, problem.Missing("organization", "id"), err)
	}

	for _, unknown := range []id.ID{id.New(id.Organization), id.Webhook.From(mine.ID.UUID()), {}} {
		_, err := b.Get(t.Context(), tenant.All(), unknown)
		require.Equal(t, problem.Missing("organization"), err)

		_, err = b.Update(t.Context(), tenant.All(), organization.UpdateInput{ID: unknown, Name: &name})
		require.Equal(t, problem.Missing("organization", "id"), err)
	}

	found, err := b.Get(t.Context(), tenant.All(), foreign.ID)
	require.NoError(t, err)
	require.Equal(t, foreign, found)
}

func TestService_ByIDsLeavesOutWhatIsNotThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two := b.make(t, "One"), b.make(t, "Two")

	found, err := b.ByIDs(t.Context(), []id.ID{two.ID, id.New(id.Organization), one.ID})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]organization.Organization{one.ID: one, two.ID: two}, found)
}

func TestService_ListPagesNewestFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)

	var made []string
	for _, name := range []string{"c", "b", "a"} {
		b.make(t, name)
		made = append([]string{name}, made...)
	}

	first, err := b.List(t.Context(), organization.Filter{}, page.Query{Size: 2})
	require.NoError(t, err)
	require.True(t, first.HasNext)
	require.Len(t, first.Items, 2)

	after := first.Items[1].ID.UUID()

	second, err := b.List(t.Context(), organization.Filter{}, page.Query{Size: 2, After: &after})
	require.NoError(t, err)
	require.False(t, second.HasNext)

	var listed []string
	for _, one := range append(first.Items, second.Items...) {
		listed = append(listed, one.Name)
	}

	require.Equal(t, made, listed)
}
