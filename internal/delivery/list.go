package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/search"
	"github.com/surehook/surehook/internal/tenant"
)

// TimeRange is from the first moment that belongs to it to the first that no longer does. Nil leaves an end open.
type TimeRange struct {
	From, To *time.Time
}

// Bounds returns the range as a range of ids.
func (r TimeRange) Bounds() (floor, ceiling *uuid.UUID) { return bound(r.From), bound(r.To) }

// Filter says which deliveries to list. A nil slice does not matter; an empty one matches nothing.
type Filter struct {
	WebhookIDs       []id.ID
	EventIDs         []id.ID
	EventTypes       []string
	Statuses         []Status
	HeldReasons      []HeldReason
	Origins          []Origin
	ResponseStatuses []int
	CreatedAt        TimeRange
	// Stages tell deliveries apart that are being attempted from those that wait.
	Stages []Stage
	// IdempotencyKey is that of the event.
	IdempotencyKey *string
	// Payload keeps those of events in whose payload all of this is found.
	Payload []search.Match
}

// AttemptFilter says which attempts to list. A nil slice does not matter; an empty one matches nothing.
type AttemptFilter struct {
	WebhookIDs       []id.ID
	DeliveryIDs      []id.ID
	EventIDs         []id.ID
	EventTypes       []string
	Statuses         []AttemptStatus
	ResponseStatuses []int
	StartedAt        TimeRange
}

// List returns a page of an organization's deliveries.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, f Filter, q page.Query,
) (page.Page[Delivery], error) {
	if !scope.Allows(organization) {
		return page.Page[Delivery]{}, problem.Missing("organization")
	}

	list, err := s.Select(organization, f)
	if err != nil {
		return page.Page[Delivery]{}, err
	}

	found, err := page.Read(ctx, s.pool, list, q, page.Sure(FromRow))
	if err != nil {
		return found, fmt.Errorf("list deliveries: %w", err)
	}

	return found, nil
}

// Select begins a list of an organization's deliveries, which may be narrowed down further. What the filter says of
// payloads may be refused.
func (s *Service) Select(organization id.ID, f Filter) (*page.Select, error) {
	terms, err := search.All(organization, f.Payload, "filter", "payload")
	if err != nil {
		return nil, err
	}

	list := page.Owned(page.From("deliveries"), "organization_id", organization.UUID())
	page.Among(list, "webhook_id", id.UUIDs(f.WebhookIDs))
	page.Among(list, "event_id", id.UUIDs(f.EventIDs))
	page.Among(list, "event_type", page.Storable(f.EventTypes))
	page.Among(list, "status", f.Statuses)
	page.Among(list, "origin", f.Origins)
	page.Among(list, "last_response_status", f.ResponseStatuses)
	s.anyStage(list, f.Stages)

	if f.HeldReasons != nil {
		page.Among(list, "held_reason", f.HeldReasons).Where("held_reason IS NOT NULL")
	}

	if f.IdempotencyKey != nil {
		list.Where("event_id = (SELECT event_id FROM idempotency_keys WHERE organization_id = ? AND key = ANY (?))",
			organization.UUID(), page.Storable([]string{*f.IdempotencyKey}))
	}

	if len(terms) > 0 {
		WithTerms(list, terms)
	}

	return list.Indexed(f.indexes()...).Parted().Range(f.CreatedAt.Bounds()), nil
}

// payloadWalk is for how many deliveries the payloads of their events are looked at, one by one. It takes some 10 ms.
const payloadWalk = 3_000

// WithTerms keeps the rows of a list of deliveries whose events have all the terms. These are of one organization, so
// they need not be asked for their organization as well.
func WithTerms(list *page.Select, terms []int64) {
	list.Walk(payloadWalk).Search(page.Search{
		Sieve:  "(SELECT true FROM events WHERE events.id = deliveries.event_id AND terms @> ?)",
		Values: []any{terms},
		Keys: func(limit int) (string, []any) {
			return "SELECT id FROM events WHERE terms @> ? LIMIT ?", []any{terms, limit}
		},
		Rows: func(events []uuid.UUID) (string, []any) {
			return `(
				SELECT d.*
				FROM unnest(?::uuid[]) AS e (id)
				CROSS JOIN LATERAL (SELECT * FROM deliveries WHERE event_id = e.id OFFSET 0) d
			) AS deliveries`, []any{events}
		},
		// The deliveries of a part whose events are of the same part are found by those events. The few others, of events
		// that were replayed or released later, have smaller event ids than any of these.
		Part: func(part page.Part) (string, []any) {
			values := []any{
				terms, part.Floor, part.Ceiling, part.Floor, part.Ceiling,
				part.Floor, part.Floor, part.Ceiling, terms,
			}

			return `(
				SELECT d.*
				FROM (SELECT id FROM events WHERE terms @> ? AND id >= ? AND id < ? OFFSET 0) e
				CROSS JOIN LATERAL (SELECT * FROM deliveries WHERE event_id = e.id AND id >= ? AND id < ? OFFSET 0) d
				UNION ALL
				SELECT d.*
				FROM (SELECT * FROM deliveries WHERE event_id < ? AND id >= ? AND id < ? OFFSET 0) d
				WHERE (SELECT true FROM events WHERE id = d.event_id AND terms @> ?)
			) AS deliveries`, values
		},
	})
}

