package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
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
	Origins          []Origin
	ResponseStatuses []int
	CreatedAt        TimeRange
	// Stages tell deliveries apart that are being attempted from those that wait.
	Stages []Stage
}

// AttemptFilter says which attempts to list. A nil slice does not matter; an empty one matches nothing.
type AttemptFilter struct {
	WebhookIDs       []id.ID
	DeliveryIDs      []id.ID
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

	found, err := page.Read(ctx, s.pool, s.Select(organization, f), q, page.Sure(FromRow))
	if err != nil {
		return found, fmt.Errorf("list deliveries: %w", err)
	}

	return found, nil
}

// Select begins a list of an organization's deliveries, which may be narrowed down further.
func (s *Service) Select(organization id.ID, f Filter) *page.Select {
	list := page.From("deliveries").Where("organization_id = ?", organization.UUID())
	anyID(list, "webhook_id", f.WebhookIDs)
	anyID(list, "event_id", f.EventIDs)
	anyText(list, "event_type", f.EventTypes)
	anyOf(list, "status", f.Statuses)
	anyOf(list, "origin", f.Origins)
	anyOf(list, "last_response_status", f.ResponseStatuses)
	s.anyStage(list, f.Stages)

	return list.Range(f.CreatedAt.Bounds())
}

// ListAttempts returns a page of an organization's attempts.
func (s *Service) ListAttempts(
	ctx context.Context, scope tenant.Scope, organization id.ID, f AttemptFilter, q page.Query,
) (page.Page[Attempt], error) {
	if !scope.Allows(organization) {
		return page.Page[Attempt]{}, problem.Missing("organization")
	}

	list := page.From("delivery_attempts").Where("organization_id = ?", organization.UUID())
	anyID(list, "webhook_id", f.WebhookIDs)
	anyID(list, "delivery_id", f.DeliveryIDs)
	anyText(list, "event_type", f.EventTypes)
	anyOf(list, "status", f.Statuses)
	anyOf(list, "response_status", f.ResponseStatuses)
	list.Range(f.StartedAt.Bounds())

	found, err := page.Read(ctx, s.pool, list, q, AttemptFromRow)
	if err != nil {
		return found, fmt.Errorf("list attempts: %w", err)
	}

	return found, nil
}

func anyID(list *page.Select, column string, ids []id.ID) {
	if ids != nil {
		list.Where(column+" = ANY (?)", id.UUIDs(ids))
	}
}

func anyText(list *page.Select, column string, values []string) {
	if values != nil {
		list.Where(column+" = ANY (?)", page.Storable(values))
	}
}

func anyOf[T any](list *page.Select, column string, values []T) {
	if values != nil {
		list.Where(column+" = ANY (?)", values)
	}
}

func bound(t *time.Time) *uuid.UUID {
	if t == nil {
		return nil
	}

	floor := id.Floor(*t)

	return &floor
}

// anyStage says in SQL what [Delivery.Stage] says in Go.
func (s *Service) anyStage(list *page.Select, stages []Stage) {
	if stages != nil {
		list.Where(`CASE
			WHEN status = 'PENDING' AND claimed_by IS NOT NULL OR status = 'RETRYING' AND next_attempt_at <= ? THEN 'SENDING'
			ELSE status END = ANY (?)`, s.now(), stages)
	}
}
