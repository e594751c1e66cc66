package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

const showDelivery = `query ($id: ID!) { delivery(id: $id) {
	id eventType status origin heldReason attemptCount maxAttempts nextAttemptAt lastResponseStatus temporalUrl
	completedAt lastError { code message } event { id } webhook { id } subscription { id }
	lastAttempt { id number trigger status startedAt durationMs remoteIp
		timings { dnsMs connectMs tlsMs firstByteMs }
		request { method url headers { name value } body }
		response { statusCode headers { name value } body bodyEncoding bodyTruncated }
		error { code message } delivery { id } }
	attempts(first: 1) { nodes { number } pageInfo { hasNextPage } } } }`

func TestDelivery_ShowsWhatHappened(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	last := b.attempt(&b.mine, b.mine.dlv, 2, delivery.Retrying)

	out := b.admin(showDelivery, vars{"id": b.mine.dlv})

	require.Equal(t, "RETRYING", out.at("delivery.status"))
	require.Equal(t, "PUBLISH", out.at("delivery.origin"))
	require.Nil(t, out.at("delivery.heldReason"))
	require.Nil(t, out.at("delivery.completedAt"))
	require.NotNil(t, out.at("delivery.nextAttemptAt"))
	require.EqualValues(t, 2, out.at("delivery.attemptCount"))
	require.EqualValues(t, 503, out.at("delivery.lastResponseStatus"))
	require.Equal(t, "HTTP_STATUS", out.at("delivery.lastError.code"))
	require.Equal(t, "http://temporal.example.com/namespaces/default/workflows/"+b.mine.dlv.String(),
		out.at("delivery.temporalUrl"))
	require.Equal(t, b.mine.event.String(), out.at("delivery.event.id"))
	require.Equal(t, b.mine.webhook.String(), out.at("delivery.webhook.id"))
	require.Equal(t, b.mine.sub.String(), out.at("delivery.subscription.id"))
	require.EqualValues(t, 2, out.at("delivery.attempts.nodes.0.number"))
	require.Equal(t, true, out.at("delivery.attempts.pageInfo.hasNextPage"))

	require.Equal(t, last.ID.String(), out.at("delivery.lastAttempt.id"))
	require.Equal(t, b.mine.dlv.String(), out.at("delivery.lastAttempt.delivery.id"))
	require.Equal(t, "AUTOMATIC", out.at("delivery.lastAttempt.trigger"))
	require.Equal(t, "FAILED", out.at("delivery.lastAttempt.status"))
	require.InDelta(t, 12.345, out.at("delivery.lastAttempt.durationMs"), 1e-9)
	require.Equal(t, "203.0.113.7", out.at("delivery.lastAttempt.remoteIp"))
	require.Equal(t, vars{"dnsMs": 1.5, "connectMs": nil, "tlsMs": nil, "firstByteMs": nil},
		out.at("delivery.lastAttempt.timings"))
	require.Equal(t, vars{
		"method": "POST", "url": "https://example.com/hook", "body": `{"n":1}`,
		"headers": []any{vars{"name": "X-Token", "value": "***"}},
	}, out.at("delivery.lastAttempt.request"))
	require.Equal(t, vars{
		"statusCode": 503.0, "body": "busy", "bodyEncoding": "UTF8", "bodyTruncated": false,
		"headers": []any{vars{"name": "Retry-After", "value": "1"}},
	}, out.at("delivery.lastAttempt.response"))

	require.Nil(t, b.admin(showDelivery, vars{"id": id.New(id.Delivery)}).at("delivery"))
}

func TestDelivery_NextAttemptIsNullWhenItIsDue(t *testing.T) {
	t.Parallel()

	b := setup(t).with(func(d *graph.Deps) { d.TemporalUIURL = "" })
	b.fill(&b.mine)

	_, fresh := b.publish(b.mine.org)

	out := b.admin(`query ($id: ID!) { delivery(id: $id) { status nextAttemptAt lastAttempt { id } temporalUrl } }`,
		vars{"id": fresh})
	require.Equal(t, vars{"status": "PENDING", "nextAttemptAt": nil, "lastAttempt": nil, "temporalUrl": nil},
		out.at("delivery"))
}

