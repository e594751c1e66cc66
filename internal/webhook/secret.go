package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

// MaxSecrets is how many secrets of one kind may sign for a webhook at the same time.
const MaxSecrets = 3

// RotateInput replaces the secrets of a webhook.
type RotateInput struct {
	WebhookID id.ID
	// OverlapSeconds is how long the old secret goes on signing beside the new one. The webhook's settings say so when
	// nil.
	OverlapSeconds *int
	// SigningSecret is generated when nil.
	SigningSecret *string
}

// Rotate gives a webhook a new secret, and a new private key if it has one. The old ones sign beside them until the
// overlap is over, or until they end anyway.
func (s *Service) Rotate(ctx context.Context, scope tenant.Scope, in RotateInput) (Created, error) {
	var (
		out     Created
		overlap int
	)

	err := s.change(ctx, scope, in.WebhookID, "webhookId", func(q *dbsqlc.Queries, row dbsqlc.Webhook) (err error) {
		if out.Webhook, err = FromRow(row); err != nil {
			return err
		}

		standard, err := s.profiles.ProfileIn(ctx, q, out.Webhook.OrganizationID)
		if err != nil {
			return err
		}

		var problems problem.List

		overlap = or(in.OverlapSeconds, out.Webhook.Settings.SecretRotation.OverlapSeconds)
		if overlap < 0 || overlap > settings.MaxOverlapSeconds {
			problems.Addf(problem.Invalid, "overlapSeconds",
				"must be 0 to %d seconds, not %d", settings.MaxOverlapSeconds, overlap)
		}

		out.Secret = checkSecret(&problems, in.SigningSecret, out.Webhook.Settings, standard.Rules.SecretSource)

		if err := problems.Err(); err != nil {
			return err
		}

		return s.rotate(ctx, q, out, time.Duration(overlap)*time.Second)
	})
	if err != nil {
		return Created{}, err
	}

	s.log.InfoContext(ctx, "signing secret rotated",
		slog.String("webhook", out.Webhook.ID.String()), slog.Int("overlap_seconds", overlap))

	return out, nil
}

// rotate ends the secrets of a webhook and adds new ones.
func (s *Service) rotate(ctx context.Context, q *dbsqlc.Queries, next Created, overlap time.Duration) error {
	now := s.now()
	webhook := next.Webhook.ID

	err := q.ExpireWebhookSecrets(ctx, dbsqlc.ExpireWebhookSecretsParams{
		WebhookID: webhook.UUID(), ExpiresAt: now.Add(overlap),
	})
	if err != nil {
		return fmt.Errorf("expire secrets: %w", err)
	}

	err = q.DeleteExpiredWebhookSecrets(ctx, dbsqlc.DeleteExpiredWebhookSecretsParams{
		WebhookID: webhook.UUID(), Now: &now,
	})
	if err != nil {
		return fmt.Errorf("delete expired secrets: %w", err)
	}

	live, err := liveSecrets(ctx, q, webhook.UUID(), now)
	if err != nil {
		return err
	}

	symmetric := 0

	for _, one := range live {
		if SecretKind(one.Kind) == Symmetric {
			symmetric++
		}
	}

	if symmetric >= MaxSecrets {
		return problem.New(problem.LimitExceeded,
			fmt.Sprintf("%d secrets sign already; wait until one of them ends", symmetric), "webhookId")
	}

	err = s.insertSecrets(ctx, q, next.Webhook.OrganizationID, webhook, next.Secret, next.Webhook.Settings)
	if err != nil {
		return err
	}

	return audit.Write(ctx, q, next.Webhook.OrganizationID, audit.SecretRotated, webhook,
		map[string]any{"overlapSeconds": int(overlap / time.Second)}, now)
}

