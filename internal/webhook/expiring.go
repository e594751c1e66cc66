package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// expiryNotice is how long before its end the owner of a secret is told. One whose end is nearer from the start is told
// of at once.
const expiryNotice = 24 * time.Hour

// ExpiringSecret is a secret that was replaced and stops signing soon, without the owner having been told.
type ExpiringSecret struct {
	ID        id.ID
	Kind      SecretKind
	ExpiresAt time.Time
	Webhook   Webhook
}

// ExpiringSecrets returns secrets that stop signing soon without their owners having been told, the next to end first.
func (s *Service) ExpiringSecrets(ctx context.Context) ([]ExpiringSecret, error) {
	now := s.now()

	rows, err := dbsqlc.New(s.pool).SecretsExpiring(ctx, dbsqlc.SecretsExpiringParams{
		Now: now, Until: now.Add(expiryNotice), AtMost: noticesAtOnce,
	})
	if err != nil {
		return nil, fmt.Errorf("load expiring secrets: %w", err)
	}

	out := make([]ExpiringSecret, len(rows))

	for n, row := range rows {
		out[n] = ExpiringSecret{ID: id.Secret.From(row.SecretID), Kind: SecretKind(row.Kind), ExpiresAt: *row.ExpiresAt}

		if out[n].Webhook, err = FromRow(row.Webhook); err != nil {
			return nil, err
		}
	}

	return out, nil
}

// ExpiryTold notes that the owner of a secret was told that it stops signing.
func (s *Service) ExpiryTold(ctx context.Context, secret id.ID) error {
	if err := dbsqlc.New(s.pool).SecretExpiryTold(ctx, secret.UUID()); err != nil {
		return fmt.Errorf("note that the owner was told: %w", err)
	}

	return nil
}
