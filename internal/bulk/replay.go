package bulk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
)

const (
	// mostEvents is how many events one step looks at, and eventsAtOnce how many of them are in memory together: payloads
	// are large, and filters take their time.
	mostEvents   = 250
	eventsAtOnce = 50
	// notMissing is why an event needs no delivery any more.
	notMissing = "NOT_MISSING"
)

// replay is a delivery to be made.
type replay struct {
	eventID, webhookID id.ID
	// subscriptionID is the zero id when no subscription asked for it.
	subscriptionID id.ID
}

// findTargets returns the next webhooks that the job's event is replayed to.
func (s *Service) findTargets(_ context.Context, o Operation, position *uuid.UUID, room int) (round, error) {
	var out round

	found := targetsBehind(o.selection.Targets, position, room)
	for _, one := range found {
		out.replays = append(out.replays, replay{*o.EventID, one.WebhookID, one.SubscriptionID})
		out.position = &one.WebhookID
	}

	out.done = len(found) < room

	return out, nil
}

// findMissing returns the next events that the job's webhook lacks. Events that it does not want now are skipped, and
// take nothing of the room.
func (s *Service) findMissing(ctx context.Context, o Operation, position *uuid.UUID, room int) (round, error) {
	var out round

	found, err := s.webhooks.ByIDs(ctx, []id.ID{*o.WebhookID})
	if err != nil {
		return out, err
	}

	// Its subscriptions are gone with it.
	if found[*o.WebhookID].DeletedAt != nil {
		out.done = true
		out.lost = &Failure{ItemID: *o.WebhookID, Code: WebhookDeleted, Message: messages[WebhookDeleted]}

		return out, nil
	}

	subscriptions, err := s.subscriptions(ctx, *o.WebhookID)
	if err != nil {
		return out, err
	}

	items, err := s.items(ctx, o.draft(), position, mostEvents)
	if err != nil {
		return out, err
	}

	for chunk := range slices.Chunk(items, eventsAtOnce) {
		events, err := s.events.ByIDs(ctx, chunk)
		if err != nil {
			return out, err
		}

		for _, one := range chunk {
			if len(out.replays) == room {
				return out, nil
			}

			out.position = &one

			if by, wanted := s.wanted(events[one], subscriptions); wanted {
				out.replays = append(out.replays, replay{one, *o.WebhookID, by})
			} else {
				out.skipped++
			}
		}
	}

	out.done = len(items) < mostEvents

	return out, nil
}

// wanted tells whether a webhook with these subscriptions wants an event, and by which of them. Without its payload
// nobody knows, and it is for the log to say what it lacks.
func (s *Service) wanted(e event.Event, subscriptions []matching.Subscription) (by id.ID, wanted bool) {
	if e.Payload == nil {
		return id.ID{}, !e.ID.IsZero()
	}

	if one := matching.New(e, s.expressions).Wants(subscriptions); one != nil {
		return one.ID, true
	}

	return id.ID{}, false
}

// replayMany makes deliveries.
func replayMany(
	ctx context.Context, q *dbsqlc.Queries, o Operation, replays []replay, now time.Time,
) (result, error) {
	p := dbsqlc.ReplayManyParams{
		OrganizationID: o.OrganizationID.UUID(), OperationID: o.ID.UUID(), OnlyMissing: o.Kind == ReplayMissing, Now: &now,
	}
	items := make(map[uuid.UUID]id.ID, len(replays))

	for _, one := range replays {
		made := id.New(id.Delivery).UUID()

		p.Ids = append(p.Ids, made)
		p.EventIds = append(p.EventIds, one.eventID.UUID())
		p.WebhookIds = append(p.WebhookIds, one.webhookID.UUID())
		p.SubscriptionIds = append(p.SubscriptionIds, one.subscriptionID.UUID())

		if items[made] = one.eventID; o.Kind == ReplayEvent {
			items[made] = one.webhookID
		}
	}

	if _, err := q.HaveWebhooks(ctx, distinct(p.WebhookIds)); err != nil {
		return result{}, fmt.Errorf("lock webhooks: %w", err)
	}

	rows, err := q.ReplayMany(ctx, p)
	if err != nil {
		return result{}, fmt.Errorf("replay events: %w", err)
	}

	// Events that were dropped from the log meanwhile do not come back.
	out := result{skipped: len(replays) - len(rows)}

	for _, row := range rows {
		switch row.Problem {
		case "":
			out.add(o, row.EventID, row.WebhookID, row.ID, row.Held)
		case notMissing:
			out.skipped++
		default:
			out.note(items[row.ID], FailureCode(row.Problem))
		}
	}

	return out, nil
}

func distinct(all []uuid.UUID) []uuid.UUID {
	out := slices.Clone(all)
	slices.SortFunc(out, compare)

	return slices.Compact(out)
}
