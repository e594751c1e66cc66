package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/tenant"
)

func TestSocket_IsClosedWhenItsKeyIsRevoked(t *testing.T) {
	t.Parallel()

	b := setup(t, watchful)
	key, token := b.makeKey(&b.mine.org, apikey.Viewer)
	s := b.connect(token)
	s.subscribe("live", `subscription ($org: ID!) { deliveryUpdated(organizationId: $org) { id } }`,
		vars{"org": b.mine.org})

	_, err := b.deps.APIKeys.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)
	require.EqualValues(t, 4403, s.closed().Code)
}

func TestSocket_IsClosedWhenItsKeyExpires(t *testing.T) {
	t.Parallel()

	b := setup(t, watchful)

	_, token, err := b.deps.APIKeys.Create(t.Context(), tenant.All(), apikey.CreateInput{
		OrganizationID: &b.mine.org, Name: "Short", Role: apikey.Viewer, ExpiresAt: new(time.Now().Add(time.Second)),
	})
	require.NoError(t, err)
	require.EqualValues(t, 4403, b.connect(token).closed().Code)
}

func TestSocket_HasSoManyOperationsAtTheSameTime(t *testing.T) {
	t.Parallel()

	const live = `subscription ($org: ID!) { deliveryUpdated(organizationId: $org) { id } }`

	b := setup(t)
	s := b.connect(b.mine.admin)

	for n := range 32 {
		s.subscribe(fmt.Sprint(n), live, vars{"org": b.mine.org})
	}

	// They start in any order, so any of them may be the one too many.
	s.subscribe("32", live, vars{"org": b.mine.org})

	began, refused, ended := 0, "", false

	for began < 32 || !ended {
		switch m := s.read(); {
		case m.Type == "complete":
			require.Equal(t, refused, m.ID)

			ended = true
		case strings.Contains(string(m.Payload), "ready"):
			began++
		default:
			require.Empty(t, refused)
			require.Contains(t, string(m.Payload), "RATE_LIMITED")

			refused = m.ID
		}
	}

	// One that ends makes room for another.
	stopped := "0"
	if refused == stopped {
		stopped = "1"
	}

	s.write(message{Type: "complete", ID: stopped})
	s.skipTo("complete")
	s.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, "ADMIN", s.next("q").ok().at("viewer.role"))
}

func TestSocket_RefusesLongMessages(t *testing.T) {
	t.Parallel()

	b := setup(t)
	s := b.connect(b.mine.admin)

	s.subscribe("q", `{ viewer { role } } # `+strings.Repeat("x", 64<<10), nil)
	require.Equal(t, websocket.StatusMessageTooBig, s.closed().Code)
}

func TestSocket_ErrorsAreTypedLikeAnyOther(t *testing.T) {
	t.Parallel()

	b := setup(t)
	s := b.connect(b.tokens[apikey.Viewer])

	wants := map[string]string{
		`{ organizations { nodes { id } } }`:                                                                         "FORBIDDEN",
		`query { nonsense }`:                                                                                         "GRAPHQL_VALIDATION_FAILED",
		`{ viewer { role } ` + strings.Repeat("viewer { role } ", 10) + `}`:                                          "BAD_REQUEST",
		`subscription { deliveryUpdated(organizationId: "org_x") { id } }`:                                           "NOT_FOUND",
		`{ viewer { organization { deliveries(first: 0) { nodes { id } } } } }`:                                      "BAD_REQUEST",
		`{ viewer { organization { webhooks(first: 100) { nodes { deliveries(first: 100) { nodes { id } } } } } } }`: "COMPLEXITY_LIMIT_EXCEEDED",
	}

	for query, code := range wants {
		s.subscribe("q", query, nil)

		m := s.read()

		var errs []graphError

		if m.Type == "error" {
			require.NoError(t, json.Unmarshal(m.Payload, &errs))
		} else {
			var out response

			require.NoError(t, json.Unmarshal(m.Payload, &out))
			errs = out.Errors
		}

		require.NotEmpty(t, errs, string(m.Payload))
		require.Equal(t, code, errs[0].Extensions.Code, query)
		require.NotEmpty(t, errs[0].Extensions.RequestID, query)

		// gqlgen says complete after an error, too.
		require.Equal(t, "complete", s.read().Type)
	}
}

