package stack

import (
	"context"
	"fmt"
	"maps"
)

// Tenant is an organization with a key of the role ADMIN.
type Tenant struct {
	Client

	OrganizationID string
}

// Operator talks to the API with the operator's key.
func (s *Surehook) Operator() Client { return Client{URL: s.URL, Token: s.OperatorKey} }

// NewTenant makes an organization of the standard profile, with the given event types.
func (s *Surehook) NewTenant(ctx context.Context, name string, eventTypes ...string) (*Tenant, error) {
	return s.NewTenantOf(ctx, name, nil, eventTypes...)
}

// NewTenantOf makes an organization of a profile, with the given event types besides those of the profile.
func (s *Surehook) NewTenantOf(
	ctx context.Context, name string, profile *string, eventTypes ...string,
) (*Tenant, error) {
	var made struct {
		CreateOrganization struct {
			Organization struct{ ID string }
			UserErrors   []UserError
		}
	}

	err := s.Operator().Do(ctx, `mutation ($input: CreateOrganizationInput!) {
		createOrganization(input: $input) { organization { id } userErrors { code message field } }
	}`, map[string]any{"input": map[string]any{"name": name, "profile": profile}}, &made)
	if err != nil {
		return nil, fmt.Errorf("create organization: %w", err)
	}

	if len(made.CreateOrganization.UserErrors) > 0 {
		return nil, fmt.Errorf("create organization: %v", made.CreateOrganization.UserErrors)
	}

	tenant := &Tenant{OrganizationID: made.CreateOrganization.Organization.ID}

	if tenant.Client, err = s.NewKey(ctx, tenant.OrganizationID, "ADMIN"); err != nil {
		return nil, err
	}

	for _, one := range eventTypes {
		if err := tenant.CreateEventType(ctx, one); err != nil {
			return nil, err
		}
	}

	return tenant, nil
}

// NewKey makes a key of an organization.
func (s *Surehook) NewKey(ctx context.Context, organization, role string) (Client, error) {
	var made struct {
		CreateAPIKey struct {
			Token      string
			UserErrors []UserError
		}
	}

	err := s.Operator().Do(ctx, `mutation ($input: CreateApiKeyInput!) {
		createApiKey(input: $input) { token userErrors { code message field } }
	}`, map[string]any{"input": map[string]any{"organizationId": organization, "name": "e2e", "role": role}}, &made)
	if err == nil && len(made.CreateAPIKey.UserErrors) > 0 {
		err = fmt.Errorf("%v", made.CreateAPIKey.UserErrors)
	}

	if err != nil {
		return Client{}, fmt.Errorf("create key: %w", err)
	}

	return Client{URL: s.URL, Token: made.CreateAPIKey.Token}, nil
}

// ChangeLimits changes what an organization may use, as only an operator can.
func (s *Surehook) ChangeLimits(ctx context.Context, organization string, limits map[string]any) error {
	var made struct {
		UpdateOrganizationLimits struct{ UserErrors []UserError }
	}

	input := map[string]any{"id": organization}
	maps.Copy(input, limits)

	err := s.Operator().Do(ctx, `mutation ($input: UpdateOrganizationLimitsInput!) {
		updateOrganizationLimits(input: $input) { userErrors { code message field } }
	}`, map[string]any{"input": input}, &made)
	if err == nil && len(made.UpdateOrganizationLimits.UserErrors) > 0 {
		err = fmt.Errorf("%v", made.UpdateOrganizationLimits.UserErrors)
	}

	if err != nil {
		return fmt.Errorf("change limits: %w", err)
	}

	return nil
}

// UserError is why a mutation was refused.
type UserError struct {
	Code              string
	Message           string
	Field             []string
	RetryAfterSeconds *int
}

