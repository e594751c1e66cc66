// Package bulk runs jobs that act on many deliveries or events: retries of what has failed, and new deliveries of old
// events.
//
// Postgres holds all there is to know about a job. Its items come one after the other by id, and a step is one
// transaction: it deals with the next items, moves the position behind them and counts them. So each item is dealt with
// once, whatever dies in between, and progress never goes back. Who runs the steps is a Temporal workflow, which can be
// lost and started again at any time.
package bulk

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Kind is what a job does.
type Kind string

// The kinds.
const (
	// RecoverWebhook retries all that failed to reach a webhook in a span of time.
	RecoverWebhook Kind = "RECOVER_WEBHOOK"
	// ReplayEvent makes new deliveries of one event.
	ReplayEvent Kind = "REPLAY_EVENT"
	// ReplayMissing makes deliveries of the events of a span of time that a webhook never got and would get now.
	ReplayMissing Kind = "REPLAY_MISSING"
	// RetryDeliveries retries the deliveries that a filter matches.
	RetryDeliveries Kind = "RETRY_DELIVERIES"
)

// Status is how far a job has come.
type Status string

// The statuses.
const (
	Canceled  Status = "CANCELED"
	Completed Status = "COMPLETED"
	Paused    Status = "PAUSED"
	Running   Status = "RUNNING"
)

// FailureCode is why nothing could be done about an item.
type FailureCode string

// The codes.
const (
	// PayloadGone: the event's payload is not kept any more.
	PayloadGone FailureCode = "PAYLOAD_GONE"
	// WebhookDeleted: there is nobody to send to.
	WebhookDeleted FailureCode = "WEBHOOK_DELETED"
)

// maxFailures is how many failures of a job are kept as samples.
const maxFailures = 20

// Failure is an item that nothing could be done about.
type Failure struct {
	// ItemID is the delivery, the event or the webhook.
	ItemID  id.ID       `json:"itemId"`
	Code    FailureCode `json:"code"`
	Message string      `json:"message"`
}

// Operation is a job.
type Operation struct {
	ID             id.ID
	OrganizationID id.ID
	Kind           Kind
	Status         Status
	// WebhookID and EventID are what the job is about, if it is about one.
	WebhookID, EventID *id.ID
	// APIKeyID is the key that asked for it. Nil when Surehook did it by itself.
	APIKeyID *id.ID
	// MaxPerSecond is how many items a second are dealt with at most. Nil: as many as go.
	MaxPerSecond *int
	// Total is how many items there are, Processed how many of them were dealt with.
	Total, Processed int
	// Of those processed, Failed could not be helped, and Skipped needed nothing.
	Failed, Skipped int
	// Failures are the first of those that failed.
	Failures []Failure
	// Active is for how long it has been running.
	Active      time.Duration
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CompletedAt *time.Time

	selection selection
}

// RatePerSecond is how many items a second were processed while it ran. Nil before the first.
func (o Operation) RatePerSecond() *float64 {
	if o.Processed == 0 || o.Active <= 0 {
		return nil
	}

	return new(float64(o.Processed) / o.Active.Seconds())
}

// EstimatedCompletionAt is when it will have come to its end if it goes on like this. Nil unless it is running and has
// processed something.
func (o Operation) EstimatedCompletionAt(now time.Time) *time.Time {
	rate := o.RatePerSecond()
	if o.Status != Running || rate == nil {
		return nil
	}

	left := float64(max(o.Total-o.Processed, 0))

	return new(now.Add(time.Duration(left / *rate * float64(time.Second))))
}

func fromRow(row dbsqlc.BulkOperation) (Operation, error) {
	out := Operation{
		ID:             id.BulkOperation.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		Kind:           Kind(row.Kind),
		Status:         Status(row.Status),
		WebhookID:      id.Webhook.FromPtr(row.WebhookID),
		EventID:        id.Event.FromPtr(row.EventID),
		APIKeyID:       id.APIKey.FromPtr(row.ApiKeyID),
		Total:          int(row.Total),
		Processed:      int(row.Processed),
		Failed:         int(row.Failed),
		Skipped:        int(row.Skipped),
		Active:         time.Duration(row.ActiveUs) * time.Microsecond,
		CreatedAt:      row.CreatedAt,
		UpdatedAt:      row.UpdatedAt,
		CompletedAt:    row.CompletedAt,
	}

	if row.MaxPerSecond != nil {
		out.MaxPerSecond = new(int(*row.MaxPerSecond))
	}

	if err := json.Unmarshal(row.Failures, &out.Failures); err != nil {
		return Operation{}, fmt.Errorf("read failures of %s: %w", out.ID, err)
	}

	if err := json.Unmarshal(row.Selection, &out.selection); err != nil {
		return Operation{}, fmt.Errorf("read selection of %s: %w", out.ID, err)
	}

	return out, nil
}
