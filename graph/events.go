package graph

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/surehook/surehook/internal/auth"
)

// serveEvents answers with server-sent events, for as long as the key is good.
func (h *handler) serveEvents(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()

	known := requestOf(ctx)
	known.streaming = true
	r = r.WithContext(withRequest(ctx, known))

	if _, ok := auth.From(ctx); ok {
		go h.watch(ctx, cancel)
	}

	out := &eventWriter{ResponseWriter: w, control: http.NewResponseController(w), timeout: h.bounds.writeTimeout}
	defer out.close()

	h.server.ServeHTTP(out, r)
}

// eventWriter ends the request of a subscriber that takes too long to read. gqlgen's keep-alive may write once more
// when the request is over, which net/http does not allow; close makes it harmless.
type eventWriter struct {
	http.ResponseWriter

	control *http.ResponseController
	timeout time.Duration

	mu     sync.Mutex
	closed bool
}

var _ http.Flusher = (*eventWriter)(nil)

func (w *eventWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()

	if w.closed {
		return 0, http.ErrBodyNotAllowed
	}

	// Where there is no deadline to be had, as in a test without a connection, there is nobody slow either.
	_ = w.control.SetWriteDeadline(time.Now().Add(w.timeout))

	return w.ResponseWriter.Write(p)
}

func (w *eventWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()

	if !w.closed {
		// A broken connection ends the request's context.
		_ = w.control.Flush()
	}
}

func (w *eventWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.closed = true
	_ = w.control.SetWriteDeadline(time.Time{})
}