func TestResponseBody_IsShownHoweverItCame(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	for name, test := range map[string]struct {
		stored         []byte
		truncated      bool
		encoding, body string
	}{
		"binary":                     {[]byte{0xff, 0x00}, false, "BASE64", "/wA="},
		"binary and cut off":         {[]byte{0xff, 0x00}, true, "BASE64", "/wA="},
		"broken in the middle":       {[]byte("é\xc3x"), true, "BASE64", "w6nDeA=="},
		"broken where it ends":       {[]byte("aé\xc3"), false, "BASE64", "YcOpww=="},
		"cut off between characters": {[]byte("aé"), true, "UTF8", "aé"},
		"cut off in a character":     {[]byte("aé\xf0\x9f\x98"), true, "UTF8", "aé"},
		"empty":                      {nil, false, "UTF8", ""},
		"text":                       {[]byte("né\x00"), false, "UTF8", "né\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			_, dlv := b.publish(b.mine.org)
			made := b.attempt(&b.mine, dlv, 1, delivery.Retrying)

			_, err := b.pool.Exec(t.Context(),
				"UPDATE delivery_attempts SET response_body = $1, response_truncated = $2 WHERE id = $3",
				test.stored, test.truncated, made.ID.UUID())
			require.NoError(t, err)

			out := b.admin(`query ($id: ID!) { node(id: $id) {
				... on DeliveryAttempt { response { body bodyEncoding bodyTruncated } } } }`, vars{"id": made.ID})
			require.Equal(t, vars{"body": test.body, "bodyEncoding": test.encoding, "bodyTruncated": test.truncated},
				out.at("node.response"))
		})
	}
}

