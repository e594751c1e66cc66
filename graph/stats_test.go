package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

const figures = `succeeded failed canceled attempts retries failedAttempts successRate averageDurationMs p50DurationMs
	p95DurationMs p99DurationMs`

// since is an argument for what happened since so long ago.
func since(d time.Duration) vars {
	return vars{"from": time.Now().Add(-d).UTC().Format(time.RFC3339Nano)}
}

func TestStats_OfAWebhookAndItsOrganization(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)
	b.attempt(&b.mine, b.mine.dlv, 2, delivery.Succeeded)

	_, waiting := b.publish(b.mine.org)
	_, canceled := b.publish(b.mine.org)
	_, err := b.deps.Deliveries.Cancel(t.Context(), b.everywhere(), canceled)
	require.NoError(t, err)
	b.attempt(&b.mine, waiting, 1, delivery.Retrying)

	const selection = `stats(range: $range, granularity: HOUR) { ` + figures + `
		pending retrying held lastTriggeredAt responses { statusCode attempts } buckets { start end ` + figures + ` } }`

	out := b.admin(`query ($id: ID!, $range: DateTimeRange!) { webhook(id: $id) { `+selection+` organization { `+selection+` } } }`,
		vars{"id": b.mine.webhook, "range": since(2 * time.Hour)})
	of, whole := out.at("webhook.stats").(vars), out.at("webhook.organization.stats").(vars)

	for name, want := range map[string]any{
		"succeeded": 1.0, "failed": 0.0, "canceled": 1.0, "attempts": 3.0, "retries": 1.0, "failedAttempts": 3.0,
		"successRate": 1.0, "averageDurationMs": 12.345, "pending": 0.0, "retrying": 1.0, "held": 0.0,
		"responses": []any{vars{"statusCode": 503.0, "attempts": 3.0}},
	} {
		require.Equal(t, want, of[name], name)
	}

	for _, name := range []string{"p50DurationMs", "p95DurationMs", "p99DurationMs"} {
		require.InDelta(t, 12.345, of[name], 2.4, name)
	}

	require.NotNil(t, of["lastTriggeredAt"])
	require.Equal(t, of, whole, "it is the only webhook")

	buckets := of["buckets"].([]any)
	require.Len(t, buckets, 3)

	first, last := buckets[0].(vars), buckets[2].(vars)
	require.Zero(t, first["attempts"])
	require.Nil(t, first["successRate"])
	require.Nil(t, first["averageDurationMs"])
	require.Nil(t, first["p99DurationMs"])
	require.True(t, strings.HasSuffix(last["start"].(string), ":00:00Z"))

	if last["attempts"] != 0.0 { // Unless the hour has turned meanwhile.
		require.InDelta(t, 3, last["attempts"], 0)
	}
}

func TestStats_RefuseRangesThatCannotBeAnswered(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for granularity, within := range map[string]map[string]any{
		"HOUR":   {},
		"DAY":    {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
		"MINUTE": since(25 * time.Hour),
	} {
		b.send(b.mine.admin, `query ($range: DateTimeRange!, $each: Granularity!) {
			viewer { organization { stats(range: $range, granularity: $each) { attempts } } } }`,
			vars{"range": within, "each": granularity}).failed("BAD_REQUEST")
	}
}

func TestStats_OfManyWebhooksTakeOneStatement(t *testing.T) {
	t.Parallel()

	b := setup(t, patient)
	b.fill(&b.mine)

	for range 5 {
		b.makeWebhook(b.mine.org, "*")
	}

	b.tracer.take()

	out := b.admin(`query ($range: DateTimeRange!) { viewer { organization { webhooks { nodes {
		stats(range: $range, granularity: HOUR) { attempts pending retrying held lastTriggeredAt } } } } } }`,
		vars{"range": since(time.Hour)})
	require.Len(t, out.at("viewer.organization.webhooks.nodes"), 6)

	asked := 0

	for _, sql := range b.tracer.take() {
		asked += strings.Count(sql, "-- name: StatsOfWebhooks") + strings.Count(sql, "-- name: OpenOfWebhooks") +
			strings.Count(sql, "-- name: WebhookActivity")
	}

	require.Equal(t, 3, asked)
}

const watchStats = `subscription ($id: ID!, $minutes: Int! = 60, $seconds: Int! = 1) {
	webhookStats(webhookId: $id, windowMinutes: $minutes, intervalSeconds: $seconds) {
		attempts pending retrying buckets { attempts } } }`

func TestWebhookStats_AreSentAtOnceAndWhenTheyHaveChanged(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.tokens[apikey.Viewer])
	s.subscribe("live", watchStats, vars{"id": b.mine.webhook, "minutes": 3})

	first := s.next("live").ok()
	require.Equal(t, vars{"ready": true}, first.Extensions)
	require.EqualValues(t, 1, first.at("webhookStats.attempts"))
	require.EqualValues(t, 1, first.at("webhookStats.retrying"))
	require.GreaterOrEqual(t, len(first.at("webhookStats.buckets").([]any)), 3)

	// What changes nothing is not sent, however often it is hinted at.
	b.touch(b.mine.dlv)()

	next := s.after(func() { b.publish(b.mine.org) }).ok()
	require.Empty(t, next.Extensions)
	require.EqualValues(t, 1, next.at("webhookStats.attempts"))
	require.EqualValues(t, 1, next.at("webhookStats.pending"))

	started := time.Now()
	next = s.after(func() { b.attempt(&b.mine, b.mine.dlv, 2, delivery.Succeeded) }).ok()
	require.Greater(t, time.Since(started), 500*time.Millisecond, "not more often than every second")
	require.EqualValues(t, 2, next.at("webhookStats.attempts"))
	require.EqualValues(t, 0, next.at("webhookStats.retrying"))
}

func TestWebhookStats_RefuseWhatCannotBe(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	for name, test := range map[string]struct {
		of   vars
		code string
	}{
		"no window":         {vars{"id": b.mine.webhook, "minutes": 0}, "BAD_REQUEST"},
		"too long a window": {vars{"id": b.mine.webhook, "minutes": 1441}, "BAD_REQUEST"},
		"no interval":       {vars{"id": b.mine.webhook, "seconds": 0}, "BAD_REQUEST"},
		"too rare":          {vars{"id": b.mine.webhook, "seconds": 3601}, "BAD_REQUEST"},
		"nobody's":          {vars{"id": id.New(id.Webhook)}, "NOT_FOUND"},
		"malformed":         {vars{"id": "nonsense"}, "NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.in(t).streamed(b.mine.admin, watchStats, test.of).failed(test.code)
		})
	}

	b.streamed(b.foreign.admin, watchStats, vars{"id": b.mine.webhook}).failed("NOT_FOUND")
}
