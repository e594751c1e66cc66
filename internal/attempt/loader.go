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
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/group"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/webhook"
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
	webhooks := make(map[uuid.UUID]webhook.Webhook, len(secrets))

	for _, row := range rows {
		// Many deliveries of a batch have one webhook.
		of, ok := webhooks[row.Webhook.ID]
		if !ok {
			if of, err = webhook.FromRow(row.Webhook); err != nil {
				return nil, err
			}

			webhooks[row.Webhook.ID] = of
		}

		one := work{
			delivery: delivery.FromRow(row.Delivery), event: row.Event, payload: row.Payload, webhook: of,
			version:      row.Webhook.Version,
			organization: row.OrganizationName, slug: row.OrganizationSlug, payloadQuery: row.PayloadQuery,
			sealedHeaders: row.Webhook.SealedHeaders, sealedAuth: row.Webhook.SealedAuth, secrets: secrets[row.Webhook.ID],
		}

		if row.GateReason != nil {
			one.gate = flow.Gate{
				Reason: delivery.HeldReason(*row.GateReason), Since: *row.GateSince, FailedProbes: int(row.FailedProbes),
			}
		}

		if row.Method != nil {
			one.content = &delivery.Content{Method: *row.Method, Query: *row.Query, Body: row.Body}
		}

		out[one.delivery.ID] = one
	}

	return out, nil
}

func (l *loader) secrets(
	ctx context.Context, q *dbsqlc.Queries, rows []dbsqlc.LoadForAttemptRow,
) (map[uuid.UUID][]dbsqlc.WebhookSecret, error) {
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

	out := make(map[uuid.UUID][]dbsqlc.WebhookSecret, len(webhooks))
	for _, one := range live {
		out[one.WebhookID] = append(out[one.WebhookID], one)
	}

	return out, nil
}
