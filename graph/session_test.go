package graph_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/session"
	"github.com/surehook/surehook/internal/tenant"
)

// signedIn returns what a page of the server's own sends along once somebody has signed in.
func (b *testBundle) signedIn(token string) http.Header {
	b.t.Helper()

	value, _, err := b.sessions.Start(b.t.Context(), token)
	require.NoError(b.t, err)

	return http.Header{"Cookie": {"surehook_session=" + value}, "Origin": {b.url}}
}

// page sends what a page would, with fetch or as a form.
func (b *testBundle) page(header http.Header, kind, body string) response {
	b.t.Helper()

	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url, strings.NewReader(body))
	require.NoError(b.t, err)

	r.Header = header.Clone()
	r.Header.Set("Content-Type", kind)

	return b.do(r)
}

const whoAmI = `{"query":"{ viewer { role } }"}`

func TestSession_AsksForItsKey(t *testing.T) {
	t.Parallel()

	b := setup(t)
	header := b.signedIn(b.tokens[apikey.Viewer])
	require.Equal(t, "VIEWER", b.page(header, "application/json", whoAmI).ok().at("viewer.role"))

	s := b.open(header)
	s.write(message{Type: "connection_init"})
	require.Equal(t, "connection_ack", s.read().Type)

	s.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, "VIEWER", s.next("q").ok().at("viewer.role"))
}

func TestSession_TheKeyOfConnectionInitGoesBeforeIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	header := b.signedIn(b.tokens[apikey.Viewer])

	s := b.open(header)
	s.write(message{Type: "connection_init", Payload: authorization("Authorization", b.mine.admin)})
	require.Equal(t, "connection_ack", s.read().Type)

	s.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, "ADMIN", s.next("q").ok().at("viewer.role"))

	bad := b.open(header)
	bad.write(message{Type: "connection_init", Payload: authorization("Authorization", "nonsense")})
	require.EqualValues(t, 4403, bad.closed().Code)
}

func TestSession_IsOfNoUseToForeignPages(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.rows()
	mutation := `{"query":"mutation { createWebhook(input: {organizationId: \"` + b.mine.org.String() +
		`\", name: \"x\", url: \"https://example.com\"}) { webhook { id } } }"}`

	for name, test := range map[string]struct {
		kind, header, value string
		status              int
	}{
		"a form":               {"application/x-www-form-urlencoded", "", "", http.StatusUnsupportedMediaType},
		"a form as text":       {"text/plain", "", "", http.StatusUnsupportedMediaType},
		"a form with a file":   {"multipart/form-data; boundary=x", "", "", http.StatusUnsupportedMediaType},
		"fetch, another site":  {"application/json", "Origin", "https://evil.test", http.StatusOK},
		"fetch, same site":     {"application/json", "Sec-Fetch-Site", "same-site", http.StatusOK},
		"fetch, allowed there": {"application/json", "Origin", "https://console.example.com", http.StatusOK},
	} {
		header := b.signedIn(b.mine.admin)
		if test.header != "" {
			header.Set(test.header, test.value)
		}

		out := b.page(header, test.kind, mutation)
		require.Equal(t, test.status, out.Status, name)

		if test.status == http.StatusOK {
			out.failed("UNAUTHENTICATED")
		}
	}

	require.Equal(t, before, b.rows(), "nothing was done")
}

func TestSession_DoesNotOpenAWebsocketToOtherOrigins(t *testing.T) {
	t.Parallel()

	b := setup(t)

	evil := b.signedIn(b.mine.admin)
	evil.Set("Origin", "https://evil.test")

	_, res, err := b.dial(evil, "graphql-transport-ws")
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, res.StatusCode)

	// This one may open websockets, but has to bring a key.
	allowed := b.signedIn(b.mine.admin)
	allowed.Set("Origin", "https://console.example.com")
	allowed.Set("Cookie", "__Host-"+allowed.Get("Cookie"))

	s := b.open(allowed)
	s.write(message{Type: "connection_init"})

	closed := s.closed()
	require.EqualValues(t, 4403, closed.Code)
	require.Contains(t, closed.Reason, session.ErrForeign.Error())

	withKey := b.open(allowed)
	withKey.write(message{Type: "connection_init", Payload: authorization("Authorization", b.mine.admin)})
	require.Equal(t, "connection_ack", withKey.read().Type)
}

func TestSession_IsNotTakenByGet(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, accept := range []string{"application/json", "text/event-stream"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"?query={viewer{role}}", nil)
		require.NoError(t, err)

		r.Header = b.signedIn(b.mine.admin)
		r.Header.Set("Accept", accept)

		require.Equal(t, http.StatusMethodNotAllowed, b.do(r).Status)
	}
}

const liveOf = `subscription ($org: ID!) { deliveryUpdated(organizationId: $org) { id } }`

func TestSession_ItsWebsocketIsClosedWhenTheKeyIsRevoked(t *testing.T) {
	t.Parallel()

	b := setup(t, watchful)
	key, token := b.makeKey(&b.mine.org, apikey.Viewer)

	s := b.open(b.signedIn(token))
	s.write(message{Type: "connection_init"})
	require.Equal(t, "connection_ack", s.read().Type)
	s.subscribe("live", liveOf, vars{"org": b.mine.org})

	_, err := b.deps.APIKeys.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)
	require.EqualValues(t, 4403, s.closed().Code)
}

func TestSession_ItsWebsocketIsClosedWhenItIsOver(t *testing.T) {
	t.Parallel()

	b := setup(t, watchful)
	b.sessions = session.NewService(b.deps.APIKeys, b.box, 2*time.Second, time.Now)

	s := b.open(b.signedIn(b.mine.admin))
	s.write(message{Type: "connection_init"})
	require.EqualValues(t, 4403, s.closed().Code)
}

func TestSession_ItsEventStreamEndsWhenTheKeyIsRevoked(t *testing.T) {
	t.Parallel()

	b := setup(t, watchful)
	key, token := b.makeKey(&b.mine.org, apikey.Viewer)

	s := b.listenAs(b.signedIn(token), liveOf, vars{"org": b.mine.org})
	defer s.close()

	_, err := b.deps.APIKeys.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)
	s.drain()
}
