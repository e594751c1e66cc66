package dispatch

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

// The waits between attempts to start a workflow while Temporal is not to be reached.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// start is one starter: it takes whatever waits and starts workflows for it, until the queue is closed.
func (d *Dispatcher) start(ctx context.Context) {
	for {
		jobs := d.queue.take(d.options.MaxBatch)
		if jobs == nil {
			return
		}

		for _, group := range split(jobs) {
			d.startGroup(ctx, group)
		}
	}
}

// split keeps apart what may not share a workflow: organizations, and deliveries that may have a workflow already.
func split(jobs []job.Job) [][]job.Job {
	var out [][]job.Job

	places := make(map[id.ID]int)

	for _, one := range jobs {
		place, ok := places[one.OrganizationID]

		switch {
		case one.Wake:
			out = append(out, []job.Job{one})
		case ok:
			out[place] = append(out[place], one)
		default:
			places[one.OrganizationID] = len(out)
			out = append(out, []job.Job{one})
		}
	}

	return out
}

// startGroup keeps trying until the workflow is started or the process stops. Nothing is lost either way: the claims
// are in the database.
func (d *Dispatcher) startGroup(ctx context.Context, jobs []job.Job) {
	batch := id.New(id.Batch)
	assigned := false

	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := func() (err error) {
			if len(jobs) > 1 && !assigned {
				if jobs, err = d.assign(ctx, batch, jobs); err != nil {
					return err
				}

				assigned = true
			}

			return d.startOne(ctx, batch, assigned, jobs)
		}()
		if err == nil || ctx.Err() != nil {
			return
		}

		d.log.WarnContext(ctx, "workflow not started, trying again",
			"error", err, "deliveries", len(jobs), "first", jobs[0].DeliveryID.String(), "wait", wait)

		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

func (d *Dispatcher) startOne(ctx context.Context, batch id.ID, assigned bool, jobs []job.Job) error {
	switch {
	case len(jobs) == 0:
		return nil
	case assigned:
		return d.starter.StartBatch(ctx, batch, jobs)
	case jobs[0].Wake:
		return d.starter.WakeDelivery(ctx, jobs[0])
	default:
		return d.starter.StartDelivery(ctx, jobs[0])
	}
}

// assign notes in the database which batch carries the deliveries, and returns those that are still this process's.
func (d *Dispatcher) assign(ctx context.Context, batch id.ID, jobs []job.Job) ([]job.Job, error) {
	ids := make([]uuid.UUID, len(jobs))
	for n, one := range jobs {
		ids[n] = one.DeliveryID.UUID()
	}

	mine, err := dbsqlc.New(d.pool).AssignBatch(ctx, dbsqlc.AssignBatchParams{
		WorkflowID: batch.String(), Ids: ids, ProcessID: d.process,
	})
	if err != nil {
		return jobs, fmt.Errorf("assign deliveries to batch: %w", err)
	}

	if len(mine) == len(jobs) {
		return jobs, nil
	}

	still := make(map[uuid.UUID]bool, len(mine))
	for _, one := range mine {
		still[one] = true
	}

	kept := make([]job.Job, 0, len(mine))

	for _, one := range jobs {
		if still[one.DeliveryID.UUID()] {
			kept = append(kept, one)
		}
	}

	return kept, nil
}