func TestRetryDelivery(t *testing.T) {
	t.Parallel()

	const retry = `mutation ($input: RetryDeliveryInput!) { retryDelivery(input: $input) {
		delivery { id status nextAttemptAt } userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	out := b.admin(retry, vars{"input": vars{"deliveryId": b.mine.dlv}})
	require.Equal(t, b.mine.dlv.String(), out.at("retryDelivery.delivery.id"))
	require.Nil(t, out.at("retryDelivery.delivery.nextAttemptAt"))

	offered := b.dispatcher.offered()
	require.Equal(t, b.mine.dlv, offered[len(offered)-1].DeliveryID)
	require.True(t, offered[len(offered)-1].Wake)

	_, fresh := b.publish(b.mine.org)
	b.as(apikey.Admin, retry, vars{"input": vars{"deliveryId": fresh}}).
		refused("retryDelivery", "NOT_RETRYABLE", "deliveryId")
}

func TestCancelAndPostponeDelivery(t *testing.T) {
	t.Parallel()

	const (
		postpone = `mutation ($input: PostponeDeliveryInput!) { postponeDelivery(input: $input) {
			delivery { id status nextAttemptAt } userErrors { code message field } } }`
		cancel = `mutation ($input: CancelDeliveryInput!) { cancelDelivery(input: $input) {
			delivery { id status nextAttemptAt completedAt } userErrors { code message field } } }`
	)

	b := setup(t)
	b.fill(&b.mine)

	_, one := b.publish(b.mine.org)
	_, err := b.pool.Exec(t.Context(), `UPDATE deliveries SET status = 'RETRYING', attempt_count = 1,
		next_attempt_at = now() + interval '1 hour' WHERE id = $1`, one.UUID())
	require.NoError(t, err)

	until := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	out := b.admin(postpone, vars{"input": vars{"deliveryId": one, "until": until}})
	require.Equal(t, until, out.at("postponeDelivery.delivery.nextAttemptAt"))

	b.as(apikey.Admin, postpone, vars{"input": vars{"deliveryId": one, "until": "2020-01-01T00:00:00Z"}}).
		refused("postponeDelivery", "INVALID", "until")

	out = b.admin(cancel, vars{"input": vars{"deliveryId": one}})
	require.Equal(t, "CANCELED", out.at("cancelDelivery.delivery.status"))
	require.Nil(t, out.at("cancelDelivery.delivery.nextAttemptAt"))
	require.NotNil(t, out.at("cancelDelivery.delivery.completedAt"))

	b.as(apikey.Admin, cancel, vars{"input": vars{"deliveryId": one}}).refused("cancelDelivery", "CONFLICT", "deliveryId")
	b.as(apikey.Admin, postpone, vars{"input": vars{"deliveryId": one, "until": until}}).
		refused("postponeDelivery", "CONFLICT", "deliveryId")
}

func TestDeliveriesAndAttempts_AreFiltered(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	_, fresh := b.publish(b.mine.org)
	otherHook, _, _ := b.makeWebhook(b.mine.org, "no.*")
	both := []string{fresh.String(), b.mine.dlv.String()}
	tried := both[1:]

	const deliveries = `query ($id: ID!, $filter: DeliveryFilter) {
		organization(id: $id) { list: deliveries(filter: $filter) { nodes { id } } } }`

	const attempts = `query ($id: ID!, $filter: DeliveryAttemptFilter) {
		organization(id: $id) { list: attempts(filter: $filter) { nodes { id: delivery { id } } } } }`

	for name, test := range map[string]struct {
		query  string
		filter any
		want   []string
	}{
		"attempts":                        {attempts, nil, tried},
		"attempts by delivery":            {attempts, vars{"deliveryIds": []any{fresh}}, nil},
		"attempts by event type":          {attempts, vars{"eventTypes": []any{"item.created"}}, tried},
		"attempts by no status":           {attempts, vars{"statuses": []any{}}, nil},
		"attempts by response":            {attempts, vars{"responseStatuses": []any{503}}, tried},
		"attempts by start":               {attempts, vars{"startedAt": vars{"to": "2020-01-01T00:00:00Z"}}, nil},
		"attempts by status":              {attempts, vars{"statuses": []any{"SUCCEEDED"}}, nil},
		"attempts by webhook":             {attempts, vars{"webhookIds": []any{b.mine.webhook}}, tried},
		"deliveries":                      {deliveries, nil, both},
		"deliveries by creation":          {deliveries, vars{"createdAt": vars{"to": "2020-01-01T00:00:00Z"}}, nil},
		"deliveries by event":             {deliveries, vars{"eventIds": []any{b.mine.event}}, tried},
		"deliveries by event type":        {deliveries, vars{"eventTypes": []any{"no.such"}}, nil},
		"deliveries by malformed id":      {deliveries, vars{"eventIds": []any{"nonsense"}}, nil},
		"deliveries by null":              {deliveries, vars{"webhookIds": nil, "createdAt": nil}, both},
		"deliveries by origin":            {deliveries, vars{"origins": []any{"TEST"}}, nil},
		"deliveries by response":          {deliveries, vars{"responseStatuses": []any{503, 500}}, tried},
		"deliveries by status":            {deliveries, vars{"statuses": []any{"PENDING"}}, both[:1]},
		"deliveries by webhook":           {deliveries, vars{"webhookIds": []any{b.mine.webhook}}, both},
		"deliveries by webhook with none": {deliveries, vars{"webhookIds": []any{otherHook}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			var got []string

			out := b.admin(test.query, vars{"id": b.mine.org, "filter": test.filter})
			for _, one := range out.at("organization.list.nodes").([]any) {
				found := one.(vars)["id"]
				if of, nested := found.(vars); nested {
					found = of["id"]
				}

				got = append(got, found.(string))
			}

			require.Equal(t, test.want, got)
		})
	}
}

func TestWebhookDeliveries_AreThatWebhooksOnly(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!, $filter: DeliveryFilter) {
		webhook(id: $id) { deliveries(filter: $filter) { nodes { id } } } }`

	b := setup(t)
	b.fill(&b.mine)

	other, _, _ := b.makeWebhook(b.mine.org, "no.*")

	for name, test := range map[string]struct {
		webhook id.ID
		filter  any
		want    int
	}{
		"all":                  {b.mine.webhook, nil, 1},
		"of another":           {other, nil, 0},
		"of another by filter": {other, vars{"webhookIds": []any{b.mine.webhook}}, 0},
		"of itself by filter":  {b.mine.webhook, vars{"webhookIds": []any{b.mine.webhook, other}}, 1},
		"with a status":        {b.mine.webhook, vars{"statuses": []any{"HELD"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.admin(list, vars{"id": test.webhook, "filter": test.filter})
			require.Len(t, out.at("webhook.deliveries.nodes"), test.want)
		})
	}
}