// indexes returns those that a list can be read along. What most deliveries have comes last.
func (f Filter) indexes() []page.Index {
	// The deliveries of an event are so few that Postgres had better sort them.
	if f.IdempotencyKey != nil {
		return nil
	}

	rare := []page.Index{{"event_id"}, {"webhook_id", "status"}, {"webhook_id"}, {"held_reason"}}
	common := []page.Index{}

	for _, one := range []struct {
		index  page.Index
		common bool
	}{
		{page.Index{"status"}, slices.Contains(f.Statuses, Succeeded) || slices.Contains(f.Stages, Stage(Succeeded))},
		{page.Index{"last_response_status"}, slices.ContainsFunc(f.ResponseStatuses, success)},
		{page.Index{"origin"}, slices.Contains(f.Origins, OriginPublish)},
		{page.Index{"event_type"}, false},
	} {
		if one.common {
			common = append(common, one.index)
		} else {
			rare = append(rare, one.index)
		}
	}

	return append(append(rare, common...), page.Index{})
}

// ListAttempts returns a page of an organization's attempts.
func (s *Service) ListAttempts(
	ctx context.Context, scope tenant.Scope, organization id.ID, f AttemptFilter, q page.Query,
) (page.Page[Attempt], error) {
	if !scope.Allows(organization) {
		return page.Page[Attempt]{}, problem.Missing("organization")
	}

	list := page.Owned(page.From("delivery_attempts"), "organization_id", organization.UUID())
	page.Among(list, "webhook_id", id.UUIDs(f.WebhookIDs))
	page.Among(list, "delivery_id", id.UUIDs(f.DeliveryIDs))

	if f.EventIDs != nil {
		of, err := dbsqlc.New(s.pool).DeliveryIDsOfEvents(ctx, dbsqlc.DeliveryIDsOfEventsParams{
			OrganizationID: organization.UUID(), EventIds: id.UUIDs(f.EventIDs),
		})
		if err != nil {
			return page.Page[Attempt]{}, fmt.Errorf("list deliveries of events: %w", err)
		}

		page.Among(list, "delivery_id", append([]uuid.UUID{}, of...))
	}

	page.Among(list, "event_type", page.Storable(f.EventTypes))
	page.Among(list, "status", f.Statuses)
	page.Among(list, "response_status", f.ResponseStatuses)
	list.Indexed(f.indexes()...).Range(f.StartedAt.Bounds())

	found, err := page.Read(ctx, s.pool, list, q, AttemptFromRow)
	if err != nil {
		return found, fmt.Errorf("list attempts: %w", err)
	}

	return found, nil
}

// indexes returns those that a list can be read along. What most attempts have comes last.
func (f AttemptFilter) indexes() []page.Index {
	// The attempts of a delivery are so few that Postgres had better sort them.
	if f.DeliveryIDs != nil || f.EventIDs != nil {
		return nil
	}

	out := []page.Index{{"webhook_id"}, {"event_type"}, {"status"}, {"response_status"}, {}}

	switch {
	case f.ResponseStatuses != nil && !slices.ContainsFunc(f.ResponseStatuses, success):
		return slices.Insert(out, 1, page.Index{"response_status"})
	case f.Statuses != nil && !slices.Contains(f.Statuses, AttemptSucceeded):
		return slices.Insert(out, 1, page.Index{"status"})
	default:
		return out
	}
}

func success(code int) bool { return code/100 == 2 }

func bound(t *time.Time) *uuid.UUID {
	if t == nil {
		return nil
	}

	floor := id.Floor(*t)

	return &floor
}

// anyStage says in SQL what [Delivery.Stage] says in Go.
func (s *Service) anyStage(list *page.Select, stages []Stage) {
	if stages == nil {
		return
	}

	// Those in which an attempt may be due or being made are told apart from row to row, and all others by an index.
	statuses := make([]Status, 0, len(stages)+1)

	for _, one := range stages {
		if one == Sending {
			statuses = append(statuses, Pending, Retrying)
		} else {
			statuses = append(statuses, Status(one))
		}
	}

	page.Among(list, "status", statuses).Sieve(`CASE
		WHEN status = 'PENDING' AND claimed_by IS NOT NULL OR status = 'RETRYING' AND next_attempt_at <= ? THEN 'SENDING'
		ELSE status END = ANY (?)`, s.now(), stages)
}
