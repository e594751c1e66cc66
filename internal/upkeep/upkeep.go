// Package upkeep looks after webhooks without being asked: it takes those out of use that keep failing, replaces
// secrets that are too old, and tells the owners, also of secrets that end and of deliveries that failed for good.
// What else has to be done now and then is done in the same rounds.
package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/webhook"
)

// Webhooks are what is looked after.
type Webhooks interface {
	DisableFailing(ctx context.Context, webhooks ...id.ID) ([]webhook.Webhook, error)
	NoticesDue(ctx context.Context) ([]webhook.Webhook, error)
	NoticeGiven(ctx context.Context, of webhook.Webhook) error
	RotateDue(ctx context.Context) ([]webhook.Webhook, error)
	NewSecretsDue(ctx context.Context) ([]webhook.NewSecret, error)
	NewSecretTold(ctx context.Context, secret id.ID) error
	ExpiringSecrets(ctx context.Context) ([]webhook.ExpiringSecret, error)
	ExpiryTold(ctx context.Context, secret id.ID) error
	RecoveriesDue(ctx context.Context) ([]webhook.Recovery, error)
	RecoveryTold(ctx context.Context, told webhook.Recovery) error
}

// Publisher tells owners.
type Publisher interface {
	PublishOperational(ctx context.Context, organization id.ID, eventType, key string, data any) error
}

// Upkeep looks after webhooks. It is safe for concurrent use.
type Upkeep struct {
	webhooks   Webhooks
	deliveries Deliveries
	publisher  Publisher
	log        *slog.Logger
	chores     []Chore
}

// Chore is something else to be done in each round. It must be harmless to repeat, in several processes at once, too.
type Chore func(ctx context.Context) error

// New makes an upkeep.
func New(
	webhooks Webhooks, deliveries Deliveries, publisher Publisher, log *slog.Logger, chores ...Chore,
) *Upkeep {
	return &Upkeep{webhooks: webhooks, deliveries: deliveries, publisher: publisher, log: log, chores: chores}
}

// Result is what there was to do.
type Result struct {
	// Disabled webhooks were taken out of use.
	Disabled int
	// Rotated webhooks have a new secret.
	Rotated int
	// Notified owners were told of webhooks that were taken out of use, now or earlier.
	Notified int
	// Exhausted deliveries had failed for good, and their owners were told.
	Exhausted int
	// Expiring secrets stop signing soon, and their owners were told.
	Expiring int
	// Recovered receivers are back after a rest, and their owners were told.
	Recovered int
}

// Failed looks at a webhook to which a delivery has failed for good, and tells of the delivery. What goes wrong is left
// to the next [Upkeep.Tend].
func (u *Upkeep) Failed(ctx context.Context, failed, last id.ID) {
	disabled, err := u.webhooks.DisableFailing(ctx, failed)
	for _, one := range disabled {
		err = errors.Join(err, u.notify(ctx, one))
	}

	due, dueErr := u.deliveries.ExhaustedNow(ctx, last)
	if len(due) > 0 {
		_, tellErr := u.exhausted(ctx, due)
		err = errors.Join(err, tellErr)
	}

	if err = errors.Join(err, dueErr); err != nil {
		u.log.WarnContext(ctx, "failing webhook not looked after, trying again later",
			slog.String("webhook", failed.String()), slog.String("error", err.Error()))
	}
}

// Tend does all there is to do. Each part works without the others.
func (u *Upkeep) Tend(ctx context.Context) (Result, error) {
	var out Result

	disabled, err := u.webhooks.DisableFailing(ctx)
	out.Disabled = len(disabled)

	rotated, rotateErr := u.rotate(ctx)
	out.Rotated = rotated

	notified, notifyErr := u.notifyAll(ctx)
	out.Notified = notified

	exhausted, exhaustedErr := u.tellOfExhausted(ctx)
	out.Exhausted = exhausted

	expiring, expiringErr := u.tellOfExpiring(ctx)
	out.Expiring = expiring

	recovered, recoveredErr := u.tellOfRecovered(ctx)
	out.Recovered = recovered

	err = errors.Join(err, rotateErr, notifyErr, exhaustedErr, expiringErr, recoveredErr)
	for _, chore := range u.chores {
		err = errors.Join(err, chore(ctx))
	}

	return out, err
}

func (u *Upkeep) rotate(ctx context.Context) (total int, err error) {
	for {
		rotated, err := u.webhooks.RotateDue(ctx)
		total += len(rotated)

		// Those that cannot be replaced yet would be found again.
		if err != nil || len(rotated) == 0 {
			return total, errors.Join(err, u.announce(ctx))
		}
	}
}

// announce tells the owners of new secrets, once each, however often it is called.
func (u *Upkeep) announce(ctx context.Context) error {
	due, err := u.webhooks.NewSecretsDue(ctx)

	for _, one := range due {
		of := one.Webhook

		problem := u.publisher.PublishOperational(ctx, of.OrganizationID, eventtype.WebhookSecretRotated,
			fmt.Sprintf("%s/%s", eventtype.WebhookSecretRotated, one.ID), map[string]any{
				"webhookId":      of.ID.String(),
				"webhookName":    of.Name,
				"secretId":       one.ID.String(),
				"overlapSeconds": of.Settings.SecretRotation.OverlapSeconds,
			})
		if problem == nil {
			problem = u.webhooks.NewSecretTold(ctx, one.ID)
		}

		err = errors.Join(err, problem)
	}

	return err
}

func (u *Upkeep) notifyAll(ctx context.Context) (total int, err error) {
	due, err := u.webhooks.NoticesDue(ctx)

	for _, one := range due {
		if problem := u.notify(ctx, one); problem != nil {
			err = errors.Join(err, problem)
		} else {
			total++
		}
	}

	return total, err
}

// notify tells the owner once, however often it is called: the key of the event names the occasion.
func (u *Upkeep) notify(ctx context.Context, of webhook.Webhook) error {
	err := u.publisher.PublishOperational(ctx, of.OrganizationID, eventtype.WebhookDisabled,
		fmt.Sprintf("%s/%s/%d", eventtype.WebhookDisabled, of.ID, of.DisabledAt.UnixMicro()), map[string]any{
			"webhookId":   of.ID.String(),
			"webhookName": of.Name,
			"url":         of.URL,
			"reason":      string(*of.DisabledReason),
			"disabledAt":  of.DisabledAt.UTC().Format(time.RFC3339Nano),
		})
	if err != nil {
		return fmt.Errorf("tell the owner of %s: %w", of.ID, err)
	}

	return u.webhooks.NoticeGiven(ctx, of)
}
