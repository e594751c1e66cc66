package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/tenant"
)

var errOutage = errors.New("connection refused")

// authenticator knows one token, and is out of order for another.
type authenticator struct{ key apikey.Key }

func (a authenticator) Authenticate(_ context.Context, token string) (apikey.Key, error) {
	switch token {
	case "good":
		return a.key, nil
	case "outage":
		return apikey.Key{}, errOutage
	default:
		return apikey.Key{}, apikey.ErrRevoked
	}
}

func adminOf(organization id.ID) apikey.Key {
	return apikey.Key{ID: id.New(id.APIKey), OrganizationID: &organization, Role: apikey.Admin}
}

// serve returns the context that a handler behind the middleware sees.
func serve(t *testing.T, authn auth.Authenticator, headers ...string) context.Context {
	t.Helper()

	var seen context.Context

	handler := auth.Middleware(authn)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = r.Context()
	}))

	request := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	request.Header["Authorization"] = headers

	if len(headers) == 0 {
		request.Header.Del("Authorization")
	}

	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	require.Equal(t, http.StatusOK, recorder.Code)
	require.NotNil(t, seen, "every request goes on")

	return seen
}

func TestMiddleware_AGoodTokenMakesAPrincipal(t *testing.T) {
	t.Parallel()

	key := adminOf(id.New(id.Organization))

	ctx := serve(t, authenticator{key}, "Bearer good")
	principal, ok := auth.From(ctx)
	require.True(t, ok)
	require.Equal(t, key, principal.Key)
	require.NoError(t, auth.Problem(ctx))
}

func TestMiddleware_NoHeaderMakesNobody(t *testing.T) {
	t.Parallel()

	ctx := serve(t, authenticator{})
	_, ok := auth.From(ctx)
	require.False(t, ok)
	require.NoError(t, auth.Problem(ctx))
}

func TestMiddleware_ABadHeaderMakesAProblem(t *testing.T) {
	t.Parallel()

	for name, headers := range map[string][]string{
		"another scheme": {"Basic Z29vZDpnb29k"},
		"empty":          {""},
		"no token":       {"Bearer "},
		"refused token":  {"Bearer bad"},
		"token alone":    {"good"},
		"two headers":    {"Bearer good", "Bearer good"},
	} {
		ctx := serve(t, authenticator{}, headers...)
		_, ok := auth.From(ctx)
		require.False(t, ok, name)
		require.ErrorIs(t, auth.Problem(ctx), apikey.ErrUnauthenticated, name)
	}
}

func TestMiddleware_AnOutageIsNotTheCallersFault(t *testing.T) {
	t.Parallel()

	ctx := serve(t, authenticator{}, "Bearer outage")
	_, ok := auth.From(ctx)
	require.False(t, ok)
	require.ErrorIs(t, auth.Problem(ctx), errOutage)
	require.NotErrorIs(t, auth.Problem(ctx), apikey.ErrUnauthenticated)
}

func TestMiddleware_WorksWithRealKeys(t *testing.T) {
	t.Parallel()

	keys := apikey.NewService(dbtest.Pool(t), time.Now)
	token := apikey.NewOperatorToken()

	key, err := keys.EnsureOperator(t.Context(), token)
	require.NoError(t, err)

	principal, ok := auth.From(serve(t, keys, "bearer "+token))
	require.True(t, ok)
	require.Equal(t, tenant.All(), principal.Scope())

	_, err = keys.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)

	ctx := serve(t, keys, "bearer "+token)
	require.ErrorIs(t, auth.Problem(ctx), apikey.ErrRevoked)

	ctx = serve(t, keys, "bearer "+apikey.NewOperatorToken())
	require.ErrorIs(t, auth.Problem(ctx), apikey.ErrUnknown)
}

func TestAuthenticate_TheLastWordCounts(t *testing.T) {
	t.Parallel()

	authn := authenticator{adminOf(id.New(id.Organization))}

	bad := auth.Authenticate(t.Context(), authn, "Bearer bad")
	require.Error(t, auth.Problem(bad))

	good := auth.Authenticate(bad, authn, "Bearer good")
	_, ok := auth.From(good)
	require.True(t, ok)
	require.NoError(t, auth.Problem(good))

	_, ok = auth.From(auth.Authenticate(good, authn, "Bearer bad"))
	require.False(t, ok)
}

func TestRecheck_AsksTheCredentialAnew(t *testing.T) {
	t.Parallel()

	require.NoError(t, auth.Recheck(t.Context()), "nobody showed anything")

	var problem error

	asked := 0
	ctx := auth.With(t.Context(), func(context.Context) (apikey.Key, error) {
		asked++

		return apikey.Key{}, problem
	})
	require.NoError(t, auth.Recheck(ctx))

	for _, problem = range []error{apikey.ErrRevoked, errOutage} {
		require.ErrorIs(t, auth.Recheck(ctx), problem)
	}

	require.Equal(t, 4, asked)

	_, ok := auth.From(ctx)
	require.True(t, ok, "what was found out stays")
}

func TestPrincipal_ScopeIsItsOrganization(t *testing.T) {
	t.Parallel()

	mine := id.New(id.Organization)

	require.Equal(t, tenant.Of(mine), auth.Principal{Key: adminOf(mine)}.Scope())
	require.Equal(t, tenant.All(), auth.Principal{Key: apikey.Key{Role: apikey.Operator}}.Scope())
	require.Equal(t, tenant.Scope{}, auth.Principal{}.Scope())
	require.Equal(t, tenant.Scope{}, auth.Principal{Key: apikey.Key{Role: apikey.Admin}}.Scope())
	require.Equal(t, tenant.Of(mine), auth.Principal{
		Key: apikey.Key{Role: apikey.Operator, OrganizationID: &mine},
	}.Scope())
}

func TestPrincipal_IsOneOfTheRoles(t *testing.T) {
	t.Parallel()

	principal := auth.Principal{Key: apikey.Key{Role: apikey.Viewer}}

	require.Equal(t, apikey.Viewer, principal.Role())
	require.True(t, principal.Is(apikey.Admin, apikey.Viewer))
	require.False(t, principal.Is(apikey.Admin))
	require.False(t, principal.Is())
	require.False(t, auth.Principal{}.Is(apikey.Admin, apikey.Viewer))
}

func TestBearer_ReadsTheHeaderAsRFC6750WritesIt(t *testing.T) {
	t.Parallel()

	for header, want := range map[string]string{
		"Bearer abc":          "abc",
		"bearer abc":          "abc",
		"BEARER   abc":        "abc",
		"Bearer a-._~+/9Z==":  "a-._~+/9Z==",
		"Bearer shk_1CC_0a1b": "shk_1CC_0a1b",
	} {
		token, ok := auth.Bearer(header)
		require.True(t, ok, header)
		require.Equal(t, want, token, header)
	}

	for _, header := range []string{
		"", "Bearer", "Bearer ", "Bearer  ", "Bearer =", "Bearer a b", "Bearer a,b", "Bearer\tabc", "Bearer a=b",
		"Bearer a\n", "Bearer é", "Basic abc", "abc", " Bearer abc", "Bearerabc",
	} {
		_, ok := auth.Bearer(header)
		require.False(t, ok, header)
	}
}

func FuzzBearer(f *testing.F) {
	f.Add("Bearer abc")

	f.Fuzz(func(t *testing.T, header string) {
		token, ok := auth.Bearer(header)
		require.Equal(t, ok, token != "")
	})
}
