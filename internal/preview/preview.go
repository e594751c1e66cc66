// Package preview shows what would be sent, without sending anything. It is what makes settings, filters and envelopes
// safe to change.
package preview

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// MaxEvents is with how many events a draft can be tried at once.
const MaxEvents = 20

// Input says what to try. One of Event, EventIDs and Last is given.
type Input struct {
	Draft webhook.DraftInput
	// Event need not exist.
	Event    *EventInput
	EventIDs []id.ID
	// Last is how many of the organization's last events to take.
	Last *int
}

// EventInput is an event that need not exist.
type EventInput struct {
	EventType   string
	Payload     json.RawMessage
	OccurredAt  *time.Time
	ResourceIDs []string
	Test        bool
}

// Result is what would become of a draft.
type Result struct {
	Previews []Preview
	Settings settings.Settings
	// Changes are what the draft changes of the webhook's settings.
	Changes []Change
}

// Preview is what would become of one event.
type Preview struct {
	// EventID is nil for an event that does not exist.
	EventID   *id.ID
	EventType string
	Matched   bool
	Reason    matching.Reason
	Detail    *string
	// Subscription is the event type or pattern of the one that decided.
	Subscription *string
	// Request is nil when nothing would be sent.
	Request *Request
	Error   *delivery.Error
	// Changes are how the request differs from the one that is sent now.
	Changes []Change
}

// Request is a request as it would be sent.
type Request struct {
	Method, URL string
	Headers     []delivery.Header
	Body        []byte
}

// Webhooks makes drafts.
type Webhooks interface {
	Draft(
		ctx context.Context, scope tenant.Scope, in webhook.DraftInput,
	) (next webhook.Draft, now *webhook.Draft, err error)
}

// Events looks events up.
type Events interface {
	ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]event.Event, error)
	List(
		ctx context.Context, scope tenant.Scope, organization id.ID, f event.Filter, q page.Query,
	) (page.Page[event.Event], error)
}

// Organizations looks organizations up.
type Organizations interface {
	Get(ctx context.Context, scope tenant.Scope, organization id.ID) (organization.Organization, error)
}

// Service makes previews. It is safe for concurrent use.
type Service struct {
	webhooks    Webhooks
	events      Events
	owners      Organizations
	renderer    *outgoing.Renderer
	expressions *expression.Cache
	client      *egress.Client
	now         func() time.Time
}

// NewService makes a service.
func NewService(
	webhooks Webhooks, events Events, owners Organizations, renderer *outgoing.Renderer, expressions *expression.Cache,
	client *egress.Client, now func() time.Time,
) *Service {
	return &Service{
		webhooks: webhooks, events: events, owners: owners, renderer: renderer, expressions: expressions, client: client,
		now: now,
	}
}

// Preview says what would become of events with a draft. Problems are those of creating or changing a webhook, and
// NOT_FOUND, REQUIRED and INVALID with the events.
func (s *Service) Preview(ctx context.Context, scope tenant.Scope, in Input) (Result, error) {
	next, now, err := s.webhooks.Draft(ctx, scope, in.Draft)
	if err != nil {
		return Result{}, err
	}

	owner, err := s.owners.Get(ctx, tenant.Of(next.Webhook.OrganizationID), next.Webhook.OrganizationID)
	if err != nil {
		return Result{}, err
	}

	events, err := s.load(ctx, owner.ID, in)
	if err != nil {
		return Result{}, err
	}

	out := Result{Settings: next.Webhook.Settings}

	if now != nil {
		if out.Changes, err = settingsChanges(now.Webhook.Settings, next.Webhook.Settings); err != nil {
			return Result{}, err
		}
	}

	for _, one := range events {
		t := trial{service: s, owner: owner, event: one, delivery: id.New(id.Delivery), at: s.now()}

		preview, err := t.run(next)
		if err != nil {
			return Result{}, err
		}

		if now != nil {
			before, err := t.run(*now)
			if err != nil {
				return Result{}, err
			}

			preview.Changes = requestChanges(before, preview)
		}

		if in.Event == nil {
			preview.EventID = &one.ID
		}

		out.Previews = append(out.Previews, preview)
	}

	return out, nil
}

// load returns the events to try.
func (s *Service) load(ctx context.Context, owner id.ID, in Input) ([]event.Event, error) {
	switch {
	case in.Event != nil && in.EventIDs == nil && in.Last == nil:
		return s.made(owner, *in.Event)
	case in.EventIDs != nil && in.Event == nil && in.Last == nil:
		return s.named(ctx, owner, in.EventIDs)
	case in.Last != nil && in.Event == nil && in.EventIDs == nil:
		return s.last(ctx, owner, *in.Last)
	default:
		return nil, problem.New(problem.Required, "one of event, eventIds and last is needed, and no more than one", "event")
	}
}

