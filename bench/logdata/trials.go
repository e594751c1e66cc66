package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/tenant"
)

// samples is how many ids are looked for that are picked from all over the log.
const samples = 40

// log is what is listed, and the world that it was made from.
type logs struct {
	*world

	deliveries *delivery.Service
	events     *event.Service
	large      id.ID
	// Picked from all over the log of the large organization.
	eventIDs, deliveryIDs, sources []id.ID
	keys                           []string
}

func trialsOf(ctx context.Context, pool *db.Pool) ([]trial, error) {
	var (
		end    time.Time
		events int
	)

	if err := pool.QueryRow(ctx, "SELECT ended, events FROM logdata").Scan(&end, &events); err != nil {
		return nil, fmt.Errorf("read what the log was made from: %w", err)
	}

	w := newWorld(end.UTC(), 0)
	w.events = events

	silent := slog.New(slog.DiscardHandler)
	now := func() time.Time { return end }
	l := &logs{
		world: w, large: w.tenants[0].id,
		deliveries: delivery.NewService(pool, nil, silent, now),
		events:     event.NewService(pool, event.Parts{Log: silent, Now: now}),
	}

	if err := l.pick(ctx, pool); err != nil {
		return nil, err
	}

	return append(append(l.deliveryTrials(), l.attemptTrials()...), l.eventTrials()...), nil
}

// pick finds things to look for, from all over the log.
func (l *logs) pick(ctx context.Context, pool *db.Pool) error {
	const behind = " WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT 1"

	for n := range samples {
		floor := id.Floor(l.time(days * (float64(n) + 0.5) / samples))

		for _, one := range []struct {
			sql  string
			kind id.Kind
			to   *[]id.ID
		}{
			{"SELECT event_id FROM deliveries" + behind, id.Event, &l.eventIDs},
			{"SELECT id FROM deliveries" + behind, id.Delivery, &l.deliveryIDs},
			{`SELECT source_event_id FROM events WHERE organization_id = $1 AND id > $2 AND source_event_id IS NOT NULL
				ORDER BY id LIMIT 1`, id.Event, &l.sources},
		} {
			rows, _ := pool.Query(ctx, one.sql, l.large.UUID(), floor)

			found, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
			if err != nil {
				return err
			}

			*one.to = append(*one.to, one.kind.From(found))
		}

		var key string
		if err := pool.QueryRow(ctx, `SELECT idempotency_key FROM events WHERE organization_id = $1 AND id > $2
			AND idempotency_key IS NOT NULL ORDER BY id LIMIT 1`, l.large.UUID(), floor).Scan(&key); err != nil {
			return err
		}

		l.keys = append(l.keys, key)
	}

	return nil
}

// scope is that of a key of the organization.
func (l *logs) scope(of id.ID) tenant.Scope { return tenant.Of(of) }

func (l *logs) listDeliveries(of id.ID, f delivery.Filter) list {
	return func(ctx context.Context, q page.Query) (page.Page[id.ID], error) {
		found, err := l.deliveries.List(ctx, l.scope(of), of, f, q)

		return idsOf(found, func(d delivery.Delivery) id.ID { return d.ID }), err
	}
}

func (l *logs) listAttempts(of id.ID, f delivery.AttemptFilter) list {
	return func(ctx context.Context, q page.Query) (page.Page[id.ID], error) {
		found, err := l.deliveries.ListAttempts(ctx, l.scope(of), of, f, q)

		return idsOf(found, func(a delivery.Attempt) id.ID { return a.ID }), err
	}
}

func (l *logs) listEvents(of id.ID, f event.Filter) list {
	return func(ctx context.Context, q page.Query) (page.Page[id.ID], error) {
		found, err := l.events.List(ctx, l.scope(of), of, f, q)

		return idsOf(found, func(e event.Event) id.ID { return e.ID }), err
	}
}

func idsOf[T any](from page.Page[T], of func(T) id.ID) page.Page[id.ID] {
	out := page.Page[id.ID]{HasNext: from.HasNext, HasPrevious: from.HasPrevious}
	for _, one := range from.Items {
		out.Items = append(out.Items, of(one))
	}

	return out
}
