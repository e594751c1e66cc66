package event

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/profile"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// TestInput is a test event. Without an event type it is the one that the organization's profile has for tests. Payload
// goes before the sample; without either, the first sample is sent.
type TestInput struct {
	WebhookID  id.ID
	EventType  *string
	SampleName *string
	Payload    json.RawMessage
}

// Organizations looks organizations up.
type Organizations interface {
	Get(ctx context.Context, scope tenant.Scope, organization id.ID) (organization.Organization, error)
	ProfileOf(ctx context.Context, organization id.ID) (profile.Profile, error)
}

// Webhooks looks webhooks up.
type Webhooks interface {
	Get(ctx context.Context, scope tenant.Scope, webhook id.ID) (webhook.Webhook, error)
	ByIDs(ctx context.Context, ids []id.ID) (map[id.ID]webhook.Webhook, error)
}

// SendTest sends an event to one webhook, whatever it is subscribed to, and returns the id of the delivery. It is a
// real delivery, marked as a test.
func (s *Service) SendTest(ctx context.Context, scope tenant.Scope, in TestInput) (id.ID, error) {
	target, err := s.webhooks.Get(ctx, scope, in.WebhookID)
	if err != nil {
		return id.ID{}, err
	}

	if target.Status == webhook.Disabled {
		return id.ID{}, problem.New(problem.WebhookDisabled, "the webhook is disabled", "webhookId")
	}

	draft, err := s.testEvent(ctx, target, in)
	if err != nil {
		return id.ID{}, err
	}

	out := id.New(id.Delivery)
	draft.event.Test, draft.event.TargetWebhookIDs = true, []id.ID{target.ID}
	draft.deliveries = []draftDelivery{{
		id: out, webhookID: target.ID, origin: delivery.OriginTest,
		maxAttempts: int32(target.Settings.RetryPolicy.MaxAttempts()),
	}}

	if _, err := s.commit(ctx, target.OrganizationID, []*draftEvent{draft}); err != nil {
		return id.ID{}, err
	}

	return out, nil
}

func (s *Service) testEvent(ctx context.Context, target webhook.Webhook, in TestInput) (*draftEvent, error) {
	if in.EventType == nil {
		return s.testOfProfile(ctx, target, in)
	}

	payload, err := s.testPayload(ctx, target.OrganizationID, in)
	if err != nil {
		return nil, err
	}

	known, err := s.plan(ctx, target.OrganizationID, *in.EventType)
	if err != nil {
		return nil, err
	}

	draft, err := s.check(ctx, target.OrganizationID, Input{EventType: *in.EventType, Payload: payload}, known)
	if err != nil {
		return nil, err
	}

	// A test is to be sent, and to nobody but the webhook.
	draft.event.QuarantinedAt = nil

	return draft, nil
}

// testOfProfile makes the event that the profile has for tests. Its type is in no catalog.
func (s *Service) testOfProfile(ctx context.Context, target webhook.Webhook, in TestInput) (*draftEvent, error) {
	if in.SampleName != nil {
		return nil, problem.New(problem.Required, "must be given together with a sample", "eventType")
	}

	owner, err := s.owners.Get(ctx, tenant.Of(target.OrganizationID), target.OrganizationID)
	if err != nil {
		return nil, err
	}

	standard, err := s.owners.ProfileOf(ctx, target.OrganizationID)
	if err != nil {
		return nil, err
	}

	event := id.New(id.Event)
	draft := &draftEvent{event: Event{
		ID: event, OrganizationID: target.OrganizationID, Type: standard.TestEvent.EventType,
		OccurredAt: event.Time(), CreatedAt: event.Time(),
	}}

	payload := in.Payload
	if payload == nil {
		if payload, err = s.testData(standard.TestEvent.Data, draft.event, target, owner); err != nil {
			return nil, err
		}
	}

	draft.event.Payload, err = CheckPayload(payload, owner.Limits.MaxPayloadBytes, "payload")

	return draft, err
}

func (s *Service) testData(
	shape string, e Event, target webhook.Webhook, owner organization.Organization,
) (json.RawMessage, error) {
	compiled, err := s.expressions.Shape(shape)
	if err != nil {
		return nil, fmt.Errorf("compile test event of profile: %w", err)
	}

	e.Test, e.Payload = true, json.RawMessage("{}")

	out, err := compiled.Render(expression.Context{
		Event: e.Facts(), WebhookID: target.ID.String(), WebhookName: target.Name,
		OrganizationID: owner.ID.String(), OrganizationName: owner.Name, OrganizationSlug: owner.Slug,
	})
	if err != nil {
		return nil, fmt.Errorf("make test event of profile: %w", err)
	}

	return out, nil
}

func (s *Service) testPayload(ctx context.Context, organization id.ID, in TestInput) (json.RawMessage, error) {
	if in.Payload != nil {
		if in.SampleName != nil {
			return nil, problem.New(problem.Invalid, "must not be given together with payload", "sampleName")
		}

		return in.Payload, nil
	}

	known, err := s.types.GetByName(ctx, tenant.Of(organization), organization, *in.EventType)
	if _, missing := problem.Of(err); missing {
		return nil, problem.New(problem.UnknownEventType, fmt.Sprintf(errUnknownTypeFormat, *in.EventType), "eventType")
	}

	if err != nil {
		return nil, err
	}

	for _, sample := range known.Samples {
		if in.SampleName == nil || sample.Name == *in.SampleName {
			return sample.Payload, nil
		}
	}

	if in.SampleName != nil {
		return nil, problem.Missing("sample", "sampleName")
	}

	return nil, problem.New(problem.Required, "the event type has no samples, so a payload is needed", "payload")
}
