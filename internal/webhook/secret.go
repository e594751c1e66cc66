package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

const (
	// MaxSecrets is how many secrets of one webhook may sign at the same time.
	MaxSecrets = 3
	// MaxOverlapSeconds is how long an old secret may go on signing: 7 days.
	MaxOverlapSeconds = 604_800
)

// RotateInput replaces a secret.
type RotateInput struct {
	WebhookID id.ID
	// OverlapSeconds is how long the old secret goes on signing beside the new one.
	OverlapSeconds int
	// SigningSecret is generated when nil.
	SigningSecret *string
}

// Rotate gives a webhook a new secret. The old ones sign beside it until the overlap is over, or until they end anyway.
func (s *Service) Rotate(ctx context.Context, scope tenant.Scope, in RotateInput) (Webhook, signing.Secret, error) {
	var (
		out      Webhook
		problems problem.List
	)

	if in.OverlapSeconds < 0 || in.OverlapSeconds > MaxOverlapSeconds {
		problems.Addf(problem.Invalid, "overlapSeconds",
			"must be 0 to %d seconds, not %d", MaxOverlapSeconds, in.OverlapSeconds)
	}

	secret := checkSecret(&problems, in.SigningSecret)

	err := s.change(ctx, scope, in.WebhookID, "webhookId", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		if err := problems.Err(); err != nil {
			return err
		}

		now := s.now()
		end := now.Add(time.Duration(in.OverlapSeconds) * time.Second)

		err := q.ExpireWebhookSecrets(ctx, dbsqlc.ExpireWebhookSecretsParams{WebhookID: row.ID, ExpiresAt: end})
		if err != nil {
			return fmt.Errorf("expire secrets: %w", err)
		}

		err = q.DeleteExpiredWebhookSecrets(ctx, dbsqlc.DeleteExpiredWebhookSecretsParams{WebhookID: row.ID, Now: &now})
		if err != nil {
			return fmt.Errorf("delete expired secrets: %w", err)
		}

		live, err := q.LiveWebhookSecrets(ctx, dbsqlc.LiveWebhookSecretsParams{WebhookIds: []uuid.UUID{row.ID}, Now: &now})
		if err != nil {
			return fmt.Errorf("count secrets: %w", err)
		}

		if len(live) >= MaxSecrets {
			return problem.New(problem.LimitExceeded,
				fmt.Sprintf("%d secrets sign already; wait until one of them ends", len(live)), "webhookId")
		}

		out = fromRow(row)

		return s.insertSecret(ctx, q, out.OrganizationID, in.WebhookID, secret)
	})
	if err != nil {
		return Webhook{}, signing.Secret{}, err
	}

	s.log.InfoContext(ctx, "signing secret rotated",
		slog.String("webhook", out.ID.String()), slog.Int("overlap_seconds", in.OverlapSeconds))

	return out, secret, nil
}

// Reveal returns a secret with its value: the current one, unless it is told which. It leaves a line in the log.
func (s *Service) Reveal(
	ctx context.Context, scope tenant.Scope, webhook id.ID, which *id.ID,
) (Secret, signing.Secret, error) {
	owner, err := s.get(ctx, scope, webhook, "webhookId")
	if err != nil {
		return Secret{}, signing.Secret{}, err
	}

	live, err := s.live(ctx, []id.ID{webhook})
	if err != nil {
		return Secret{}, signing.Secret{}, err
	}

	for _, row := range live {
		if which != nil && *which != id.Secret.From(row.ID) {
			continue
		}

		value, err := OpenSecret(s.box, owner.OrganizationID, webhook, row.Sealed)
		if err != nil {
			return Secret{}, signing.Secret{}, fmt.Errorf("open signing secret: %w", err)
		}

		out := secretFromRow(row)
		s.log.InfoContext(ctx, "signing secret revealed",
			slog.String("webhook", webhook.String()), slog.String("secret", out.ID.String()))

		return out, value, nil
	}

	return Secret{}, signing.Secret{}, problem.Missing("secret", "secretId")
}

// Secrets returns the secrets that sign now, the current one first and then the newest, by webhook.
func (s *Service) Secrets(ctx context.Context, webhooks []id.ID) (map[id.ID][]Secret, error) {
	live, err := s.live(ctx, webhooks)
	if err != nil {
		return nil, err
	}

	out := make(map[id.ID][]Secret, len(webhooks))

	for _, row := range live {
		webhook := id.Webhook.From(row.WebhookID)
		out[webhook] = append(out[webhook], secretFromRow(row))
	}

	return out, nil
}

func (s *Service) live(ctx context.Context, webhooks []id.ID) ([]dbsqlc.WebhookSecret, error) {
	rows, err := dbsqlc.New(s.pool).LiveWebhookSecrets(ctx, dbsqlc.LiveWebhookSecretsParams{
		WebhookIds: id.UUIDs(webhooks), Now: new(s.now()),
	})
	if err != nil {
		return nil, fmt.Errorf("load secrets: %w", err)
	}

	return rows, nil
}

func (s *Service) insertSecret(
	ctx context.Context, q *dbsqlc.Queries, organization, webhook id.ID, secret signing.Secret,
) error {
	sealed, err := sealSecret(s.box, organization, webhook, secret)
	if err != nil {
		return fmt.Errorf("seal signing secret: %w", err)
	}

	_, err = q.InsertWebhookSecret(ctx, dbsqlc.InsertWebhookSecretParams{
		ID: id.New(id.Secret).UUID(), WebhookID: webhook.UUID(), Sealed: sealed, Hint: secret.Hint(), Now: s.now(),
	})
	if err != nil {
		return fmt.Errorf("insert secret: %w", err)
	}

	return nil
}
