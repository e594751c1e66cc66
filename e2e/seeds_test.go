package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// The tests named TestSeeds prove that Surehook is each of five products whose pages on webhooks were taken as the
// measure. A name carries the numbers of the lines that it proves; docs/profiles.md lists them all.

// seed is an organization that is one of the systems.
func seed(t *testing.T, profile string) *testBundle {
	t.Helper()

	return seedIn(t, shared.surehook, profile)
}

func seedIn(t *testing.T, surehook *stack.Surehook, profile string) *testBundle {
	t.Helper()

	tenant, err := surehook.NewTenantOf(t.Context(), t.Name(), &profile)
	require.NoError(t, err)

	return &testBundle{Tenant: tenant, surehook: surehook}
}

// secure is a receiver whose certificate comes from an authority that Surehook trusts.
func secure(t *testing.T, respond responder) *stack.Receiver {
	t.Helper()

	config, err := shared.stack.Authority.ServerTLS()
	require.NoError(t, err)

	out := stack.NewTLSReceiver(config, respond)
	t.Cleanup(out.Close)

	return out
}

// settings is an input with nothing but settings.
func settings(of map[string]any) map[string]any { return map[string]any{"settings": of} }

// with lays inputs over each other.
func with(inputs ...map[string]any) map[string]any {
	out := make(map[string]any)
	for _, one := range inputs {
		maps.Copy(out, one)
	}

	return out
}

// ask runs a query, which must not fail.
func ask[T any](t *testing.T, c stack.Client, query string, variables map[string]any) T {
	t.Helper()

	var out T

	require.NoError(t, c.Do(t.Context(), query, variables, &out))

	return out
}

// try runs a mutation that takes one input, decodes the fields asked for, and returns why it was refused, if it was.
func try(
	t *testing.T, c stack.Client, mutation string, input map[string]any, fields string, out any,
) []stack.UserError {
	t.Helper()

	inputType := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input!"
	answer := ask[map[string]json.RawMessage](t, c, "mutation ($input: "+inputType+") { "+mutation+
		"(input: $input) { "+fields+" userErrors { code message field retryAfterSeconds } } }",
		map[string]any{"input": input})

	var refused struct{ UserErrors []stack.UserError }

	require.NoError(t, json.Unmarshal(answer[mutation], &refused))

	if out != nil {
		require.NoError(t, json.Unmarshal(answer[mutation], out))
	}

	return refused.UserErrors
}

// change runs a mutation, which must not be refused.
func change(t *testing.T, c stack.Client, mutation string, input map[string]any, fields string, out any) {
	t.Helper()
	require.Empty(t, try(t, c, mutation, input, fields, out))
}

// refusal tries to make a webhook, which has to be refused for one reason.
func (b *testBundle) refusal(t *testing.T, url string, input map[string]any) stack.UserError {
	t.Helper()

	refused := try(t, b.Client, "createWebhook", with(map[string]any{
		"organizationId": b.OrganizationID, "name": "refused", "url": url, "eventTypes": []string{"*"},
	}, input), "", nil)
	require.Len(t, refused, 1)

	return refused[0]
}

// update changes a webhook.
func (b *testBundle) update(t *testing.T, webhook string, input map[string]any) {
	t.Helper()
	change(t, b.Client, "updateWebhook", with(map[string]any{"id": webhook}, input), "", nil)
}

// enable puts a webhook to use again, or takes it out of use, and returns how many deliveries that releases.
func (b *testBundle) enable(t *testing.T, webhook string, enabled bool) int {
	t.Helper()

	var out struct{ ReleasedDeliveryCount int }

	if enabled {
		change(t, b.Client, "enableWebhook", map[string]any{"id": webhook}, "releasedDeliveryCount", &out)
	} else {
		change(t, b.Client, "disableWebhook", map[string]any{"id": webhook}, "webhook { id }", &out)
	}

	return out.ReleasedDeliveryCount
}

// key is a key of the organization with another role.
func (b *testBundle) key(t *testing.T, role string) stack.Client {
	t.Helper()

	out, err := b.surehook.NewKey(t.Context(), b.OrganizationID, role)
	require.NoError(t, err)

	return out
}

// requireForbidden checks that a key may not do something.
func requireForbidden(t *testing.T, c stack.Client, query string, variables map[string]any) {
	t.Helper()

	failure, ok := errors.AsType[stack.GraphQLError](c.Do(t.Context(), query, variables, nil))
	require.True(t, ok, "it was allowed")
	require.Equal(t, "FORBIDDEN", failure.Extensions["code"])
}

// published is what came of publishing.
type published struct {
	Event               struct{ ID string }
	DerivedEvents       []struct{ ID, Type string }
	MatchedWebhookCount int
}

// post publishes with all that there is to say about an event.
func (b *testBundle) post(t *testing.T, eventType string, payload any, more map[string]any) published {
	t.Helper()

	var out published

	change(t, b.Client, "publishEvent", with(map[string]any{
		"organizationId": b.OrganizationID, "eventType": eventType, "payload": payload,
	}, more), "event { id } derivedEvents { id type } matchedWebhookCount", &out)

	return out
}

