package webhook

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

// CreateInput is a new webhook.
type CreateInput struct {
	OrganizationID id.ID
	Name           string
	Description    *string
	URL            string
	TimeoutSeconds int
	CustomHeaders  []Header
	// RetryPolicy is as Standard Webhooks advises unless it says otherwise.
	RetryPolicy *RetryPolicy
	// EventTypes are the event types and patterns to subscribe to at once.
	EventTypes []string
	Enabled    bool
	// SigningSecret is generated when nil.
	SigningSecret *string
}

// Create makes a webhook and returns it with its secret. Nothing is written when anything is wrong with it.
func (s *Service) Create(ctx context.Context, scope tenant.Scope, in CreateInput) (Webhook, signing.Secret, error) {
	if !scope.Allows(in.OrganizationID) {
		return Webhook{}, signing.Secret{}, problem.Missing("organization", "organizationId")
	}

	defaultDelays, defaultJitter := defaultRetries()
	delays, jitter := in.RetryPolicy.or(defaultDelays, defaultJitter)
	checked := settings{
		name: in.Name, description: in.Description, url: in.URL, timeout: in.TimeoutSeconds, headers: in.CustomHeaders,
		delays: delays, jitter: jitter,
	}

	problems := checked.check()
	secret := checkSecret(&problems, in.SigningSecret)

	if len(in.EventTypes) > MaxSubscriptions {
		problems.Addf(problem.LimitExceeded, "eventTypes", "at most %d subscriptions are allowed", MaxSubscriptions)
	}

	var out Webhook

	err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		if err := exists(ctx, q, in.OrganizationID); err != nil {
			return err
		}

		types, wrong, err := checkEventTypes(ctx, q, in.OrganizationID.UUID(), in.EventTypes,
			func(n int) []string { return []string{"eventTypes", strconv.Itoa(n)} })
		if err != nil {
			return err
		}

		if err := append(problems, wrong...).Err(); err != nil {
			return err
		}

		out, err = s.insert(ctx, q, in, checked, types, secret)

		return err
	})
	if err != nil {
		return Webhook{}, signing.Secret{}, err
	}

	return out, secret, nil
}

func (s *Service) insert(
	ctx context.Context, q *dbsqlc.Queries, in CreateInput, checked settings, types []string, secret signing.Secret,
) (Webhook, error) {
	webhook := id.New(id.Webhook)

	sealed, err := sealHeaders(s.box, in.OrganizationID, webhook, checked.headers)
	if err != nil {
		return Webhook{}, fmt.Errorf("seal custom headers: %w", err)
	}

	status := Disabled
	if in.Enabled {
		status = Enabled
	}

	row, err := q.InsertWebhook(ctx, dbsqlc.InsertWebhookParams{
		ID:                 webhook.UUID(),
		OrganizationID:     in.OrganizationID.UUID(),
		Name:               checked.name,
		Description:        checked.description,
		Url:                checked.url,
		Status:             string(status),
		TimeoutSeconds:     int32(checked.timeout),
		HeaderNames:        names(checked.headers),
		SealedHeaders:      sealed,
		RetryDelaysSeconds: int32s(checked.delays),
		RetryJitterPercent: int32(checked.jitter),
		Now:                s.now(),
	})
	if err != nil {
		return Webhook{}, fmt.Errorf("insert webhook: %w", err)
	}

	if err := s.insertSecret(ctx, q, in.OrganizationID, webhook, secret); err != nil {
		return Webhook{}, err
	}

	if len(types) > 0 {
		ids := make([]uuid.UUID, len(types))
		for n := range ids {
			ids[n] = id.New(id.Subscription).UUID()
		}

		_, err := q.InsertSubscriptions(ctx, dbsqlc.InsertSubscriptionsParams{
			Ids: ids, OrganizationID: row.OrganizationID, WebhookID: row.ID, EventTypes: types, Enabled: true, Now: s.now(),
		})
		if err != nil {
			return Webhook{}, fmt.Errorf("insert subscriptions: %w", err)
		}
	}

	return fromRow(row), nil
}

// exists makes sure that an operator does not create things for an organization that is not there.
func exists(ctx context.Context, q *dbsqlc.Queries, organization id.ID) error {
	found, err := q.OrganizationsByID(ctx, []uuid.UUID{organization.UUID()})

	switch {
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("look up organization: %w", err)
	case len(found) == 0 || !organization.Is(id.Organization):
		return problem.Missing("organization", "organizationId")
	default:
		return nil
	}
}

func names(headers []Header) []string {
	out := make([]string, len(headers))
	for n, one := range headers {
		out[n] = one.Name
	}

	return out
}

func int32s(values []int) []int32 {
	out := make([]int32, len(values))
	for n, one := range values {
		out[n] = int32(one)
	}

	return out
}
