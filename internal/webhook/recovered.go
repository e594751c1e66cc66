package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
)

// Recovery is a webhook whose receiver is back, after it was given a rest because it kept failing.
type Recovery struct {
	Webhook Webhook
	At      time.Time
}

// RecoveriesDue returns webhooks whose receivers are back without their owners having been told.
func (s *Service) RecoveriesDue(ctx context.Context) ([]Recovery, error) {
	rows, err := dbsqlc.New(s.pool).RecoveredGates(ctx, noticesAtOnce)
	if err != nil {
		return nil, fmt.Errorf("load recovered webhooks: %w", err)
	}

	out := make([]Recovery, len(rows))

	for n, row := range rows {
		of, err := FromRow(row.Webhook)
		if err != nil {
			return nil, err
		}

		out[n] = Recovery{Webhook: of, At: row.RecoveredAt}
	}

	return out, nil
}

// RecoveryTold notes that the owner of a webhook was told.
func (s *Service) RecoveryTold(ctx context.Context, told Recovery) error {
	err := dbsqlc.New(s.pool).RecoveryTold(ctx, dbsqlc.RecoveryToldParams{
		WebhookID: told.Webhook.ID.UUID(), RecoveredAt: &told.At,
	})
	if err != nil {
		return fmt.Errorf("note that the recovery of %s was told: %w", told.Webhook.ID, err)
	}

	return nil
}
