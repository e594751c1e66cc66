package event

import (
	"strings"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/pubsub"
)

// collected are drafts as the database takes them, with what has to be said about them.
type collected struct {
	dbsqlc.InsertEventsParams

	changes []pubsub.Change
	// jobs are the deliveries to be carried out, and owners the events that they belong to.
	jobs   []job.Job
	owners []uuid.UUID
}

func (c *collected) addEvent(draft *draftEvent) {
	e := draft.event

	key, mismatch, source := "", "", uuid.Nil
	if e.IdempotencyKey != nil {
		key = *e.IdempotencyKey
	}

	if e.SchemaMismatch != nil {
		mismatch = *e.SchemaMismatch
	}

	if e.SourceEventID != nil {
		source = e.SourceEventID.UUID()
	}

	c.Ids = append(c.Ids, e.ID.UUID())
	c.OrganizationIds = append(c.OrganizationIds, e.OrganizationID.UUID())
	c.EventTypes = append(c.EventTypes, e.Type)
	c.Payloads = append(c.Payloads, string(e.Payload))
	c.Terms = append(c.Terms, draft.terms)
	c.IdempotencyKeys = append(c.IdempotencyKeys, key)
	c.Fingerprints = append(c.Fingerprints, draft.fingerprint)
	c.Tests = append(c.Tests, e.Test)
	c.ResourceIds = append(c.ResourceIds, strings.Join(e.ResourceIDs, "\n"))
	c.Targets = append(c.Targets, arrayText(e.TargetWebhookIDs))
	c.SourceEventIds = append(c.SourceEventIds, source)
	c.Keyed = append(c.Keyed, draft.keyed)
	c.SchemaMismatches = append(c.SchemaMismatches, mismatch)
	c.Quarantined = append(c.Quarantined, e.QuarantinedAt != nil)
	c.OccurredAts = append(c.OccurredAts, e.OccurredAt)
	c.CreatedAts = append(c.CreatedAts, e.CreatedAt)

	c.changes = append(c.changes, news(e))
}

// news is the hint that an event is new.
func news(e Event) pubsub.Change {
	return pubsub.Change{Organization: e.OrganizationID, Event: e.ID, Published: true}
}

// announce adds the hint of a delivery. That its event is new goes with the first.
func (c *collected) announce(e Event, one pubsub.Change) {
	if last := len(c.changes) - 1; last >= 0 && c.changes[last] == news(e) {
		one.Published = true
		c.changes[last] = one

		return
	}

	c.changes = append(c.changes, one)
}

func (c *collected) addDeliveries(draft *draftEvent) {
	e := draft.event

	for _, d := range draft.deliveries {
		c.DeliveryIds = append(c.DeliveryIds, d.id.UUID())
		c.DeliveryOrganizationIds = append(c.DeliveryOrganizationIds, e.OrganizationID.UUID())
		c.DeliveryEventIds = append(c.DeliveryEventIds, e.ID.UUID())
		c.DeliveryWebhookIds = append(c.DeliveryWebhookIds, d.webhookID.UUID())
		c.DeliverySubscriptionIds = append(c.DeliverySubscriptionIds, d.subscriptionID.UUID())
		c.DeliveryEventTypes = append(c.DeliveryEventTypes, e.Type)
		c.DeliveryHeldReasons = append(c.DeliveryHeldReasons, string(d.held))
		c.DeliveryOrigins = append(c.DeliveryOrigins, string(d.origin))
		c.DeliveryMaxAttempts = append(c.DeliveryMaxAttempts, d.maxAttempts)
		c.DeliveryCreatedAts = append(c.DeliveryCreatedAts, d.id.Time())

		c.announce(e, pubsub.Change{
			Organization: e.OrganizationID, Webhook: d.webhookID, Event: e.ID, Delivery: d.id,
		})

		if d.held == "" {
			c.owners = append(c.owners, e.ID.UUID())
			c.jobs = append(c.jobs, job.Job{
				DeliveryID: d.id, OrganizationID: e.OrganizationID, WebhookID: d.webhookID, EventType: e.Type,
			})
		}
	}
}
