package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
)

// DraftInput is a webhook to be looked at before it is saved: an existing one with changes, or a new one.
type DraftInput struct {
	UpdateInput

	// OrganizationID is needed for a new one, which has no id. An existing one has to belong to it, if it is given.
	OrganizationID id.ID
	// Recipe is for a new one only.
	Recipe *string
	// Subscriptions take the place of those it has.
	Subscriptions *[]SubscriptionInput
}

// Draft is what a webhook would be.
type Draft struct {
	Webhook       Webhook
	Headers       []Header
	Auth          *endpointauth.Auth
	Keys          signing.Keys
	Subscriptions []SubscriptionInput
}

// Draft returns what a webhook would be, and what it is now: nil for a new one. Nothing is written. A new one has a
// secret that signs nothing but this.
func (s *Service) Draft(ctx context.Context, scope tenant.Scope, in DraftInput) (next Draft, now *Draft, err error) {
	if in.ID.IsZero() {
		next, err = s.draftNew(ctx, scope, in)

		return next, nil, err
	}

	return s.draftChanged(ctx, scope, in)
}

func (s *Service) draftNew(ctx context.Context, scope tenant.Scope, in DraftInput) (Draft, error) {
	q := dbsqlc.New(s.pool)

	owners, err := q.OrganizationsByID(ctx, id.UUIDs([]id.ID{in.OrganizationID}))
	if err != nil {
		return Draft{}, fmt.Errorf("look up organization: %w", err)
	}

	if len(owners) == 0 || !in.OrganizationID.Is(id.Organization) || !scope.Allows(in.OrganizationID) {
		return Draft{}, problem.Missing("organization", "organizationId")
	}

	standard, err := s.profiles.ProfileIn(ctx, q, in.OrganizationID)
	if err != nil {
		return Draft{}, err
	}

	create := CreateInput{
		OrganizationID: in.OrganizationID, Name: or(in.Name, "Preview"), URL: or(in.URL, ""), Recipe: in.Recipe,
		CustomHeaders: or(in.CustomHeaders, nil), Settings: in.Settings, Auth: in.Auth.Value,
		Subscriptions: or(in.Subscriptions, nil),
	}
	checked, problems := draft(&create, standard, owners[0].AllowInsecureUrls)

	subscriptions, wrong, err := s.checkSubscriptions(ctx, q, create)
	if err != nil {
		return Draft{}, err
	}

	keys := signing.Keys{Symmetric: []signing.Secret{signing.NewSecret()}}
	if checked.settings.Uses(signing.StandardWebhooksV1A) {
		keys.Ed25519 = []signing.PrivateKey{signing.NewPrivateKey()}
	}

	out := checked.draft(Webhook{ID: id.New(id.Webhook), OrganizationID: in.OrganizationID, Status: Enabled}, keys)
	out.Subscriptions = subscriptions

	return out, append(problems, wrong...).Err()
}

func (s *Service) draftChanged(
	ctx context.Context, scope tenant.Scope, in DraftInput,
) (next Draft, now *Draft, err error) {
	err = s.change(ctx, scope, in.ID, "webhookId", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		was, changed, problems, err := s.redraft(ctx, q, row, in.UpdateInput)
		if err != nil {
			return err
		}

		if !in.OrganizationID.IsZero() && in.OrganizationID != was.OrganizationID {
			return problem.Missing("organization", "organizationId")
		}

		_, old, _, err := s.redraft(ctx, q, row, UpdateInput{ID: in.ID, Auth: optional.Optional[endpointauth.Auth]{}})
		if err != nil {
			return err
		}

		keys, err := s.checkKeys(ctx, q, row, changed.settings, &problems)
		if err != nil {
			return err
		}

		current := old.draft(was, keys)
		if changed.settings.Uses(signing.StandardWebhooksV1A) && len(keys.Ed25519) == 0 {
			keys.Ed25519 = []signing.PrivateKey{signing.NewPrivateKey()}
		}

		next, now = changed.draft(was, keys), &current

		rows, err := q.SubscriptionsOfWebhook(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("load subscriptions: %w", err)
		}

		for _, one := range rows {
			now.Subscriptions = append(now.Subscriptions, SubscriptionInput{
				EventType: one.EventType, Filter: one.Filter, ResourceIDs: one.ResourceIds, PayloadQuery: one.PayloadQuery,
				Enabled: one.Enabled,
			})
		}

		next.Subscriptions = slices.Clone(now.Subscriptions)

		if in.Subscriptions != nil {
			var wrong problem.List

			next.Subscriptions, wrong, err = s.checkSubscriptions(ctx, q, CreateInput{
				OrganizationID: was.OrganizationID, Subscriptions: *in.Subscriptions,
			})
			if err != nil {
				return err
			}

			problems = append(problems, wrong...)
		}

		if in.Recipe != nil {
			problems.Add(problem.Invalid, "must not be given together with webhookId", "recipe")
		}

		return problems.Err()
	})

	return next, now, err
}

func (in fields) draft(of Webhook, keys signing.Keys) Draft {
	of.Name, of.Description, of.URL, of.Settings = in.name, in.description, in.url, in.settings
	of.HeaderNames = names(in.headers)

	return Draft{Webhook: of, Headers: in.headers, Auth: in.auth, Keys: keys}
}
