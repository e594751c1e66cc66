package bulk

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/page"
)

// everything is a page size that no list exceeds.
const everything = math.MaxInt32 - 1

// selection says what a job acts on. It is kept with the job, as JSON.
type selection struct {
	// Filter is which deliveries are retried.
	Filter *delivery.Filter `json:",omitempty"`
	// Since and Until are the span that missing events are looked for in.
	Since, Until *time.Time `json:",omitempty"`
	// Targets are the webhooks that one event is replayed to, by id.
	Targets []target `json:",omitempty"`
}

// target is a webhook with the subscription by which it gets an event, if there is one.
type target struct {
	WebhookID      id.ID
	SubscriptionID id.ID
}

// draft is a job that was asked for. Its id bounds the items: what came after it is not acted on.
type draft struct {
	id, organization   id.ID
	kind               Kind
	webhookID, eventID *id.ID
	selection          selection
	createdAt          time.Time
}

// draft returns what a job was made from.
func (o Operation) draft() draft {
	return draft{
		id: o.ID, organization: o.OrganizationID, kind: o.Kind, webhookID: o.WebhookID, eventID: o.EventID,
		selection: o.selection, createdAt: o.CreatedAt,
	}
}

// count returns how many items a job has.
func (s *Service) count(ctx context.Context, d draft) (int, error) {
	if d.kind == ReplayEvent {
		return len(d.selection.Targets), nil
	}

	list, err := s.list(ctx, d)
	if err != nil {
		return 0, err
	}

	sql, args := list.SQL(page.Query{Size: everything, Ascending: true})

	var count int

	if err := s.pool.QueryRow(ctx, "SELECT count(*) FROM ("+sql+") AS item", args...).Scan(&count); err != nil {
		return 0, fmt.Errorf("count items: %w", err)
	}

	return count, nil
}

// items returns the next n items of a job behind a position, oldest first.
func (s *Service) items(ctx context.Context, d draft, position *uuid.UUID, n int) ([]id.ID, error) {
	if d.kind == ReplayEvent {
		var out []id.ID
		for _, one := range targetsBehind(d.selection.Targets, position, n) {
			out = append(out, one.WebhookID)
		}

		return out, nil
	}

	list, err := s.list(ctx, d)
	if err != nil {
		return nil, err
	}

	kind := id.Delivery
	if d.kind == ReplayMissing {
		kind = id.Event
	}

	type row struct{ ID uuid.UUID }

	found, err := page.Read(ctx, s.pool, list.OnlyIDs(), page.Query{Size: n, After: position, Ascending: true},
		page.Sure(func(r row) id.ID { return kind.From(r.ID) }))
	if err != nil {
		return nil, fmt.Errorf("find items: %w", err)
	}

	return found.Items, nil
}

// list returns the items of a job that are deliveries or events.
func (s *Service) list(ctx context.Context, d draft) (*page.Select, error) {
	if d.kind == ReplayMissing {
		return s.missing(ctx, d)
	}

	// What comes to its end later has failed again, perhaps by this very job.
	list, err := s.deliveries.Select(d.organization, *d.selection.Filter)
	if err != nil {
		return nil, err
	}

	return list.Range(nil, new(d.id.UUID())).Sieve("completed_at <= ?", d.createdAt), nil
}

// missing returns the events that a webhook has no delivery of, and may want to get. Whether it does is for its filters
// to say.
func (s *Service) missing(ctx context.Context, d draft) (*page.Select, error) {
	subscriptions, err := s.subscriptions(ctx, *d.webhookID)
	if err != nil {
		return nil, err
	}

	var names, prefixes, operational []string

	for _, one := range subscriptions {
		if eventtype.IsName(one.EventType) {
			names = append(names, one.EventType)
		} else {
			prefixes = append(prefixes, strings.TrimSuffix(one.EventType, "*"))
		}
	}

	for _, one := range eventtype.Operationals() {
		operational = append(operational, one.Name)
	}

	span := delivery.TimeRange{From: d.selection.Since, To: d.selection.Until}

	return page.From("events").
		Where("organization_id = ?", d.organization.UUID()).
		Where("id < ?", d.id.UUID()).
		Where("NOT test AND quarantined_at IS NULL AND expunged_at IS NULL").
		Where("(target_webhook_ids IS NULL OR ?::uuid = ANY (target_webhook_ids))", d.webhookID.UUID()).
		Where("(event_type = ANY (?::text[]) OR event_type <> ALL (?::text[])"+
			" AND EXISTS (SELECT FROM unnest(?::text[]) AS prefix WHERE starts_with(event_type, prefix)))",
			orEmpty(names), operational, orEmpty(prefixes)).
		Where("NOT EXISTS (SELECT FROM deliveries d WHERE d.webhook_id = ? AND d.event_id = events.id)",
			d.webhookID.UUID()).
		Range(span.Bounds()), nil
}

// subscriptions returns those of a webhook that are in use now, the oldest first.
func (s *Service) subscriptions(ctx context.Context, webhook id.ID) ([]matching.Subscription, error) {
	rows, err := dbsqlc.New(s.pool).EnabledSubscriptions(ctx, webhook.UUID())
	if err != nil {
		return nil, fmt.Errorf("load subscriptions: %w", err)
	}

	out := make([]matching.Subscription, len(rows))
	for n, row := range rows {
		out[n] = matching.Subscription{
			ID: id.Subscription.From(row.ID), EventType: row.EventType, Enabled: true, ResourceIDs: row.ResourceIds,
			Filter: row.Filter,
		}
	}

	return out, nil
}

// orEmpty keeps a list from being null in the database, where null is neither true nor false.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}

	return list
}

// targetsBehind returns the next n webhooks behind a position.
func targetsBehind(all []target, position *uuid.UUID, n int) []target {
	from := 0

	if position != nil {
		from, _ = slices.BinarySearchFunc(all, *position, func(one target, at uuid.UUID) int {
			return compare(one.WebhookID.UUID(), at)
		})
		if from < len(all) && all[from].WebhookID.UUID() == *position {
			from++
		}
	}

	return all[from:min(from+n, len(all))]
}

// compare sorts as Postgres does.
func compare(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
