// Package workflows holds the durable side of deliveries. The workflows decide and wait; everything that reaches
// outside is an activity.
package workflows

import (
	"errors"

	temporal_sdk "go.temporal.io/sdk/temporal"
	temporal_workflow "go.temporal.io/sdk/workflow"

	"github.com/surehook/surehook/activities"
	"github.com/surehook/surehook/internal/id"
)

// SignalRetryNow makes a delivery look at once whether an attempt is due, instead of waiting for its time.
const SignalRetryNow = "retry-now"

// DeliveryInput names a delivery.
type DeliveryInput struct {
	DeliveryID id.ID
	// Continued says that the first attempt was made in a batch.
	Continued bool `json:",omitempty"`
	// Unrecorded is that attempt, when the log could not be reached.
	Unrecorded *activities.Record `json:",omitempty"`
}

// DeliveryResult says how a delivery came to a good or a chosen end: SUCCEEDED, CANCELED or HELD. One that came to a
// bad end fails its workflow.
type DeliveryResult struct {
	State string
}

// Delivery carries one event to one webhook. Its id is the delivery's, so starting it twice is harmless.
//
// The first attempt is a local activity, which runs in the process that started the workflow. All others are one
// activity under a Temporal retry policy, whose waits come from the webhook's schedule or the receiver.
func Delivery(ctx temporal_workflow.Context, in DeliveryInput) (*DeliveryResult, error) {
	d := &run{ctx: ctx, id: in.DeliveryID, retryNow: temporal_workflow.GetSignalChannel(ctx, SignalRetryNow)}

	if !in.Continued {
		if result, err := d.end(d.first()); result != nil || err != nil {
			return result, err
		}
	}

	if err := setStatus(ctx, "RETRYING"); err != nil {
		return nil, err
	}

	if in.Unrecorded != nil {
		if err := d.record(in.Unrecorded); err != nil {
			return nil, err
		}
	}

	for {
		if result, err := d.end(d.next()); result != nil || err != nil {
			return result, err
		}
	}
}

// run is the state of one delivery.
type run struct {
	ctx      temporal_workflow.Context
	id       id.ID
	retryNow temporal_workflow.ReceiveChannel
	// woken says that a signal has come since the last look at the database began.
	woken bool
}

func (d *run) first() (*activities.AttemptDeliveryResult, error) {
	var (
		a      *activities.Activities
		result *activities.AttemptDeliveryResult
	)

	// The attempt sees in the database whether it was asked for by hand.
	d.drain()

	ctx := temporal_workflow.WithLocalActivityOptions(d.ctx, firstAttempt())
	params := activities.AttemptDeliveryParams{DeliveryID: d.id}
	err := temporal_workflow.ExecuteLocalActivity(ctx, a.AttemptDelivery, params).Get(ctx, &result)

	return result, err
}

// next waits for an attempt to end, and cuts the wait for its time short when asked to. An attempt that is under way is
// not disturbed by that.
func (d *run) next() (*activities.AttemptDeliveryResult, error) {
	var (
		a      *activities.Activities
		result *activities.AttemptDeliveryResult
		err    error
	)

	ctx, cancel := temporal_workflow.WithCancel(temporal_workflow.WithActivityOptions(d.ctx, untilDelivered()))
	defer cancel()

	d.woken = false

	params := activities.AttemptDeliveryParams{DeliveryID: d.id}
	attempt := temporal_workflow.ExecuteActivity(ctx, a.AttemptDelivery, params)

	for done := false; !done; {
		temporal_workflow.NewSelector(d.ctx).
			AddFuture(attempt, func(f temporal_workflow.Future) {
				done, err = true, f.Get(d.ctx, &result)
			}).
			AddReceive(d.retryNow, func(temporal_workflow.ReceiveChannel, bool) {
				d.drain()
				d.woken = true
				cancel()
			}).
			Select(d.ctx)
	}

	return result, err
}

// end says whether the delivery has come to an end, and to which. Two nils: it has not.
func (d *run) end(result *activities.AttemptDeliveryResult, err error) (*DeliveryResult, error) {
	if err == nil && result.Unrecorded != nil {
		return nil, d.record(result.Unrecorded)
	}

	failure, failed := errors.AsType[*temporal_sdk.ApplicationError](err)
	failed = failed && failure.NonRetryable()

	// After any end but success somebody may have changed the delivery again, between the record of that end and now.
	if (failed || err == nil && !result.Delivered()) && d.again() {
		return nil, nil
	}

	if err == nil {
		return &DeliveryResult{State: string(result.State)}, setStatus(d.ctx, string(result.State))
	}

	if failed {
		if err := setStatus(d.ctx, "FAILED"); err != nil {
			return nil, err
		}

		return nil, failure
	}

	// Somebody canceled the workflow itself, in the Web UI or with Temporal's own tools.
	if d.ctx.Err() != nil {
		return nil, d.ctx.Err()
	}

	return nil, nil
}

func (d *run) record(unrecorded *activities.Record) error {
	var a *activities.Activities

	ctx := temporal_workflow.WithActivityOptions(d.ctx, untilRecorded())

	return temporal_workflow.ExecuteActivity(ctx, a.RecordAttempt, activities.RecordAttemptParams{Record: *unrecorded}).
		Get(ctx, nil)
}

// again tells whether a signal came that the last look at the database may have been too early for.
func (d *run) again() bool {
	late := d.drain()

	return d.woken || late
}

// drain takes all signals that have come, and tells whether there were any: several say no more than one.
func (d *run) drain() (some bool) {
	for d.retryNow.ReceiveAsync(nil) {
		some = true
	}

	return some
}
