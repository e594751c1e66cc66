// Package model holds the types of the API that are no types of the domain: scalars, connections, and what gqlgen
// generates for inputs and payloads.
package model

import (
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
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

// The connections of the schema and their edges.
type (
	APIKeyConnection              = Connection[apikey.Key]
	APIKeyEdge                    = Edge[apikey.Key]
	DeliveryAttemptConnection     = Connection[delivery.Attempt]
	DeliveryAttemptEdge           = Edge[delivery.Attempt]
	DeliveryConnection            = Connection[delivery.Delivery]
	DeliveryEdge                  = Edge[delivery.Delivery]
	EventConnection               = Connection[event.Event]
	EventEdge                     = Edge[event.Event]
	EventTypeConnection           = Connection[eventtype.EventType]
	EventTypeEdge                 = Edge[eventtype.EventType]
	OrganizationConnection        = Connection[organization.Organization]
	OrganizationEdge              = Edge[organization.Organization]
	WebhookConnection             = Connection[webhook.Webhook]
	WebhookEdge                   = Edge[webhook.Webhook]
	WebhookSubscriptionConnection = Connection[webhook.Subscription]
	WebhookSubscriptionEdge       = Edge[webhook.Subscription]
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
