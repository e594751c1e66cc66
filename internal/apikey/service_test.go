package apikey_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/apikey"
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
	*apikey.Service
	pool    *db.Pool
	clock   *atomic.Pointer[time.Time]
	mine    id.ID
	foreign id.ID
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{pool: dbtest.Pool(t), clock: &atomic.Pointer[time.Time]{}}
	start := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	b.clock.Store(&start)
	b.Service = b.anotherProcess()

	registry, err := profile.Load(profiles.Files, "")
	require.NoError(t, err)

	organizations := organization.NewService(b.pool, eventtype.NewService(b.pool, b.now), registry, b.now)

	for name, into := range map[string]*id.ID{"Mine": &b.mine, "Foreign": &b.foreign} {
		one, err := organizations.Create(t.Context(), organization.CreateInput{Name: name})
		require.NoError(t, err)

		*into = one.ID
	}

	return b
}

func (b *testBundle) now() time.Time { return *b.clock.Load() }

func (b *testBundle) wait(span time.Duration) {
	later := b.now().Add(span)
	b.clock.Store(&later)
}

// anotherProcess returns a service with a cache of its own.
func (b *testBundle) anotherProcess() *apikey.Service { return apikey.NewService(b.pool, b.now) }

func (b *testBundle) make(t *testing.T, role apikey.Role) (apikey.Key, string) {
	t.Helper()

	key, token, err := b.Create(t.Context(), tenant.Of(b.mine), apikey.CreateInput{
		OrganizationID: &b.mine, Name: "key", Role: role,
	})
	require.NoError(t, err)

	return key, token
}

func (b *testBundle) operator(t *testing.T) (apikey.Key, string) {
	t.Helper()

	key, token, err := b.Create(t.Context(), tenant.All(), apikey.CreateInput{Name: "operator", Role: apikey.Operator})
	require.NoError(t, err)

	return key, token
}

func (b *testBundle) count(t *testing.T) int {
	t.Helper()

	var count int

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM api_keys").Scan(&count))

	return count
}

func TestService_CreateReturnsAKeyThatWorks(t *testing.T) {
	t.Parallel()

	b := setup(t)
	expires := b.now().Add(time.Hour)

	key, token, err := b.Create(t.Context(), tenant.Of(b.mine), apikey.CreateInput{
		OrganizationID: &b.mine, Name: "CI", Role: apikey.Publisher, ExpiresAt: &expires,
	})
	require.NoError(t, err)
	require.True(t, key.ID.Is(id.APIKey))
	require.Equal(t, &b.mine, key.OrganizationID)
	require.Equal(t, apikey.Publisher, key.Role)
	require.True(t, key.ExpiresAt.Equal(expires))
	require.True(t, strings.HasPrefix(token, key.Prefix+"_"))

	used, err := b.Authenticate(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, key.ID, used.ID)
}

func TestService_CreateStoresNoSecret(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, token := b.make(t, apikey.Admin)

	var stored string

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT k::text FROM api_keys k").Scan(&stored))
	require.NotContains(t, stored, token[27:])
	require.NotContains(t, stored, token[27:35])
}

func TestService_CreateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	now, past := b.now(), b.now().Add(-time.Second)
	unknown, wrongKind := id.New(id.Organization), id.Webhook.From(b.mine.UUID())
	mine, all := tenant.Of(b.mine), tenant.All()

	for name, test := range map[string]struct {
		scope tenant.Scope
		in    apikey.CreateInput
		field string
		code  problem.Code
	}{
		"blank name": {mine, apikey.CreateInput{OrganizationID: &b.mine, Role: apikey.Admin}, "name", problem.Required},
		"name too long": {
			mine,
			apikey.CreateInput{OrganizationID: &b.mine, Role: apikey.Admin, Name: strings.Repeat("n", 101)},
			"name", problem.TooLong,
		},
		"operator in an organization": {
			all, apikey.CreateInput{OrganizationID: &b.mine, Role: apikey.Operator, Name: "n"}, "role", problem.Invalid,
		},
		"unknown role": {
			mine, apikey.CreateInput{OrganizationID: &b.mine, Role: "ROOT", Name: "n"}, "role", problem.Invalid,
		},
		"admin of the platform": {all, apikey.CreateInput{Role: apikey.Admin, Name: "n"}, "role", problem.Invalid},
		"platform key by an admin": {
			mine, apikey.CreateInput{Role: apikey.Operator, Name: "n"}, "organizationId", problem.Required,
		},
		"expired before it is made": {
			mine,
			apikey.CreateInput{OrganizationID: &b.mine, Role: apikey.Admin, Name: "n", ExpiresAt: &past},
			"expiresAt", problem.Invalid,
		},
		"expires at once": {
			mine,
			apikey.CreateInput{OrganizationID: &b.mine, Role: apikey.Admin, Name: "n", ExpiresAt: &now},
			"expiresAt", problem.Invalid,
		},
		"foreign organization": {
			mine,
			apikey.CreateInput{OrganizationID: &b.foreign, Role: apikey.Admin, Name: "n"},
			"organizationId", problem.NotFound,
		},
		"unknown organization": {
			mine,
			apikey.CreateInput{OrganizationID: &unknown, Role: apikey.Admin, Name: "n"},
			"organizationId", problem.NotFound,
		},
		"organization unknown to an operator": {
			all,
			apikey.CreateInput{OrganizationID: &unknown, Role: apikey.Admin, Name: "n"},
			"organizationId", problem.NotFound,
		},
		"id of another kind": {
			all,
			apikey.CreateInput{OrganizationID: &wrongKind, Role: apikey.Admin, Name: "n"},
			"organizationId", problem.NotFound,
		},
		"malformed id": {
			mine,
			apikey.CreateInput{OrganizationID: &id.ID{}, Role: apikey.Admin, Name: "n"},
			"organizationId", problem.NotFound,
		},
	} {
		_, token, err := b.Create(t.Context(), test.scope, test.in)
		problems, ok := problem.Of(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Len(t, problems, 1, name)
		require.Equal(t, test.code, problems[0].Code, name)
		require.Equal(t, []string{test.field}, problems[0].Field, name)
		require.Empty(t, token, name)
	}

	require.Zero(t, b.count(t))
}

