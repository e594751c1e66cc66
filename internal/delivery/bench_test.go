package delivery_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

// BenchmarkRecorder_Record measures what one attempt costs when 256 are always under way, to 10 webhooks, with answers
// after 2 to 50 ms.
func BenchmarkRecorder_Record(b *testing.B) {
	pool := dbtest.Pool(b)
	recorder := delivery.NewRecorder(pool)
	b.Cleanup(recorder.Close)

	deliveries := pendingDeliveries(b, pool, b.N)

	var (
		next atomic.Int64
		all  sync.WaitGroup
	)

	b.ResetTimer()

	for range 256 {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := recorder.Record(b.Context(), accepted(deliveries[n-1])); err != nil {
					b.Error(err)

					return
				}
			}
		})
	}

	all.Wait()
}

func pendingDeliveries(b *testing.B, pool *db.Pool, count int) []delivery.Delivery {
	b.Helper()

	org, webhooks := id.New(id.Organization), make([]id.ID, 10)
	for n := range webhooks {
		webhooks[n] = id.New(id.Webhook)
	}

	out := make([]delivery.Delivery, count)
	ids, events, to := make([]uuid.UUID, count), make([]uuid.UUID, count), make([]uuid.UUID, count)

	for n := range out {
		out[n] = delivery.Delivery{
			ID: id.New(id.Delivery), OrganizationID: org, EventID: id.New(id.Event), WebhookID: webhooks[n%len(webhooks)],
		}
		ids[n], events[n], to[n] = out[n].ID.UUID(), out[n].EventID.UUID(), out[n].WebhookID.UUID()
	}

	_, err := pool.Exec(b.Context(), `INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status,
			origin, max_attempts, next_attempt_at, created_at, updated_at)
		SELECT one.id, $1, one.event_id, one.webhook_id, 'a.b', 'PENDING', 'PUBLISH', 8, now(), now(), now()
		FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS one (id, event_id, webhook_id)`, org.UUID(), ids, events, to)
	require.NoError(b, err)

	return out
}

func accepted(d delivery.Delivery) delivery.Record {
	return delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: d.OrganizationID, WebhookID: d.WebhookID, DeliveryID: d.ID,
			EventType: "a.b", Number: 1, Trigger: delivery.Automatic, Status: delivery.AttemptSucceeded,
			StartedAt: time.Now(), Duration: 2*time.Millisecond + rand.N(48*time.Millisecond), Method: "POST",
			URL: "https://example.com", Response: &delivery.Response{StatusCode: 200, Body: []byte("ok")},
		},
		EventID: d.EventID, Content: &delivery.Content{Method: "POST", Body: []byte(`{"a":1}`)},
		Status: delivery.Succeeded, MaxAttempts: 8, Counted: true,
	}
}
