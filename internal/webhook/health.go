package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Activity is how a webhook fares. Test deliveries do not count.
type Activity struct {
	LastAttemptAt     time.Time
	LastAttemptStatus string
	// Succeeded and Failed count deliveries that came to an end since the webhook was made.
	Succeeded, Failed int
	// ConsecutiveFailures are the deliveries in a row that failed for good.
	ConsecutiveFailures int
	// FailingSince is since when every attempt has failed. Nil when the last one did not.
	FailingSince *time.Time
}

// SuccessRate is the share of deliveries that succeeded, from 0 to 1. Nil when none has come to an end.
func (a Activity) SuccessRate() *float64 {
	if a.Succeeded+a.Failed == 0 {
		return nil
	}

	return new(float64(a.Succeeded) / float64(a.Succeeded+a.Failed))
}

// Activities returns how webhooks fare. One that was never attempted is left out.
func (s *Service) Activities(ctx context.Context, webhooks []id.ID) (map[id.ID]Activity, error) {
	rows, err := dbsqlc.New(s.pool).WebhookActivity(ctx, id.UUIDs(webhooks))
	if err != nil {
		return nil, fmt.Errorf("load webhook activity: %w", err)
	}

	out := make(map[id.ID]Activity, len(rows))

	for _, row := range rows {
		out[id.Webhook.From(row.WebhookID)] = Activity{
			LastAttemptAt: row.LastAttemptAt, LastAttemptStatus: row.LastAttemptStatus, Succeeded: int(row.Succeeded),
			Failed: int(row.Failed), ConsecutiveFailures: int(row.ConsecutiveFailures), FailingSince: row.FailingSince,
		}
	}

	return out, nil
}

// DisableFailing takes webhooks out of use that fail as their settings do not allow, and returns them. It looks at
// those given, or at all when none are. Their owners have yet to be told.
func (s *Service) DisableFailing(ctx context.Context, webhooks ...id.ID) ([]Webhook, error) {
	var only []uuid.UUID
	if len(webhooks) > 0 {
		only = id.UUIDs(webhooks)
	}

	var rows []dbsqlc.Webhook

	err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) (err error) {
		rows, err = q.DisableFailing(ctx, dbsqlc.DisableFailingParams{WebhookIds: only, Now: new(s.now())})
		if err != nil {
			return fmt.Errorf("disable failing webhooks: %w", err)
		}

		return announce(ctx, q, rows...)
	})
	if err != nil {
		return nil, err
	}

	out, err := fromRows(rows)
	for _, one := range out {
		s.log.WarnContext(ctx, "webhook taken out of use", slog.String("webhook", one.ID.String()),
			slog.String("organization", one.OrganizationID.String()), slog.String("reason", string(*one.DisabledReason)))
	}

	return out, err
}

// noticesAtOnce is how many webhooks one call of NoticesDue returns.
const noticesAtOnce = 100

// NoticesDue returns webhooks that were taken out of use without their owners having been told.
func (s *Service) NoticesDue(ctx context.Context) ([]Webhook, error) {
	rows, err := dbsqlc.New(s.pool).WebhooksWithNotice(ctx, noticesAtOnce)
	if err != nil {
		return nil, fmt.Errorf("load webhooks with notice: %w", err)
	}

	return fromRows(rows)
}

// NoticeGiven notes that the owner of a webhook was told that it was taken out of use.
func (s *Service) NoticeGiven(ctx context.Context, of Webhook) error {
	err := dbsqlc.New(s.pool).NoticeGiven(ctx, dbsqlc.NoticeGivenParams{ID: of.ID.UUID(), DisabledAt: of.DisabledAt})
	if err != nil {
		return fmt.Errorf("note that notice was given: %w", err)
	}

	return nil
}

func fromRows(rows []dbsqlc.Webhook) ([]Webhook, error) {
	out := make([]Webhook, len(rows))

	for n, row := range rows {
		var err error
		if out[n], err = FromRow(row); err != nil {
			return nil, err
		}
	}

	return out, nil
}