func TestEventStream_EndsWhenItsKeyIsRevoked(t *testing.T) {
	t.Parallel()

	b := setup(t, watchful)
	key, token := b.makeKey(&b.mine.org, apikey.Viewer)

	s := b.listen(token, `subscription ($org: ID!) { deliveryUpdated(organizationId: $org) { id } }`,
		vars{"org": b.mine.org})
	defer s.close()

	_, err := b.deps.APIKeys.Revoke(t.Context(), tenant.All(), key.ID)
	require.NoError(t, err)
	s.drain()
}

func TestSubscription_NeedsATransportThatStreams(t *testing.T) {
	t.Parallel()

	b := setup(t)

	b.as(apikey.Viewer, `subscription ($org: ID!) { deliveryUpdated(organizationId: $org) { id } }`,
		vars{"org": b.mine.org}).failed("BAD_REQUEST")
}

func TestOptions_SayWhatThereIs(t *testing.T) {
	t.Parallel()

	b := setup(t)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, b.url, nil)
	require.NoError(t, err)

	out := b.do(r)
	require.Equal(t, http.StatusOK, out.Status)
	require.Equal(t, "OPTIONS, POST", out.Header.Get("Allow"))
	require.Empty(t, out.Header.Get("Access-Control-Allow-Origin"))
}

func TestSocket_IsClosedWhenItsOtherEndDoesNotRead(t *testing.T) {
	t.Parallel()

	b := setup(t, graph.Tuning{WriteTimeout: 50 * time.Millisecond})
	s := b.connect(b.mine.admin)

	payload, err := json.Marshal(vars{"query": introspection})
	require.NoError(t, err)

	// Nobody reads the answers, so they pile up until the server has had enough. Then writing fails, too.
	require.Eventually(t, func() bool {
		return wsjson.Write(t.Context(), s.conn, message{Type: "subscribe", ID: "q", Payload: payload}) != nil
	}, patience, time.Millisecond)
}

func TestSocket_IsClosedWhenTheKeyCannotBeLookedUp(t *testing.T) {
	t.Parallel()

	b := setup(t)

	_, err := b.pool.Exec(t.Context(), "ALTER TABLE api_keys RENAME TO gone")
	require.NoError(t, err)

	s := b.open(nil)
	s.write(message{Type: "connection_init", Payload: authorization("Authorization", b.tokens[apikey.Viewer])})

	closed := s.closed()
	require.Equal(t, websocket.StatusInternalError, closed.Code)
	require.NotContains(t, closed.Reason, "api_keys")
}

func TestSocket_IsClosedWhenItsOtherEndDoesNotAnswer(t *testing.T) {
	t.Parallel()

	b := setup(t, graph.Tuning{PingEvery: 20 * time.Millisecond})
	s := b.connect(b.mine.admin)

	var err error

	for err == nil {
		// The pings are read and not answered.
		_, _, err = s.conn.Read(t.Context())
	}

	require.EqualValues(t, -1, websocket.CloseStatus(err), "it is cut off, as there is nobody to take leave of")
}

func TestSocket_SaysThatTheServerIsGoingAway(t *testing.T) {
	t.Parallel()

	b := setup(t)
	s := b.connect(b.mine.admin)
	s.subscribe("live", watchDeliveries, vars{"org": b.mine.org})

	b.stop()
	require.Equal(t, websocket.StatusGoingAway, s.closed().Code)
}

func TestEventStream_EndsWhenTheServerIsGoingAway(t *testing.T) {
	t.Parallel()

	b := setup(t)

	s := b.listen(b.mine.admin, watchDeliveries, vars{"org": b.mine.org})
	defer s.close()

	b.stop()
	s.drain()
}
