package graph_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
)

func TestSocket_CarriesQueriesAndMutations(t *testing.T) {
	t.Parallel()

	b := setup(t)
	s := b.connect(b.mine.admin)

	s.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, "ADMIN", s.next("q").ok().at("viewer.role"))
	require.Equal(t, message{Type: "complete", ID: "q"}, s.read())

	s.subscribe("m", createEventType, vars{"input": vars{"organizationId": b.mine.org, "name": "a.b"}})
	require.Equal(t, "a.b", s.next("m").ok().at("createEventType.eventType.name"))
	require.Equal(t, message{Type: "complete", ID: "m"}, s.read())

	s.write(message{Type: "ping"})
	require.Equal(t, "pong", s.read().Type)
}

func TestSocket_TakesTheKeyFromAnyPlace(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		header http.Header
		init   json.RawMessage
		role   string
	}{
		"connection_init":               {nil, authorization("Authorization", b.mine.admin), "ADMIN"},
		"connection_init, small letter": {nil, authorization("authorization", b.mine.admin), "ADMIN"},
		"connection_init before header": {bearer(b.tokens[apikey.Viewer]), authorization("Authorization", b.mine.admin), "ADMIN"},
		"header":                        {bearer(b.tokens[apikey.Viewer]), nil, "VIEWER"},
		"header, other things in init":  {bearer(b.tokens[apikey.Viewer]), json.RawMessage(`{"a":{}}`), "VIEWER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			s := b.open(test.header)
			s.write(message{Type: "connection_init", Payload: test.init})
			require.Equal(t, "connection_ack", s.read().Type)

			s.subscribe("q", `{ viewer { role } }`, nil)
			require.Equal(t, test.role, s.next("q").ok().at("viewer.role"))
		})
	}
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func TestSocket_IsClosedForThoseWithoutAKey(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		header http.Header
		init   json.RawMessage
	}{
		"bad in connection_init": {bearer(b.mine.admin), authorization("Authorization", "nonsense")},
		"bad in header":          {bearer("nonsense"), nil},
		"none":                   {nil, nil},
		"not a text":             {nil, json.RawMessage(`{"Authorization":7}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			s := b.open(test.header)
			s.write(message{Type: "connection_init", Payload: test.init})
			require.EqualValues(t, 4403, s.closed().Code)
		})
	}
}

func TestSocket_MustSpeakFirst(t *testing.T) {
	t.Parallel()

	b := setup(t, graph.Tuning{InitTimeout: 20 * time.Millisecond})

	require.Contains(t, b.open(nil).closed().Reason, "timeout")

	early := b.open(nil)
	early.subscribe("q", `{ viewer { role } }`, nil)
	require.Equal(t, websocket.StatusProtocolError, early.closed().Code)
}

func TestSocket_SpeaksNoOtherProtocol(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, subprotocols := range map[string][]string{
		"none":       nil,
		"older one":  {"graphql-ws"},
		"other ones": {"mqtt", "graphql-ws"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			_, res, err := b.dial(bearer(b.mine.admin), subprotocols...)
			require.Error(t, err)
			require.Equal(t, http.StatusBadRequest, res.StatusCode)
		})
	}

	t.Run("older one beside ours", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		conn, _, err := b.dial(bearer(b.mine.admin), "graphql-ws", "graphql-transport-ws")
		require.NoError(t, err)
		require.Equal(t, "graphql-transport-ws", conn.Subprotocol())
		require.NoError(t, conn.CloseNow())
	})
}

func TestSocket_IsOpenToKnownOriginsOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for origin, allowed := range map[string]bool{
		"http://console.example.com":       false,
		"https://console.example.com":      true,
		"https://console.example.com.evil": false,
		"https://evil.example.com":         false,
		"null":                             false,
		b.url:                              true,
	} {
		t.Run(origin, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			conn, res, err := b.dial(http.Header{"Origin": {origin}}, "graphql-transport-ws")
			if allowed {
				require.NoError(t, err)
				require.NoError(t, conn.CloseNow())

				return
			}

			require.Error(t, err)
			require.Equal(t, http.StatusForbidden, res.StatusCode)
		})
	}
}
