package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

// rotateBatch is how many webhooks one call of RotateDue looks after.
const rotateBatch = 100

// RotateDue replaces the secrets that are older than the settings of their webhooks allow, and returns those
// webhooks. It looks after some at a time: call it until it returns none. A webhook whose secret cannot be replaced
// yet is left for the next time.
func (s *Service) RotateDue(ctx context.Context) ([]Webhook, error) {
	due, err := dbsqlc.New(s.pool).SecretsToRotate(ctx, dbsqlc.SecretsToRotateParams{Now: s.now(), AtMost: rotateBatch})
	if err != nil {
		return nil, fmt.Errorf("find secrets to rotate: %w", err)
	}

	var (
		out      []Webhook
		problems error
	)

	for _, one := range due {
		next, rotated, err := s.rotateDue(ctx, id.Webhook.From(one.ID))
		if err != nil {
			problems = errors.Join(problems, fmt.Errorf("rotate secret of %s: %w", id.Webhook.From(one.ID), err))
		} else if rotated {
			out = append(out, next)
		}
	}

	return out, problems
}

// rotateDue tells whether the secret was replaced: somebody else may have done it meanwhile.
func (s *Service) rotateDue(ctx context.Context, webhook id.ID) (out Webhook, rotated bool, err error) {
	err = s.change(ctx, tenant.All(), webhook, "webhookId", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		if out, err = FromRow(row); err != nil {
			return err
		}

		live, err := liveSecrets(ctx, q, row.ID, s.now())
		if err != nil || !isDue(out.Settings.SecretRotation, live, s.now()) {
			return err
		}

		rotated = true
		overlap := time.Duration(out.Settings.SecretRotation.OverlapSeconds) * time.Second

		if err := s.rotate(ctx, q, Created{Webhook: out, Secret: signing.NewSecret()}, overlap); err != nil {
			return err
		}

		if err := q.AnnounceSecret(ctx, row.ID); err != nil {
			return fmt.Errorf("announce secret: %w", err)
		}

		return nil
	})

	return out, rotated, err
}

// isDue tells whether a current secret is older than it may be.
func isDue(rotation settings.Rotation, live []dbsqlc.WebhookSecret, now time.Time) bool {
	age := time.Duration(rotation.EveryDays) * 24 * time.Hour

	return age > 0 && slices.ContainsFunc(live, func(one dbsqlc.WebhookSecret) bool {
		return one.ExpiresAt == nil && now.Sub(one.CreatedAt) >= age
	})
}

// NewSecret is a secret that took the place of an old one without the owner having been told.
type NewSecret struct {
	ID      id.ID
	Webhook Webhook
}

// NewSecretsDue returns secrets whose owners have yet to be told of them.
func (s *Service) NewSecretsDue(ctx context.Context) ([]NewSecret, error) {
	rows, err := dbsqlc.New(s.pool).SecretsWithNotice(ctx, noticesAtOnce)
	if err != nil {
		return nil, fmt.Errorf("load secrets with notice: %w", err)
	}

	out := make([]NewSecret, len(rows))

	for n, row := range rows {
		out[n].ID = id.Secret.From(row.SecretID)

		if out[n].Webhook, err = FromRow(row.Webhook); err != nil {
			return nil, err
		}
	}

	return out, nil
}

// NewSecretTold notes that the owner was told of a secret.
func (s *Service) NewSecretTold(ctx context.Context, secret id.ID) error {
	if err := dbsqlc.New(s.pool).SecretNoticeGiven(ctx, secret.UUID()); err != nil {
		return fmt.Errorf("note that the owner was told: %w", err)
	}

	return nil
}
