package attempt

import (
	"context"
	"errors"
	"fmt"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/expression"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/outgoing"
	"github.com/surehook/surehook/internal/webhook"
)

// sent is what was sent, or would have been.
type sent struct {
	request egress.Request
	// content is what the request carries. Nil when it could not be made.
	content *delivery.Content
	// masked are headers whose values do not go into the log.
	masked []string
}

// send makes the request. That it cannot be made from the event is a result like any other; an error means that nothing
// was sent and that the receiver had no part in it.
func (r *Runner) send(ctx context.Context, w work) (sent, egress.Result, error) {
	out := sent{request: egress.Request{Method: string(w.webhook.Settings.Method), URL: w.webhook.URL}}

	made, auth, err := r.request(w)
	if failed, ok := errors.AsType[*outgoing.RenderError](err); ok {
		return out, egress.Result{
			StartedAt: r.now(), Err: &egress.Error{Code: egress.ErrorCode(delivery.ErrorRender), Message: failed.Error()},
		}, nil
	}

	if err != nil {
		return out, egress.Result{}, err
	}

	out = made
	result := r.sender.Do(ctx, fmt.Sprintf("%s/%d", w.webhookID(), w.version), auth, out.request)

	if result.Err != nil && result.Err.Code == egress.CodeCanceled {
		// The process is stopping. The receiver had no part in it, so it is no attempt of the delivery.
		return out, result, fmt.Errorf("attempt of %s was cut short: %w", w.delivery.ID, context.Cause(ctx))
	}

	return out, result, nil
}

// request builds the signed request. What it carries is that of the first attempt, if there was one.
func (r *Runner) request(w work) (sent, *endpointauth.Auth, error) {
	organization, hook := w.delivery.OrganizationID, w.webhookID()

	custom, err := webhook.OpenHeaders(r.sealer, organization, hook, w.sealedHeaders)
	if err != nil {
		return sent{}, nil, fmt.Errorf("open custom headers of %s: %w", hook, err)
	}

	auth, err := webhook.OpenAuth(r.sealer, organization, hook, w.sealedAuth)
	if err != nil {
		return sent{}, nil, fmt.Errorf("open authentication of %s: %w", hook, err)
	}

	keys, err := webhook.OpenKeys(r.sealer, organization, hook, w.secrets)
	if err != nil {
		return sent{}, nil, fmt.Errorf("open signing secrets of %s: %w", hook, err)
	}

	out := sent{content: w.content, masked: w.webhook.HeaderNames}
	if auth != nil {
		out.masked = append(auth.HeaderNames(), out.masked...)
	}

	if out.content == nil {
		content, err := r.renderer.Render(w.webhook.Settings, w.payloadQuery, w.payload, w.context())
		if err != nil {
			return sent{}, nil, err
		}

		out.content = &content
	}

	out.request, err = outgoing.Request(outgoing.Attempt{
		Webhook: w.webhook, Headers: custom, Keys: keys, DeliveryID: w.delivery.ID, EventID: w.delivery.EventID,
		EventType: w.delivery.EventType, Number: w.delivery.AttemptCount + 1, At: r.now(), Content: *out.content,
	})

	return out, auth, err
}

// context is what expressions may know.
func (w work) context() expression.Context {
	return expression.Context{
		Event: expression.Event{
			ID: id.Event.From(w.event.ID).String(), Type: w.event.EventType, OccurredAt: w.event.OccurredAt,
			CreatedAt: w.event.CreatedAt, Test: w.event.Test, ResourceIDs: w.event.ResourceIds,
		},
		WebhookID: w.webhook.ID.String(), WebhookName: w.webhook.Name,
		OrganizationID: w.webhook.OrganizationID.String(), OrganizationName: w.organization, OrganizationSlug: w.slug,
		DeliveryID: w.delivery.ID.String(),
	}
}
