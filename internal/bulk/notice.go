package bulk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
)

// noticesAtOnce is how many jobs one look for notices finds.
const noticesAtOnce = 100

// Announce tells the owners of jobs that have come to their end where they have not been told.
func (s *Service) Announce(ctx context.Context) error {
	rows, err := dbsqlc.New(s.pool).BulkOperationsWithNotice(ctx, noticesAtOnce)
	if err != nil {
		return fmt.Errorf("find bulk operations with notice: %w", err)
	}

	for _, row := range rows {
		one, problem := fromRow(row)
		if problem == nil {
			problem = s.notify(ctx, one)
		}

		err = errors.Join(err, problem)
	}

	return err
}

// tell does it for one that has just come to its end. When it fails it is done later.
func (s *Service) tell(ctx context.Context, o Operation) {
	if err := s.notify(ctx, o); err != nil {
		s.log.WarnContext(ctx, "end of a bulk operation not announced, trying again later",
			slog.String("operation", o.ID.String()), slog.String("error", err.Error()))
	}
}

// notify tells the owner once, however often it is called: the key of the event names the job.
func (s *Service) notify(ctx context.Context, o Operation) error {
	err := s.events.PublishOperational(ctx, o.OrganizationID, eventtype.BulkOperationCompleted,
		eventtype.BulkOperationCompleted+"/"+o.ID.String(), map[string]any{
			"bulkOperationId": o.ID.String(),
			"kind":            o.Kind,
			"webhookId":       text(o.WebhookID),
			"eventId":         text(o.EventID),
			"total":           o.Total,
			"processed":       o.Processed,
			"failed":          o.Failed,
			"skipped":         o.Skipped,
			"createdAt":       o.CreatedAt.UTC().Format(time.RFC3339Nano),
			"completedAt":     o.CompletedAt.UTC().Format(time.RFC3339Nano),
		})
	if err != nil {
		return fmt.Errorf("tell the owner of %s: %w", o.ID, err)
	}

	if err := dbsqlc.New(s.pool).BulkOperationTold(ctx, o.ID.UUID()); err != nil {
		return fmt.Errorf("note that the owner of %s was told: %w", o.ID, err)
	}

	return nil
}

func text(of *id.ID) *string {
	if of == nil {
		return nil
	}

	return new(of.String())
}
