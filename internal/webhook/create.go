package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

// CreateInput is a new webhook.
type CreateInput struct {
	OrganizationID id.ID
	Name           string
	Description    *string
	URL            string
	CustomHeaders  []Header
	// Recipe names one of the profile's, whose settings come before those of the profile itself.
	Recipe *string
	// Settings are those of the profile, or of the recipe, with these changes.
	Settings settings.Changes
	Auth     *endpointauth.Auth
	// EventTypes are the event types and patterns to subscribe to at once. A recipe has its own when none are given.
	EventTypes []string
	// Subscriptions are the same with all that a subscription may have.
	Subscriptions []SubscriptionInput
	Enabled       bool
	// SigningSecret is generated when nil.
	SigningSecret *string
}

// Created is a new webhook with what is shown only once.
type Created struct {
	Webhook Webhook
	// Secret signs its requests. It is zero when no signature is made with a shared secret.
	Secret signing.Secret
}

// Create makes a webhook and returns it with its secret. Nothing is written when anything is wrong with it.
func (s *Service) Create(ctx context.Context, scope tenant.Scope, in CreateInput) (out Created, err error) {
	if !scope.Allows(in.OrganizationID) {
		return out, problem.Missing("organization", "organizationId")
	}

	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		owner, err := lockOrganization(ctx, q, in.OrganizationID)
		if err != nil {
			return err
		}

		standard, err := s.profiles.ProfileIn(ctx, q, in.OrganizationID)
		if err != nil {
			return err
		}

		checked, problems := draft(&in, standard, owner.AllowInsecureUrls)
		secret := checkSecret(&problems, in.SigningSecret, checked.settings, standard.Rules.SecretSource)

		subscriptions, wrong, err := s.checkSubscriptions(ctx, q, in)
		if err != nil {
			return err
		}

		count, err := q.CountWebhooks(ctx, owner.ID)
		if err != nil {
			return fmt.Errorf("count webhooks: %w", err)
		}

		if count >= int64(owner.MaxWebhooks) {
			problems.Addf(problem.LimitExceeded, "organizationId",
				"the organization may have at most %d webhooks", owner.MaxWebhooks)
		}

		if err := append(problems, wrong...).Err(); err != nil {
			return err
		}

		if out.Webhook, err = s.insert(ctx, q, in, checked, subscriptions, secret); err != nil {
			return err
		}

		if needsSecret(checked.settings) {
			out.Secret = secret
		}

		return nil
	})

	return out, err
}

// draft returns what the webhook would be, and what is wrong with that.
func draft(in *CreateInput, standard profile.Profile, allowInsecure bool) (fields, problem.List) {
	var problems problem.List

	base := standard.Settings

	if in.Recipe != nil {
		recipe, ok := standard.Recipe(*in.Recipe)
		if ok {
			base = recipe.Settings
		} else {
			problems.Addf(problem.NotFound, "recipe", "the organization's profile has no recipe %q", *in.Recipe)
		}

		if len(in.EventTypes)+len(in.Subscriptions) == 0 {
			in.EventTypes = recipe.EventTypes
		}
	}

	out := fields{
		name: in.Name, description: in.Description, url: in.URL, headers: in.CustomHeaders, auth: in.Auth,
		settings: base.With(standard.Settings, in.Settings), changes: in.Settings,
	}

	return out, append(problems, out.check(standard.Rules, allowInsecure)...)
}

func (s *Service) insert(
	ctx context.Context, q *dbsqlc.Queries, in CreateInput, checked fields, subscriptions []SubscriptionInput,
	secret signing.Secret,
) (Webhook, error) {
	webhook := id.New(id.Webhook)

	stored, err := s.store(in.OrganizationID, webhook, checked)
	if err != nil {
		return Webhook{}, err
	}

	params := dbsqlc.InsertWebhookParams{
		ID: webhook.UUID(), OrganizationID: in.OrganizationID.UUID(), Name: checked.name, Description: checked.description,
		Url: checked.url, Status: string(Enabled), Settings: stored.settings, MaxAttempts: stored.maxAttempts,
		HeaderNames: names(checked.headers), SealedHeaders: stored.headers, Auth: stored.auth, SealedAuth: stored.sealedAuth,
		Now: s.now(),
	}

	if !in.Enabled {
		params.Status, params.DisabledReason = string(Disabled), new(string(ByHand))
		params.DisabledAt = new(params.Now)
	}

	row, err := q.InsertWebhook(ctx, params)
	if err != nil {
		return Webhook{}, fmt.Errorf("insert webhook: %w", err)
	}

	if err := s.insertSecrets(ctx, q, in.OrganizationID, webhook, secret, checked.settings); err != nil {
		return Webhook{}, err
	}

	if err := insertSubscriptions(ctx, q, row, subscriptions, s.now()); err != nil {
		return Webhook{}, err
	}

	if err := announce(ctx, q, row); err != nil {
		return Webhook{}, err
	}

	return FromRow(row)
}

// stored is what the database has of a webhook's settings.
type stored struct {
	settings, headers, auth, sealedAuth []byte
	maxAttempts                         int32
}

func (s *Service) store(organization, webhook id.ID, checked fields) (out stored, err error) {
	if out.settings, err = json.Marshal(checked.settings); err != nil {
		return out, fmt.Errorf("write settings: %w", err)
	}

	if out.headers, err = sealHeaders(s.box, organization, webhook, checked.headers); err != nil {
		return out, fmt.Errorf("seal custom headers: %w", err)
	}

	if checked.auth != nil {
		if out.auth, err = json.Marshal(checked.auth.Public()); err != nil {
			return out, fmt.Errorf("write authentication: %w", err)
		}

		if out.sealedAuth, err = sealAuth(s.box, organization, webhook, *checked.auth); err != nil {
			return out, fmt.Errorf("seal authentication: %w", err)
		}
	}

	out.maxAttempts = int32(checked.settings.RetryPolicy.MaxAttempts())

	return out, nil
}

// lockOrganization makes sure that the organization is there, and that the number of its webhooks is changed by one
// at a time.
func lockOrganization(ctx context.Context, q *dbsqlc.Queries, organization id.ID) (dbsqlc.Organization, error) {
	row, err := q.LockOrganization(ctx, organization.UUID())

	switch {
	case errors.Is(err, pgx.ErrNoRows) || err == nil && !organization.Is(id.Organization):
		return row, problem.Missing("organization", "organizationId")
	case err != nil:
		return row, fmt.Errorf("lock organization: %w", err)
	default:
		return row, nil
	}
}

func insertSubscriptions(
	ctx context.Context, q *dbsqlc.Queries, webhook dbsqlc.Webhook, in []SubscriptionInput, now time.Time,
) error {
	if len(in) == 0 {
		return nil
	}

	params := dbsqlc.InsertSubscriptionsParams{OrganizationID: webhook.OrganizationID, WebhookID: webhook.ID, Now: now}
	for _, one := range in {
		one.addTo(&params)
	}

	if _, err := q.InsertSubscriptions(ctx, params); err != nil {
		return fmt.Errorf("insert subscriptions: %w", err)
	}

	return nil
}

func names(headers []Header) []string {
	out := make([]string, len(headers))
	for n, one := range headers {
		out[n] = one.Name
	}

	return out
}

func newSubscriptionID() uuid.UUID { return id.New(id.Subscription).UUID() }
