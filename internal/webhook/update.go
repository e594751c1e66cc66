package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

// UpdateInput changes a webhook. What is nil, or not set, stays as it is.
type UpdateInput struct {
	ID          id.ID
	Name        *string
	Description optional.Optional[string]
	URL         *string
	// CustomHeaders take the place of those it has.
	CustomHeaders *[]Header
	Settings      settings.Changes
	// Auth is removed when it is null.
	Auth optional.Optional[endpointauth.Auth]
}

// Update changes a webhook. Deliveries under way use the new settings from their next attempt; what they send stays the
// same once it was sent.
func (s *Service) Update(ctx context.Context, scope tenant.Scope, in UpdateInput) (out Webhook, err error) {
	var rested bool

	err = s.change(ctx, scope, in.ID, "id", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		was, next, problems, err := s.redraft(ctx, q, row, in)
		if err != nil {
			return err
		}

		secrets, err := s.checkKeys(ctx, q, row, next.settings, &problems)
		if err != nil {
			return err
		}

		if err := problems.Err(); err != nil {
			return err
		}

		stored, err := s.store(was.OrganizationID, was.ID, next)
		if err != nil {
			return err
		}

		updated, err := q.UpdateWebhook(ctx, dbsqlc.UpdateWebhookParams{
			OrganizationID: row.OrganizationID, ID: row.ID, Name: next.name, Description: next.description, Url: next.url,
			Settings: stored.settings, MaxAttempts: stored.maxAttempts, HeaderNames: names(next.headers),
			SealedHeaders: stored.headers, Auth: stored.auth, SealedAuth: stored.sealedAuth, Now: s.now(),
		})
		if err != nil {
			return fmt.Errorf("update webhook: %w", err)
		}

		if err := s.insertMissing(ctx, q, was, next.settings, secrets); err != nil {
			return err
		}

		if in.Auth.Set {
			if err := audit.Write(ctx, q, was.OrganizationID, audit.AuthChanged, was.ID, nil, s.now()); err != nil {
				return err
			}
		}

		// Without a breaker nobody would find out that the receiver is back.
		if next.settings.Breaker.FailurePercent == 0 {
			if rested, err = s.deliveries.EndRest(ctx, q, was.ID); err != nil {
				return err
			}
		}

		out, err = FromRow(updated)

		return err
	})
	if err == nil && rested {
		s.deliveries.Tend(ctx)
	}

	return out, err
}

// redraft returns what the webhook was and what it would be, and what is wrong with that.
func (s *Service) redraft(
	ctx context.Context, q *dbsqlc.Queries, row dbsqlc.Webhook, in UpdateInput,
) (was Webhook, next fields, problems problem.List, err error) {
	if was, err = FromRow(row); err != nil {
		return was, next, nil, err
	}

	organizations, err := q.OrganizationsByID(ctx, []uuid.UUID{row.OrganizationID})
	if err != nil {
		return was, next, nil, fmt.Errorf("look up organization: %w", err)
	}

	standard, err := s.profiles.ProfileIn(ctx, q, was.OrganizationID)
	if err != nil {
		return was, next, nil, err
	}

	next = fields{
		name: or(in.Name, was.Name), description: in.Description.Or(was.Description), url: or(in.URL, was.URL),
		settings: was.Settings.With(standard.Settings, in.Settings), changes: in.Settings,
	}

	if next.headers, err = OpenHeaders(s.box, was.OrganizationID, was.ID, row.SealedHeaders); err != nil {
		return was, next, nil, fmt.Errorf("open custom headers of %s: %w", was.ID, err)
	}

	if in.CustomHeaders != nil {
		next.headers = *in.CustomHeaders
	}

	if next.auth, err = OpenAuth(s.box, was.OrganizationID, was.ID, row.SealedAuth); err != nil {
		return was, next, nil, fmt.Errorf("open authentication of %s: %w", was.ID, err)
	}

	next.auth = in.Auth.Or(next.auth)

	return was, next, next.check(standard.Rules, organizations[0].AllowInsecureUrls), nil
}

// checkKeys returns the secrets that sign now. They have to fit the signatures.
func (s *Service) checkKeys(
	ctx context.Context, q *dbsqlc.Queries, row dbsqlc.Webhook, next settings.Settings, problems *problem.List,
) (Keys, error) {
	live, err := liveSecrets(ctx, q, row.ID, s.now())
	if err != nil {
		return Keys{}, err
	}

	keys, err := OpenKeys(s.box, id.Organization.From(row.OrganizationID), id.Webhook.From(row.ID), live)
	if err != nil {
		return Keys{}, fmt.Errorf("open signing secrets: %w", err)
	}

	if next.Uses(signing.StandardWebhooksV1) && len(keys.Symmetric) > 0 && !keys.Symmetric[0].IsStandard() {
		problems.Add(problem.Conflict, "Standard Webhooks v1 needs a secret that starts with whsec_, and this webhook has "+
			"another; rotate it first", "settings", "signatures")
	}

	return keys, nil
}

// insertMissing makes the keys that signatures need which the webhook did not have before.
func (s *Service) insertMissing(
	ctx context.Context, q *dbsqlc.Queries, was Webhook, next settings.Settings, have Keys,
) error {
	if next.Uses(signing.StandardWebhooksV1A) && len(have.Ed25519) == 0 {
		return s.insertPrivateKey(ctx, q, was.OrganizationID, was.ID)
	}

	return nil
}

func liveSecrets(
	ctx context.Context, q *dbsqlc.Queries, webhook uuid.UUID, now time.Time,
) ([]dbsqlc.WebhookSecret, error) {
	live, err := q.LiveWebhookSecrets(ctx, dbsqlc.LiveWebhookSecretsParams{WebhookIds: []uuid.UUID{webhook}, Now: &now})
	if err != nil {
		return nil, fmt.Errorf("load secrets: %w", err)
	}

	return live, nil
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}

	return *value
}
