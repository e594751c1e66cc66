package event

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/search"
	"github.com/surehook/surehook/internal/tenant"
)

// Filter says which events to list. A nil slice does not matter; an empty one matches nothing.
type Filter struct {
	IDs        []id.ID
	EventTypes []string
	// WebhookIDs and DeliveryStatuses keep those with a delivery to one of the webhooks, in one of the states.
	WebhookIDs       []id.ID
	DeliveryStatuses []delivery.Status
	IdempotencyKey   *string
	CreatedAt        delivery.TimeRange
	// Quarantined keeps those that wait in quarantine, or those that do not.
	Quarantined *bool
	// TestEvents keeps those that were made to test a webhook, or the others.
	TestEvents *bool
	// SourceEventIDs keep those that were derived from one of these events.
	SourceEventIDs []id.ID
	// Payload keeps those in whose payload all of this is found.
	Payload []search.Match
}

// List returns a page of an organization's events, without their payloads.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, f Filter, q page.Query,
) (page.Page[Event], error) {
	if !scope.Allows(organization) {
		return page.Page[Event]{}, problem.Missing("organization")
	}

	terms, err := search.All(organization, f.Payload, "filter", "payload")
	if err != nil {
		return page.Page[Event]{}, err
	}

	list := s.list
	if f.WebhookIDs != nil || f.DeliveryStatuses != nil {
		list = s.listDelivered
	}

	found, err := list(ctx, organization, f, terms, q)
	if err != nil {
		return found, fmt.Errorf("list events: %w", err)
	}

	return found, nil
}

func (s *Service) list(
	ctx context.Context, organization id.ID, f Filter, terms []int64, q page.Query,
) (page.Page[Event], error) {
	list := page.Owned(page.From("events"), "organization_id", organization.UUID())
	page.Among(list, "id", id.UUIDs(f.IDs))
	page.Among(list, "event_type", page.Storable(f.EventTypes))

	if f.SourceEventIDs != nil {
		page.Among(list, "source_event_id", id.UUIDs(f.SourceEventIDs)).Where("source_event_id IS NOT NULL")
	}

	if len(terms) > 0 {
		list.Search(withTerms(terms))
	}

	for _, one := range f.conditions(organization) {
		if one.common {
			list.Where(one.sql, one.values...)
		} else {
			list.Sieve(one.sql, one.values...)
		}
	}

	list.Indexed(f.indexes()...).Parted().Range(f.CreatedAt.Bounds())

	return page.Read(ctx, s.pool, list, q, page.Sure(fromRow))
}

// withTerms finds events that have all the terms. These are of one organization, so the events need not be asked for
// theirs.
func withTerms(terms []int64) page.Search {
	return page.Search{
		Sieve:  "terms @> ?",
		Values: []any{terms},
		Keys: func(limit int) (string, []any) {
			return "SELECT id FROM events WHERE terms @> ? LIMIT ?", []any{terms, limit}
		},
		Rows: func(events []uuid.UUID) (string, []any) {
			return "(SELECT * FROM events WHERE id = ANY (?)) AS events", []any{events}
		},
		Part: func(part page.Part) (string, []any) {
			return "(SELECT * FROM events WHERE terms @> ? AND id >= ? AND id < ? OFFSET 0) AS events",
				[]any{terms, part.Floor, part.Ceiling}
		},
	}
}

// listDelivered lists the events of deliveries.
func (s *Service) listDelivered(
	ctx context.Context, organization id.ID, f Filter, terms []int64, q page.Query,
) (page.Page[Event], error) {
	list := page.Owned(page.Distinct("deliveries", "event_id"), "organization_id", organization.UUID())
	page.Among(list, "event_id", id.UUIDs(f.IDs))
	page.Among(list, "event_type", page.Storable(f.EventTypes))
	page.Among(list, "webhook_id", id.UUIDs(f.WebhookIDs))
	page.Among(list, "status", f.DeliveryStatuses)

	if len(terms) > 0 {
		delivery.WithTerms(list, terms)
	}

	f.restrict(list, organization)

	// What most deliveries have comes last.
	switch {
	case f.IDs != nil || f.IdempotencyKey != nil:
	case f.DeliveryStatuses != nil && !slices.Contains(f.DeliveryStatuses, delivery.Succeeded):
		list.Indexed(page.Index{"status"}, page.Index{"webhook_id"})
	default:
		list.Indexed(page.Index{"webhook_id"}, page.Index{"status"})
	}

	type row struct{ ID uuid.UUID }

	list.Range(f.CreatedAt.Bounds())

	found, err := page.Read(ctx, s.pool, list, q, page.Sure(func(r row) uuid.UUID { return r.ID }))
	if err != nil {
		return page.Page[Event]{}, err
	}

	rows, err := dbsqlc.New(s.pool).EventRows(ctx, found.Items)
	if err != nil {
		return page.Page[Event]{}, err
	}

	out := page.Page[Event]{HasNext: found.HasNext, HasPrevious: found.HasPrevious}
	for _, row := range rows {
		out.Items = append(out.Items, fromRow(row))
	}

	if !q.Ascending {
		slices.Reverse(out.Items)
	}

	return out, nil
}

// restrict keeps the deliveries whose events meet the conditions. An event may also be gone while a replay of it is
// still in the log.
func (f Filter) restrict(list *page.Select, organization id.ID) {
	all := f.conditions(organization)
	if f.SourceEventIDs != nil {
		all = append(all, condition{sql: "source_event_id = ANY (?)", values: []any{id.UUIDs(f.SourceEventIDs)}})
	}

	exists, values := "(SELECT true FROM events WHERE events.id = deliveries.event_id", []any{}
	for _, one := range all {
		exists, values = exists+" AND "+one.sql, append(values, one.values...)
	}

	list.Sieve(exists+")", values...)
}

// condition is a part of a WHERE clause on events.
type condition struct {
	sql    string
	values []any
	// common says that most events meet it, or that there is an index of those that do.
	common bool
}

// conditions returns what is asked of an event besides what the indexes of deliveries have as well.
func (f Filter) conditions(organization id.ID) []condition {
	var out []condition

	if f.IdempotencyKey != nil {
		out = append(out, condition{
			sql:    "id = (SELECT event_id FROM idempotency_keys WHERE organization_id = ? AND key = ANY (?))",
			values: []any{organization.UUID(), page.Storable([]string{*f.IdempotencyKey})},
		})
	}

	if f.Quarantined != nil {
		out = append(out, either(*f.Quarantined, "quarantined_at IS NOT NULL", "quarantined_at IS NULL"))
	}

	if f.TestEvents != nil {
		out = append(out, either(*f.TestEvents, "test", "NOT test"))
	}

	return out
}

func either(first bool, yes, no string) condition {
	if first {
		return condition{sql: yes, common: true}
	}

	return condition{sql: no}
}

// indexes returns those that a list of events can be read along.
func (f Filter) indexes() []page.Index {
	yes := func(value *bool) bool { return value != nil && *value }

	switch {
	case f.IDs != nil || f.IdempotencyKey != nil:
		// They are so few that Postgres had better sort them.
		return nil
	case yes(f.Quarantined) || yes(f.TestEvents):
		// The index of all is also there for these alone, and they are fewer than those of a type.
		return []page.Index{{"source_event_id"}, {}}
	default:
		return []page.Index{{"source_event_id"}, {"event_type"}, {}}
	}
}
