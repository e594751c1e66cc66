package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/stats"
)

// sweepAtOnce bounds one look for overdue deliveries; the rest is found by the next.
const sweepAtOnce = 1_000

// strandedFor is how long after a change of a webhook deliveries may come that were held for what it was before.
const strandedFor = 10 * time.Minute

// sweep says that this process is alive and finds what should be moving and is not, until the context ends.
func (d *Dispatcher) sweep(ctx context.Context) {
	tick := time.NewTicker(d.options.Heartbeat)
	defer tick.Stop()

	for {
		if err := d.Sweep(ctx); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "sweep failed", "error", err)
		}

		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sweep does one round: this process's heartbeat, what dead processes left, what is overdue, what is held for nothing.
// It is exported for operators and tests that do not want to wait for the next.
func (d *Dispatcher) Sweep(ctx context.Context) error {
	// Each part works without the others.
	err := errors.Join(d.heartbeat(ctx), d.buryDead(ctx), d.freeOverdue(ctx), d.freeStranded(ctx))
	d.Wake()

	return err
}

// signOn makes the first heartbeat, however long that takes. It fails only when the context ends.
func (d *Dispatcher) signOn(ctx context.Context) error {
	for {
		err := d.heartbeat(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}

		d.log.WarnContext(ctx, "not signed on, trying again", "error", err)

		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *Dispatcher) heartbeat(ctx context.Context) error {
	err := dbsqlc.New(d.pool).Heartbeat(ctx, dbsqlc.HeartbeatParams{ID: d.process, Name: d.name, StartedAt: d.now()})
	if err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}

	return nil
}

// buryDead gives back what processes had claimed that are no more. A delivery that they had started already is started
// again to no effect, because its workflow has its id.
func (d *Dispatcher) buryDead(ctx context.Context) error {
	q := dbsqlc.New(d.pool)

	dead, err := q.DeadProcesses(ctx, int32(3*max(d.options.Heartbeat, time.Second)/time.Second))
	if err != nil {
		return fmt.Errorf("find dead processes: %w", err)
	}

	for _, process := range dead {
		released, err := release(ctx, q, process)
		if err != nil {
			return err
		}

		orphans, err := q.OrphanedBatches(ctx, process)
		if err != nil {
			return fmt.Errorf("find batches of dead process: %w", err)
		}

		carried := make([]carried, len(orphans))
		for n, one := range orphans {
			carried[n] = carriedBy(one.ID, one.WorkflowID)
		}

		// While Temporal is away nobody knows, and the process stays to be buried later.
		stuck, err := d.settle(ctx, carried)
		if err != nil {
			return err
		}

		if err := q.DeleteProcess(ctx, process); err != nil {
			return fmt.Errorf("remove dead process: %w", err)
		}

		d.log.InfoContext(ctx, "took over from a process that is gone",
			"process", id.Process.From(process), "deliveries", released+stuck)
	}

	return nil
}

// release gives back what a process had claimed and may not have started, and returns how much that was.
func release(ctx context.Context, q *dbsqlc.Queries, process uuid.UUID) (int, error) {
	first, err := q.ReleaseClaims(ctx, process)
	if err != nil {
		return 0, fmt.Errorf("release claims: %w", err)
	}

	retries, err := q.ReleaseRetries(ctx, process)
	if err != nil {
		return 0, fmt.Errorf("release claims of retries: %w", err)
	}

	return int(first + retries), nil
}

// carried is a delivery with the batch that carries it, if one does.
type carried struct {
	delivery uuid.UUID
	batch    string
}

func carriedBy(delivery uuid.UUID, batch *string) carried {
	if batch == nil {
		return carried{delivery: delivery}
	}

	return carried{delivery, *batch}
}

