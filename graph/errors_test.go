package graph_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
)

func TestErrors_OursAreLoggedAndNotShown(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	_, err := b.pool.Exec(t.Context(), "ALTER TABLE webhooks RENAME TO gone")
	require.NoError(t, err)

	out := b.as(apikey.Admin, `query ($id: ID!) { webhook(id: $id) { id } }`, vars{"id": b.mine.webhook}).failed("INTERNAL")
	require.Equal(t, []any{"webhook"}, out.Errors[0].Path)
	require.NotContains(t, out.rawBody, "webhooks")
	require.NotContains(t, out.rawBody, "SQLSTATE")
	require.Contains(t, b.log.String(), "SQLSTATE")
	require.Contains(t, b.log.String(), out.Errors[0].Extensions.RequestID)

	changed := b.as(apikey.Admin, `mutation ($id: ID!) { disableWebhook(input: {id: $id}) { webhook { id } } }`,
		vars{"id": b.mine.webhook}).failed("INTERNAL")
	require.Nil(t, changed.at("disableWebhook"))
}

func TestErrors_PanicsAreLoggedAndNotShown(t *testing.T) {
	t.Parallel()

	b := setup(t).with(func(d *graph.Deps) { d.Webhooks = nil })

	out := b.as(apikey.Admin, `query ($id: ID!) { webhook(id: $id) { id } }`, vars{"id": b.mine.org}).failed("INTERNAL")
	require.NotContains(t, out.rawBody, "nil pointer")
	require.Contains(t, b.log.String(), "nil pointer")
	require.Contains(t, b.log.String(), "webhook_resolvers.go")
}

func TestErrors_OneFieldDoesNotTakeItsSiblingsAlong(t *testing.T) {
	t.Parallel()

	b := setup(t)

	out := b.as(apikey.Viewer, `query ($id: ID!) { viewer { role } organizations { nodes { id } } }`, vars{})
	out.failed("GRAPHQL_VALIDATION_FAILED")

	out = b.as(apikey.Viewer, `mutation ($org: ID!) {
		a: createEventType(input: {organizationId: $org, name: "a"}) { userErrors { code } }
		b: publishEvent(input: {organizationId: $org, eventType: "a", payload: {}}) { userErrors { code } } }`,
		vars{"org": b.mine.org}).failed("FORBIDDEN")
	require.Equal(t, vars{"a": nil, "b": nil}, out.Data)
}

func TestErrors_ADatabaseThatIsAwayIsNotTheKeysFault(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.pool.Exec(t.Context(), "ALTER TABLE api_keys RENAME TO gone")
	require.NoError(t, err)

	out := b.as(apikey.Viewer, `{ viewer { role } }`).failed("INTERNAL")
	require.NotContains(t, out.rawBody, "api_keys")
}

func TestErrors_OperationsEndInTime(t *testing.T) {
	t.Parallel()

	b := setup(t, graph.Tuning{OperationTimeout: 50 * time.Millisecond})
	b.fill(&b.mine)

	lock, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	_, err = lock.Exec(t.Context(), "LOCK TABLE webhooks")
	require.NoError(t, err)

	b.as(apikey.Admin, `query ($id: ID!) { webhook(id: $id) { id } }`, vars{"id": b.mine.webhook}).failed("INTERNAL")
	require.NoError(t, lock.Rollback(t.Context()))
}

func TestRequest_MayAskForAnotherVersionOfHTTPInPassing(t *testing.T) {
	t.Parallel()

	b := setup(t)

	b.post(b.mine.admin, []byte(`{"query":"{ viewer { role } }"}`),
		http.Header{"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {""}}).ok()
}

func TestRequestId_IsTheCallersIfItIsFit(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		given string
		taken bool
	}{
		"fit":           {"trace-1:a/b", true},
		"none":          {"", false},
		"quoted":        {`a"b`, false},
		"too long":      {strings.Repeat("x", 129), false},
		"with a space":  {"a b", false},
		"with a letter": {"é", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.post("", []byte(`{"query":"{ viewer { role } }"}`), http.Header{"X-Request-Id": {test.given}}).
				failed("UNAUTHENTICATED")
			require.Equal(t, out.Errors[0].Extensions.RequestID, out.Header.Get("X-Request-Id"))
			require.Equal(t, test.taken, test.given == out.Header.Get("X-Request-Id"))
		})
	}
}