func (s *Service) made(owner id.ID, in EventInput) ([]event.Event, error) {
	payload, err := event.CheckPayload(in.Payload, organization.MostPayloadBytes, "event", "payload")

	problems, refused := problem.Of(err)
	if err != nil && !refused {
		return nil, err
	}

	if !eventtype.ValidName(in.EventType) {
		problems.Add(problem.Invalid, "must be segments of a-z, A-Z, 0-9 and _ joined by dots", "event", "eventType")
	}

	problems = append(problems, webhook.CheckResourceIDs(in.ResourceIDs, "event", "resourceIds")...)
	if err := problems.Err(); err != nil {
		return nil, err
	}

	out := event.Event{
		ID: id.New(id.Event), OrganizationID: owner, Type: in.EventType, Payload: payload, ResourceIDs: in.ResourceIDs,
		Test: in.Test, OccurredAt: s.now(), CreatedAt: s.now(),
	}

	if in.OccurredAt != nil {
		out.OccurredAt = *in.OccurredAt
	}

	return []event.Event{out}, nil
}

func (s *Service) named(ctx context.Context, owner id.ID, ids []id.ID) ([]event.Event, error) {
	if len(ids) == 0 || len(ids) > MaxEvents {
		return nil, problem.New(problem.Invalid, "must be 1 to "+strconv.Itoa(MaxEvents)+" events", "eventIds")
	}

	found, err := s.events.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}

	out := make([]event.Event, len(ids))

	for n, one := range ids {
		known, ok := found[one]
		if !ok || known.OrganizationID != owner {
			return nil, problem.Missing("event", "eventIds", strconv.Itoa(n))
		}

		if known.Payload == nil {
			return nil, problem.New(problem.PayloadGone, "the event's payload is not kept any more", "eventIds", strconv.Itoa(n))
		}

		out[n] = known
	}

	return out, nil
}

func (s *Service) last(ctx context.Context, owner id.ID, count int) ([]event.Event, error) {
	if count < 1 || count > MaxEvents {
		return nil, problem.New(problem.Invalid, "must be 1 to "+strconv.Itoa(MaxEvents)+", not "+strconv.Itoa(count), "last")
	}

	query, err := page.Args{First: &count}.Query(false)
	if err != nil {
		return nil, err
	}

	found, err := s.events.List(ctx, tenant.Of(owner), owner, event.Filter{}, query)
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}

	ids := make([]id.ID, len(found.Items))
	for n, one := range found.Items {
		ids[n] = one.ID
	}

	whole, err := s.events.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}

	var out []event.Event

	for _, one := range ids {
		// With one whose payload is gone, nothing can be tried.
		if whole[one].Payload != nil {
			out = append(out, whole[one])
		}
	}

	return out, nil
}

// trial is one event with which drafts are tried, at one moment, so that they differ by nothing but themselves.
type trial struct {
	service  *Service
	owner    organization.Organization
	event    event.Event
	delivery id.ID
	at       time.Time
}

func (t trial) run(draft webhook.Draft) (Preview, error) {
	out := t.match(draft.Subscriptions)
	if !out.Matched {
		return out.Preview, nil
	}

	request, err := t.request(draft, out.payloadQuery)
	if failed, ok := errors.AsType[*outgoing.RenderError](err); ok {
		out.Error = &delivery.Error{Code: delivery.ErrorRender, Message: failed.Error()}

		return out.Preview, nil
	}

	out.Request = request

	return out.Preview, err
}

func (t trial) request(draft webhook.Draft, payloadQuery *string) (*Request, error) {
	content, err := t.service.renderer.Render(draft.Webhook.Settings, payloadQuery, t.event.Payload, expression.Context{
		Event:     t.event.Facts(),
		WebhookID: draft.Webhook.ID.String(), WebhookName: draft.Webhook.Name,
		OrganizationID: t.owner.ID.String(), OrganizationName: t.owner.Name, OrganizationSlug: t.owner.Slug,
		DeliveryID: t.delivery.String(),
	})
	if err != nil {
		return nil, err
	}

	made, err := outgoing.Request(outgoing.Attempt{
		Webhook: draft.Webhook, Headers: draft.Headers, Keys: draft.Keys, DeliveryID: t.delivery, EventID: t.event.ID,
		EventType: t.event.Type, Number: 1, At: t.at, Content: content,
	})
	if err != nil {
		return nil, err
	}

	masked := draft.Webhook.HeaderNames

	if draft.Auth != nil {
		for _, name := range draft.Auth.HeaderNames() {
			// What it would be may have to be asked of somebody, and is not shown anyway.
			made.Header.Set(name, "***")
			masked = append(masked, name)
		}
	}

	header, err := t.service.client.AsSent(made)
	if err != nil {
		return nil, &outgoing.RenderError{Part: "url", Err: err}
	}

	return &Request{
		Method: made.Method, URL: made.URL, Headers: delivery.Headers(egress.MaskHeader(header, masked...)), Body: made.Body,
	}, nil
}
