package graph

import (
	"math"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

// How many items lists without pages are taken to have. Some may have more, but that is rare.
const (
	usualBuckets   = 24
	usualDerived   = 10
	usualProfiles  = 10
	usualRecipes   = 5
	usualResponses = 5
)

// complexity says what lists cost: as much as what is asked of each item, times how many there can be. All other fields
// cost one. A test walks the schema, so that no connection is forgotten.
func complexity() ComplexityRoot {
	var root ComplexityRoot

	root.Delivery.Attempts = plain
	root.Event.Decisions = decisions
	root.Event.Deliveries = plain
	root.Organization.APIKeys = plain
	root.Organization.AuditLog = plain
	root.Organization.BulkOperations = plain
	root.Webhook.Subscriptions = plain

	root.Organization.Attempts = ordered[delivery.AttemptFilter, model.DeliveryAttemptOrder]
	root.Organization.Deliveries = ordered[delivery.Filter, model.DeliveryOrder]
	root.Organization.Events = ordered[event.Filter, model.EventOrder]
	root.Webhook.Deliveries = ordered[delivery.Filter, model.DeliveryOrder]

	root.Organization.EventTypes = filtered[model.EventTypeFilter]
	root.Organization.Webhooks = filtered[webhook.Filter]
	root.Query.Organizations = filtered[organization.Filter]

	root.DeliveryStats.Buckets = usually(usualBuckets)
	root.DeliveryStats.Responses = usually(usualResponses)
	root.Event.DerivedEvents = usually(usualDerived)
	root.Profile.Recipes = usually(usualRecipes)
	root.PublishEventPayload.DerivedEvents = usually(usualDerived)
	root.PublishEventsResult.DerivedEvents = usually(usualDerived)
	root.Query.Profiles = usually(usualProfiles)
	root.ReleaseQuarantinedEventPayload.DerivedEvents = usually(usualDerived)

	root.Mutation.PublishEvents = func(child int, input model.PublishEventsInput) int {
		return times(len(input.Events), child)
	}
	root.Query.WebhookPreview = func(child int, input model.WebhookPreviewInput) int {
		return times(max(len(input.EventIds.Value()), or(input.Last.Value())), child)
	}

	return root
}

func usually(count int) func(child int) int {
	return func(child int) int { return times(count, child) }
}

func plain(child int, first *int, _ *string, last *int, _ *string) int {
	return times(size(first, last), child)
}

func filtered[F any](child int, first *int, _ *string, last *int, _ *string, _ *F) int {
	return times(size(first, last), child)
}

func ordered[F, O any](child int, first *int, _ *string, last *int, _ *string, _ *F, _ *O) int {
	return times(size(first, last), child)
}

// costOfDecisions is what working out who got an event costs besides the page, because filters are run for it. It keeps
// one operation from asking for more than some 20 events.
const costOfDecisions = 250

func decisions(child int, first *int, _ *string, last *int, _ *string) int {
	return min(times(size(first, last), child), math.MaxInt-costOfDecisions) + costOfDecisions
}

// size of a page that is refused does not matter, as long as it costs something.
func size(first, last *int) int {
	switch {
	case first != nil:
		return *first
	case last != nil:
		return *last
	default:
		return page.DefaultSize
	}
}

func times(count, child int) int {
	count = max(count, 1)
	if child > (math.MaxInt-1)/count {
		return math.MaxInt
	}

	return 1 + count*child
}
