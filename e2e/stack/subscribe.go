package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// message is one of the graphql-transport-ws protocol.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Subscription is an operation over a websocket of its own.
type Subscription struct {
	conn *websocket.Conn
	// First is the message that said that it has begun.
	First json.RawMessage
	// Data gets what the server sends after it. It is closed when the server says that it is done, or the connection is
	// lost.
	Data chan json.RawMessage
	// err says why it ended; to be read once Data is closed.
	err error
}

// Subscribe starts a subscription and returns once the server has said that it has begun.
func (c Client) Subscribe(ctx context.Context, query string, variables map[string]any) (*Subscription, error) {
	conn, _, err := websocket.Dial(ctx, strings.Replace(c.URL, "http", "ws", 1)+"/graphql",
		&websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return nil, fmt.Errorf("open websocket: %w", err)
	}

	s := &Subscription{conn: conn, Data: make(chan json.RawMessage, 10_000)}

	if err := s.begin(ctx, c.Token, query, variables); err != nil {
		return nil, errors.Join(err, conn.CloseNow())
	}

	go s.read(ctx)

	return s, nil
}

// Close ends the subscription.
func (s *Subscription) Close() error { return s.conn.Close(websocket.StatusNormalClosure, "") }

// Err says why the subscription ended, once Data is closed.
func (s *Subscription) Err() error { return s.err }

func (s *Subscription) begin(ctx context.Context, token, query string, variables map[string]any) error {
	payload, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("write operation: %w", err)
	}

	credentials, err := json.Marshal(map[string]any{"Authorization": "Bearer " + token})
	if err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}

	if err := wsjson.Write(ctx, s.conn, message{Type: "connection_init", Payload: credentials}); err != nil {
		return fmt.Errorf("write to websocket: %w", err)
	}

	var ack message

	if err := wsjson.Read(ctx, s.conn, &ack); err != nil {
		return fmt.Errorf("read from websocket: %w", err)
	}

	if ack.Type != "connection_ack" {
		return fmt.Errorf("the server answered %s: %s", ack.Type, ack.Payload)
	}

	if err := wsjson.Write(ctx, s.conn, message{ID: "1", Type: "subscribe", Payload: payload}); err != nil {
		return fmt.Errorf("write to websocket: %w", err)
	}

	first, err := s.next(ctx)
	if err != nil {
		return err
	}

	s.First = first.Payload

	var begun struct{ Extensions struct{ Ready bool } }

	if err := json.Unmarshal(s.First, &begun); err != nil || first.Type != "next" || !begun.Extensions.Ready {
		return fmt.Errorf("the subscription has not begun: %s %s", first.Type, s.First)
	}

	return nil
}

// next returns the next message, and answers the server's pings.
func (s *Subscription) next(ctx context.Context) (out message, err error) {
	for {
		out = message{}

		if err = wsjson.Read(ctx, s.conn, &out); err != nil || out.Type != "ping" {
			return out, err
		}

		if err = wsjson.Write(ctx, s.conn, message{Type: "pong"}); err != nil {
			return out, err
		}
	}
}

func (s *Subscription) read(ctx context.Context) {
	defer close(s.Data)

	for {
		got, err := s.next(ctx)
		if err != nil {
			s.err = err

			return
		}

		switch got.Type {
		case "next":
			s.Data <- got.Payload
		case "error":
			s.err = fmt.Errorf("subscription failed: %s", got.Payload)

			return
		case "complete":
			return
		}
	}
}
