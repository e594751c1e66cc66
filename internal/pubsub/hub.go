// Package pubsub tells processes and subscribers what changed. One connection a process listens to one Postgres
// channel; everything on it is a hint that may be lost, so whoever acts on it looks at the database.
package pubsub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
)

// The waits between attempts to get a lost connection back.
const (
	firstReconnect = 100 * time.Millisecond
	lastReconnect  = 5 * time.Second
)

// Hub spreads what it hears to the feeds of this process. It is safe for concurrent use.
type Hub struct {
	pool   *db.Pool
	log    *slog.Logger
	onWake func()
	onTend func()

	mu        sync.Mutex
	feeds     map[*Feed]struct{}
	listening chan struct{}
}

// NewHub makes a hub. onWake is called whenever deliveries may be waiting to be taken, and onTend whenever there may be
// something to look after; they must not block.
func NewHub(pool *db.Pool, log *slog.Logger, onWake, onTend func()) *Hub {
	return &Hub{
		pool: pool, log: log, onWake: onWake, onTend: onTend, feeds: make(map[*Feed]struct{}), listening: make(chan struct{}),
	}
}

// Listening is closed once the hub has heard its first "listening" from Postgres.
func (h *Hub) Listening() <-chan struct{} { return h.listening }

// Run listens until the context ends. A lost connection is made again.
func (h *Hub) Run(ctx context.Context) error {
	wait := firstReconnect

	for {
		err := h.listen(ctx, func() { wait = firstReconnect })
		if ctx.Err() != nil {
			return nil
		}

		h.log.WarnContext(ctx, "notifications lost, listening again", "error", err, "wait", wait)

		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}

		wait = min(2*wait, lastReconnect)
	}
}

// Subscribe returns a feed of the changes that the filter lets through. It must be closed.
func (h *Hub) Subscribe(filter func(Change) bool) *Feed {
	feed := &Feed{hub: h, filter: filter, ready: make(chan struct{}, 1), known: make(map[Change]struct{})}

	h.mu.Lock()
	defer h.mu.Unlock()

	h.feeds[feed] = struct{}{}

	return feed
}

func (h *Hub) listen(ctx context.Context, up func()) error {
	conn, err := h.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("get connection to listen: %w", err)
	}

	// The connection is not given back: it would go on listening for whoever gets it next.
	raw := conn.Hijack()
	defer func() {
		closeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()

		if err := raw.Close(closeCtx); err != nil {
			h.log.DebugContext(ctx, "close listening connection", "error", err)
		}
	}()

	if _, err := raw.Exec(ctx, "LISTEN "+pgx.Identifier{db.Channel}.Sanitize()); err != nil {
		return fmt.Errorf("listen: %w", err)
	}

	up()
	h.up()

	for {
		notification, err := raw.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for notification: %w", err)
		}

		h.spread(ctx, notification.Payload)
	}
}

func (h *Hub) up() {
	h.mu.Lock()
	defer h.mu.Unlock()

	select {
	case <-h.listening:
	default:
		close(h.listening)
	}

	// What was said while nobody listened is made up for.
	h.onWake()
	h.onTend()
	h.lose()
}

// lose tells all feeds that they may have missed something. It is called with the lock held.
func (h *Hub) lose() {
	for feed := range h.feeds {
		feed.lose()
	}
}

func (h *Hub) spread(ctx context.Context, payload string) {
	switch payload {
	case Wake:
		h.onWake()

		return
	case Tend:
		h.onTend()

		return
	}

	h.mu.Lock()
	defer h.mu.Unlock()

	if len(h.feeds) == 0 {
		return
	}

	changes, err := decode(payload)
	if err != nil {
		h.log.WarnContext(ctx, "notification ignored", "error", errors.Unwrap(err))
		h.lose()

		return
	}

	for feed := range h.feeds {
		feed.add(changes)
	}
}
