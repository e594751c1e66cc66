package upkeep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/upkeep"
	"github.com/surehook/surehook/internal/webhook"
)

// webhooks remember what was done to them, and fail when they are told to.
type webhooks struct {
	// failing are those to be taken out of use, old those whose secrets are due, at most two at a time.
	failing, old []webhook.Webhook
	// due are those whose owners have yet to be told.
	due []webhook.Webhook
	// secrets are new ones whose owners have yet to be told.
	secrets []webhook.NewSecret
	// expiring are old ones whose owners have yet to be told.
	expiring []webhook.ExpiringSecret
	// recovered are those whose receivers are back.
	recovered []webhook.Recovery

	disableErr, noticesErr, givenErr, rotateErr error
	// asked are the ids that DisableFailing was called with.
	asked [][]id.ID
}

func (w *webhooks) DisableFailing(_ context.Context, only ...id.ID) ([]webhook.Webhook, error) {
	w.asked = append(w.asked, only)

	if w.disableErr != nil {
		return nil, w.disableErr
	}

	var out, rest []webhook.Webhook

	for _, one := range w.failing {
		if len(only) == 0 || slices.Contains(only, one.ID) {
			out = append(out, one)
		} else {
			rest = append(rest, one)
		}
	}

	w.failing, w.due = rest, append(w.due, out...)

	return out, nil
}

func (w *webhooks) NoticesDue(context.Context) ([]webhook.Webhook, error) {
	return slices.Clone(w.due), w.noticesErr
}

func (w *webhooks) NoticeGiven(_ context.Context, of webhook.Webhook) error {
	if w.givenErr != nil {
		return w.givenErr
	}

	w.due = slices.DeleteFunc(w.due, func(one webhook.Webhook) bool { return one.ID == of.ID })

	return nil
}

func (w *webhooks) RotateDue(context.Context) ([]webhook.Webhook, error) {
	n := min(2, len(w.old))
	out := w.old[:n]
	w.old = w.old[n:]

	for _, one := range out {
		w.secrets = append(w.secrets, webhook.NewSecret{ID: id.New(id.Secret), Webhook: one})
	}

	return out, w.rotateErr
}

func (w *webhooks) NewSecretsDue(context.Context) ([]webhook.NewSecret, error) {
	return slices.Clone(w.secrets), nil
}

func (w *webhooks) NewSecretTold(_ context.Context, secret id.ID) error {
	w.secrets = slices.DeleteFunc(w.secrets, func(one webhook.NewSecret) bool { return one.ID == secret })

	return nil
}

// published is an operational event.
type published struct {
	organization   id.ID
	eventType, key string
	data           any
}

// publisher keeps what it is given, and fails for the organizations it is told to.
type publisher struct {
	mu     sync.Mutex
	events []published
	fail   map[id.ID]error
}

func (p *publisher) PublishOperational(_ context.Context, organization id.ID, eventType, key string, data any) error {
	p.mu.Lock()
	defer p.mu.Unlock()

	if err := p.fail[organization]; err != nil {
		return err
	}

	p.events = append(p.events, published{organization, eventType, key, data})

	return nil
}

type testBundle struct {
	*upkeep.Upkeep

	webhooks   *webhooks
	deliveries *deliveries
	publisher  *publisher
	log        *bytes.Buffer
}

func setup(t *testing.T) *testBundle {
	t.Helper()

	b := &testBundle{
		webhooks: &webhooks{}, deliveries: &deliveries{}, publisher: &publisher{fail: map[id.ID]error{}},
		log: &bytes.Buffer{},
	}
	b.Upkeep = upkeep.New(b.webhooks, b.deliveries, b.publisher, slog.New(slog.NewTextHandler(b.log, nil)))

	return b
}

// disabled is a webhook that was taken out of use.
func disabled(name string) webhook.Webhook {
	return webhook.Webhook{
		ID: id.New(id.Webhook), OrganizationID: id.New(id.Organization), Name: name, URL: "https://shop.example/" + name,
		Status: webhook.Disabled, DisabledReason: new(webhook.Gone),
		DisabledAt: new(time.Date(2026, 8, 1, 12, 0, 0, 123_000, time.UTC)),
		Settings:   settings.Settings{SecretRotation: settings.Rotation{OverlapSeconds: 60}},
	}
}

