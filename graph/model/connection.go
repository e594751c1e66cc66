// Package model holds the types of the API that are no types of the domain: scalars, connections, and what gqlgen
// generates for inputs and payloads.
package model

import (
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/audit"
	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

// Node is anything that `node` can find. What it may be is written in the schema.
type Node any

// PageInfo says where a page lies in its connection.
type PageInfo struct {
	HasNextPage, HasPreviousPage bool
	StartCursor, EndCursor       *string
}

// Edge is an item of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Connection is a page of a list.
type Connection[T any] struct {
	Edges    []Edge[T]
	Nodes    []T
	PageInfo PageInfo
}

type (
	// APIKeyConnection is a page of API keys.
	APIKeyConnection = Connection[apikey.Key]
	// APIKeyEdge is an API key in a page.
	APIKeyEdge = Edge[apikey.Key]

	// AuditEntryConnection is a page of audit entries.
	AuditEntryConnection = Connection[audit.Entry]
	// AuditEntryEdge is an audit entry in a page.
	AuditEntryEdge = Edge[audit.Entry]

	// BulkOperationConnection is a page of bulk operations.
	BulkOperationConnection = Connection[bulk.Operation]
	// BulkOperationEdge is a bulk operation in a page.
	BulkOperationEdge = Edge[bulk.Operation]

	// DeliveryAttemptConnection is a page of attempts.
	DeliveryAttemptConnection = Connection[delivery.Attempt]
	// DeliveryAttemptEdge is an attempt in a page.
	DeliveryAttemptEdge = Edge[delivery.Attempt]

	// DeliveryConnection is a page of deliveries.
	DeliveryConnection = Connection[delivery.Delivery]
	// DeliveryEdge is a delivery in a page.
	DeliveryEdge = Edge[delivery.Delivery]

	// EventConnection is a page of events.
	EventConnection = Connection[event.Event]
	// EventEdge is an event in a page.
	EventEdge = Edge[event.Event]

	// EventTypeConnection is a page of event types.
	EventTypeConnection = Connection[eventtype.EventType]
	// EventTypeEdge is an event type in a page.
	EventTypeEdge = Edge[eventtype.EventType]

	// MatchDecisionConnection is a page of decisions.
	MatchDecisionConnection = Connection[explain.Decision]
	// MatchDecisionEdge is a decision in a page.
	MatchDecisionEdge = Edge[explain.Decision]

	// OrganizationConnection is a page of organizations.
	OrganizationConnection = Connection[organization.Organization]
	// OrganizationEdge is an organization in a page.
	OrganizationEdge = Edge[organization.Organization]

	// WebhookConnection is a page of webhooks.
	WebhookConnection = Connection[webhook.Webhook]
	// WebhookEdge is a webhook in a page.
	WebhookEdge = Edge[webhook.Webhook]

	// WebhookSubscriptionConnection is a page of subscriptions of webhooks.
	WebhookSubscriptionConnection = Connection[webhook.Subscription]
	// WebhookSubscriptionEdge is a subscription of a webhook in a page.
	WebhookSubscriptionEdge = Edge[webhook.Subscription]
)

// NewConnection wraps a page. Cursors are made from the ids of its items.
func NewConnection[T any](from page.Page[T], idOf func(T) id.ID) *Connection[T] {
	out := &Connection[T]{
		Edges:    make([]Edge[T], len(from.Items)),
		Nodes:    from.Items,
		PageInfo: PageInfo{HasNextPage: from.HasNext, HasPreviousPage: from.HasPrevious},
	}

	for n, item := range from.Items {
		out.Edges[n] = Edge[T]{Cursor: page.Cursor(idOf(item).UUID()), Node: item}
	}

	if last := len(out.Edges) - 1; last >= 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[last].Cursor
	}

	return out
}
