package dbtest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
)

// Delivery is a delivery to a webhook.
type Delivery struct {
	ID, WebhookID uuid.UUID
}

// Publish writes an event of an organization with its deliveries, as publishing does, and returns its id. The claim, if
// there is one, is that of all deliveries.
func Publish(
	t testing.TB, pool *db.Pool, organization uuid.UUID, eventType, payload string, claim *uuid.UUID,
	deliveries ...Delivery,
) uuid.UUID {
	t.Helper()

	event := uuid.Must(uuid.NewV7())
	now := time.Now()
	p := dbsqlc.InsertEventsParams{
		Ids: []uuid.UUID{event}, OrganizationIds: []uuid.UUID{organization}, EventTypes: []string{eventType},
		Payloads: []string{payload}, Terms: []string{"{}"}, IdempotencyKeys: []string{""}, Fingerprints: [][]byte{nil},
		Tests: []bool{false}, ResourceIds: []string{""}, Targets: []string{""}, SourceEventIds: []uuid.UUID{uuid.Nil},
		Keyed:            []bool{false},
		SchemaMismatches: []string{""}, Quarantined: []bool{false}, OccurredAts: []time.Time{now},
		CreatedAts: []time.Time{now}, ClaimedBy: claim,
	}

	for _, one := range deliveries {
		p.DeliveryIds = append(p.DeliveryIds, one.ID)
		p.DeliveryOrganizationIds = append(p.DeliveryOrganizationIds, organization)
		p.DeliveryEventIds = append(p.DeliveryEventIds, event)
		p.DeliveryWebhookIds = append(p.DeliveryWebhookIds, one.WebhookID)
		p.DeliverySubscriptionIds = append(p.DeliverySubscriptionIds, uuid.Nil)
		p.DeliveryEventTypes = append(p.DeliveryEventTypes, eventType)
		p.DeliveryHeldReasons = append(p.DeliveryHeldReasons, "")
		p.DeliveryOrigins = append(p.DeliveryOrigins, "PUBLISH")
		p.DeliveryMaxAttempts = append(p.DeliveryMaxAttempts, 3)
		p.DeliveryCreatedAts = append(p.DeliveryCreatedAts, now)
	}

	_, err := dbsqlc.New(pool).InsertEvents(t.Context(), p)
	require.NoError(t, err)

	return event
}
