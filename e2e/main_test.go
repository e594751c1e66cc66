// Package e2e tests Surehook from the outside: real processes, a real Temporal server, a real Postgres, real HTTP.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// patience bounds every wait. It is long because machines are slow, and is only ever used up by a failure.
const patience = 90 * time.Second

// secretText is in payloads, to be looked for where it must not be.
const secretText = "a payload that nobody should see in Temporal"

// shared is what most tests use together: one stack, and one installation in which each has its own organization.
var shared struct {
	stack    *stack.Stack
	surehook *stack.Surehook
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "surehook-e2e-")
	if err != nil {
		return fail(err)
	}

	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			code = fail(err)
		}
	}()

	// Postgres runs as another user when the tests run as root, and has to get to its data.
	if err := os.Chmod(dir, 0o755); err != nil {
		return fail(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()

	if shared.stack, err = stack.New(ctx, dir); err != nil {
		return fail(err)
	}

	defer func() {
		if err := shared.stack.Close(); err != nil {
			code = fail(err)
		}
	}()

	if shared.surehook, err = shared.stack.StartSurehook(ctx, stack.Options{}); err != nil {
		return fail(err)
	}

	defer func() {
		if err := shared.surehook.Stop(); err != nil {
			code = fail(err)
		}
	}()

	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)

	return 1
}

// testBundle is an organization of its own in an installation.
type testBundle struct {
	*stack.Tenant

	surehook *stack.Surehook
}

func setup(t *testing.T, eventTypes ...string) *testBundle {
	t.Helper()

	return in(t, shared.surehook, eventTypes...)
}

func in(t *testing.T, surehook *stack.Surehook, eventTypes ...string) *testBundle {
	t.Helper()

	tenant, err := surehook.NewTenant(t.Context(), t.Name(), eventTypes...)
	require.NoError(t, err)

	return &testBundle{Tenant: tenant, surehook: surehook}
}

// own starts an installation for a test that does it harm.
func own(t *testing.T, options stack.Options) *stack.Surehook {
	t.Helper()

	surehook, err := shared.stack.StartSurehook(t.Context(), options)
	require.NoError(t, err)

	t.Cleanup(func() {
		if t.Failed() {
			t.Log(surehook.Output())
		}

		require.NoError(t, surehook.Stop())
	})

	return surehook
}

func receiver(t *testing.T, respond responder) *stack.Receiver {
	t.Helper()

	out := stack.NewReceiver(respond)
	t.Cleanup(out.Close)

	return out
}

func (b *testBundle) webhook(t *testing.T, url string, input map[string]any) stack.Webhook {
	t.Helper()

	made, err := b.CreateWebhook(t.Context(), url, input)
	require.NoError(t, err)

	return made
}

// retries are the settings of a webhook that is tried again after exactly these seconds.
func retries(delays ...int) map[string]any {
	return map[string]any{"settings": map[string]any{
		"retryPolicy": map[string]any{"delaysSeconds": append([]int{}, delays...), "jitterPercent": 0},
	}}
}

func (b *testBundle) publish(t *testing.T, eventType string, payload any) string {
	t.Helper()

	event, err := b.Publish(t.Context(), eventType, payload)
	require.NoError(t, err)

	return event
}

// publishMany publishes n events, 100 at most, in one call.
func (b *testBundle) publishMany(t *testing.T, n int) {
	t.Helper()

	events := make([]map[string]any, n)
	for n := range events {
		events[n] = map[string]any{"eventType": "order.paid", "payload": map[string]any{"n": n, "text": secretText}}
	}

	var out struct {
		PublishEvents struct {
			Results []struct {
				Event struct{ ID string }
			}
			UserErrors []stack.UserError
		}
	}

	require.NoError(t, b.Do(t.Context(), `mutation ($input: PublishEventsInput!) {
		publishEvents(input: $input) { results { event { id } } userErrors { code message } }
	}`, map[string]any{"input": map[string]any{"organizationId": b.OrganizationID, "events": events}}, &out))
	require.Empty(t, out.PublishEvents.UserErrors)
	require.Len(t, out.PublishEvents.Results, n)
}

// next waits for the next request to a receiver.
func next(t *testing.T, from *stack.Receiver) stack.Received {
	t.Helper()

	select {
	case one := <-from.Requests:
		return one
	case <-time.After(patience):
		require.Fail(t, "no request came")

		return stack.Received{}
	}
}

// eventually waits until the log says what it should.
func (b *testBundle) eventually(
	t *testing.T, filter map[string]any, ready func([]stack.Delivery) bool,
) []stack.Delivery {
	t.Helper()

	var found []stack.Delivery

	require.Eventually(t, func() bool {
		var err error

		found, err = b.Deliveries(t.Context(), filter)
		require.NoError(t, err)

		return ready(found)
	}, patience, 20*time.Millisecond)

	return found
}

func allHave(status string, n int) func([]stack.Delivery) bool {
	return func(found []stack.Delivery) bool {
		for _, one := range found {
			if one.Status != status {
				return false
			}
		}

		return len(found) == n
	}
}
