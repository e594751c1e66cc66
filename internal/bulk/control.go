package bulk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/tenant"
)

// neglected is so long ago that a job gets a workflow at once.
var neglected = time.Unix(0, 0).UTC()

// insert commits a job, unless the organization has too many. A worker that hears of it starts the workflow; otherwise
// one finds it within seconds.
func (s *Service) insert(ctx context.Context, d draft, options Options, count int) (out Operation, err error) {
	var asking *uuid.UUID
	if who, ok := auth.From(ctx); ok {
		asking = new(who.Key.ID.UUID())
	}

	params, err := d.params(options, count, asking)
	if err != nil {
		return Operation{}, err
	}

	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		if _, err := q.LockOrganization(ctx, params.OrganizationID); err != nil {
			return fmt.Errorf("lock organization: %w", err)
		}

		open, err := q.CountOpenBulkOperations(ctx, params.OrganizationID)
		if err != nil {
			return fmt.Errorf("count open bulk operations: %w", err)
		}

		if open >= MostOpen {
			return problem.New(problem.LimitExceeded,
				fmt.Sprintf("at most %d bulk operations may be running or paused", MostOpen))
		}

		row, err := q.InsertBulkOperation(ctx, params)
		if err != nil {
			return fmt.Errorf("insert bulk operation: %w", err)
		}

		if out, err = fromRow(row); err != nil {
			return err
		}

		err = audit.Write(ctx, q, out.OrganizationID, audit.BulkOperationStarted, out.ID, map[string]any{
			"kind": out.Kind, "total": out.Total, "maxPerSecond": out.MaxPerSecond, "webhookId": out.WebhookID,
			"eventId": out.EventID, "filter": d.selection.Filter, "since": d.selection.Since, "until": d.selection.Until,
		}, d.createdAt)
		if err != nil {
			return err
		}

		return changed(ctx, q, out)
	})

	return out, err
}

// Pause makes a job stop after the step that is under way. Problems: NOT_FOUND, CONFLICT.
func (s *Service) Pause(ctx context.Context, scope tenant.Scope, operation id.ID) (Operation, error) {
	return s.change(ctx, scope, operation, Paused, func(from Status) error {
		if from == Paused {
			return problem.New(problem.Conflict, "the bulk operation is paused already", "id")
		}

		return nil
	})
}

// Resume makes a paused job go on where it stopped. Problems: NOT_FOUND, CONFLICT.
func (s *Service) Resume(ctx context.Context, scope tenant.Scope, operation id.ID) (Operation, error) {
	return s.change(ctx, scope, operation, Running, func(from Status) error {
		if from == Running {
			return problem.New(problem.Conflict, "the bulk operation is not paused", "id")
		}

		return nil
	})
}

// Cancel ends a job. What it has done stays as it is. Problems: NOT_FOUND, CONFLICT.
func (s *Service) Cancel(ctx context.Context, scope tenant.Scope, operation id.ID) (Operation, error) {
	return s.change(ctx, scope, operation, Canceled, func(Status) error { return nil })
}

// change gives a job that has not come to its end another status, if check has nothing against it.
func (s *Service) change(
	ctx context.Context, scope tenant.Scope, operation id.ID, to Status, check func(from Status) error,
) (out Operation, err error) {
	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.LockBulkOperation(ctx, operation.UUID())
		if errors.Is(err, pgx.ErrNoRows) || err == nil && !scope.Allows(id.Organization.From(row.OrganizationID)) {
			return problem.Missing("bulk operation", "id")
		}

		if err != nil {
			return fmt.Errorf("lock bulk operation: %w", err)
		}

		if row.CompletedAt != nil {
			return problem.New(problem.Conflict, "the bulk operation has come to its end already", "id")
		}

		if err := check(Status(row.Status)); err != nil {
			return err
		}

		if row, err = q.AdvanceBulkOperation(ctx, s.turned(row, to)); err != nil {
			return fmt.Errorf("change bulk operation: %w", err)
		}

		if out, err = fromRow(row); err != nil {
			return err
		}

		return changed(ctx, q, out)
	})

	return out, err
}

// changed notes that somebody has given a job another status.
func changed(ctx context.Context, q *dbsqlc.Queries, o Operation) error {
	hints := pubsub.Encode([]pubsub.Change{o.change()})

	if o.Status == Running {
		hints = append(hints, pubsub.Tend)
	}

	if err := q.Notify(ctx, hints); err != nil {
		return fmt.Errorf("notify: %w", err)
	}

	if o.Status != Canceled {
		return nil
	}

	return audit.Write(ctx, q, o.OrganizationID, audit.BulkOperationCanceled, o.ID, map[string]any{
		"processed": o.Processed, "total": o.Total,
	}, o.UpdatedAt)
}

// turned is a row as it is with another status.
func (s *Service) turned(row dbsqlc.BulkOperation, to Status) dbsqlc.AdvanceBulkOperationParams {
	now := s.now()
	out := dbsqlc.AdvanceBulkOperationParams{
		ID: row.ID, Status: string(to), Total: row.Total, Processed: row.Processed, Failed: row.Failed,
		Skipped: row.Skipped, Failures: row.Failures, Position: row.Position, TakenUntil: row.TakenUntil,
		ActiveUs: row.ActiveUs, TendedAt: neglected, NoticeDue: row.NoticeDue, UpdatedAt: now,
	}

	if row.Status == string(Running) {
		out.ActiveUs += active(row, now).Microseconds()
	}

	if to == Canceled {
		out.CompletedAt = &now
	}

	return out
}
