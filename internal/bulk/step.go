package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/keeper"
	"github.com/surehook/surehook/internal/pubsub"
)

const (
	// mostWaiting is how many deliveries of a job may wait for their attempt before it lets more loose. Otherwise a large
	// job would fill the queues of all processes, and what is published meanwhile would wait behind it.
	mostWaiting = 1_000
	// waitForOthers is how long to wait before it is looked again whether there are fewer.
	waitForOthers = 100 * time.Millisecond
)

// ErrNoOperation says that there is no such job.
var ErrNoOperation = errors.New("no such bulk operation")

// round is what a step has found to do.
type round struct {
	// retries are deliveries to be tried again, replays are new ones.
	retries []id.ID
	replays []replay
	// skipped items need nothing.
	skipped int
	// position is the last item that was looked at. Nil when there was none.
	position *id.ID
	// done says that no item is left.
	done bool
	// lost says why nothing can be done about any item that is left.
	lost *Failure
}

// processed is how many items the round deals with.
func (r round) processed() int { return len(r.retries) + len(r.replays) + r.skipped }

// result is what a step came to.
type result struct {
	// changed are deliveries that were made or let loose, and held tells which of them wait.
	changed []pubsub.Change
	// sent is how many of them do not wait.
	sent     int
	skipped  int
	failed   int
	failures []Failure
}

// Step deals with the next items of a job that is running. It returns how the job stands, and how long to wait before
// the next step. Any number of processes may do steps of one job: each item is dealt with once.
func (s *Service) Step(ctx context.Context, operation id.ID) (Operation, time.Duration, error) {
	rows, err := dbsqlc.New(s.pool).BulkOperationsByID(ctx, []uuid.UUID{operation.UUID()})
	if err != nil {
		return Operation{}, 0, fmt.Errorf("load bulk operation: %w", err)
	}

	if len(rows) == 0 {
		return Operation{}, 0, fmt.Errorf("%w: %s", ErrNoOperation, operation)
	}

	known, err := fromRow(rows[0])
	if err != nil || known.Status != Running {
		return known, 0, err
	}

	room, wait := room(known.MaxPerSecond, rows[0].TakenUntil, s.now())

	if room > 0 {
		waiting, err := s.waiting(ctx, operation)
		if err != nil {
			return known, 0, err
		}

		if waiting >= mostWaiting {
			room, wait = 0, waitForOthers
		}
	}

	var next round

	if room > 0 {
		if next, err = s.find(ctx, known, rows[0].Position, room); err != nil {
			return known, 0, err
		}
	}

	out, err := s.apply(ctx, rows[0], next)
	if err == nil && out.Status == Completed {
		s.tell(ctx, out)
	}

	return out, wait, err
}

// waiting returns how many deliveries that the job has let loose wait for their attempt, or are being attempted.
func (s *Service) waiting(ctx context.Context, operation id.ID) (int, error) {
	count, err := dbsqlc.New(s.pool).CountDueOfOperation(ctx, dbsqlc.CountDueOfOperationParams{
		Now: new(s.now()), OperationID: operation.UUID(), AtMost: mostWaiting,
	})
	if err != nil {
		return 0, fmt.Errorf("count waiting deliveries: %w", err)
	}

	return int(count), nil
}

// find looks for the next items without changing anything, since it may take its time.
func (s *Service) find(ctx context.Context, o Operation, position *uuid.UUID, room int) (round, error) {
	switch o.Kind {
	case ReplayEvent:
		return s.findTargets(ctx, o, position, room)
	case ReplayMissing:
		return s.findMissing(ctx, o, position, room)
	case RecoverWebhook, RetryDeliveries:
	}

	found, err := s.items(ctx, o.draft(), position, room)
	if err != nil {
		return round{}, err
	}

	return round{retries: found, position: last(found), done: len(found) < room}, nil
}

// apply does what was found, in one transaction with the progress. When somebody else was quicker it does nothing.
func (s *Service) apply(ctx context.Context, before dbsqlc.BulkOperation, next round) (out Operation, err error) {
	err = db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		row, err := q.LockBulkOperation(ctx, before.ID)
		if err != nil {
			return fmt.Errorf("lock bulk operation: %w", err)
		}

		if out, err = fromRow(row); err != nil {
			return err
		}

		if out.Status != Running || !samePosition(row.Position, before.Position) {
			return nil
		}

		now := s.now()

		came, err := s.act(ctx, q, out, next, now)
		if err != nil {
			return err
		}

		if out, err = s.advance(ctx, q, row, out, next, came, now); err != nil {
			return err
		}

		return announce(ctx, q, out, next, came)
	})

	return out, err
}