// CreateEventType adds an event type to the catalog.
func (t *Tenant) CreateEventType(ctx context.Context, name string) error {
	var made struct {
		CreateEventType struct{ UserErrors []UserError }
	}

	err := t.Do(ctx, `mutation ($input: CreateEventTypeInput!) {
		createEventType(input: $input) { userErrors { code message field } }
	}`, map[string]any{"input": map[string]any{"organizationId": t.OrganizationID, "name": name}}, &made)
	if err == nil && len(made.CreateEventType.UserErrors) > 0 {
		err = fmt.Errorf("%v", made.CreateEventType.UserErrors)
	}

	if err != nil {
		return fmt.Errorf("create event type %s: %w", name, err)
	}

	return nil
}

// Webhook is a webhook that was made, with its secret.
type Webhook struct {
	ID     string
	Secret string
}

// CreateWebhook adds a webhook; input goes over the defaults.
func (t *Tenant) CreateWebhook(ctx context.Context, url string, input map[string]any) (Webhook, error) {
	merged := map[string]any{
		"organizationId": t.OrganizationID, "name": "receiver", "url": url, "eventTypes": []string{"*"},
	}
	maps.Copy(merged, input)

	var made struct {
		CreateWebhook struct {
			Webhook       struct{ ID string }
			SigningSecret string
			UserErrors    []UserError
		}
	}

	err := t.Do(ctx, `mutation ($input: CreateWebhookInput!) {
		createWebhook(input: $input) { webhook { id } signingSecret userErrors { code message field } }
	}`, map[string]any{"input": merged}, &made)
	if err == nil && len(made.CreateWebhook.UserErrors) > 0 {
		err = fmt.Errorf("%v", made.CreateWebhook.UserErrors)
	}

	if err != nil {
		return Webhook{}, fmt.Errorf("create webhook: %w", err)
	}

	return Webhook{ID: made.CreateWebhook.Webhook.ID, Secret: made.CreateWebhook.SigningSecret}, nil
}

// Publish publishes an event and returns its id.
func (t *Tenant) Publish(ctx context.Context, eventType string, payload any) (string, error) {
	var made struct {
		PublishEvent struct {
			Event      struct{ ID string }
			UserErrors []UserError
		}
	}

	err := t.Do(ctx, `mutation ($input: PublishEventInput!) {
		publishEvent(input: $input) { event { id } userErrors { code message field } }
	}`, map[string]any{"input": map[string]any{
		"organizationId": t.OrganizationID, "eventType": eventType, "payload": payload,
	}}, &made)
	if err == nil && len(made.PublishEvent.UserErrors) > 0 {
		err = fmt.Errorf("%v", made.PublishEvent.UserErrors)
	}

	if err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}

	return made.PublishEvent.Event.ID, nil
}

// Delivery is a row of the delivery log.
type Delivery struct {
	ID                 string
	Status             string
	AttemptCount       int
	MaxAttempts        int
	LastResponseStatus *int
	TemporalURL        *string
	Event              struct{ ID string }
	Attempts           struct{ Nodes []Attempt }
}

// Attempt is an attempt of a delivery, newest first.
type Attempt struct {
	ID         string
	Number     int
	Trigger    string
	Status     string
	StartedAt  string
	DurationMs float64
	Request    struct {
		Headers []struct{ Name, Value string }
		Body    string
	}
	Response *struct {
		StatusCode    int
		Body          string
		BodyTruncated bool
	}
	Error *struct{ Code, Message string }
}

const deliveryFields = `id status attemptCount maxAttempts lastResponseStatus temporalUrl event { id }
	attempts(first: 5) { nodes { id number trigger status startedAt durationMs error { code message }
		request { headers { name value } body } response { statusCode body bodyTruncated } } }`

// Deliveries returns the newest deliveries, 25 at most.
func (t *Tenant) Deliveries(ctx context.Context, filter map[string]any) ([]Delivery, error) {
	var found struct {
		Organization struct {
			Deliveries struct{ Nodes []Delivery }
		}
	}

	err := t.Do(ctx, `query ($id: ID!, $filter: DeliveryFilter) {
		organization(id: $id) { deliveries(filter: $filter) { nodes { `+deliveryFields+` } } }
	}`, map[string]any{"id": t.OrganizationID, "filter": filter}, &found)

	return found.Organization.Deliveries.Nodes, err
}
