package e2e

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// deliveryCounts are the four numbers over Kuviq's event log, and those that wait on purpose.
type deliveryCounts struct{ Pending, InProgress, Held, Succeeded, Failed int }

func (b *testBundle) counts(t *testing.T) deliveryCounts {
	t.Helper()

	return ask[struct {
		Organization struct{ DeliveryCounts deliveryCounts }
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { deliveryCounts {
		pending inProgress held succeeded failed
	} } }`, map[string]any{"id": b.OrganizationID}).Organization.DeliveryCounts
}

func TestSeeds_KU9_FirstRetryIsAMinuteAwayAndThereAreFive(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	hook := b.webhook(t, secure(t, answers(503)).URL, nil)
	require.JSONEq(t, `{"retryPolicy": {
		"enabled": true, "delaysSeconds": [60, 300, 900, 3600, 14400], "jitterPercent": 0, "honorRetryAfter": false
	}}`, b.settingsOf(t, hook.ID, "retryPolicy { enabled delaysSeconds jitterPercent honorRetryAfter }"))
	b.publish(t, "item.created", b.sample(t, "item.created"))

	// The receiver's Retry-After of a second does not count: the page has a table.
	waiting := b.logged(t, nil, "RETRYING", 1)[0]
	require.Equal(t, "retrying", waiting.StageName)
	require.Equal(t, 6, waiting.MaxAttempts)
	require.InDelta(t, 60, waiting.NextAttemptAt.Sub(waiting.LastAttempt.StartedAt).Seconds(), 1)
}

func TestSeeds_KU9_FailsAfterTheFifthRetryAndIsOpenToRetryByHand(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := secure(t, answers(500, 500, 500, 500, 500, 500, 200))
	b.webhook(t, to.URL, retries(1, 1, 1, 1, 1))
	b.publish(t, "item.created", b.sample(t, "item.created"))

	failed := b.logged(t, map[string]any{"stages": []string{"FAILED"}}, "FAILED", 1)[0]
	require.Equal(t, "failed", failed.StageName)
	require.Equal(t, 6, failed.AttemptCount)
	require.Len(t, to.All(), 6)
	require.Equal(t, "answered 500 Internal Server Error", failed.LastError.Message)
	require.Equal(t, 500, failed.LastAttempt.Response.StatusCode)

	require.Empty(t, b.retry(t, failed.ID))
	require.Equal(t, 7, b.logged(t, nil, "SUCCEEDED", 1)[0].AttemptCount)
}

//nolint:paralleltest // it is the only one that asks for all stages at once, and should not wait for other tests' load
func TestSeeds_KU11_KU12_KU13_LogHasCountersEntriesAndFilters(t *testing.T) {
	surehook := own(t, stack.Options{Env: []string{"SUREHOOK_ROLES=api"}})
	b := seedIn(t, surehook, "kuviq")
	open := make(chan struct{})
	slow := secure(t, func(int, http.ResponseWriter, *http.Request) { <-open })
	// It has to be opened before the receiver closes, which waits for its requests.
	release := sync.OnceFunc(func() { close(open) })

	t.Cleanup(release)

	urls := map[string]string{
		"item.created": secure(t, nil).URL, "item.deleted": secure(t, answers(404)).URL,
		"item.updated": secure(t, answers(500)).URL, "user.created": slow.URL,
	}

	for eventType, url := range urls {
		b.webhook(t, url, map[string]any{"eventTypes": []string{eventType}})
		b.publish(t, eventType, b.sample(t, eventType))
	}

	// Nobody is there to send.
	require.Equal(t, deliveryCounts{Pending: 4}, b.counts(t))

	for _, one := range b.logged(t, map[string]any{"stages": []string{"PENDING"}}, "PENDING", 4) {
		require.Equal(t, "pending", one.StageName)
		require.Zero(t, one.AttemptCount)
		require.Nil(t, one.LastAttempt)
	}

	worker, err := surehook.Another(t.Context(), stack.Options{Env: []string{"SUREHOOK_ROLES=worker"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, worker.Stop()) })
	t.Cleanup(release)

	for stage, want := range map[string]struct{ eventType, word string }{
		"SENDING": {"user.created", "processing"}, "SUCCEEDED": {"item.created", "completed"},
		"FAILED": {"item.deleted", "failed"}, "RETRYING": {"item.updated", "retrying"},
	} {
		entry := b.logged(t, map[string]any{"stages": []string{stage}}, stage, 1)[0]
		require.Equal(t, want.eventType, entry.EventType)
		require.Equal(t, want.word, entry.StageName)
		require.WithinDuration(t, time.Now(), entry.CreatedAt, patience)

		switch stage {
		case "SENDING":
			require.Zero(t, entry.AttemptCount)
		case "SUCCEEDED":
			require.Equal(t, 1, entry.AttemptCount)
			require.NotNil(t, entry.CompletedAt)
			require.Nil(t, entry.LastError)
		case "FAILED":
			require.NotNil(t, entry.CompletedAt)
			require.Equal(t, "answered 404 Not Found", entry.LastError.Message)
		case "RETRYING":
			require.Nil(t, entry.CompletedAt)
			require.False(t, entry.LastAttempt.StartedAt.IsZero(), "processed: the last attempt")
			require.Equal(t, "answered 500 Internal Server Error", entry.LastError.Message)
		}
	}

	require.Equal(t, deliveryCounts{InProgress: 2, Succeeded: 1, Failed: 1}, b.counts(t))
	require.Len(t, b.log(t, nil), 4, "all of them")
	require.Len(t, b.log(t, map[string]any{"stages": []string{"SENDING", "RETRYING"}}), 2)
	require.Empty(t, b.log(t, map[string]any{"stages": []string{"PENDING"}}))

	release()
	b.logged(t, map[string]any{"stages": []string{"SUCCEEDED"}}, "SUCCEEDED", 2)
	require.Equal(t, deliveryCounts{InProgress: 1, Succeeded: 2, Failed: 1}, b.counts(t))
}

func TestSeeds_KU13_KU14_RetryByHandRequeuesAtOnceAndCanBeWatched(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := secure(t, answers(400, 200))
	hook := b.webhook(t, to.URL, nil)
	b.publish(t, "action.overdue", b.sample(t, "action.overdue"))

	first := next(t, to)
	failed := b.logged(t, nil, "FAILED", 1)[0]
	live := b.watch(t)

	b.update(t, hook.ID, settings(map[string]any{"envelope": `{"edited": true}`}))

	var requeued struct{ Delivery struct{ Status string } }

	asked := time.Now()

	change(t, b.Client, "retryDelivery", map[string]any{"deliveryId": failed.ID}, "delivery { status }", &requeued)
	require.Equal(t, "RETRYING", requeued.Delivery.Status)

	second := next(t, to)
	require.Less(t, second.At.Sub(asked), slack)
	require.Equal(t, string(first.Body), string(second.Body))

	// Its status is pushed as it changes, which is more than a refresh every thirty seconds.
	deadline := time.After(patience)

	for status := ""; status != "SUCCEEDED"; {
		select {
		case raw := <-live.Data:
			var push struct {
				Data struct {
					DeliveryUpdated struct{ ID, Status string }
				}
			}

			require.NoError(t, json.Unmarshal(raw, &push))

			if push.Data.DeliveryUpdated.ID == failed.ID {
				status = push.Data.DeliveryUpdated.Status
			}
		case <-deadline:
			require.Fail(t, "the change was not pushed")
		}
	}

	ofHook := map[string]any{"webhookIds": []string{hook.ID}}
	require.Equal(t, 2, b.logged(t, ofHook, "SUCCEEDED", 1)[0].AttemptCount)
	require.Equal(t, deliveryCounts{Succeeded: 1}, b.counts(t))
}

// watch subscribes to all deliveries of the organization.
func (b *testBundle) watch(t *testing.T) *stack.Subscription {
	t.Helper()

	live, err := b.Subscribe(t.Context(), `subscription ($org: ID!) {
		deliveryUpdated(organizationId: $org) { id status webhook { id } }
	}`, map[string]any{"org": b.OrganizationID})
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's context is over, and with it the connection, if the server has not been quicker.
		if err := live.Close(); err != nil {
			t.Log(err)
		}
	})

	return live
}

func TestSeeds_KU15_TwentyFiveWebhooksUntilAnOperatorAllowsMore(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	all := make([]string, 0, 15)

	for _, one := range b.catalog(t) {
		all = append(all, one.Name)
	}

	for range 25 {
		b.webhook(t, "https://example.com/hooks", map[string]any{"enabled": false, "eventTypes": all})
	}

	require.Equal(t, "LIMIT_EXCEEDED", b.refusal(t, "https://example.com/hooks", nil).Code)
	require.Len(t, b.list(t), 25)
	require.Len(t, b.list(t)[0].EventTypes, 15, "there is no limit to the events of a webhook")

	// Its own administrator cannot raise it.
	requireForbidden(t, b.Client, `mutation ($id: ID!) {
		updateOrganizationLimits(input: {id: $id, maxWebhooks: 26}) { userErrors { code } }
	}`, map[string]any{"id": b.OrganizationID})
	require.NoError(t, b.surehook.ChangeLimits(t.Context(), b.OrganizationID, map[string]any{"maxWebhooks": 26}))
	b.webhook(t, "https://example.com/hooks", map[string]any{"enabled": false})
	require.Equal(t, "LIMIT_EXCEEDED", b.refusal(t, "https://example.com/hooks", nil).Code)
}

func TestSeeds_KU15_AThousandRequestsAMinuteUntilAnOperatorAllowsMore(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	payload := b.sample(t, "user.updated")

	var (
		accepted atomic.Int64
		limited  atomic.Pointer[stack.UserError]
		all      sync.WaitGroup
		failed   = make(chan error, 8)
	)

	for range 8 {
		all.Go(func() {
			for limited.Load() == nil {
				refused, err := b.tryPublish(t, "user.updated", payload)

				switch {
				case err != nil:
					failed <- err

					return
				case refused != nil:
					limited.Store(refused)
				default:
					accepted.Add(1)
				}
			}
		})
	}

	all.Wait()
	close(failed)
	require.NoError(t, <-failed)

	// More than a thousand are accepted when a minute of the clock begins meanwhile.
	require.GreaterOrEqual(t, accepted.Load(), int64(1_000))
	require.Less(t, accepted.Load(), int64(2_000))
	require.Equal(t, "RATE_LIMITED", limited.Load().Code)
	require.NotNil(t, limited.Load().RetryAfterSeconds)
	require.Positive(t, *limited.Load().RetryAfterSeconds)
	require.LessOrEqual(t, *limited.Load().RetryAfterSeconds, 60)

	require.NoError(t, b.surehook.ChangeLimits(t.Context(), b.OrganizationID, map[string]any{"maxPublishPerMinute": 5_000}))

	refused, err := b.tryPublish(t, "user.updated", payload)
	require.NoError(t, err)
	require.Nil(t, refused, "it counts at once")
}

// tryPublish is for goroutines, which must not fail the test.
func (b *testBundle) tryPublish(t *testing.T, eventType string, payload any) (*stack.UserError, error) {
	t.Helper()

	var out struct {
		PublishEvent struct{ UserErrors []stack.UserError }
	}

	err := b.Do(t.Context(), `mutation ($input: PublishEventInput!) {
		publishEvent(input: $input) { userErrors { code message retryAfterSeconds } }
	}`, map[string]any{"input": map[string]any{
		"organizationId": b.OrganizationID, "eventType": eventType, "payload": payload,
	}}, &out)

	switch {
	case err != nil:
		return nil, err
	case len(out.PublishEvent.UserErrors) > 1:
		return nil, errors.New("there is more than one reason")
	case len(out.PublishEvent.UserErrors) == 1:
		return &out.PublishEvent.UserErrors[0], nil
	default:
		return nil, nil
	}
}

func TestSeeds_KU16_RecipesMakeWebhooksForOthers(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := make(map[string]*stack.Receiver)

	for _, one := range b.recipes(t) {
		to[one.Name] = secure(t, nil)
		change(t, b.Client, "createWebhook", map[string]any{
			"organizationId": b.OrganizationID, "name": one.Title, "url": to[one.Name].URL, "recipe": one.Name,
		}, "", nil)
		require.NotEmpty(t, one.URLHint)
		require.NotEmpty(t, one.Description)
	}

	require.Len(t, to, 3)

	// A custom application needs no recipe.
	to["custom"] = secure(t, nil)
	b.webhook(t, to["custom"].URL, map[string]any{"eventTypes": []string{"action.overdue"}})

	b.publish(t, "action.overdue", json.RawMessage(kuviq["action.created"]))

	require.JSONEq(t, `{"text": "*action.overdue*: Fire Extinguisher A1"}`, string(next(t, to["slack"]).Body))
	require.JSONEq(t, kuviq["action.created"], string(next(t, to["zapier"]).Body))
	require.Equal(t, "action.overdue", opened(t, next(t, to["custom"]).Body).Event)

	var card struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type string
				Body []struct{ Text string }
			}
		}
	}

	require.NoError(t, json.Unmarshal(next(t, to["microsoft-teams"]).Body, &card))
	require.Equal(t, "message", card.Type)
	require.Equal(t, "application/vnd.microsoft.card.adaptive", card.Attachments[0].ContentType)
	require.Equal(t, "AdaptiveCard", card.Attachments[0].Content.Type)
	require.Equal(t, "Fire Extinguisher A1", card.Attachments[0].Content.Body[1].Text)
}

func TestSeeds_KU16_DuplicatesCanBeTold(t *testing.T) {
	t.Parallel()

	b := seed(t, "kuviq")
	to := secure(t, answers(500, 200))
	b.webhook(t, to.URL, retries(1))
	event := b.publish(t, "user.created", b.sample(t, "user.created"))

	first, second := next(t, to), next(t, to)
	require.Equal(t, event, first.Header.Get("Surehook-Event-Id"))
	require.Equal(t, event, second.Header.Get("Surehook-Event-Id"))
	require.Equal(t, string(first.Body), string(second.Body))
}