func keyOf(one webhook.Webhook) string {
	return fmt.Sprintf("webhook.disabled/%s/%d", one.ID, one.DisabledAt.UnixMicro())
}

func TestUpkeep_FailedDisablesThatWebhookAndTellsItsOwner(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, other := disabled("one"), disabled("other")
	b.webhooks.failing = []webhook.Webhook{other, one}

	b.Failed(t.Context(), one.ID, id.New(id.Delivery))
	require.Equal(t, [][]id.ID{{one.ID}}, b.webhooks.asked)
	require.Equal(t, []webhook.Webhook{other}, b.webhooks.failing, "nothing was asked about the other")
	require.Equal(t, []published{{
		one.OrganizationID, "webhook.disabled", keyOf(one), map[string]any{
			"webhookId": one.ID.String(), "webhookName": "one", "url": "https://shop.example/one", "reason": "GONE",
			"disabledAt": "2026-08-01T12:00:00.000123Z",
		},
	}}, b.publisher.events)
	require.Empty(t, b.webhooks.due)
	require.Empty(t, b.log.String())
}

func TestUpkeep_FailedDoesNothingToAWebhookThatMayGoOn(t *testing.T) {
	t.Parallel()

	b := setup(t)

	b.Failed(t.Context(), id.New(id.Webhook), id.New(id.Delivery))
	require.Empty(t, b.publisher.events)
	require.Empty(t, b.log.String())
}

func TestUpkeep_FailedLeavesWhatGoesWrongToTheNextTend(t *testing.T) {
	t.Parallel()

	broken := errors.New("out of order")

	for name, test := range map[string]struct {
		fail, mend func(b *testBundle, one webhook.Webhook)
	}{
		"disabling": {
			func(b *testBundle, _ webhook.Webhook) { b.webhooks.disableErr = broken },
			func(b *testBundle, _ webhook.Webhook) { b.webhooks.disableErr = nil },
		},
		"publishing": {
			func(b *testBundle, one webhook.Webhook) { b.publisher.fail[one.OrganizationID] = broken },
			func(b *testBundle, _ webhook.Webhook) { clear(b.publisher.fail) },
		},
	} {
		b := setup(t)
		one := disabled("one")
		b.webhooks.failing = []webhook.Webhook{one}

		test.fail(b, one)
		b.Failed(t.Context(), one.ID, id.New(id.Delivery))
		require.Empty(t, b.publisher.events, name)
		require.Equal(t, 1, strings.Count(b.log.String(), "\n"), name)
		require.Contains(t, b.log.String(), one.ID.String(), name)
		require.Contains(t, b.log.String(), "out of order", name)

		test.mend(b, one)

		out, err := b.Tend(t.Context())
		require.NoError(t, err, name)
		require.Equal(t, 1, out.Notified, name)
		require.Len(t, b.publisher.events, 1, name)
		require.Empty(t, b.webhooks.due, name)
	}
}

func TestUpkeep_TendTellsEachOwnerOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one, two, earlier := disabled("one"), disabled("two"), disabled("earlier")
	b.webhooks.failing, b.webhooks.due = []webhook.Webhook{one, two}, []webhook.Webhook{earlier}

	out, err := b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Disabled: 2, Notified: 3}, out)
	require.Equal(t, [][]id.ID{nil}, b.webhooks.asked, "all webhooks were looked at")

	var keys []string
	for _, event := range b.publisher.events {
		keys = append(keys, event.key)
	}

	require.Equal(t, []string{keyOf(earlier), keyOf(one), keyOf(two)}, keys)

	out, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.Zero(t, out)
	require.Len(t, b.publisher.events, 3)
}

