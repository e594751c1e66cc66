package webhook

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// Filter says which webhooks to list. What is nil does not matter.
type Filter struct {
	Statuses []Status
	// EventType is of an enabled subscription, to the letter.
	EventType *string
	// Search is in the name, in capitals or not.
	Search *string
}

// Get returns a webhook that is not deleted.
func (s *Service) Get(ctx context.Context, scope tenant.Scope, webhook id.ID) (Webhook, error) {
	return s.get(ctx, scope, webhook, "webhookId")
}

func (s *Service) get(ctx context.Context, scope tenant.Scope, webhook id.ID, field string) (Webhook, error) {
	found, err := s.ByIDs(ctx, []id.ID{webhook})
	if err != nil {
		return Webhook{}, err
	}

	one, ok := found[webhook]
	if !ok || one.DeletedAt != nil || !scope.Allows(one.OrganizationID) {
		return Webhook{}, problem.Missing("webhook", field)
	}

	return one, nil
}

// ByIDs returns the webhooks that exist, deleted ones included, because deliveries in the log refer to them.
func (s *Service) ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]Webhook, error) {
	rows, err := dbsqlc.New(s.pool).WebhooksByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load webhooks: %w", err)
	}

	out := make(map[id.ID]Webhook, len(rows))

	for _, row := range rows {
		one, err := FromRow(row)
		if err != nil {
			return nil, err
		}

		out[one.ID] = one
	}

	return out, nil
}

// SubscriptionsByID returns the subscriptions that exist.
func (s *Service) SubscriptionsByID(ctx context.Context, ids []id.ID) (map[id.ID]Subscription, error) {
	rows, err := dbsqlc.New(s.pool).SubscriptionsByID(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load subscriptions: %w", err)
	}

	out := make(map[id.ID]Subscription, len(rows))

	for _, row := range rows {
		one := subscriptionFromRow(row)
		out[one.ID] = one
	}

	return out, nil
}

// SubscribedEventTypes returns the event types and patterns of enabled subscriptions, by webhook.
func (s *Service) SubscribedEventTypes(ctx context.Context, webhooks []id.ID) (map[id.ID][]string, error) {
	rows, err := dbsqlc.New(s.pool).SubscribedEventTypes(ctx, id.UUIDs(webhooks))
	if err != nil {
		return nil, fmt.Errorf("load subscribed event types: %w", err)
	}

	out := make(map[id.ID][]string, len(webhooks))

	for _, row := range rows {
		webhook := id.Webhook.From(row.WebhookID)
		out[webhook] = append(out[webhook], row.EventType)
	}

	return out, nil
}

// List returns a page of an organization's webhooks.
func (s *Service) List(
	ctx context.Context, scope tenant.Scope, organization id.ID, f Filter, q page.Query,
) (page.Page[Webhook], error) {
	if !scope.Allows(organization) {
		return page.Page[Webhook]{}, problem.Missing("organization")
	}

	list := page.From("webhooks").Where("organization_id = ?", organization.UUID()).Where("deleted_at IS NULL")

	if f.Statuses != nil {
		list.Where("status = ANY (?)", f.Statuses)
	}

	switch {
	case f.EventType == nil:
	case !eventtype.ValidPattern(*f.EventType):
		// Nothing is subscribed to it, and the database does not take every text.
		list.Where("false")
	default:
		list.Where("EXISTS (SELECT FROM webhook_subscriptions s"+
			" WHERE s.webhook_id = webhooks.id AND s.enabled AND s.event_type = ?)", *f.EventType)
	}

	if f.Search != nil {
		search(list, *f.Search)
	}

	found, err := page.Read(ctx, s.pool, list, q, FromRow)
	if err != nil {
		return found, fmt.Errorf("list webhooks: %w", err)
	}

	return found, nil
}

func search(list *page.Select, text string) {
	if len(page.Storable([]string{text})) == 0 {
		list.Where("false")

		return
	}

	list.Where("strpos(lower(name), lower(?)) > 0", text)
}

// ListSubscriptions returns a page of a webhook's subscriptions.
func (s *Service) ListSubscriptions(
	ctx context.Context, webhook id.ID, q page.Query,
) (page.Page[Subscription], error) {
	list := page.From("webhook_subscriptions").Where("webhook_id = ?", webhook.UUID())

	found, err := page.Read(ctx, s.pool, list, q, page.Sure(subscriptionFromRow))
	if err != nil {
		return found, fmt.Errorf("list subscriptions: %w", err)
	}

	return found, nil
}
