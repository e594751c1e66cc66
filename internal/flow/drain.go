package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/pace"
	"github.com/surehook/surehook/internal/pubsub"
)

const (
	// usualRate is how many held deliveries are let go in a second, when nobody said how many.
	usualRate = 100
	// rampFirst is at how many in a second it begins after a receiver has come back. It doubles every second, up to
	// rampLast.
	rampFirst = 20
	rampLast  = 1_000
	// maxOutstanding is how many that were let go may not have been attempted yet. So a receiver that is slow, or is not
	// back after all, never has more than these to deal with.
	maxOutstanding = 250
	// maxAtOnce bounds one transaction.
	maxAtOnce = 100
	// smooth is how far ahead of their rate requests may be, so that being late now and then does not make them fewer: at
	// a rate of 100 a second, by 5.
	smooth = 50 * time.Millisecond
	// shortest is the shortest wait, so that nothing spins.
	shortest = time.Millisecond
	// outstandingWait is how long to wait when there are that many.
	outstandingWait = 50 * time.Millisecond
)

// Step is what came of looking after a gate once.
type Step struct {
	// Released is how many deliveries were let go.
	Released int
	// Wait is how long there is nothing to do.
	Wait time.Duration
	// Done says that the gate need not be looked after any more: it is open, or closed until somebody opens it.
	Done bool
	// at is when the wait began.
	at time.Time
}

// Step looks after the gate of a webhook once: it lets go what may go now, oldest first, and opens the gate when
// nothing is held any more. It is harmless to repeat, and to run at the same time as another.
func (s *Service) Step(ctx context.Context, webhook id.ID) (Step, error) {
	var (
		out  Step
		jobs []job.Job
	)

	claim := s.dispatcher.Reserve(maxAtOnce)

	err := db.InTx(ctx, s.pool, func(q *dbsqlc.Queries) error {
		gate, err := q.LockGate(ctx, webhook.UUID())
		if errors.Is(err, pgx.ErrNoRows) {
			out.Done = true

			return nil
		}

		if err != nil {
			return fmt.Errorf("lock gate of %s: %w", webhook, err)
		}

		var rows []dbsqlc.LetGoRow
		if out, rows, err = s.step(ctx, q, gate, claim); err != nil {
			return err
		}

		for _, row := range rows {
			one := delivery.FromRow(row.Delivery).Job()
			one.Wake = one.Wake || row.Alone
			jobs = append(jobs, one)
		}

		return s.tell(ctx, q, gate.WebhookGate, out, rows, claim)
	})
	if err != nil {
		return Step{}, err
	}

	if claim != nil {
		s.dispatcher.Offer(jobs...)
	}

	// What it took to write that down is not waited for again, or low rates would not be kept.
	out.Wait = max(out.Wait-s.now().Sub(out.at), 0)

	return out, nil
}

func (s *Service) step(
	ctx context.Context, q *dbsqlc.Queries, gate dbsqlc.LockGateRow, claim *uuid.UUID,
) (Step, []dbsqlc.LetGoRow, error) {
	g := gate.WebhookGate
	now := s.now()

	if g.Reason == nil || gate.Status != "ENABLED" || gate.DeletedAt != nil {
		return Step{Done: true}, nil, nil
	}

	if g.ProbeAt != nil && g.ProbeAt.After(now) {
		return s.tended(ctx, q, g, now, nil, g.ProbeAt.Sub(now))
	}

	state, err := q.HeldAndReleased(ctx, dbsqlc.HeldAndReleasedParams{WebhookID: g.WebhookID, AtMost: maxOutstanding})
	if err != nil {
		return Step{}, nil, fmt.Errorf("look at backlog: %w", err)
	}

	if !state.Held {
		if err := q.OpenGate(ctx, dbsqlc.OpenGateParams{WebhookID: g.WebhookID, Now: now}); err != nil {
			return Step{}, nil, fmt.Errorf("open gate: %w", err)
		}

		return Step{Done: true}, nil, nil
	}

	if g.ProbeAt != nil {
		return s.sendProbe(ctx, q, g, claim)
	}

	rate := pace.Of(rate(g, int(gate.Rate), now), smooth)

	more := maxOutstanding - int(state.Released)
	if more <= 0 {
		return s.tended(ctx, q, g, now, nil, outstandingWait)
	}

	room := min(rate.Room(now, g.TakenUntil), more, maxAtOnce)
	if room <= 0 {
		return s.tended(ctx, q, g, now, nil, next(rate, now, g.TakenUntil))
	}

	rows, err := s.letGo(ctx, q, g, claim, room)
	if err != nil {
		return Step{}, nil, err
	}

	g.TakenUntil = rate.Take(now, g.TakenUntil, len(rows))

	return s.tended(ctx, q, g, now, rows, next(rate, now, g.TakenUntil))
}

