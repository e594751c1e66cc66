package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/stats"
	"github.com/surehook/surehook/internal/tenant"
)

// Dispatcher carries deliveries out once they are committed.
type Dispatcher interface {
	// Reserve returns the claim to write into n new deliveries that this process will start itself, or nil when it
	// cannot take them on and any process may.
	Reserve(n int) *uuid.UUID
	// Offer hands over committed deliveries that bear this process's claim.
	Offer(jobs ...job.Job)
}

// Service reads the delivery log and steers deliveries. It is safe for concurrent use.
type Service struct {
	pool       *db.Pool
	dispatcher Dispatcher
	log        *slog.Logger
	now        func() time.Time
}

// NewService makes a service.
func NewService(pool *db.Pool, dispatcher Dispatcher, log *slog.Logger, now func() time.Time) *Service {
	return &Service{pool: pool, dispatcher: dispatcher, log: log, now: now}
}

// Get returns a delivery. One that is not there, or out of scope, is a problem.
func (s *Service) Get(ctx context.Context, scope tenant.Scope, delivery id.ID) (Delivery, error) {
	found, err := s.ByIDs(ctx, []id.ID{delivery})
	if err != nil {
		return Delivery{}, err
	}

	one, ok := found[delivery]
	if !ok || !scope.Allows(one.OrganizationID) {
		return Delivery{}, problem.Missing("delivery", "deliveryId")
	}

	return one, nil
}

// Retry asks for one more attempt of a delivery, now. A schedule under way goes on after it. When Retry returns the
// wish is committed, so it is carried out even if Temporal is down at the moment.
func (s *Service) Retry(ctx context.Context, scope tenant.Scope, delivery id.ID) (Delivery, error) {
	before, err := s.Get(ctx, scope, delivery)
	if err != nil {
		return Delivery{}, err
	}

	claim := s.dispatcher.Reserve(1)

	out, err := s.steer(ctx, claim, func(q *dbsqlc.Queries) (dbsqlc.Delivery, error) {
		return q.RetryDelivery(ctx, dbsqlc.RetryDeliveryParams{
			OrganizationID: before.OrganizationID.UUID(), ID: delivery.UUID(), ClaimedBy: claim, Now: new(s.now()),
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Delivery{}, s.notRetryable(ctx, scope, delivery)
	}

	if err != nil {
		return Delivery{}, fmt.Errorf("retry delivery: %w", err)
	}

	return out, nil
}

// CancelOpen gives up what is under way to a webhook, within the caller's transaction.
func (s *Service) CancelOpen(ctx context.Context, q *dbsqlc.Queries, webhook id.ID) (int, error) {
	rows, err := q.CancelDeliveriesOfWebhook(ctx, dbsqlc.CancelDeliveriesOfWebhookParams{
		WebhookID: webhook.UUID(), Now: new(s.now()),
	})
	if err != nil {
		return 0, fmt.Errorf("cancel deliveries of webhook: %w", err)
	}

	if err := stats.Canceled(ctx, q, s.now(), rows); err != nil {
		return 0, err
	}

	return len(rows), Announce(ctx, q, rows)
}

// CancelOpenOf is CancelOpen in a transaction of its own.
func (s *Service) CancelOpenOf(ctx context.Context, webhook id.ID) error {
	return db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		_, err := s.CancelOpen(ctx, q, webhook)

		return err
	})
}

// GiveUp cancels a delivery of which there is nothing left to send.
func (s *Service) GiveUp(ctx context.Context, delivery id.ID) error {
	return db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		rows, err := q.GiveUpDelivery(ctx, dbsqlc.GiveUpDeliveryParams{ID: delivery.UUID(), Now: s.now()})
		if err != nil {
			return fmt.Errorf("give delivery up: %w", err)
		}

		if err := stats.Canceled(ctx, q, s.now(), rows); err != nil {
			return err
		}

		return Announce(ctx, q, rows)
	})
}

// Wake tells all processes that deliveries may be waiting to be taken.
func (s *Service) Wake(ctx context.Context) { s.tell(ctx, pubsub.Wake) }

// Change returns the hint that the delivery changed.
func (d Delivery) Change() pubsub.Change {
	return pubsub.Change{Organization: d.OrganizationID, Webhook: d.WebhookID, Event: d.EventID, Delivery: d.ID}
}

// tell sends hints about what is committed. One that is lost is made up for by the next sweep, so it is no reason to
// refuse what was asked.
func (s *Service) tell(ctx context.Context, hints ...string) {
	if err := dbsqlc.New(s.pool).Notify(ctx, hints); err != nil {
		s.log.WarnContext(ctx, "notification not sent", "error", err)
	}
}

// Announce tells of deliveries that were changed, within the transaction that changes them.
func Announce(ctx context.Context, q *dbsqlc.Queries, rows []dbsqlc.Delivery) error {
	changes := make([]pubsub.Change, len(rows))
	for n, row := range rows {
		changes[n] = FromRow(row).Change()
	}

	if err := q.Notify(ctx, pubsub.Encode(changes)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}

	return nil
}

func (s *Service) notRetryable(ctx context.Context, scope tenant.Scope, delivery id.ID) error {
	now, err := s.Get(ctx, scope, delivery)
	if err != nil {
		return err
	}

	if now.Status == Canceled || now.Status == Failed {
		return problem.New(problem.PayloadGone, "the event's payload is not kept any more", "deliveryId")
	}

	message := map[Status]string{
		Held:      "the delivery is held; it is sent when its webhook takes deliveries again",
		Pending:   "the first attempt is due or being made",
		Retrying:  "an attempt is due or being made right now",
		Succeeded: "the delivery has succeeded",
	}[now.Status]

	return problem.New(problem.NotRetryable, message, "deliveryId")
}
