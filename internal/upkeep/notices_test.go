package upkeep_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/upkeep"
	"github.com/surehook/surehook/internal/webhook"
)

// deliveries failed for good, by age. They are looked at two at a time.
type deliveries struct {
	due             []delivery.Exhausted
	dueErr, toldErr error
}

func (d *deliveries) ExhaustedDue(_ context.Context, after id.ID) ([]delivery.Exhausted, error) {
	out := slices.DeleteFunc(slices.Clone(d.due), func(one delivery.Exhausted) bool {
		return one.ID.String() <= after.String()
	})

	return out[:min(2, len(out))], d.dueErr
}

func (d *deliveries) ExhaustedNow(_ context.Context, only id.ID) ([]delivery.Exhausted, error) {
	return slices.DeleteFunc(slices.Clone(d.due), func(one delivery.Exhausted) bool { return one.ID != only }), d.dueErr
}

func (d *deliveries) ExhaustedTold(_ context.Context, told []delivery.Exhausted) error {
	if d.toldErr != nil {
		return d.toldErr
	}

	for _, one := range told {
		d.due = slices.DeleteFunc(d.due, func(other delivery.Exhausted) bool { return other.ID == one.ID })
	}

	return nil
}

func (w *webhooks) ExpiringSecrets(context.Context) ([]webhook.ExpiringSecret, error) {
	return slices.Clone(w.expiring), nil
}

func (w *webhooks) ExpiryTold(_ context.Context, secret id.ID) error {
	w.expiring = slices.DeleteFunc(w.expiring, func(one webhook.ExpiringSecret) bool { return one.ID == secret })

	return nil
}

func (w *webhooks) RecoveriesDue(context.Context) ([]webhook.Recovery, error) {
	return slices.Clone(w.recovered), nil
}

func (w *webhooks) RecoveryTold(_ context.Context, told webhook.Recovery) error {
	w.recovered = slices.DeleteFunc(w.recovered, func(one webhook.Recovery) bool {
		return one.Webhook.ID == told.Webhook.ID && one.At.Equal(told.At)
	})

	return nil
}

func exhausted() delivery.Exhausted {
	return delivery.Exhausted{
		Delivery: delivery.Delivery{
			ID: id.New(id.Delivery), OrganizationID: id.New(id.Organization), EventID: id.New(id.Event), EventType: "a.b",
			WebhookID: id.New(id.Webhook), Status: delivery.Failed, AttemptCount: 3, LastResponseStatus: new(503),
			LastError:   &delivery.Error{Code: delivery.ErrorHTTPStatus, Message: "answered 503"},
			CompletedAt: new(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)),
		},
		WebhookName: "Shop", Wanted: true,
	}
}

func exhaustedKey(one delivery.Exhausted) string {
	return fmt.Sprintf("delivery.exhausted/%s/%d", one.ID, one.AttemptCount)
}

func TestUpkeep_FailedTellsOfTheDelivery(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := exhausted(), exhausted()
	b.deliveries.due = []delivery.Exhausted{one, other}

	b.Failed(t.Context(), one.WebhookID, one.ID)
	require.Equal(t, []published{{one.OrganizationID, "delivery.exhausted", exhaustedKey(one), map[string]any{
		"deliveryId": one.ID.String(), "eventId": one.EventID.String(), "eventType": "a.b",
		"webhookId": one.WebhookID.String(), "webhookName": "Shop", "attemptCount": 3, "lastResponseStatus": new(503),
		"lastError": map[string]any{"code": "HTTP_STATUS", "message": "answered 503"}, "failedAt": "2026-08-01T12:00:00Z",
	}}}, b.publisher.events)
	require.Equal(t, []delivery.Exhausted{other}, b.deliveries.due)

	b.Failed(t.Context(), one.WebhookID, one.ID)
	require.Len(t, b.publisher.events, 1)
	require.Empty(t, b.log.String())

	b.deliveries.dueErr = errors.New("out of order")
	b.Failed(t.Context(), other.WebhookID, other.ID)
	require.Contains(t, b.log.String(), "out of order")
}