// rate is how many deliveries may be let go in a second.
func rate(g dbsqlc.WebhookGate, limit int, now time.Time) int {
	out := usualRate

	switch {
	case g.MaxPerSecond != nil:
		out = int(*g.MaxPerSecond)
	case g.RampSince != nil:
		out = min(rampFirst<<min(max(now.Sub(*g.RampSince)/time.Second, 0), 10), rampLast)
	case limit > 0:
		out = limit
	}

	if limit > 0 {
		out = min(out, limit)
	}

	return out
}

// sendProbe lets a single delivery go, to find out whether the receiver is back.
func (s *Service) sendProbe(
	ctx context.Context, q *dbsqlc.Queries, g dbsqlc.WebhookGate, claim *uuid.UUID,
) (Step, []dbsqlc.LetGoRow, error) {
	now := s.now()

	rows, err := s.letGo(ctx, q, g, claim, 1)
	if err != nil {
		return Step{}, nil, err
	}

	// Somebody is changing all there are.
	if len(rows) == 0 {
		return s.tended(ctx, q, g, now, nil, outstandingWait)
	}

	_, err = q.TakeProbe(ctx, dbsqlc.TakeProbeParams{WebhookID: g.WebhookID, Now: now, NextProbeAt: now.Add(probeLease)})
	if err != nil {
		return Step{}, nil, fmt.Errorf("take probe: %w", err)
	}

	return s.tended(ctx, q, g, now, rows, probeLease)
}

func (s *Service) letGo(
	ctx context.Context, q *dbsqlc.Queries, g dbsqlc.WebhookGate, claim *uuid.UUID, n int,
) ([]dbsqlc.LetGoRow, error) {
	rows, err := q.LetGo(ctx, dbsqlc.LetGoParams{
		WebhookID: g.WebhookID, Now: new(s.now()), ClaimedBy: claim, AtMost: int32(n),
	})
	if err != nil {
		return nil, fmt.Errorf("let held deliveries go: %w", err)
	}

	// An update returns them in any order.
	slices.SortFunc(rows, func(a, b dbsqlc.LetGoRow) int { return bytes.Compare(a.Delivery.ID[:], b.Delivery.ID[:]) })

	return rows, nil
}

// tended notes that somebody looks after the gate, and will again after the wait.
func (s *Service) tended(
	ctx context.Context, q *dbsqlc.Queries, g dbsqlc.WebhookGate, now time.Time, rows []dbsqlc.LetGoRow,
	wait time.Duration,
) (Step, []dbsqlc.LetGoRow, error) {
	err := q.GateTended(ctx, dbsqlc.GateTendedParams{
		WebhookID: g.WebhookID, TakenUntil: g.TakenUntil, TendedAt: now.Add(wait),
	})
	if err != nil {
		return Step{}, nil, fmt.Errorf("note that the gate is looked after: %w", err)
	}

	return Step{Released: len(rows), Wait: wait, at: now}, rows, nil
}

func (s *Service) tell(
	ctx context.Context, q *dbsqlc.Queries, g dbsqlc.WebhookGate, step Step, rows []dbsqlc.LetGoRow, claim *uuid.UUID,
) error {
	changed := make([]dbsqlc.Delivery, len(rows))
	for n, row := range rows {
		changed[n] = row.Delivery
	}

	if err := delivery.Announce(ctx, q, changed); err != nil {
		return err
	}

	var hints []string

	if step.Done {
		hints = pubsub.Encode([]pubsub.Change{{
			Organization: id.Organization.From(g.OrganizationID), Webhook: id.Webhook.From(g.WebhookID),
		}})
	}

	if claim == nil && len(rows) > 0 {
		hints = append(hints, pubsub.Wake)
	}

	if err := q.Notify(ctx, hints); err != nil {
		return fmt.Errorf("notify: %w", err)
	}

	return nil
}

// next is how long to wait until a few more may be let go.
func next(rate pace.Pace, now, takenUntil time.Time) time.Duration {
	return max(rate.Wait(now, takenUntil), shortest)
}
