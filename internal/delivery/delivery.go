// Package delivery keeps the delivery log: deliveries, their attempts, and what may be done with them.
package delivery

import (
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
)

// Status is how far a delivery has come. docs/state_machine.md shows which follows which.
type Status string

// The statuses.
const (
	Canceled  Status = "CANCELED"
	Failed    Status = "FAILED"
	Held      Status = "HELD"
	Pending   Status = "PENDING"
	Retrying  Status = "RETRYING"
	Succeeded Status = "SUCCEEDED"
)

// Terminal tells whether nothing more happens by itself.
func (s Status) Terminal() bool { return s == Canceled || s == Failed || s == Succeeded }

// Origin is why a delivery exists.
type Origin string

// The origins.
const (
	OriginPublish Origin = "PUBLISH"
	OriginReplay  Origin = "REPLAY"
	OriginTest    Origin = "TEST"
)

// HeldReason is why a delivery is held.
type HeldReason string

// The reasons.
const (
	// Backlog: older deliveries that were held go first.
	Backlog HeldReason = "BACKLOG"
	// BreakerOpen: the receiver fails too often, and is given a rest.
	BreakerOpen HeldReason = "BREAKER_OPEN"
	// RateLimited: the webhook takes no more in a second.
	RateLimited HeldReason = "RATE_LIMITED"
	// WebhookDisabled: the webhook is out of use.
	WebhookDisabled HeldReason = "WEBHOOK_DISABLED"
	// WebhookPaused: somebody has paused the webhook.
	WebhookPaused HeldReason = "WEBHOOK_PAUSED"
)

// Trigger is what sets an attempt off.
type Trigger string

// The triggers.
const (
	Automatic Trigger = "AUTOMATIC"
	Manual    Trigger = "MANUAL"
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID             id.ID
	OrganizationID id.ID
	EventID        id.ID
	WebhookID      id.ID
	SubscriptionID *id.ID
	// ReplayOfID is the delivery of the same event to the same webhook that this one repeats.
	ReplayOfID *id.ID
	// OperationID is the job that made it or retried it last. Nil when nobody but a person has retried it since.
	OperationID  *id.ID
	EventType    string
	Status       Status
	Origin       Origin
	HeldReason   *HeldReason
	AttemptCount int
	// ScheduledAttemptCount counts the attempts that the schedule made, and so leaves out those made by hand.
	ScheduledAttemptCount int
	MaxAttempts           int
	NextTrigger           Trigger
	// Claimed tells whether a process has taken it on.
	Claimed bool
	// ReleasedAt is when it was let go after it had been held. Nil when it was not, or an attempt has followed.
	ReleasedAt *time.Time
	// DueAt is when the next attempt is or was due. Nil when none is.
	DueAt *time.Time
	// ResumeAt is where the schedule goes on after a retry by hand. Nil when it is used up.
	ResumeAt           *time.Time
	LastResponseStatus *int
	LastError          *Error
	// WorkflowID is the workflow that carries the delivery.
	WorkflowID  string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CompletedAt *time.Time
}

// NextAttemptAt is when the next attempt is due, and nil when it is being made.
func (d Delivery) NextAttemptAt(now time.Time) *time.Time {
	if d.DueAt == nil || !d.DueAt.After(now) {
		return nil
	}

	return d.DueAt
}

// Job returns what is needed to carry the delivery out.
func (d Delivery) Job() job.Job {
	return job.Job{
		DeliveryID:     d.ID,
		OrganizationID: d.OrganizationID,
		WebhookID:      d.WebhookID,
		EventType:      d.EventType,
		Wake:           d.Status != Pending,
	}
}

// FromRow converts a row.
func FromRow(row dbsqlc.Delivery) Delivery {
	out := Delivery{
		ID:                    id.Delivery.From(row.ID),
		OrganizationID:        id.Organization.From(row.OrganizationID),
		EventID:               id.Event.From(row.EventID),
		WebhookID:             id.Webhook.From(row.WebhookID),
		SubscriptionID:        id.Subscription.FromPtr(row.SubscriptionID),
		ReplayOfID:            id.Delivery.FromPtr(row.ReplayOfID),
		OperationID:           id.BulkOperation.FromPtr(row.OperationID),
		EventType:             row.EventType,
		Status:                Status(row.Status),
		Origin:                Origin(row.Origin),
		HeldReason:            (*HeldReason)(row.HeldReason),
		AttemptCount:          int(row.AttemptCount),
		ScheduledAttemptCount: int(row.ScheduledAttemptCount),
		MaxAttempts:           int(row.MaxAttempts),
		NextTrigger:           Trigger(row.NextTrigger),
		Claimed:               row.ClaimedBy != nil,
		DueAt:                 row.NextAttemptAt,
		ResumeAt:              row.ResumeAt,
		ReleasedAt:            row.ReleasedAt,
		LastResponseStatus:    intPtr(row.LastResponseStatus),
		CreatedAt:             row.CreatedAt,
		UpdatedAt:             row.UpdatedAt,
		CompletedAt:           row.CompletedAt,
	}

	out.LastError = errorFrom(row.LastErrorCode, row.LastErrorMessage)

	out.WorkflowID = out.ID.String()
	if row.WorkflowID != nil && *row.WorkflowID != "" {
		out.WorkflowID = *row.WorkflowID
	}

	return out
}

func intPtr(v *int32) *int {
	if v == nil {
		return nil
	}

	out := int(*v)

	return &out
}
