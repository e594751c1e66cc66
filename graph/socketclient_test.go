package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
)

// patience is how long tests wait for what has to come.
const patience = 20 * time.Second

// watchful makes the API notice at once that a key has gone.
var watchful = graph.Tuning{WatchEvery: 10 * time.Millisecond}

// socket speaks graphql-transport-ws.
type socket struct {
	b    *testBundle
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

	return &socket{b: b, t: b.t, conn: conn}
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

// watch starts a subscription and waits until it has begun. It hears nothing of what was before.
func (s *socket) watch(id, query string, variables vars) {
	s.t.Helper()

	s.b.settle()
	s.subscribe(id, query, variables)
	s.next(id).marked("ready")
}

// after does something and returns what the subscription called live has to say of it.
func (s *socket) after(do func()) response {
	s.t.Helper()

	do()

	return s.next("live")
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
