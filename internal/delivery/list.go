package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db/dbsqlc"
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

	list := page.From("deliveries").Where("organization_id = ?", organization.UUID())
	anyID(list, "webhook_id", f.WebhookIDs)
	anyID(list, "event_id", f.EventIDs)
	anyOf(list, "event_type", f.EventTypes)
	anyOf(list, "status", f.Statuses)
	anyOf(list, "origin", f.Origins)
	anyOf(list, "last_response_status", f.ResponseStatuses)
	list.Range(f.CreatedAt.Bounds())

	sql, args := list.SQL(q)

	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return page.Page[Delivery]{}, fmt.Errorf("list deliveries: %w", err)
	}

	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[dbsqlc.Delivery])
	if err != nil {
		return page.Page[Delivery]{}, fmt.Errorf("list deliveries: %w", err)
	}

	return page.Map(page.Cut(q, found), FromRow), nil
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
	anyOf(list, "event_type", f.EventTypes)
	anyOf(list, "status", f.Statuses)
	anyOf(list, "response_status", f.ResponseStatuses)
	list.Range(f.StartedAt.Bounds())

	sql, args := list.SQL(q)

	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return page.Page[Attempt]{}, fmt.Errorf("list attempts: %w", err)
	}

	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Attempt, error) {
		one, err := pgx.RowToStructByName[dbsqlc.DeliveryAttempt](row)
		if err != nil {
			return Attempt{}, err
		}

		return AttemptFromRow(one)
	})
	if err != nil {
		return page.Page[Attempt]{}, fmt.Errorf("list attempts: %w", err)
	}

	return page.Cut(q, found), nil
}

func anyID(list *page.Select, column string, ids []id.ID) {
	if ids != nil {
		list.Where(column+" = ANY (?)", id.UUIDs(ids))
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