// Reveal returns a secret with its value: the current shared one, unless it is told which. It leaves an entry in the
// audit log. Of a private key only the public half is shown.
func (s *Service) Reveal(
	ctx context.Context, scope tenant.Scope, webhook id.ID, which *id.ID,
) (secret Secret, value string, err error) {
	owner, err := s.get(ctx, scope, webhook, "webhookId")
	if err != nil {
		return Secret{}, "", err
	}

	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		live, err := liveSecrets(ctx, q, webhook.UUID(), s.now())
		if err != nil {
			return err
		}

		row, ok := wanted(live, which)
		if !ok {
			return problem.Missing("secret", "secretId")
		}

		secret = secretFromRow(row)

		if secret.Kind == Ed25519 {
			value = *secret.PublicKey

			return nil
		}

		keys, err := OpenKeys(s.box, owner.OrganizationID, webhook, []dbsqlc.WebhookSecret{row})
		if err != nil {
			return fmt.Errorf("open signing secret: %w", err)
		}

		value = keys.Symmetric[0].Reveal()

		return audit.Write(ctx, q, owner.OrganizationID, audit.SecretRevealed, webhook,
			map[string]any{"secretId": secret.ID.String()}, s.now())
	})
	if err != nil {
		return Secret{}, "", err
	}

	s.log.InfoContext(ctx, "signing secret revealed",
		slog.String("webhook", webhook.String()), slog.String("secret", secret.ID.String()))

	return secret, value, nil
}

func wanted(live []dbsqlc.WebhookSecret, which *id.ID) (dbsqlc.WebhookSecret, bool) {
	for _, row := range live {
		if which == nil && SecretKind(row.Kind) == Symmetric || which != nil && *which == id.Secret.From(row.ID) {
			return row, true
		}
	}

	return dbsqlc.WebhookSecret{}, false
}

// Secrets returns the secrets that sign now, the current ones first and then the newest, by webhook.
func (s *Service) Secrets(ctx context.Context, webhooks []id.ID) (map[id.ID][]Secret, error) {
	rows, err := dbsqlc.New(s.pool).LiveWebhookSecrets(ctx, dbsqlc.LiveWebhookSecretsParams{
		WebhookIds: id.UUIDs(webhooks), Now: new(s.now()),
	})
	if err != nil {
		return nil, fmt.Errorf("load secrets: %w", err)
	}

	out := make(map[id.ID][]Secret, len(webhooks))

	for _, row := range rows {
		webhook := id.Webhook.From(row.WebhookID)
		out[webhook] = append(out[webhook], secretFromRow(row))
	}

	return out, nil
}

// insertSecrets adds a secret, and a private key when the signatures need one. A webhook always has a secret, so that a
// signature can be turned on later.
func (s *Service) insertSecrets(
	ctx context.Context, q *dbsqlc.Queries, organization, webhook id.ID, secret signing.Secret, of settings.Settings,
) error {
	err := s.insertSecret(ctx, q, organization, webhook, secret.Reveal(), dbsqlc.InsertWebhookSecretParams{
		Kind: string(Symmetric), Hint: secret.Hint(),
	})
	if err != nil || !of.Uses(signing.StandardWebhooksV1A) {
		return err
	}

	return s.insertPrivateKey(ctx, q, organization, webhook)
}

func (s *Service) insertPrivateKey(ctx context.Context, q *dbsqlc.Queries, organization, webhook id.ID) error {
	key := signing.NewPrivateKey()

	return s.insertSecret(ctx, q, organization, webhook, key.Reveal(), dbsqlc.InsertWebhookSecretParams{
		Kind: string(Ed25519), Hint: key.Hint(), PublicKey: new(key.PublicKey()),
	})
}

func (s *Service) insertSecret(
	ctx context.Context, q *dbsqlc.Queries, organization, webhook id.ID, value string,
	params dbsqlc.InsertWebhookSecretParams,
) (err error) {
	params.ID, params.WebhookID, params.Now = id.New(id.Secret).UUID(), webhook.UUID(), s.now()

	if params.Sealed, err = sealSecret(s.box, organization, webhook, value); err != nil {
		return fmt.Errorf("seal signing secret: %w", err)
	}

	if _, err := q.InsertWebhookSecret(ctx, params); err != nil {
		return fmt.Errorf("insert secret: %w", err)
	}

	return nil
}
