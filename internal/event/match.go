package event

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
)

// stepsPerEvent is what all filters and conditions that look at one event may take together: some 0.25 seconds. It is
// far beyond what people write, and keeps one organization's expressions from holding up the others.
const stepsPerEvent = 5 * expression.MaxSteps

// Facts are what expressions know of an event, with the budget that they share.
func (e Event) Facts() expression.Event {
	return expression.Event{
		ID: e.ID.String(), Type: e.Type, OccurredAt: e.OccurredAt, CreatedAt: e.CreatedAt, Test: e.Test,
		ResourceIDs: e.ResourceIDs, Data: expression.NewData(e.Payload), Budget: expression.NewBudget(stepsPerEvent),
	}
}

// match returns a delivery for each webhook that has a subscription which matches. The plan has the subscriptions in
// the order in which they decide.
func (s *Service) match(ctx context.Context, e Event, facts expression.Event, known plan) []draftDelivery {
	var out []draftDelivery

	for n, hook := range known.WebhookIds {
		if len(out) > 0 && out[len(out)-1].webhookID == id.Webhook.From(hook) {
			continue
		}

		if !e.IsFor(id.Webhook.From(hook)) {
			continue
		}

		subscription := id.Subscription.From(known.SubscriptionIds[n])

		if !Listed(known.ResourceIds[n], e.ResourceIDs) || !s.passes(ctx, subscription, known.Filters[n], e, facts) {
			continue
		}

		out = append(out, draftDelivery{
			id:             id.New(id.Delivery),
			webhookID:      id.Webhook.From(hook),
			subscriptionID: subscription,
			held:           delivery.HeldReason(known.HeldReasons[n]),
			origin:         delivery.OriginPublish,
			maxAttempts:    known.MaxAttempts[n],
		})
	}

	return out
}

// Listed tells whether one of an event's resources is among those wanted, which are separated by line feeds. None
// wanted means that it does not matter.
func Listed(wanted string, of []string) bool {
	if wanted == "" {
		return true
	}

	list := strings.Split(wanted, "\n")

	return slices.ContainsFunc(of, func(one string) bool { return slices.Contains(list, one) })
}

// passes tells whether an event passes a filter. One that cannot be worked out lets the event pass: a receiver can
// ignore an event too many, but nobody notices one that is missing.
func (s *Service) passes(
	ctx context.Context, subscription id.ID, filter string, e Event, facts expression.Event,
) bool {
	if filter == "" {
		return true
	}

	matched, err := s.holds(filter, facts)
	if err != nil {
		s.log.WarnContext(ctx, "a filter failed, and the event was let through",
			slog.String("event", e.ID.String()), slog.String("event_type", e.Type),
			slog.String("subscription", subscription.String()), reason(err))

		return true
	}

	return matched
}

// holds tells whether a condition is true of an event. What the event does not have is not true of it.
func (s *Service) holds(condition string, facts expression.Event) (bool, error) {
	compiled, err := s.expressions.Condition(condition)
	if err != nil {
		return false, err
	}

	holds, err := compiled.Match(facts)
	if failed, ok := errors.AsType[*expression.EvalError](err); ok && failed.Kind == expression.MissingData {
		return false, nil
	}

	return holds, err
}

// reason says in the log why an expression failed. What the error itself says may quote the payload.
func reason(err error) slog.Attr {
	if failed, ok := errors.AsType[*expression.EvalError](err); ok {
		return slog.String("reason", string(failed.Kind))
	}

	return slog.String("error", err.Error())
}

// derive returns the events that are derived from another.
func (s *Service) derive(
	ctx context.Context, from *draftEvent, facts expression.Event, known plan,
) ([]*draftEvent, error) {
	var out []*draftEvent

	for n, eventType := range known.DerivedNames {
		holds, err := s.holds(known.DerivedWhens[n], facts)
		if err != nil {
			// An event says that something is so, and nobody knows that.
			s.log.WarnContext(ctx, "a condition failed, and no event was derived",
				slog.String("event", from.event.ID.String()), slog.String("event_type", eventType), reason(err))
		}

		if !holds {
			continue
		}

		theirs, err := s.plan(ctx, from.event.OrganizationID, eventType)
		if err != nil {
			return nil, err
		}

		one := &draftEvent{event: from.event, keyed: from.keyed}
		one.event.ID = id.New(id.Event)
		one.event.Type = eventType
		one.event.SourceEventID = &from.event.ID
		one.event.IdempotencyKey = nil
		one.event.CreatedAt = one.event.ID.Time()

		// What filters know is of the derived event, and counts with the rest.
		theirFacts := one.event.Facts()
		theirFacts.Data, theirFacts.Budget = facts.Data, facts.Budget
		one.deliveries = s.match(ctx, one.event, theirFacts, theirs)
		out = append(out, one)
	}

	return out, nil
}
