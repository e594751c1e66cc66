package graph_test

import (
	"context"
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

// patience is how long tests wait for what has to come.
const patience = 20 * time.Second

// watchful makes the API notice at once that a key has gone.
var watchful = withTuning(graph.Tuning{WatchEvery: 10 * time.Millisecond})

// socket speaks graphql-transport-ws.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

type message struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// dial opens a websocket without a word.
func (b *testBundle) dial(header http.Header, subprotocols ...string) (*websocket.Conn, *http.Response, error) {
	b.t.Helper()

	return websocket.Dial(b.t.Context(), b.url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: subprotocols})
}

// connect opens a websocket and waits for the acknowledgement.
func (b *testBundle) connect(token string) *socket {
	b.t.Helper()

	s := b.open(nil)
	s.write(message{Type: "connection_init", Payload: authorization("Authorization", token)})
	require.Equal(b.t, "connection_ack", s.read().Type)

	return s
}

func (b *testBundle) open(header http.Header) *socket {
	b.t.Helper()

	conn, _, err := b.dial(header, "graphql-transport-ws")
	require.NoError(b.t, err)
	require.Equal(b.t, "graphql-transport-ws", conn.Subprotocol())

	conn.SetReadLimit(1 << 20)
	// It may be closed already.
	b.t.Cleanup(func() { _ = conn.CloseNow() })

	return &socket{t: b.t, conn: conn}
}

func authorization(name, token string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{%q: "Bearer %s"}`, name, token))
}

func (s *socket) write(m message) {
	s.t.Helper()

	require.NoError(s.t, wsjson.Write(s.t.Context(), s.conn, m))
}

func (s *socket) subscribe(id, query string, variables vars) {
	s.t.Helper()

	payload, err := json.Marshal(vars{"query": query, "variables": variables})
	require.NoError(s.t, err)

	s.write(message{Type: "subscribe", ID: id, Payload: payload})
}

// read returns the next message.
func (s *socket) read() message {
	s.t.Helper()

	m, err := s.receive()
	require.NoError(s.t, err)

	return m
}

// receive returns the next message, and answers the server's pings.
func (s *socket) receive() (message, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()

	for {
		var m message

		if err := wsjson.Read(ctx, s.conn, &m); err != nil || m.Type != "ping" {
			return m, err
		}

		if err := wsjson.Write(ctx, s.conn, message{Type: "pong"}); err != nil {
			return m, err
		}
	}
}

// skipTo reads until there is a message of the type.
func (s *socket) skipTo(kind string) {
	s.t.Helper()

	for {
		if s.read().Type == kind {
			return
		}
	}
}

// next returns what the next message says about the operation.
func (s *socket) next(id string) response {
	s.t.Helper()

	m := s.read()
	require.Equal(s.t, "next", m.Type, string(m.Payload))
	require.Equal(s.t, id, m.ID)

	return parsed(s.t, string(m.Payload))
}

// closed waits until the server closes the websocket and returns how.
func (s *socket) closed() websocket.CloseError {
	s.t.Helper()

	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()

	for {
		_, _, err := s.conn.Read(ctx)
		if err == nil {
			continue
		}

		var out websocket.CloseError

		require.ErrorAs(s.t, err, &out)

		return out
	}
}

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

			s := b.open(test.header)
			s.write(message{Type: "connection_init", Payload: test.init})
			require.EqualValues(t, 4403, s.closed().Code)
		})
	}
}

func TestSocket_MustSpeakFirst(t *testing.T) {
	t.Parallel()

	b := setup(t, withTuning(graph.Tuning{InitTimeout: 20 * time.Millisecond}))

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

			_, res, err := b.dial(bearer(b.mine.admin), subprotocols...)
			require.Error(t, err)
			require.Equal(t, http.StatusBadRequest, res.StatusCode)
		})
	}

	t.Run("older one beside ours", func(t *testing.T) {
		t.Parallel()

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

	m := s.read()
	require.Equal(t, "next", m.Type)
	require.Contains(t, string(m.Payload), "RATE_LIMITED")
	require.Equal(t, message{Type: "complete", ID: m.ID}, s.read())

	// One that ends makes room for another.
	stopped := "0"
	if m.ID == stopped {
		stopped = "1"
	}

	s.write(message{Type: "complete", ID: stopped})

	// It may have been about to start, and then says that it could not.
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
	require.Empty(t, s.next().rawBody)
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
