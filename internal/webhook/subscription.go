package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
)

// CreateSubscriptionInput is a new subscription.
type CreateSubscriptionInput struct {
	SubscriptionInput

	WebhookID id.ID
}

// UpdateSubscriptionInput changes a subscription. What is nil, or not set, stays as it is; what is null is removed.
type UpdateSubscriptionInput struct {
	ID           id.ID
	EventType    *string
	Filter       optional.Optional[string]
	ResourceIDs  *[]string
	PayloadQuery optional.Optional[string]
	Enabled      *bool
}

// CreateSubscription subscribes a webhook to an event type or a pattern.
func (s *Service) CreateSubscription(
	ctx context.Context, scope tenant.Scope, in CreateSubscriptionInput,
) (out Subscription, err error) {
	err = s.change(ctx, scope, in.WebhookID, "webhookId", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		problems, err := checkSubscription(ctx, q, row.OrganizationID, in.SubscriptionInput)
		if err != nil {
			return err
		}

		if err := problems.Err(); err != nil {
			return err
		}

		count, err := q.CountSubscriptions(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("count subscriptions: %w", err)
		}

		if count >= MaxSubscriptions {
			return problem.New(problem.LimitExceeded, fmt.Sprintf("at most %d subscriptions are allowed", MaxSubscriptions),
				"webhookId")
		}

		params := dbsqlc.InsertSubscriptionsParams{OrganizationID: row.OrganizationID, WebhookID: row.ID, Now: s.now()}
		in.addTo(&params)

		rows, err := q.InsertSubscriptions(ctx, params)
		if err != nil {
			return fmt.Errorf("insert subscription: %w", err)
		}

		if len(rows) == 0 {
			return subscribedTwice()
		}

		out = subscriptionFromRow(rows[0])

		return nil
	})

	return out, err
}

// UpdateSubscription changes a subscription, or turns it on or off.
func (s *Service) UpdateSubscription(
	ctx context.Context, scope tenant.Scope, in UpdateSubscriptionInput,
) (out Subscription, err error) {
	err = s.changeSubscription(ctx, scope, in.ID, func(q *dbsqlc.Queries, was Subscription, _ Webhook) error {
		next := SubscriptionInput{
			EventType: or(in.EventType, was.EventType), Filter: in.Filter.Or(was.Filter),
			ResourceIDs: or(in.ResourceIDs, was.ResourceIDs), PayloadQuery: in.PayloadQuery.Or(was.PayloadQuery),
			Enabled: or(in.Enabled, was.Enabled),
		}

		if err := checkNext(ctx, q, was, next); err != nil {
			return err
		}

		row, err := q.UpdateSubscription(ctx, dbsqlc.UpdateSubscriptionParams{
			OrganizationID: was.OrganizationID.UUID(), ID: was.ID.UUID(), EventType: next.EventType, Filter: next.Filter,
			ResourceIds: append([]string{}, next.ResourceIDs...), PayloadQuery: next.PayloadQuery, Enabled: next.Enabled,
			Now: s.now(),
		})
		if taken, ok := errors.AsType[*pgconn.PgError](err); ok && taken.Code == pgerrcode.UniqueViolation {
			return subscribedTwice()
		}

		if err != nil {
			return fmt.Errorf("update subscription: %w", err)
		}

		out = subscriptionFromRow(row)

		return nil
	})

	return out, err
}

// checkNext checks what a subscription is going to be. What it is already may be against the rules by now, such as an
// event type that was archived since.
func checkNext(ctx context.Context, q *dbsqlc.Queries, was Subscription, next SubscriptionInput) error {
	problems, err := checkSubscription(ctx, q, was.OrganizationID.UUID(), next)
	if err != nil {
		return err
	}

	if next.EventType == was.EventType {
		problems = slices.DeleteFunc(problems, func(one problem.Problem) bool {
			return one.Code == problem.UnknownEventType
		})
	}

	return problems.Err()
}

// DeleteSubscription ends a subscription and returns it with its webhook.
func (s *Service) DeleteSubscription(
	ctx context.Context, scope tenant.Scope, subscription id.ID,
) (removed Subscription, of Webhook, err error) {
	err = s.changeSubscription(ctx, scope, subscription,
		func(q *dbsqlc.Queries, was Subscription, webhook Webhook) error {
			_, err := q.DeleteSubscription(ctx, dbsqlc.DeleteSubscriptionParams{
				OrganizationID: was.OrganizationID.UUID(), ID: was.ID.UUID(),
			})
			if err != nil {
				return fmt.Errorf("delete subscription: %w", err)
			}

			removed, of = was, webhook

			return nil
		})

	return removed, of, err
}

// changeSubscription runs do in a transaction that holds the row of the subscription's webhook, as everything does that
// changes subscriptions. So two changes do not undo each other, and none meets a webhook that is being deleted.
func (s *Service) changeSubscription(
	ctx context.Context, scope tenant.Scope, subscription id.ID,
	do func(q *dbsqlc.Queries, was Subscription, of Webhook) error,
) error {
	missing := problem.Missing("subscription", "id")

	if !subscription.Is(id.Subscription) {
		return missing
	}

	return db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		webhook, err := q.LockWebhookOfSubscription(ctx, subscription.UUID())

		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return missing
		case err != nil:
			return fmt.Errorf("lock webhook of subscription: %w", err)
		case !scope.Allows(id.Organization.From(webhook.OrganizationID)):
			return missing
		}

		// Read under the lock: whoever held it before may have changed or deleted the subscription.
		found, err := q.SubscriptionsByID(ctx, []uuid.UUID{subscription.UUID()})
		if err != nil {
			return fmt.Errorf("load subscription: %w", err)
		}

		if len(found) == 0 {
			return missing
		}

		of, err := FromRow(webhook)
		if err != nil {
			return err
		}

		if err := do(q, subscriptionFromRow(found[0]), of); err != nil {
			return err
		}

		return announce(ctx, q, webhook)
	})
}

func subscribedTwice() error {
	return problem.New(problem.AlreadyExists, "the webhook is subscribed to this already", "eventType")
}
