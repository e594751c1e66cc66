package webhook

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/tenant"
)

// UpdateInput changes a webhook. What is nil, or not set, stays as it is.
type UpdateInput struct {
	ID             id.ID
	Name           *string
	Description    optional.Optional[string]
	URL            *string
	TimeoutSeconds *int
	// CustomHeaders take the place of those it has.
	CustomHeaders *[]Header
	// RetryPolicy goes back to the default when it is null.
	RetryPolicy optional.Optional[RetryPolicy]
}

// Update changes a webhook. Deliveries under way use the new settings from their next attempt.
func (s *Service) Update(ctx context.Context, scope tenant.Scope, in UpdateInput) (out Webhook, err error) {
	err = s.change(ctx, scope, in.ID, "id", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		params, err := s.updated(row, in)
		if err != nil {
			return err
		}

		row, err = q.UpdateWebhook(ctx, params)
		if err != nil {
			return fmt.Errorf("update webhook: %w", err)
		}

		out = fromRow(row)

		return nil
	})

	return out, err
}

// updated checks the changes and returns the row as it shall be.
func (s *Service) updated(row dbsqlc.Webhook, in UpdateInput) (dbsqlc.UpdateWebhookParams, error) {
	was := fromRow(row)
	delays, jitter := was.RetryDelaysSeconds, was.RetryJitterPercent

	if in.RetryPolicy.Set {
		if in.RetryPolicy.Value == nil {
			delays, jitter = defaultRetries()
		}

		delays, jitter = in.RetryPolicy.Value.or(delays, jitter)
	}

	next := settings{
		name: or(in.Name, was.Name), description: in.Description.Or(was.Description), url: or(in.URL, was.URL),
		timeout: or(in.TimeoutSeconds, was.TimeoutSeconds), delays: delays, jitter: jitter,
	}

	params := dbsqlc.UpdateWebhookParams{
		OrganizationID: row.OrganizationID, ID: row.ID, HeaderNames: row.HeaderNames, SealedHeaders: row.SealedHeaders,
		Now: s.now(),
	}

	if in.CustomHeaders != nil {
		next.headers = *in.CustomHeaders
	}

	if err := next.check().Err(); err != nil {
		return params, err
	}

	if in.CustomHeaders != nil {
		sealed, err := sealHeaders(s.box, was.OrganizationID, was.ID, next.headers)
		if err != nil {
			return params, fmt.Errorf("seal custom headers: %w", err)
		}

		params.HeaderNames, params.SealedHeaders = names(next.headers), sealed
	}

	params.Name, params.Description, params.Url = next.name, next.description, next.url
	params.TimeoutSeconds = int32(next.timeout)
	params.RetryDelaysSeconds, params.RetryJitterPercent = int32s(delays), int32(jitter)

	return params, nil
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}

	return *value
}
