package event

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// TestInput is a test event. Payload goes before the sample; without either, the first sample is sent.
type TestInput struct {
	WebhookID  id.ID
	EventType  string
	SampleName *string
	Payload    json.RawMessage
}

// Webhooks looks webhooks up.
type Webhooks interface {
	Get(ctx context.Context, scope tenant.Scope, webhook id.ID) (webhook.Webhook, error)
}

// SendTest sends an event to one webhook, whatever it is subscribed to, and returns the id of the delivery. It is a
// real delivery, marked as a test.
func (s *Service) SendTest(ctx context.Context, scope tenant.Scope, in TestInput) (id.ID, error) {
	target, err := s.webhooks.Get(ctx, scope, in.WebhookID)
	if err != nil {
		return id.ID{}, err
	}

	if target.Status != webhook.Enabled {
		return id.ID{}, problem.New(problem.WebhookDisabled, "the webhook is disabled", "webhookId")
	}

	payload, err := s.testPayload(ctx, target.OrganizationID, in)
	if err != nil {
		return id.ID{}, err
	}

	known, err := s.plan(ctx, target.OrganizationID, in.EventType)
	if err != nil {
		return id.ID{}, err
	}

	draft, err := s.check(ctx, target.OrganizationID, Input{EventType: in.EventType, Payload: payload}, known)
	if err != nil {
		return id.ID{}, err
	}

	out := id.New(id.Delivery)
	draft.event.Test = true
	draft.deliveries = []draftDelivery{{
		id: out, webhookID: target.ID, origin: delivery.OriginTest, maxAttempts: int32(len(target.RetryDelaysSeconds)) + 1,
	}}

	if _, err := s.commit(ctx, target.OrganizationID, []*draftEvent{draft}); err != nil {
		return id.ID{}, err
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

	known, err := s.types.GetByName(ctx, tenant.Of(organization), organization, in.EventType)
	if _, missing := problem.Of(err); missing {
		return nil, problem.New(problem.UnknownEventType, fmt.Sprintf(errUnknownTypeFormat, in.EventType), "eventType")
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
