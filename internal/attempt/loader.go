package attempt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
)

// How attempts share the reading of what they need.
const (
	loadReaders = 2
	loadBatch   = 128
)

// ErrNoDelivery says that there is no such delivery (any more).
var ErrNoDelivery = errors.New("no such delivery")

type loader struct {
	pool  *db.Pool
	now   func() time.Time
	group *group.Group[id.ID, work]
}

func newLoader(pool *db.Pool, now func() time.Time) *loader {
	l := &loader{pool: pool, now: now}
	l.group = group.New(loadReaders, loadBatch, l.read)

	return l
}

func (l *loader) load(ctx context.Context, delivery id.ID) (work, error) {
	return l.group.Do(ctx, delivery)
}

func (l *loader) read(ctx context.Context, ids []id.ID) []group.Result[work] {
	out := make([]group.Result[work], len(ids))

	found, err := l.find(ctx, ids)
	for n, one := range ids {
		switch loaded, ok := found[one]; {
		case err != nil:
			out[n].Err = err
		case !ok:
			out[n].Err = fmt.Errorf("%w: %s", ErrNoDelivery, one)
		default:
			out[n].Value = loaded
		}
	}

	return out
}

func (l *loader) find(ctx context.Context, ids []id.ID) (map[id.ID]work, error) {
	q := dbsqlc.New(l.pool)

	rows, err := q.LoadForAttempt(ctx, id.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load deliveries: %w", err)
	}

	secrets, err := l.secrets(ctx, q, rows)
	if err != nil {
		return nil, err
	}

	out := make(map[id.ID]work, len(rows))

	for _, row := range rows {
		one := work{
			delivery:    delivery.FromRow(row.Delivery),
			payload:     row.Payload,
			occurredAt:  row.OccurredAt,
			body:        row.Body,
			url:         row.Webhook.Url,
			timeout:     time.Duration(row.Webhook.TimeoutSeconds) * time.Second,
			enabled:     row.Webhook.Status == "ENABLED",
			deleted:     row.Webhook.DeletedAt != nil,
			sealed:      row.Webhook.SealedHeaders,
			headerNames: row.Webhook.HeaderNames,
			delays:      row.Webhook.RetryDelaysSeconds,
			jitter:      int(row.Webhook.RetryJitterPercent),
			secrets:     secrets[row.Webhook.ID],
		}
		out[one.delivery.ID] = one
	}

	return out, nil
}

func (l *loader) secrets(
	ctx context.Context, q *dbsqlc.Queries, rows []dbsqlc.LoadForAttemptRow,
) (map[uuid.UUID][][]byte, error) {
	seen := make(map[uuid.UUID]bool, len(rows))
	webhooks := make([]uuid.UUID, 0, len(rows))

	for _, row := range rows {
		if !seen[row.Webhook.ID] {
			seen[row.Webhook.ID] = true
			webhooks = append(webhooks, row.Webhook.ID)
		}
	}

	live, err := q.LiveWebhookSecrets(ctx, dbsqlc.LiveWebhookSecretsParams{WebhookIds: webhooks, Now: new(l.now())})
	if err != nil {
		return nil, fmt.Errorf("load signing secrets: %w", err)
	}

	out := make(map[uuid.UUID][][]byte, len(webhooks))
	for _, one := range live {
		out[one.WebhookID] = append(out[one.WebhookID], one.Sealed)
	}

	return out, nil
}
