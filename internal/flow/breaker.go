package flow

import (
	"context"
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

	opened, err := s.change(ctx, a.Organization, a.Webhook, func(q *dbsqlc.Queries) (int64, error) {
		return q.OpenBreaker(ctx, dbsqlc.OpenBreakerParams{
			WebhookID: a.Webhook.UUID(), Now: now, ProbeAt: now.Add(cooldown(policy, 0)),
		})
	})
	if err != nil {
		return false, err
	}

	// Not before the gate is closed: what is held while it is open would wait for nobody.
	seen.trip(now)

	if opened {
		s.log.WarnContext(ctx, "receiver keeps failing and is given a rest", slog.String("webhook", a.Webhook.String()),
			slog.String("organization", a.Organization.String()), slog.Duration("rest", cooldown(policy, 0)))
	}

	return true, nil
}

// probed draws the conclusion from an attempt that was to find out whether the receiver is back.
func (s *Service) probed(ctx context.Context, a Attempted, policy settings.Breaker) error {
	now := s.now()

	changed, err := s.change(ctx, a.Organization, a.Webhook, func(q *dbsqlc.Queries) (int64, error) {
		if a.Failed {
			rest := cooldown(policy, a.Gate.FailedProbes+1)

			return q.ProbeFailed(ctx, dbsqlc.ProbeFailedParams{WebhookID: a.Webhook.UUID(), ProbeAt: new(now.Add(rest))})
		}

		return q.ProbeSucceeded(ctx, dbsqlc.ProbeSucceededParams{WebhookID: a.Webhook.UUID(), Now: now})
	})

	if changed && !a.Failed {
		s.log.InfoContext(ctx, "receiver is back", slog.String("webhook", a.Webhook.String()),
			slog.String("organization", a.Organization.String()))
	}

	return err
}

// cooldown is how long the receiver is given a rest, after so many probes that failed: each time twice as long.
func cooldown(policy settings.Breaker, failedProbes int) time.Duration {
	seconds := max(policy.CooldownSeconds, 1) << min(failedProbes, 10)

	return time.Duration(min(seconds, settings.MaxCooldown)) * time.Second
}
