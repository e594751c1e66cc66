package bulk

import (
	"context"
	"strconv"
	"time"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func (o Options) check(problems *problem.List) {
	if o.MaxPerSecond != nil && (*o.MaxPerSecond < 1 || *o.MaxPerSecond > MostPerSecond) {
		problems.Addf(problem.Invalid, "maxPerSecond", "must be from 1 to %d", MostPerSecond)
	}
}

// checkSpan returns the webhook, if the rest is in order as well.
func (s *Service) checkSpan(ctx context.Context, scope tenant.Scope, in SpanInput) (webhook.Webhook, error) {
	of, err := s.webhooks.Get(ctx, scope, in.WebhookID)
	if err != nil {
		return of, err
	}

	var problems problem.List

	now := s.now()

	switch {
	case in.Since.After(now):
		problems.Add(problem.Invalid, "must not be in the future", "since")
	case s.retention > 0 && in.Since.Before(now.Add(-s.retention)):
		problems.Addf(problem.Invalid, "since", "must not be before what is kept, since %s",
			now.Add(-s.retention).UTC().Format(time.RFC3339))
	}

	if in.Until != nil && !in.Until.After(in.Since) {
		problems.Add(problem.Invalid, "must be after since", "until")
	}

	in.check(&problems)

	return of, problems.Err()
}

// checkTargets checks that webhooks that were named are there.
func (s *Service) checkTargets(
	ctx context.Context, problems *problem.List, organization id.ID, webhooks []id.ID,
) error {
	if len(webhooks) > MostTargets {
		problems.Addf(problem.Invalid, "webhookIds", "must be at most %d", MostTargets)

		return nil
	}

	found, err := s.webhooks.ByIDs(ctx, webhooks)
	if err != nil {
		return err
	}

	for n, one := range webhooks {
		if of, ok := found[one]; !ok || of.OrganizationID != organization || of.DeletedAt != nil {
			problems.Add(problem.NotFound, "there is no such webhook", "webhookIds", strconv.Itoa(n))
		}
	}

	return nil
}
