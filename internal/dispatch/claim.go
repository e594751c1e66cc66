package dispatch

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

const (
	// claimAtOnce bounds one claim, so that several processes share a backlog.
	claimAtOnce = 500
	// claimEvery makes up for wake-ups that were lost.
	claimEvery = 5 * time.Second
)

// claim takes unclaimed deliveries whenever it is woken, and now and then in case it was not.
func (d *Dispatcher) claim(ctx context.Context) {
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()

	for {
		if err := d.claimAll(ctx); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "deliveries not claimed", "error", err)
		}

		select {
		case <-d.wake:
		case <-d.queue.room:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (d *Dispatcher) claimAll(ctx context.Context) error {
	for {
		free := min(d.queue.free(), claimAtOnce)
		if free == 0 {
			return nil
		}

		rows, err := dbsqlc.New(d.pool).ClaimDeliveries(ctx, dbsqlc.ClaimDeliveriesParams{
			ProcessID: d.process, Now: new(d.now()), AtMost: int32(free),
		})
		if err != nil {
			return fmt.Errorf("claim deliveries: %w", err)
		}

		// An update returns them in any order, and the oldest is to be started first.
		slices.SortFunc(rows, func(a, b dbsqlc.ClaimDeliveriesRow) int { return bytes.Compare(a.ID[:], b.ID[:]) })

		jobs := make([]job.Job, len(rows))
		for n, row := range rows {
			jobs[n] = job.Job{
				DeliveryID:     id.Delivery.From(row.ID),
				OrganizationID: id.Organization.From(row.OrganizationID),
				WebhookID:      id.Webhook.From(row.WebhookID),
				EventType:      row.EventType,
				Wake:           row.Wake,
			}
		}

		d.queue.put(jobs...)

		if len(rows) < free {
			return nil
		}
	}
}
