package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/tenant"
)

// Deliveries steers the deliveries of a webhook when the webhook itself changes. The first three run in the transaction
// of the change, Tend follows it.
type Deliveries interface {
	CancelOpen(ctx context.Context, q *dbsqlc.Queries, webhook id.ID) (int, error)
	// EndRest has what is held sent, if it is held for the receiver to have a rest, and tells whether it was.
	EndRest(ctx context.Context, q *dbsqlc.Queries, webhook id.ID) (bool, error)
	// Resume has what is held sent, at most so many in a second, and returns how much that is.
	Resume(ctx context.Context, q *dbsqlc.Queries, webhook id.ID, maxPerSecond *int) (int, error)
	// DropHeld gives up what is held, and returns how much that was.
	DropHeld(ctx context.Context, webhook id.ID) (int, error)
	Tend(ctx context.Context)
}

// Profiles says which profile an organization has, within a transaction: one that waited for a connection besides its
// own could wait for ever, for those that wait for its lock.
type Profiles interface {
	ProfileIn(ctx context.Context, q *dbsqlc.Queries, organization id.ID) (profile.Profile, error)
}

// Service keeps webhooks. It is safe for concurrent use.
type Service struct {
	pool       *db.Pool
	box        Sealer
	profiles   Profiles
	deliveries Deliveries
	log        *slog.Logger
	now        func() time.Time
}

// NewService makes a service that seals secrets with box and reads the time from now.
func NewService(
	pool *db.Pool, box Sealer, profiles Profiles, deliveries Deliveries, log *slog.Logger, now func() time.Time,
) *Service {
	return &Service{pool: pool, box: box, profiles: profiles, deliveries: deliveries, log: log, now: now}
}

// Delete removes a webhook with its subscriptions and secrets, cancels what is under way to it, and says how much that
// was. The row stays for the log.
func (s *Service) Delete(
	ctx context.Context, scope tenant.Scope, webhook id.ID,
) (out Webhook, canceled int, err error) {
	err = s.change(ctx, scope, webhook, "id", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		row, err := q.DeleteWebhook(ctx, dbsqlc.DeleteWebhookParams{
			OrganizationID: row.OrganizationID, ID: row.ID, Now: new(s.now()),
		})
		if err != nil {
			return fmt.Errorf("delete webhook: %w", err)
		}

		if err := q.DeleteSubscriptions(ctx, row.ID); err != nil {
			return fmt.Errorf("delete subscriptions: %w", err)
		}

		if err := q.DeleteWebhookSecrets(ctx, row.ID); err != nil {
			return fmt.Errorf("delete secrets: %w", err)
		}

		if out, err = FromRow(row); err != nil {
			return err
		}

		canceled, err = s.deliveries.CancelOpen(ctx, q, webhook)

		return err
	})

	return out, canceled, err
}

// change runs do in a transaction that holds the webhook's row, and hints that the webhook was changed. A webhook that
// is not there, is deleted or is out of scope is a problem of the given field.
func (s *Service) change(
	ctx context.Context, scope tenant.Scope, webhook id.ID, field string,
	do func(q *dbsqlc.Queries, row dbsqlc.Webhook) error,
) error {
	return db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.LockWebhook(ctx, webhook.UUID())

		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return problem.Missing("webhook", field)
		case err != nil:
			return fmt.Errorf("lock webhook: %w", err)
		case !webhook.Is(id.Webhook) || !scope.Allows(id.Organization.From(row.OrganizationID)):
			return problem.Missing("webhook", field)
		}

		if err := do(q, row); err != nil {
			return err
		}

		return announce(ctx, q, row)
	})
}

// announce hints that webhooks were changed, within the transaction that changed them.
func announce(ctx context.Context, q *dbsqlc.Queries, rows ...dbsqlc.Webhook) error {
	if len(rows) == 0 {
		return nil
	}

	changes := make([]pubsub.Change, len(rows))
	for n, row := range rows {
		changes[n] = pubsub.Change{
			Organization: id.Organization.From(row.OrganizationID), Webhook: id.Webhook.From(row.ID),
		}
	}

	if err := q.Notify(ctx, pubsub.Encode(changes)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}

	return nil
}
