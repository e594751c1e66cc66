package webhook

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
)

// Enable puts a webhook to use, and says how many deliveries were held until now. They are sent from then on, oldest
// first, at most so many in a second if that is given. It is harmless when the webhook is in use already, and then
// changes nothing but the rate.
func (s *Service) Enable(
	ctx context.Context, scope tenant.Scope, webhook id.ID, maxPerSecond *int,
) (out Webhook, held int, err error) {
	return s.putToUse(ctx, scope, webhook, maxPerSecond, func(Webhook) error { return nil })
}

// Resume puts a paused webhook to use again, like [Service.Enable].
func (s *Service) Resume(
	ctx context.Context, scope tenant.Scope, webhook id.ID, maxPerSecond *int,
) (out Webhook, held int, err error) {
	return s.putToUse(ctx, scope, webhook, maxPerSecond, func(w Webhook) error {
		if w.Status != Paused {
			return problem.New(problem.Conflict, "the webhook is not paused", "id")
		}

		return nil
	})
}

func (s *Service) putToUse(
	ctx context.Context, scope tenant.Scope, webhook id.ID, maxPerSecond *int, check func(Webhook) error,
) (out Webhook, held int, err error) {
	if err := checkRate(maxPerSecond); err != nil {
		return out, 0, err
	}

	err = s.change(ctx, scope, webhook, "id", func(q *dbsqlc.Queries, row dbsqlc.Webhook) error {
		was, err := FromRow(row)
		if err != nil {
			return err
		}

		if err := check(was); err != nil {
			return err
		}

		if out, err = s.setStatus(ctx, q, row, Enabled); err != nil {
			return err
		}

		// What it failed before is forgiven: it is enabled because it is believed to be well again.
		if err := q.ForgetFailures(ctx, row.ID); err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}

		held, err = s.deliveries.Resume(ctx, q, webhook, maxPerSecond)

		return err
	})
	if err == nil && held > 0 {
		s.deliveries.Tend(ctx)
	}

	return out, held, err
}

// checkRate checks at which rate held deliveries are to be sent.
func checkRate(perSecond *int) error {
	if perSecond != nil && (*perSecond < 1 || *perSecond > settings.MaxRate) {
		return problem.New(problem.Invalid, "must be 1 to "+strconv.Itoa(settings.MaxRate), "maxPerSecond")
	}

	return nil
}

// Disable takes a webhook out of use: its deliveries are held from now on. It is harmless when the webhook is out of
// use already.
func (s *Service) Disable(ctx context.Context, scope tenant.Scope, webhook id.ID) (out Webhook, err error) {
	err = s.change(ctx, scope, webhook, "id", func(q *dbsqlc.Queries, row dbsqlc.Webhook) (err error) {
		out, err = s.setStatus(ctx, q, row, Disabled)

		return err
	})

	return out, err
}

// Pause holds the deliveries of a webhook that is in use, until it is resumed.
func (s *Service) Pause(ctx context.Context, scope tenant.Scope, webhook id.ID) (out Webhook, err error) {
	err = s.change(ctx, scope, webhook, "id", func(q *dbsqlc.Queries, row dbsqlc.Webhook) (err error) {
		switch Status(row.Status) {
		case Paused:
			return problem.New(problem.Conflict, "the webhook is paused already", "id")
		case Disabled:
			return problem.New(problem.WebhookDisabled, "the webhook is disabled, which holds its deliveries as well", "id")
		case Enabled:
		}

		out, err = s.setStatus(ctx, q, row, Paused)

		return err
	})

	return out, err
}

// DropHeld gives up what is held for a webhook, and says how much that was.
func (s *Service) DropHeld(
	ctx context.Context, scope tenant.Scope, webhook id.ID,
) (out Webhook, dropped int, err error) {
	if out, err = s.get(ctx, scope, webhook, "webhookId"); err != nil {
		return out, 0, err
	}

	if dropped, err = s.deliveries.DropHeld(ctx, webhook); dropped == 0 {
		return out, 0, err
	}

	// It is several transactions, so that one that takes long cannot hold up others. The entry says what came of all, also
	// when they were broken off.
	ctx = context.WithoutCancel(ctx)
	audited := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		return audit.Write(ctx, q, out.OrganizationID, audit.HeldDropped, webhook, map[string]any{"count": dropped}, s.now())
	})

	return out, dropped, errors.Join(err, audited)
}

func (s *Service) setStatus(
	ctx context.Context, q *dbsqlc.Queries, row dbsqlc.Webhook, status Status,
) (Webhook, error) {
	if row.Status == string(status) {
		return FromRow(row)
	}

	params := dbsqlc.SetWebhookStatusParams{
		OrganizationID: row.OrganizationID, ID: row.ID, Status: string(status), Now: s.now(),
	}
	if status == Disabled {
		params.DisabledReason = new(string(ByHand))
	}

	row, err := q.SetWebhookStatus(ctx, params)
	if err != nil {
		return Webhook{}, fmt.Errorf("set webhook status: %w", err)
	}

	return FromRow(row)
}
