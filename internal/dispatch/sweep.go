package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
)

// sweepAtOnce bounds one look for overdue deliveries; the rest is found by the next.
const sweepAtOnce = 1_000

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

// Sweep does one round: this process's heartbeat, what dead processes left, and what is overdue. It is exported for
// operators and tests that do not want to wait for the next.
func (d *Dispatcher) Sweep(ctx context.Context) error {
	// Each part works without the others.
	err := errors.Join(d.heartbeat(ctx), d.buryDead(ctx), d.freeOverdue(ctx))
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
		released, err := q.ReleaseClaims(ctx, process)
		if err != nil {
			return fmt.Errorf("release claims of dead process: %w", err)
		}

		if err := q.DeleteProcess(ctx, process); err != nil {
			return fmt.Errorf("remove dead process: %w", err)
		}

		d.log.WarnContext(ctx, "took over from a process that is gone", "process", process, "deliveries", released)
	}

	return nil
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

	var busy, stuck []uuid.UUID

	batches := make(map[string]bool)

	for _, one := range overdue {
		if one.WorkflowID == nil {
			stuck = append(stuck, one.ID)

			continue
		}

		running, known := batches[*one.WorkflowID]
		if !known {
			if running, err = d.starter.Running(ctx, *one.WorkflowID); err != nil {
				return fmt.Errorf("look at batch %s: %w", *one.WorkflowID, err)
			}

			batches[*one.WorkflowID] = running
		}

		if running {
			busy = append(busy, one.ID)
		} else {
			stuck = append(stuck, one.ID)
		}
	}

	if err := q.ExtendClaims(ctx, busy); err != nil {
		return fmt.Errorf("extend claims: %w", err)
	}

	if err := q.Unclaim(ctx, stuck); err != nil {
		return fmt.Errorf("let go of overdue deliveries: %w", err)
	}

	if len(stuck) > 0 {
		d.log.WarnContext(ctx, "overdue deliveries are started again", "deliveries", len(stuck))
	}

	return nil
}

// leave gives back what was claimed and not started. Deliveries whose workflows run go on in other processes.
func (d *Dispatcher) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()

	q := dbsqlc.New(d.pool)

	if _, err := q.ReleaseClaims(ctx, d.process); err != nil {
		return fmt.Errorf("give claims back: %w", err)
	}

	if err := q.DeleteProcess(ctx, d.process); err != nil {
		return fmt.Errorf("sign off: %w", err)
	}

	return nil
}