// act retries and replays.
func (s *Service) act(ctx context.Context, q *dbsqlc.Queries, o Operation, next round, now time.Time) (result, error) {
	switch {
	case len(next.retries) > 0:
		return retry(ctx, q, o, next.retries, now)
	case len(next.replays) > 0:
		return replayMany(ctx, q, o, next.replays, now)
	default:
		return result{}, nil
	}
}

// advance writes how far the job has come.
func (s *Service) advance(
	ctx context.Context, q *dbsqlc.Queries, row dbsqlc.BulkOperation, o Operation, next round, came result, now time.Time,
) (Operation, error) {
	p := dbsqlc.AdvanceBulkOperationParams{
		ID: row.ID, Status: row.Status, Position: row.Position, NoticeDue: row.NoticeDue, UpdatedAt: row.UpdatedAt,
		Processed: row.Processed + int64(next.processed()), Failed: row.Failed + int64(came.failed),
		Skipped:    row.Skipped + int64(next.skipped+came.skipped),
		TakenUntil: take(o.MaxPerSecond, row.TakenUntil, now, len(came.changed)),
		ActiveUs:   row.ActiveUs + active(row, now).Microseconds(), TendedAt: now,
	}
	failures := slices.Concat(o.Failures, came.failures)

	if next.position != nil {
		p.Position, p.UpdatedAt = new(next.position.UUID()), now
	}

	if next.lost != nil {
		p.Failed += max(row.Total-p.Processed, 0)
		p.Processed = max(row.Total, p.Processed)
		failures = append(failures, *next.lost)
	}

	p.Total = max(row.Total, p.Processed)

	if next.done {
		// What was counted and never came up needs nothing any more.
		p.Skipped += p.Total - p.Processed
		p.Processed = p.Total
		p.Status, p.NoticeDue, p.UpdatedAt, p.CompletedAt = string(Completed), true, now, &now
	}

	var err error
	if p.Failures, err = json.Marshal(failures[:min(len(failures), maxFailures)]); err != nil {
		return Operation{}, fmt.Errorf("write failures: %w", err)
	}

	after, err := q.AdvanceBulkOperation(ctx, p)
	if err != nil {
		return Operation{}, fmt.Errorf("advance bulk operation: %w", err)
	}

	return fromRow(after)
}

// announce sends hints about what a step has changed.
func announce(ctx context.Context, q *dbsqlc.Queries, o Operation, next round, came result) error {
	if next.processed() == 0 && !next.done {
		return nil
	}

	hints := pubsub.Encode(append(came.changed, o.change()))
	if came.sent > 0 {
		hints = append(hints, pubsub.Wake)
	}

	if err := q.Notify(ctx, hints); err != nil {
		return fmt.Errorf("notify: %w", err)
	}

	return nil
}

// change is the hint that the job has changed.
func (o Operation) change() pubsub.Change {
	return pubsub.Change{Organization: o.OrganizationID, Operation: o.ID}
}

// active is for how long a job has been running since it was last looked after, started or resumed. When that is too
// long ago, nobody did.
func active(row dbsqlc.BulkOperation, now time.Time) time.Duration {
	from := row.TendedAt
	if from.Equal(neglected) {
		from = row.UpdatedAt
	}

	if since := now.Sub(from); since > 0 && since < keeper.Neglected {
		return since
	}

	return 0
}

func samePosition(a, b *uuid.UUID) bool {
	if a == nil || b == nil {
		return a == b
	}

	return *a == *b
}

func last(items []id.ID) *id.ID {
	if len(items) == 0 {
		return nil
	}

	return &items[len(items)-1]
}

// note counts an item that nothing could be done about.
func (r *result) note(item id.ID, code FailureCode) {
	r.failed++
	r.failures = append(r.failures, Failure{ItemID: item, Code: code, Message: messages[code]})
}

// messages say what the codes mean.
var messages = map[FailureCode]string{
	PayloadGone:    "the payload of the event is not kept any more",
	WebhookDeleted: "the webhook was deleted",
}

// add counts a delivery that was made or let loose.
func (r *result) add(o Operation, event, webhook, one uuid.UUID, held bool) {
	if !held {
		r.sent++
	}

	r.changed = append(r.changed, delivery.Delivery{
		ID: id.Delivery.From(one), OrganizationID: o.OrganizationID, EventID: id.Event.From(event),
		WebhookID: id.Webhook.From(webhook),
	}.Change())
}
