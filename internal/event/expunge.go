package event

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/tenant"
)

// Expunge erases the payload of an event everywhere: with the event, with what was derived from the same event, because
// that has the same payload, with what their deliveries sent, and with what came back. Their deliveries that have not
// come to their end are canceled; a request that is being made right now may still arrive, and is recorded without what
// it carried. That they existed stays in the log, and so does the hash by which publishing it again is a duplicate.
//
// Doing it again is harmless, and changes nothing.
func (s *Service) Expunge(ctx context.Context, scope tenant.Scope, event id.ID) (Event, error) {
	found, err := s.ByIDs(ctx, []id.ID{event})
	if err != nil {
		return Event{}, err
	}

	one, ok := found[event]
	if !ok || !scope.Allows(one.OrganizationID) {
		return Event{}, problem.Missing("event", "eventId")
	}

	// The second time finds a delivery that was added and attempted while the first was at it: from then on there is no
	// payload that one could be attempted with.
	for range 2 {
		if err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error { return s.erase(ctx, q, one) }); err != nil {
			return Event{}, err
		}
	}

	if found, err = s.ByIDs(ctx, []id.ID{event}); err != nil {
		return Event{}, err
	}

	return found[event], nil
}

// erase does all of it within one transaction.
func (s *Service) erase(ctx context.Context, q *dbsqlc.Queries, one Event) error {
	source := one.ID.UUID()
	if one.SourceEventID != nil {
		source = one.SourceEventID.UUID()
	}

	if err := q.LockEvent(ctx, source); err != nil {
		return fmt.Errorf("lock event: %w", err)
	}

	family, err := q.EventFamily(ctx, source)
	if err != nil {
		return fmt.Errorf("find events with the same payload: %w", err)
	}

	// Deliveries come first: recorders that are ahead of this are waited for, and those that follow see it.
	now := s.now().Truncate(time.Microsecond)

	rows, err := q.EraseDeliveries(ctx, dbsqlc.EraseDeliveriesParams{EventIds: family, Now: now})
	if err != nil {
		return fmt.Errorf("cancel deliveries of erased event: %w", err)
	}

	// The others had come to their end before.
	canceled := slices.DeleteFunc(slices.Clone(rows), func(row dbsqlc.Delivery) bool {
		return delivery.Status(row.Status) != delivery.Canceled || !row.CompletedAt.Equal(now)
	})
	if err := stats.Canceled(ctx, q, now, canceled); err != nil {
		return err
	}

	for _, erase := range []func(context.Context, []uuid.UUID) error{
		q.EraseAttempts, q.EraseContents, q.ErasePayloads,
	} {
		if err := erase(ctx, family); err != nil {
			return fmt.Errorf("erase payload: %w", err)
		}
	}

	erased, err := q.EraseEvents(ctx, dbsqlc.EraseEventsParams{Ids: family, Now: s.now()})
	if err != nil {
		return fmt.Errorf("erase events: %w", err)
	}

	changes := make([]pubsub.Change, len(rows))
	for n, row := range rows {
		changes[n] = delivery.FromRow(row).Change()
	}

	if err := q.Notify(ctx, pubsub.Encode(changes)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}

	if erased == 0 {
		return nil
	}

	s.log.InfoContext(ctx, "event expunged", slog.String("event", one.ID.String()),
		slog.String("organization", one.OrganizationID.String()), slog.Int64("events", erased),
		slog.Int("deliveries", len(rows)))

	return audit.Write(ctx, q, one.OrganizationID, audit.EventExpunged, one.ID,
		map[string]any{"events": erased, "deliveries": len(rows)}, s.now())
}
