package flow

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

// Attempted is how an attempt ended.
type Attempted struct {
	Organization, Webhook id.ID
	StartedAt             time.Time
	Failed                bool
	// Probe says that it was to find out whether the receiver is back.
	Probe bool
	Gate  Gate
}

// Observe notes how an attempt ended. It tells whether a delivery that has to be attempted again is to be held, because
// its receiver is given a rest.
func (s *Service) Observe(ctx context.Context, a Attempted, policy settings.Breaker) (bool, error) {
	if a.Probe {
		return a.Failed, s.probed(ctx, a, policy)
	}

	if policy.FailurePercent == 0 {
		return false, nil
	}

	seen := s.windows.of(a.Webhook)

	// It was under way when others had found out already.
	if a.Failed && a.StartedAt.Before(seen.tripped()) {
		return true, nil
	}

	now := s.now()
	if !seen.add(now, a.Failed, policy) {
		return false, nil
	}

	opened, err := dbsqlc.New(s.pool).OpenBreaker(ctx, dbsqlc.OpenBreakerParams{
		WebhookID: a.Webhook.UUID(), Now: now, ProbeAt: now.Add(cooldown(policy, 0)),
	})
	if err != nil {
		return false, fmt.Errorf("open breaker of %s: %w", a.Webhook, err)
	}

	// Not before the gate is closed: what is held while it is open would wait for nobody.
	seen.trip(now)

	if opened > 0 {
		s.log.WarnContext(ctx, "receiver keeps failing and is given a rest", slog.String("webhook", a.Webhook.String()),
			slog.String("organization", a.Organization.String()), slog.Duration("rest", cooldown(policy, 0)))
		s.changed(ctx, a.Organization, a.Webhook)
	}

	return true, nil
}

// probed draws the conclusion from an attempt that was to find out whether the receiver is back.
func (s *Service) probed(ctx context.Context, a Attempted, policy settings.Breaker) error {
	q := dbsqlc.New(s.pool)
	now := s.now()

	if a.Failed {
		rest := cooldown(policy, a.Gate.FailedProbes+1)

		err := q.ProbeFailed(ctx, dbsqlc.ProbeFailedParams{WebhookID: a.Webhook.UUID(), ProbeAt: new(now.Add(rest))})
		if err != nil {
			return fmt.Errorf("note failed probe of %s: %w", a.Webhook, err)
		}

		s.changed(ctx, a.Organization, a.Webhook)

		return nil
	}

	back, err := q.ProbeSucceeded(ctx, dbsqlc.ProbeSucceededParams{WebhookID: a.Webhook.UUID(), Now: now})
	if err != nil {
		return fmt.Errorf("note that %s is back: %w", a.Webhook, err)
	}

	if back > 0 {
		s.log.InfoContext(ctx, "receiver is back", slog.String("webhook", a.Webhook.String()),
			slog.String("organization", a.Organization.String()))
		s.changed(ctx, a.Organization, a.Webhook)
	}

	return nil
}

// cooldown is how long the receiver is given a rest, after so many probes that failed: each time twice as long.
func cooldown(policy settings.Breaker, failedProbes int) time.Duration {
	seconds := max(policy.CooldownSeconds, 1) << min(failedProbes, 10)

	return time.Duration(min(seconds, settings.MaxCooldown)) * time.Second
}
