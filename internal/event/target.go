package event

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

// maxTargets is how many webhooks an event can be for.
const maxTargets = 100

// IsFor tells whether the event was to go to a webhook if it matches.
func (e Event) IsFor(webhook id.ID) bool {
	return e.TargetWebhookIDs == nil || slices.Contains(e.TargetWebhookIDs, webhook)
}

// checkTargets says which of the webhooks that an event is for the organization does not have.
func (s *Service) checkTargets(ctx context.Context, organization id.ID, targets []id.ID) (problem.List, error) {
	const field = "webhookIds"

	var problems problem.List

	if len(targets) == 0 {
		return nil, nil
	}

	if len(targets) > maxTargets {
		problems.Add(problem.LimitExceeded, fmt.Sprintf("at most %d webhooks can be named", maxTargets), field)

		return problems, nil
	}

	known, err := s.webhooks.ByIDs(ctx, targets)
	if err != nil {
		return nil, err
	}

	for n, one := range targets {
		if found, ok := known[one]; !ok || found.OrganizationID != organization || found.DeletedAt != nil {
			problems.Add(problem.NotFound, "there is no such webhook", field, strconv.Itoa(n))
		}
	}

	return problems, nil
}

// arrayText returns a list of ids as Postgres writes arrays, and nothing when there is none.
func arrayText(ids []id.ID) string {
	if ids == nil {
		return ""
	}

	texts := make([]string, len(ids))
	for n, one := range ids {
		texts[n] = one.UUID().String()
	}

	return "{" + strings.Join(texts, ",") + "}"
}

// targetsFrom keeps nil, which is for all, apart from an empty list, which is for none.
func targetsFrom(ids []uuid.UUID) []id.ID {
	if ids == nil {
		return nil
	}

	out := make([]id.ID, len(ids))
	for n, one := range ids {
		out[n] = id.Webhook.From(one)
	}

	return out
}
