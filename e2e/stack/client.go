package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// Client talks to the GraphQL API as any other program would.
type Client struct {
	URL   string
	Token string
	HTTP  *http.Client
}

// GraphQLError is an error of a request as a whole.
type GraphQLError struct {
	Message    string         `json:"message"`
	Extensions map[string]any `json:"extensions"`
}

// Error returns the message and its code.
func (e GraphQLError) Error() string { return fmt.Sprintf("%v: %s", e.Extensions["code"], e.Message) }

// Do runs an operation and decodes its data.
func (c Client) Do(ctx context.Context, query string, variables map[string]any, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}

	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Content-Type", "application/json")

	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}

	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read response: %w", err)
	}

	answer := struct {
		Data   any            `json:"data"`
		Errors []GraphQLError `json:"errors"`
	}{Data: data}

	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("status %d is no GraphQL response: %w: %.200s", response.StatusCode, err, text)
	}

	if len(answer.Errors) > 0 {
		return answer.Errors[0]
	}

	return nil
}

// Tenant is an organization with a key of the role ADMIN.
type Tenant struct {
	Client

	OrganizationID string
}

// NewTenant makes an organization with the given event types.
func (s *Surehook) NewTenant(ctx context.Context, name string, eventTypes ...string) (*Tenant, error) {
	operator := Client{URL: s.URL, Token: s.OperatorKey}

	var made struct {
		CreateOrganization struct {
			Organization struct{ ID string }
			UserErrors   []UserError
		}
	}

	err := operator.Do(ctx, `mutation ($input: CreateOrganizationInput!) {
		createOrganization(input: $input) { organization { id } userErrors { code message field } }
	}`, map[string]any{"input": map[string]any{"name": name}}, &made)
	if err != nil {
		return nil, fmt.Errorf("create organization: %w", err)
	}

	if len(made.CreateOrganization.UserErrors) > 0 {
		return nil, fmt.Errorf("create organization: %v", made.CreateOrganization.UserErrors)
	}

	tenant := &Tenant{OrganizationID: made.CreateOrganization.Organization.ID}

	var key struct {
		CreateAPIKey struct{ Token string }
	}

	err = operator.Do(ctx, `mutation ($input: CreateApiKeyInput!) {
		createApiKey(input: $input) { token userErrors { code message field } }
	}`, map[string]any{"input": map[string]any{
		"organizationId": tenant.OrganizationID, "name": "e2e", "role": "ADMIN",
	}}, &key)
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}

	tenant.Client = Client{URL: s.URL, Token: key.CreateAPIKey.Token}

	for _, one := range eventTypes {
		if err := tenant.CreateEventType(ctx, one); err != nil {
			return nil, err
		}
	}

	return tenant, nil
}

// UserError is why a mutation was refused.
type UserError struct {
	Code    string
	Message string
	Field   []string
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