func TestService_CreateNamesAllProblemsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	past := b.now().Add(-time.Second)

	_, _, err := b.Create(t.Context(), tenant.Of(b.mine), apikey.CreateInput{
		OrganizationID: &b.foreign, Role: "ROOT", ExpiresAt: &past,
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 4)
	require.Zero(t, b.count(t))
}

func TestService_EnsureOperatorIsHarmlessToRepeat(t *testing.T) {
	t.Parallel()

	b := setup(t)
	token := apikey.NewOperatorToken()

	first, err := b.EnsureOperator(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, apikey.Operator, first.Role)
	require.Nil(t, first.OrganizationID)

	again, err := b.anotherProcess().EnsureOperator(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, 1, b.count(t))

	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)
}

func TestService_EnsureOperatorDoesNotBringBackARevokedKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	token := apikey.NewOperatorToken()

	key, err := b.EnsureOperator(t.Context(), token)
	require.NoError(t, err)

	_, err = b.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)

	again, err := b.EnsureOperator(t.Context(), token)
	require.NoError(t, err)
	require.NotNil(t, again.RevokedAt)

	_, err = b.Authenticate(t.Context(), token)
	require.ErrorIs(t, err, apikey.ErrRevoked)
}

func TestService_EnsureOperatorRefusesWhatIsNotItsToken(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.EnsureOperator(t.Context(), "secret")
	require.ErrorIs(t, err, apikey.ErrMalformed)
	require.Zero(t, b.count(t))

	_, admin := b.make(t, apikey.Admin)

	_, err = b.EnsureOperator(t.Context(), admin)
	require.ErrorIs(t, err, apikey.ErrTaken)
	require.Equal(t, 1, b.count(t))
}

func TestService_AnAdminCannotTouchPlatformKeys(t *testing.T) {
	t.Parallel()

	b := setup(t)
	platform, token := b.operator(t)

	_, err := b.Get(t.Context(), tenant.Of(b.mine), platform.ID)
	require.Equal(t, problem.Missing("API key"), err)

	_, err = b.Revoke(t.Context(), tenant.Of(b.mine), platform.ID)
	require.Equal(t, problem.Missing("API key", "id"), err)

	_, err = b.Authenticate(t.Context(), token)
	require.NoError(t, err)
}

func TestService_ForeignAndUnknownLookAlike(t *testing.T) {
	t.Parallel()

	b := setup(t)
	key, token := b.make(t, apikey.Admin)

	for _, scope := range []tenant.Scope{tenant.Of(b.foreign), {}} {
		for _, other := range []id.ID{key.ID, id.New(id.APIKey), id.Event.From(key.ID.UUID()), {}} {
			_, err := b.Get(t.Context(), scope, other)
			require.Equal(t, problem.Missing("API key"), err)

			_, err = b.Revoke(t.Context(), scope, other)
			require.Equal(t, problem.Missing("API key", "id"), err)
		}

		for _, other := range []id.ID{b.mine, id.New(id.Organization), {}} {
			_, err := b.List(t.Context(), scope, other, page.Query{Size: 10})
			require.Equal(t, problem.Missing("organization"), err)
		}
	}

	_, err := b.Authenticate(t.Context(), token)
	require.NoError(t, err)
}

func TestService_ListHoldsTheOrganizationsKeysOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)
	older, _ := b.make(t, apikey.Viewer)
	newer, _ := b.make(t, apikey.Admin)
	b.operator(t)

	revoked, err := b.Revoke(t.Context(), tenant.Of(b.mine), older.ID)
	require.NoError(t, err)

	mine, err := b.List(t.Context(), tenant.Of(b.mine), b.mine, page.Query{Size: 10})
	require.NoError(t, err)
	require.Equal(t, []apikey.Key{newer, revoked}, mine.Items)

	foreign, err := b.List(t.Context(), tenant.All(), b.foreign, page.Query{Size: 10})
	require.NoError(t, err)
	require.Empty(t, foreign.Items)
}

func TestService_ByIDsLeavesOutWhatIsNotThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, _ := b.make(t, apikey.Viewer)
	two, _ := b.operator(t)

	found, err := b.ByIDs(t.Context(), []id.ID{one.ID, id.New(id.APIKey), two.ID})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]apikey.Key{one.ID: one, two.ID: two}, found)
}

// canceled is a request whose client has gone.
func canceled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()

	return ctx
}