func TestUpkeep_OfExhaustedDeliveriesNothingIsToldThatMayQuoteAPayload(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := exhausted()
	one.LastResponseStatus, one.LastError = nil, &delivery.Error{Code: delivery.ErrorRender, Message: "no such key: hunter2"}
	b.deliveries.due = []delivery.Exhausted{one}

	_, err := b.Tend(t.Context())
	require.NoError(t, err)
	require.Len(t, b.publisher.events, 1)
	require.Contains(t, fmt.Sprint(b.publisher.events[0].data), "RENDER")
	require.NotContains(t, fmt.Sprint(b.publisher.events[0].data), "hunter2")
}

func TestUpkeep_TendTellsOfAllExhaustedDeliveriesThatSomebodyWantsToHearOf(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for n := range 7 {
		one := exhausted()

		switch n {
		case 1:
			one.Wanted = false
		case 2:
			one.Status = delivery.Retrying // Somebody tries it again.
		case 3:
			one.LastError = nil
			b.publisher.fail[one.OrganizationID] = errors.New("no publishing")
		}

		b.deliveries.due = append(b.deliveries.due, one)
	}

	all := slices.Clone(b.deliveries.due)

	out, err := b.Tend(t.Context())
	require.Equal(t, upkeep.Result{Exhausted: 4}, out)
	require.ErrorContains(t, err, "no publishing")
	require.ErrorContains(t, err, all[3].ID.String())
	require.Equal(t, []delivery.Exhausted{all[3]}, b.deliveries.due)

	var keys, want []string
	for _, one := range b.publisher.events {
		keys = append(keys, one.key)
	}

	for _, n := range []int{0, 4, 5, 6} {
		want = append(want, exhaustedKey(all[n]))
	}

	require.ElementsMatch(t, want, keys)

	clear(b.publisher.fail)

	b.deliveries.toldErr = errors.New("not noted")
	_, err = b.Tend(t.Context())
	require.ErrorContains(t, err, "not noted")

	b.deliveries.toldErr = nil
	out, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Exhausted: 1}, out)
	require.Equal(t, b.publisher.events[4], b.publisher.events[5], "the key is that of the occasion")
	require.Empty(t, b.deliveries.due)
}

func TestUpkeep_TendTellsOfExpiringSecrets(t *testing.T) {
	t.Parallel()

	b := setup(t)
	sick, well := disabled("sick"), disabled("well")
	ends := time.Date(2026, 8, 2, 12, 0, 0, 0, time.FixedZone("", 3_600))

	for _, of := range []webhook.Webhook{sick, well} {
		b.webhooks.expiring = append(b.webhooks.expiring, webhook.ExpiringSecret{
			ID: id.New(id.Secret), Kind: webhook.Symmetric, ExpiresAt: ends, Webhook: of,
		})
	}

	all := slices.Clone(b.webhooks.expiring)
	b.publisher.fail[sick.OrganizationID] = errors.New("no publishing")

	out, err := b.Tend(t.Context())
	require.Equal(t, upkeep.Result{Expiring: 1}, out)
	require.ErrorContains(t, err, all[0].ID.String()+": no publishing")
	require.Equal(t, []published{{
		well.OrganizationID, "webhook.secret_expiring", "webhook.secret_expiring/" + all[1].ID.String(), map[string]any{
			"webhookId": well.ID.String(), "webhookName": "well", "secretId": all[1].ID.String(), "kind": "SYMMETRIC",
			"expiresAt": "2026-08-02T11:00:00Z",
		},
	}}, b.publisher.events)

	clear(b.publisher.fail)

	out, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Expiring: 1}, out)
	require.Empty(t, b.webhooks.expiring)
}

func TestUpkeep_TendTellsOfReceiversThatAreBack(t *testing.T) {
	t.Parallel()

	b := setup(t)
	sick, well := disabled("sick"), disabled("well")
	at := time.Date(2026, 8, 2, 12, 0, 0, 0, time.UTC)
	b.webhooks.recovered = []webhook.Recovery{{Webhook: sick, At: at}, {Webhook: well, At: at}}
	b.publisher.fail[sick.OrganizationID] = errors.New("no publishing")

	out, err := b.Tend(t.Context())
	require.Equal(t, upkeep.Result{Recovered: 1}, out)
	require.ErrorContains(t, err, sick.ID.String()+": no publishing")
	require.Len(t, b.publisher.events, 1)
	require.Equal(t, well.OrganizationID, b.publisher.events[0].organization)

	clear(b.publisher.fail)

	out, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Recovered: 1}, out)
	require.Empty(t, b.webhooks.recovered)
}