func TestUpkeep_TendUsesTheSameKeyWhenItDoesNotKnowThatTheOwnerWasTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := disabled("one")
	b.webhooks.due, b.webhooks.givenErr = []webhook.Webhook{one}, errors.New("out of order")

	out, err := b.Tend(t.Context())
	require.ErrorIs(t, err, b.webhooks.givenErr)
	require.Zero(t, out)

	b.webhooks.givenErr = nil

	out, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Notified: 1}, out)
	require.Len(t, b.publisher.events, 2)
	require.Equal(t, b.publisher.events[0], b.publisher.events[1], "which publishing takes for one")

	// The next time it is disabled is another occasion.
	again := one
	again.DisabledAt = new(one.DisabledAt.Add(time.Microsecond))
	b.webhooks.due = []webhook.Webhook{again}

	_, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, b.publisher.events[1].key, b.publisher.events[2].key)
}

func TestUpkeep_TendPublishesAnEventForEachSecretThatWasReplaced(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for n := range 5 {
		one := disabled(fmt.Sprintf("w%d", n))
		b.webhooks.old = append(b.webhooks.old, one)
	}

	all := slices.Clone(b.webhooks.old)

	out, err := b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Rotated: 5}, out, "as often as it takes")

	keys := map[string]bool{}

	for n, one := range b.publisher.events {
		require.Equal(t, all[n].OrganizationID, one.organization)
		require.Equal(t, "webhook.secret_rotated", one.eventType)

		data, ok := one.data.(map[string]any)
		require.True(t, ok)
		require.Equal(t, all[n].ID.String(), data["webhookId"])
		require.Equal(t, all[n].Name, data["webhookName"])
		require.Equal(t, 60, data["overlapSeconds"])
		require.Equal(t, fmt.Sprintf("webhook.secret_rotated/%s", data["secretId"]), one.key)

		keys[one.key] = true
	}

	require.Len(t, keys, 5, "each is an occasion of its own")
	require.Empty(t, b.webhooks.secrets)
}

func TestUpkeep_TendDoesEachPartWithoutTheOthersAndJoinsWhatFails(t *testing.T) {
	t.Parallel()

	b := setup(t)
	sick, well := disabled("sick"), disabled("well")
	b.webhooks.due = []webhook.Webhook{sick, well}
	b.webhooks.old = []webhook.Webhook{sick, well}
	b.webhooks.disableErr, b.webhooks.rotateErr = errors.New("no disabling"), errors.New("no rotation")
	b.webhooks.noticesErr = errors.New("not all notices")
	b.publisher.fail[sick.OrganizationID] = errors.New("no publishing")

	out, err := b.Tend(t.Context())
	require.Equal(t, upkeep.Result{Rotated: 2, Notified: 1}, out)

	for _, one := range []error{
		b.webhooks.disableErr, b.webhooks.rotateErr, b.webhooks.noticesErr, b.publisher.fail[sick.OrganizationID],
	} {
		require.ErrorIs(t, err, one)
	}

	require.Contains(t, err.Error(), sick.ID.String())
	require.Len(t, b.publisher.events, 2, "the well one's")
	require.Equal(t, []webhook.Webhook{sick}, b.webhooks.due)
	require.Len(t, b.webhooks.secrets, 1, "the sick one's owner is told later")

	b.webhooks.disableErr, b.webhooks.rotateErr, b.webhooks.noticesErr = nil, nil, nil
	clear(b.publisher.fail)

	out, err = b.Tend(t.Context())
	require.NoError(t, err)
	require.Equal(t, upkeep.Result{Notified: 1}, out)
	require.Empty(t, b.webhooks.due)
	require.Empty(t, b.webhooks.secrets)
	require.Len(t, b.publisher.events, 4)
}

func TestTend_DoesTheChoresWhateverElseGoesWrong(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhooks.disableErr = errors.New("no webhooks today")

	var done []string

	chore := func(name string, err error) upkeep.Chore {
		return func(context.Context) error {
			done = append(done, name)

			return err
		}
	}

	busy := upkeep.New(b.webhooks, b.deliveries, b.publisher, slog.New(slog.DiscardHandler),
		chore("one", errors.New("no figures today")), chore("two", nil))

	_, err := busy.Tend(t.Context())
	require.ErrorContains(t, err, "no webhooks today")
	require.ErrorContains(t, err, "no figures today")
	require.Equal(t, []string{"one", "two"}, done)
}
