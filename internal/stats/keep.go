package stats

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
)

const (
	// minutesFor is how long minutes are kept: longer than they can be asked for.
	minutesFor = 25 * time.Hour
	// hoursFor is how long hours are kept.
	hoursFor = 400 * 24 * time.Hour
	// foldAtOnce is how many rows one statement makes hours of.
	foldAtOnce = 20_000
)

// originTest is what tests have as their origin. They do not count.
const originTest = "TEST"

// Canceled counts deliveries that were canceled, within the transaction that canceled them.
func Canceled(ctx context.Context, q *dbsqlc.Queries, now time.Time, rows []dbsqlc.Delivery) error {
	var organizations, webhooks []uuid.UUID

	for _, one := range rows {
		if one.Origin != originTest {
			organizations, webhooks = append(organizations, one.OrganizationID), append(webhooks, one.WebhookID)
		}
	}

	if len(webhooks) == 0 {
		return nil
	}

	err := q.CountCanceled(ctx, dbsqlc.CountCanceledParams{OrganizationIds: organizations, WebhookIds: webhooks, Now: now})
	if err != nil {
		return fmt.Errorf("count canceled deliveries: %w", err)
	}

	return nil
}

// Fold makes hours of minutes that are old, and forgets hours that are. Several processes may do it at once.
func (s *Service) Fold(ctx context.Context) error {
	q := dbsqlc.New(s.pool)
	now := s.now()

	for {
		folded, err := q.FoldStats(ctx, dbsqlc.FoldStatsParams{
			// Whole hours, so that one is not read from here in part and from there in part for long.
			Before: floor(now.Add(-minutesFor), time.Hour), AtMost: foldAtOnce,
		})
		if err != nil {
			return fmt.Errorf("make hours of minutes: %w", err)
		}

		if folded < foldAtOnce {
			break
		}
	}

	if _, err := q.DropOldStats(ctx, now.Add(-hoursFor)); err != nil {
		return fmt.Errorf("forget old hours: %w", err)
	}

	return nil
}
