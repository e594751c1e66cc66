package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/auth"
)

// subprotocol is the only one spoken. gqlgen would also speak the older graphql-ws, also when none is asked for.
const subprotocol = "graphql-transport-ws"

// How a websocket is closed: when its key is, or has become, no good; when this process stops; and when something is
// wrong on our side.
const (
	closeForbidden = 4403
	closeGoingAway = 1001
	closeInternal  = 1011
)

// conn is what gqlgen wants to be able to do with a websocket.
type conn interface {
	transport.WebsocketConn
	transport.WebsocketReadDeadliner
	transport.WebsocketReadLimiter
}

var (
	_ transport.WebsocketImplementation = (*handler)(nil)
	_ conn                              = (*socket)(nil)
)

// socket is a websocket.
type socket struct {
	conn

	writeTimeout time.Duration
	cancel       context.CancelFunc
	operations   atomic.Int32
}

// serveSocket opens a websocket before gqlgen does, which would answer a second time when that fails.
func (h *handler) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !offers(r.Header, subprotocol) {
		refuse(w, r, http.StatusBadRequest, "the websocket must offer the subprotocol "+subprotocol)

		return
	}

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()

	accepted, err := h.sockets.Accept(w, r, transport.WebsocketAcceptOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		h.log.DebugContext(ctx, "websocket refused", "request", requestOf(ctx).id, "error", err)

		return
	}

	// It does nothing when the socket is being closed already, with a word of farewell.
	defer func() { _ = accepted.Close() }()

	open, ok := accepted.(conn)
	if !ok {
		h.log.ErrorContext(ctx, "websocket cannot be limited", "request", requestOf(ctx).id)

		return
	}

	known := requestOf(ctx)
	known.streaming = true
	known.socket = &socket{conn: open, writeTimeout: h.bounds.writeTimeout, cancel: cancel}

	h.server.ServeHTTP(w, r.WithContext(withRequest(ctx, known)))
}

// Accept hands gqlgen the websocket that is open already.
func (h *handler) Accept(
	_ http.ResponseWriter, r *http.Request, _ transport.WebsocketAcceptOptions,
) (transport.WebsocketConn, error) {
	if s := requestOf(r.Context()).socket; s != nil {
		return s, nil
	}

	return nil, errors.New("the websocket was not opened")
}

// initSocket deals with connection_init: it settles who is asking, and keeps an eye on the key from then on. What
// connection_init says goes before the header or the cookie that the handshake came with.
func (h *handler) initSocket(
	ctx context.Context, payload transport.InitPayload,
) (context.Context, *transport.InitPayload, error) {
	s := requestOf(ctx).socket

	if authorization := payload.Authorization(); authorization != "" {
		ctx = auth.Authenticate(ctx, h.keys, authorization)
	}

	if _, err := principal(ctx); err != nil {
		code, reason := closeForbidden, err.Error()

		if _, ok := errors.AsType[requestError](err); !ok {
			h.log.ErrorContext(ctx, "websocket not authenticated", "request", requestOf(ctx).id, "error", err)

			code, reason = closeInternal, internalMessage
		}

		return transport.AppendCloseReason(transport.WithWebsocketCloseCode(ctx, code), reason), nil, err
	}

	go h.watch(ctx, s.forbid)

	return ctx, nil, nil
}

// watch calls lost when the key has been revoked or has expired, or the session is over.
func (h *handler) watch(ctx context.Context, lost func()) {
	ticker := time.NewTicker(h.bounds.watchEvery)
	defer ticker.Stop()

	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}

		if errors.Is(auth.Recheck(ctx), apikey.ErrUnauthenticated) {
			lost()

			return
		}
	}
}

// WriteJSON closes a websocket whose other end does not read.
func (s *socket) WriteJSON(v any) error {
	slow := time.AfterFunc(s.writeTimeout, func() {
		// A read deadline that is over closes the connection, and so ends the write.
		_ = s.SetReadDeadline(time.Unix(0, 0))
	})
	defer slow.Stop()

	return s.conn.WriteJSON(v)
}

// WriteClose says what gqlgen means when it calls a close normal: that the context has ended, and with it the process
// soon. A client that reads this comes back to another one.
func (s *socket) WriteClose(code int, message string) error {
	if code == transport.WebsocketCloseNormalClosure {
		code, message = closeGoingAway, "the server is going away"
	}

	return s.conn.WriteClose(code, message)
}

// forbid closes the websocket and ends its operations.
func (s *socket) forbid() {
	// It is closed in the background, and a failure means that it is closed.
	_ = s.WriteClose(closeForbidden, "the API key is no longer good, or the session is over")
	s.cancel()
}

func offers(header http.Header, wanted string) bool {
	for _, line := range header.Values("Sec-WebSocket-Protocol") {
		for offered := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(offered) == wanted {
				return true
			}
		}
	}

	return false
}
