package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
)

// Deliveries are told of when they have failed for good.
type Deliveries interface {
	ExhaustedDue(ctx context.Context, after id.ID) ([]delivery.Exhausted, error)
	ExhaustedNow(ctx context.Context, delivery id.ID) ([]delivery.Exhausted, error)
	ExhaustedTold(ctx context.Context, told []delivery.Exhausted) error
}

// publishers is how many notices are published side by side, so that they share commits.
const publishers = 8

// tellOfExhausted tells the owners of all deliveries that failed for good and are not told of yet.
func (u *Upkeep) tellOfExhausted(ctx context.Context) (total int, err error) {
	var last id.ID

	for {
		due, dueErr := u.deliveries.ExhaustedDue(ctx, last)
		if dueErr != nil || len(due) == 0 {
			return total, errors.Join(err, dueErr)
		}

		told, tellErr := u.exhausted(ctx, due)
		total += told
		err = errors.Join(err, tellErr)
		// What could not be told is left to the next time.
		last = due[len(due)-1].ID
	}
}

// exhausted tells the owners of deliveries, and says of how many. That nobody wants to hear of one is as good.
func (u *Upkeep) exhausted(ctx context.Context, due []delivery.Exhausted) (total int, err error) {
	var group errgroup.Group

	group.SetLimit(publishers)

	failed := make([]error, len(due))

	for n, one := range due {
		if !one.Wanted || one.Status != delivery.Failed {
			continue
		}

		total++

		group.Go(func() error {
			failed[n] = u.tellExhausted(ctx, one)

			return nil
		})
	}

	err = group.Wait()

	told := make([]delivery.Exhausted, 0, len(due))

	for n, one := range due {
		if failed[n] != nil {
			err = errors.Join(err, failed[n])
			total--
		} else {
			told = append(told, one)
		}
	}

	return total, errors.Join(err, u.deliveries.ExhaustedTold(ctx, told))
}

// tellExhausted tells once, however often it is called: the key of the event names the occasion. Of what was sent and
// came back it says nothing.
func (u *Upkeep) tellExhausted(ctx context.Context, one delivery.Exhausted) error {
	data := map[string]any{
		"deliveryId":         one.ID.String(),
		"eventId":            one.EventID.String(),
		"eventType":          one.EventType,
		"webhookId":          one.WebhookID.String(),
		"webhookName":        one.WebhookName,
		"attemptCount":       one.AttemptCount,
		"lastResponseStatus": one.LastResponseStatus,
		"lastError":          nil,
	}

	if one.CompletedAt != nil {
		data["failedAt"] = one.CompletedAt.UTC().Format(time.RFC3339Nano)
	}

	if one.LastError != nil {
		public := one.LastError.Public()
		data["lastError"] = map[string]any{"code": string(public.Code), "message": public.Message}
	}

	err := u.publisher.PublishOperational(ctx, one.OrganizationID, eventtype.DeliveryExhausted,
		fmt.Sprintf("%s/%s/%d", eventtype.DeliveryExhausted, one.ID, one.AttemptCount), data)
	if err != nil {
		return fmt.Errorf("tell the owner of %s: %w", one.ID, err)
	}

	return nil
}

// tellOfRecovered tells the owners of webhooks whose receivers are back.
func (u *Upkeep) tellOfRecovered(ctx context.Context) (total int, err error) {
	due, err := u.webhooks.RecoveriesDue(ctx)

	for _, one := range due {
		of := one.Webhook

		problem := u.publisher.PublishOperational(ctx, of.OrganizationID, eventtype.WebhookRecovered,
			fmt.Sprintf("%s/%s/%d", eventtype.WebhookRecovered, of.ID, one.At.UnixMicro()), map[string]any{
				"webhookId":   of.ID.String(),
				"webhookName": of.Name,
				"url":         of.URL,
				"recoveredAt": one.At.UTC().Format(time.RFC3339Nano),
			})
		if problem == nil {
			problem = u.webhooks.RecoveryTold(ctx, one)
		}

		if problem != nil {
			err = errors.Join(err, fmt.Errorf("tell the owner of %s: %w", of.ID, problem))
		} else {
			total++
		}
	}

	return total, err
}

// tellOfExpiring tells the owners of secrets that stop signing soon.
func (u *Upkeep) tellOfExpiring(ctx context.Context) (total int, err error) {
	due, err := u.webhooks.ExpiringSecrets(ctx)

	for _, one := range due {
		problem := u.publisher.PublishOperational(ctx, one.Webhook.OrganizationID, eventtype.WebhookSecretExpiring,
			fmt.Sprintf("%s/%s", eventtype.WebhookSecretExpiring, one.ID), map[string]any{
				"webhookId":   one.Webhook.ID.String(),
				"webhookName": one.Webhook.Name,
				"secretId":    one.ID.String(),
				"kind":        string(one.Kind),
				"expiresAt":   one.ExpiresAt.UTC().Format(time.RFC3339Nano),
			})
		if problem == nil {
			problem = u.webhooks.ExpiryTold(ctx, one.ID)
		}

		if problem != nil {
			err = errors.Join(err, fmt.Errorf("tell the owner of %s: %w", one.ID, problem))
		} else {
			total++
		}
	}

	return total, err
}
