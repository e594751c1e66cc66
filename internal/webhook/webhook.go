// Package webhook keeps webhooks: where events are sent, how, signed with which secrets, and what each is subscribed
// to.
package webhook

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

// Status is whether a webhook is in use.
type Status string

// The statuses.
const (
	Disabled Status = "DISABLED"
	Enabled  Status = "ENABLED"
	Paused   Status = "PAUSED"
)

// DisabledReason is why a webhook is out of use.
type DisabledReason string

// The reasons. All but the first are Surehook's own doing, by the webhook's settings.
const (
	ByHand              DisabledReason = "MANUAL"
	ConsecutiveFailures DisabledReason = "CONSECUTIVE_FAILURES"
	FailingForHours     DisabledReason = "FAILING_FOR_HOURS"
	Gone                DisabledReason = "GONE"
)

// Webhook is an endpoint URL and how to talk to it.
type Webhook struct {
	ID             id.ID
	OrganizationID id.ID
	Name           string
	Description    *string
	URL            string
	Status         Status
	// DisabledReason and DisabledAt are nil unless the webhook is out of use.
	DisabledReason *DisabledReason
	DisabledAt     *time.Time
	// PausedAt is nil unless the webhook is paused.
	PausedAt *time.Time
	Settings settings.Settings
	// HeaderNames are those of the custom headers. Their values are sealed.
	HeaderNames []string
	// Auth is what may be shown of how requests authenticate. Nil means that they do not.
	Auth      *endpointauth.Public
	CreatedAt time.Time
	UpdatedAt time.Time
	// DeletedAt is set on a webhook that is only kept for its deliveries.
	DeletedAt *time.Time
}

// SecretKind is what a secret is for.
type SecretKind string

// The kinds of secrets.
const (
	// Symmetric secrets are shared with the receiver.
	Symmetric SecretKind = "SYMMETRIC"
	// Ed25519 secrets stay here; receivers have the public key.
	Ed25519 SecretKind = "ED25519"
)

// Secret signs requests. Its value is not part of it.
type Secret struct {
	ID   id.ID
	Kind SecretKind
	// PublicKey is what receivers verify with, as Standard Webhooks writes it: whpk_ and base64. Nil unless Ed25519.
	PublicKey *string
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
	// Filter is a CEL expression that says which events match. Nil means all.
	Filter *string
	// ResourceIDs are the resources of which one has to be among the event's. None means that it does not matter.
	ResourceIDs []string
	// PayloadQuery is a GraphQL selection of the data to send. Nil means all of it.
	PayloadQuery *string
	Enabled      bool
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Header is a custom header.
type Header struct {
	Name, Value string
}

// FromRow converts a row.
func FromRow(row dbsqlc.Webhook) (Webhook, error) {
	out := Webhook{
		ID:             id.Webhook.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		Name:           row.Name,
		Description:    row.Description,
		URL:            row.Url,
		Status:         Status(row.Status),
		DisabledReason: (*DisabledReason)(row.DisabledReason),
		DisabledAt:     row.DisabledAt,
		PausedAt:       row.PausedAt,
		HeaderNames:    row.HeaderNames,
		CreatedAt:      row.CreatedAt,
		UpdatedAt:      row.UpdatedAt,
		DeletedAt:      row.DeletedAt,
	}

	if err := json.Unmarshal(row.Settings, &out.Settings); err != nil {
		return out, fmt.Errorf("read settings of %s: %w", out.ID, err)
	}

	if row.Auth != nil {
		if err := json.Unmarshal(row.Auth, &out.Auth); err != nil {
			return out, fmt.Errorf("read authentication of %s: %w", out.ID, err)
		}
	}

	return out, nil
}

func secretFromRow(row dbsqlc.WebhookSecret) Secret {
	return Secret{
		ID: id.Secret.From(row.ID), Kind: SecretKind(row.Kind), PublicKey: row.PublicKey, Hint: row.Hint,
		CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt,
	}
}

func subscriptionFromRow(row dbsqlc.WebhookSubscription) Subscription {
	return Subscription{
		ID:             id.Subscription.From(row.ID),
		OrganizationID: id.Organization.From(row.OrganizationID),
		WebhookID:      id.Webhook.From(row.WebhookID),
		EventType:      row.EventType,
		Filter:         row.Filter,
		ResourceIDs:    row.ResourceIds,
		PayloadQuery:   row.PayloadQuery,
		Enabled:        row.Enabled,
		CreatedAt:      row.CreatedAt,
		UpdatedAt:      row.UpdatedAt,
	}
}
