// Package explain says of an event that was published which webhooks got it, and why the others did not.
//
// Nothing is written for it when an event is published, but the deliveries. The rest is worked out when somebody asks,
// from what subscriptions were like then, of which the database keeps account.
package explain

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// Decision is whether a webhook got an event, and why.
type Decision struct {
	// Webhook may be deleted since.
	Webhook webhook.Webhook
	// SubscriptionID is the subscription that decided, which may be deleted since, and SubscribedTo the name or pattern
	// that it was for then. Nil when none did.
	SubscriptionID *id.ID
	SubscribedTo   *string
	Matched        bool
	Reason         matching.Reason
	// Detail says more about why. It may quote the payload.
	Detail *string
	// DeliveryID is the newest delivery. Nil when there is none.
	DeliveryID *id.ID
}

// Events looks events up.
type Events interface {
	ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]event.Event, error)
}

// Service explains. It is safe for concurrent use.
type Service struct {
	pool        *db.Pool
	events      Events
	expressions *expression.Cache
}

// NewService makes a service.
func NewService(pool *db.Pool, events Events, expressions *expression.Cache) *Service {
	return &Service{pool: pool, events: events, expressions: expressions}
}

// Decisions returns a page of the decisions about an event, one for each webhook of its organization, the newest
// webhook first. Webhooks that were deleted before the event are left out. Its cursors are ids of webhooks. It takes at
// most some 0.4 seconds of computing, however many filters there are. An event that is not there is NOT_FOUND.
func (s *Service) Decisions(
	ctx context.Context, scope tenant.Scope, of id.ID, q page.Query,
) (page.Page[Decision], error) {
	none := page.Page[Decision]{}

	found, err := s.events.ByIDs(ctx, []id.ID{of})
	if err != nil {
		return none, err
	}

	one, ok := found[of]
	if !ok || !scope.Allows(one.OrganizationID) {
		return none, problem.Missing("event", "eventId")
	}

	moment := decidedAt(one)
	list := page.From("webhooks").Where("organization_id = ?", one.OrganizationID.UUID()).
		Where("(deleted_at IS NULL OR deleted_at >= ?)", moment)

	hooks, err := page.Read(ctx, s.pool, list, q, webhook.FromRow)
	if err != nil {
		return none, fmt.Errorf("list webhooks: %w", err)
	}

	c := &inquiry{event: one, moment: moment, matcher: matching.New(one, s.expressions)}
	if err := s.load(ctx, c, hooks.Items); err != nil {
		return none, err
	}

	decisions, err := c.decide(ctx, hooks.Items)

	return page.Page[Decision]{Items: decisions, HasNext: hooks.HasNext, HasPrevious: hooks.HasPrevious}, err
}

// decidedAt is the end of the moment at which it was decided who gets an event. Ids know their time to the millisecond.
func decidedAt(e event.Event) time.Time {
	if e.ReleasedAt != nil {
		return *e.ReleasedAt
	}

	return e.CreatedAt.Add(time.Millisecond)
}

// load looks up what is known about webhooks.
func (s *Service) load(ctx context.Context, c *inquiry, hooks []webhook.Webhook) error {
	ids := make([]uuid.UUID, len(hooks))
	for n, one := range hooks {
		ids[n] = one.ID.UUID()
	}

	deliveries, err := dbsqlc.New(s.pool).ExplainDeliveries(ctx, dbsqlc.ExplainDeliveriesParams{
		EventID: c.event.ID.UUID(), WebhookIds: ids, NotBefore: id.Floor(c.event.ID.Time()),
	})
	if err != nil {
		return fmt.Errorf("load deliveries: %w", err)
	}

	versions, err := dbsqlc.New(s.pool).ExplainSubscriptions(ctx, dbsqlc.ExplainSubscriptionsParams{
		OrganizationID: c.event.OrganizationID.UUID(), WebhookIds: ids, Moment: c.moment,
		Patterns: eventtype.Patterns(c.event.Type),
	})
	if err != nil {
		return fmt.Errorf("load subscriptions as they were: %w", err)
	}

	c.deliveries = make(map[uuid.UUID][]dbsqlc.ExplainDeliveriesRow)
	for _, row := range deliveries {
		c.deliveries[row.WebhookID] = append(c.deliveries[row.WebhookID], row)
	}

	c.versions = make(map[uuid.UUID][]dbsqlc.ExplainSubscriptionsRow)
	for _, row := range versions {
		owner := row.WebhookSubscriptionVersion.WebhookID
		c.versions[owner] = append(c.versions[owner], row)
	}

	return nil
}
