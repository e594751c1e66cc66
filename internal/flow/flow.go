// Package flow decides whether deliveries go to a webhook, and how fast: what a webhook cannot take is held, and let go
// again oldest first when it can.
//
// A webhook has a gate. While it is open, deliveries are sent as they come. It is closed because the webhook takes only
// so many requests in a second, because its receiver keeps failing (the breaker), or because older deliveries that were
// held go first; and it is as good as closed while the webhook is paused or disabled. What comes to a closed gate is
// held without a workflow. The state is in Postgres, so every process sees the same gate.
package flow

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/keeper"
	"github.com/surehook/surehook/internal/pubsub"
)

// How deliveries that are put aside share commits.
const (
	holdWriters = 2
	holdBatch   = 128
)

// neglectedAtOnce bounds one look for gates that nobody looks after.
const neglectedAtOnce = 500

// Gate is why deliveries of a webhook are held. The zero Gate is open.
type Gate struct {
	// Reason is empty, [delivery.Backlog], [delivery.BreakerOpen] or [delivery.RateLimited].
	Reason delivery.HeldReason
	Since  time.Time
	// ProbeAt is when a single request may find out whether the receiver is back. Nil unless the breaker is open.
	ProbeAt *time.Time
	// FailedProbes is how many have found that it is not.
	FailedProbes int
	// MaxPerSecond is at which rate somebody wants the backlog to be let go. Nil: nobody said.
	MaxPerSecond *int
}

// Service keeps the gates. It is safe for concurrent use.
type Service struct {
	pool       *db.Pool
	dispatcher delivery.Dispatcher
	log        *slog.Logger
	now        func() time.Time
	windows    *windows
	holds      *group.Group[hold, struct{}]
}

// NewService makes a service. It must be closed.
func NewService(pool *db.Pool, dispatcher delivery.Dispatcher, log *slog.Logger, now func() time.Time) *Service {
	s := &Service{pool: pool, dispatcher: dispatcher, log: log, now: now, windows: newWindows()}
	s.holds = group.New(holdWriters, holdBatch, s.writeHolds)

	return s
}

// Close writes what is waiting.
func (s *Service) Close() { s.holds.Close() }

// Gates returns the gates of webhooks that are closed.
func (s *Service) Gates(ctx context.Context, webhooks []id.ID) (map[id.ID]Gate, error) {
	rows, err := dbsqlc.New(s.pool).Gates(ctx, id.UUIDs(webhooks))
	if err != nil {
		return nil, fmt.Errorf("load gates: %w", err)
	}

	out := make(map[id.ID]Gate, len(rows))

	for _, row := range rows {
		out[id.Webhook.From(row.WebhookID)] = Gate{
			Reason: delivery.HeldReason(*row.Reason), Since: *row.Since, ProbeAt: row.ProbeAt,
			FailedProbes: int(row.FailedProbes), MaxPerSecond: intPtr(row.MaxPerSecond),
		}
	}

	return out, nil
}

// Backlog is what is held for a webhook.
type Backlog struct {
	Count int
	// OldestAt is when the oldest was created.
	OldestAt time.Time
}

// Backlogs returns what is held, by webhook. A webhook for which nothing is held is left out.
func (s *Service) Backlogs(ctx context.Context, webhooks []id.ID) (map[id.ID]Backlog, error) {
	rows, err := dbsqlc.New(s.pool).HeldDeliveries(ctx, id.UUIDs(webhooks))
	if err != nil {
		return nil, fmt.Errorf("count held deliveries: %w", err)
	}

	out := make(map[id.ID]Backlog, len(rows))

	for _, row := range rows {
		out[id.Webhook.From(row.WebhookID)] = Backlog{
			Count: int(row.Held), OldestAt: id.Delivery.From(row.Oldest).Time(),
		}
	}

	return out, nil
}

// Due returns webhooks whose gates are closed for a while only, and that no workflow looks after.
func (s *Service) Due(ctx context.Context) ([]id.ID, error) {
	rows, err := dbsqlc.New(s.pool).NeglectedGates(ctx, dbsqlc.NeglectedGatesParams{
		Before: s.now().Add(-keeper.Neglected), AtMost: neglectedAtOnce,
	})
	if err != nil {
		return nil, fmt.Errorf("find neglected gates: %w", err)
	}

	out := make([]id.ID, len(rows))
	for n, row := range rows {
		out[n] = id.Webhook.From(row)
	}

	return out, nil
}

// change closes or opens a gate by what apply does, and with the same commit tells those who look at the webhook and
// those who look after gates. Apply returns how many rows it has changed; when there are none, nobody is told.
func (s *Service) change(
	ctx context.Context, organization, webhook id.ID, apply func(q *dbsqlc.Queries) (int64, error),
) (bool, error) {
	var rows int64

	err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) (err error) {
		if rows, err = apply(q); err != nil || rows == 0 {
			return err
		}

		return q.Notify(ctx,
			append(pubsub.Encode([]pubsub.Change{{Organization: organization, Webhook: webhook}}), pubsub.Tend))
	})
	if err != nil {
		return false, fmt.Errorf("change gate of %s: %w", webhook, err)
	}

	return rows > 0, nil
}

func intPtr(v *int32) *int {
	if v == nil {
		return nil
	}

	return new(int(*v))
}