// logEntry is a row of the delivery log with all that it opens to.
type logEntry struct {
	ID, EventType, Status, Stage, StageName string
	HeldReason                              *string
	AttemptCount, MaxAttempts               int
	CreatedAt                               time.Time
	NextAttemptAt, CompletedAt              *time.Time
	LastError                               *struct{ Code, Message string }
	Event                                   struct {
		ID         string
		OccurredAt time.Time
		Test       bool
	}
	LastAttempt *logAttempt
}

// logAttempt is what a row of the log opens to.
type logAttempt struct {
	Number          int
	Status, Trigger string
	StartedAt       time.Time
	DurationMs      float64
	Error           *struct{ Code, Message string }
	Request         struct {
		Method, URL, Body string
		Headers           []struct{ Name, Value string }
	}
	Response *struct {
		StatusCode int
		Body       string
	}
}

const attemptFields = `number status trigger startedAt durationMs error { code message }
	request { method url body headers { name value } } response { statusCode body }`

// log returns the newest entries of the delivery log.
func (b *testBundle) log(t *testing.T, filter map[string]any) []logEntry {
	t.Helper()

	return ask[struct {
		Organization struct{ Deliveries struct{ Nodes []logEntry } }
	}](t, b.Client, `query ($id: ID!, $filter: DeliveryFilter) { organization(id: $id) {
		deliveries(first: 50, filter: $filter) { nodes {
			id eventType status stage stageName heldReason attemptCount maxAttempts createdAt nextAttemptAt completedAt
			lastError { code message } event { id occurredAt test } lastAttempt { `+attemptFields+` }
	} } } }`, map[string]any{"id": b.OrganizationID, "filter": filter}).Organization.Deliveries.Nodes
}

// logged waits until the log has n entries, all of that stage.
func (b *testBundle) logged(t *testing.T, filter map[string]any, stage string, n int) []logEntry {
	t.Helper()

	var found []logEntry

	require.Eventually(t, func() bool {
		found = b.log(t, filter)
		for _, one := range found {
			if one.Stage != stage {
				return false
			}
		}

		return len(found) == n
	}, patience, 50*time.Millisecond, "%d deliveries in the stage %s", n, stage)

	return found
}

// webhookState is how a webhook stands.
type webhookState struct {
	ID, Name, URL, Status             string
	DisabledReason, LastAttemptStatus *string
	Description                       *string
	EventTypes                        []string
	LastAttemptAt                     *time.Time
	SuccessRate                       *float64
	ConsecutiveFailures               int
	HeldDeliveryCount                 int
	CustomHeaders                     []struct{ Name, Value string }
	Secrets                           []struct {
		ID, Hint  string
		ExpiresAt *time.Time
	}
}

const webhookFields = `id name url status description disabledReason eventTypes lastAttemptAt lastAttemptStatus
	successRate consecutiveFailures heldDeliveryCount customHeaders { name value } secrets { id hint expiresAt }`

// list returns the list of webhooks, newest first.
func (b *testBundle) list(t *testing.T) []webhookState {
	t.Helper()

	return ask[struct {
		Organization struct {
			Webhooks struct{ Nodes []webhookState }
		}
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { webhooks { nodes { `+webhookFields+` } } } }`,
		map[string]any{"id": b.OrganizationID}).Organization.Webhooks.Nodes
}

// state returns how a webhook stands.
func (b *testBundle) state(t *testing.T, webhook string) webhookState {
	t.Helper()

	return ask[struct{ Webhook webhookState }](t, b.Client,
		`query ($id: ID!) { webhook(id: $id) { `+webhookFields+` } }`, map[string]any{"id": webhook}).Webhook
}

// settingsOf returns some of the settings of a webhook, as JSON.
func (b *testBundle) settingsOf(t *testing.T, webhook, fields string) string {
	t.Helper()

	return string(ask[struct {
		Webhook struct{ Settings json.RawMessage }
	}](t, b.Client, `query ($id: ID!) { webhook(id: $id) { settings { `+fields+` } } }`,
		map[string]any{"id": webhook}).Webhook.Settings)
}

// hexHMAC is what every page means by a signature.
func hexHMAC(secret string, content []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(content)

	return hex.EncodeToString(mac.Sum(nil))
}

// envelope is the body that three of the systems send.
type envelope struct {
	ID        string
	Event     string
	Timestamp string
	Data      json.RawMessage
}

func opened(t *testing.T, body []byte) envelope {
	t.Helper()

	var out envelope

	require.NoError(t, json.Unmarshal(body, &out), string(body))

	return out
}

// hangs answers when the test is over, or the sender has gone.
func hangs(t *testing.T) responder {
	t.Helper()

	over := t.Context()

	return func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-over.Done():
		case <-r.Context().Done():
		}
	}
}
