// Package webhook keeps webhooks: where events are sent, how, signed with which secrets, and what each is subscribed
// to.
package webhook

import (
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
)

// Status is whether a webhook is in use.
type Status string

// The statuses.
const (
	Disabled Status = "DISABLED"
	Enabled  Status = "ENABLED"
)

// Webhook is an endpoint URL and how to talk to it.
type Webhook struct {
	ID             id.ID
	OrganizationID id.ID
	Name           string
	Description    *string
	URL            string
	Status         Status
	// TimeoutSeconds bounds one request, from connecting to the last byte of the answer.
	TimeoutSeconds int
	// HeaderNames are those of the custom headers. Their values are sealed.
	HeaderNames []string
	// RetryDelaysSeconds are the waits before each retry.
	RetryDelaysSeconds []int
	// RetryJitterPercent is by how much a wait may be longer or shorter.
	RetryJitterPercent int
	CreatedAt          time.Time
	UpdatedAt          time.Time
	// DeletedAt is set on a webhook that is only kept for its deliveries.
	DeletedAt *time.Time
}

// Secret signs requests. Its value is not part of it.
type Secret struct {
	ID id.ID
	// Hint is the last four characters of the value.
	Hint      string
	CreatedAt time.Time
	// ExpiresAt is when it stops signing. Nil for the current secret.
	ExpiresAt *time.Time
}

// Subscription is a webhook's interest in an event type or a pattern of them.
type Subscription struct {
	ID             id.ID
	OrganizationID id.ID
	WebhookID      id.ID
	EventType      string
	Enabled        bool
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Header is a custom header.
type Header struct {
	Name, Value string
}

func fromRow(row dbsqlc.Webhook) Webhook {
	delays := make([]int, len(row.RetryDelaysSeconds))
	for n, seconds := range row.RetryDelaysSeconds {
		delays[n] = int(seconds)
	}

	return Webhook{
		ID:                 id.Webhook.From(row.ID),
		OrganizationID:     id.Organization.From(row.OrganizationID),
		Name:               row.Name,
		Description:        row.Description,
		URL:                row.Url,
		Status:             Status(row.Status),
		TimeoutSeconds:     int(row.TimeoutSeconds),
		HeaderNames:        row.HeaderNames,
		RetryDelaysSeconds: delays,
		RetryJitterPercent: int(row.RetryJitterPercent),
		CreatedAt:          row.CreatedAt,
		UpdatedAt:          row.UpdatedAt,
		DeletedAt:          row.DeletedAt,
	}
}

func secretFromRow(row dbsqlc.WebhookSecret) Secret {
	return Secret{ID: id.Secret.From(row.ID), Hint: row.Hint, CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt}
}

func subscriptionFromRow(row dbsqlc.WebhookSubscription) Subscription {
	return Subscription{
		ID:             id.Subscription.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		WebhookID:      id.Webhook.From(row.WebhookID),
		EventType:      row.EventType,
		Enabled:        row.Enabled,
		CreatedAt:      row.CreatedAt,
		UpdatedAt:      row.UpdatedAt,
	}
}