// settle leaves alone what a batch is busy with, lets go of everything else so that it is started or woken again, and
// returns how much that was.
func (d *Dispatcher) settle(ctx context.Context, all []carried) (int, error) {
	var (
		busy, stuck []uuid.UUID
		err         error
	)

	batches := make(map[string]bool)

	for _, one := range all {
		running, known := batches[one.batch]
		if !known && one.batch != "" {
			if running, err = d.starter.Running(ctx, one.batch); err != nil {
				return 0, fmt.Errorf("look at batch %s: %w", one.batch, err)
			}

			batches[one.batch] = running
		}

		if running {
			busy = append(busy, one.delivery)
		} else {
			stuck = append(stuck, one.delivery)
		}
	}

	q := dbsqlc.New(d.pool)

	if err := q.Adopt(ctx, dbsqlc.AdoptParams{ProcessID: d.process, Ids: busy}); err != nil {
		return 0, fmt.Errorf("adopt deliveries of busy batches: %w", err)
	}

	if err := q.Unclaim(ctx, stuck); err != nil {
		return 0, fmt.Errorf("let go of stuck deliveries: %w", err)
	}

	return len(stuck), nil
}

// freeOverdue finds deliveries whose time has passed and lets go of their claims, so that they are started or woken
// again, unless a batch is still busy with them.
func (d *Dispatcher) freeOverdue(ctx context.Context) error {
	q := dbsqlc.New(d.pool)

	overdue, err := q.OverdueDeliveries(ctx, dbsqlc.OverdueDeliveriesParams{
		GraceSeconds: int32(d.options.Grace / time.Second), AtMost: sweepAtOnce,
	})
	if err != nil {
		return fmt.Errorf("find overdue deliveries: %w", err)
	}

	carried := make([]carried, len(overdue))
	for n, one := range overdue {
		carried[n] = carriedBy(one.ID, one.WorkflowID)
	}

	stuck, err := d.settle(ctx, carried)
	if err != nil {
		return err
	}

	if stuck > 0 {
		d.log.WarnContext(ctx, "overdue deliveries are started again", "deliveries", stuck)
	}

	return nil
}

// freeStranded finds what is held although nothing holds up its webhook any more. It becomes a backlog like any other.
func (d *Dispatcher) freeStranded(ctx context.Context) error {
	q := dbsqlc.New(d.pool)

	now := d.now()

	found, err := q.CloseGatesOfStranded(ctx, dbsqlc.CloseGatesOfStrandedParams{
		Now: now, ChangedSince: now.Add(-strandedFor),
	})
	if err != nil {
		return fmt.Errorf("look for stranded deliveries: %w", err)
	}

	if found > 0 {
		if err := q.Notify(ctx, []string{pubsub.Tend}); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}

	canceled, err := d.cancelStranded(ctx)
	if err != nil {
		return err
	}

	if found+int64(canceled) > 0 {
		d.log.InfoContext(ctx, "deliveries held for nothing", "webhooks", found, "canceled", canceled)
	}

	return nil
}

// cancelStranded gives up what is held for webhooks that are no more.
func (d *Dispatcher) cancelStranded(ctx context.Context) (canceled int, err error) {
	err = db.InTx(ctx, d.pool, func(q *dbsqlc.Queries) error {
		rows, err := q.CancelStranded(ctx)
		if err != nil {
			return fmt.Errorf("cancel stranded deliveries: %w", err)
		}

		if canceled = len(rows); canceled == 0 {
			return nil
		}

		if err := stats.Canceled(ctx, q, d.now(), rows); err != nil {
			return err
		}

		return delivery.Announce(ctx, q, rows)
	})

	return canceled, err
}

// leave gives back what was claimed and not started, and signs off. Deliveries whose workflows run go on in other
// processes; batches that may not have been started are looked into by whoever takes over.
func (d *Dispatcher) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()

	q := dbsqlc.New(d.pool)

	if _, err := release(ctx, q, d.process); err != nil {
		return err
	}

	if err := q.SignOff(ctx, d.process); err != nil {
		return fmt.Errorf("sign off: %w", err)
	}

	return nil
}
