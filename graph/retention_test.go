package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retention"
)

const (
	expungeEvent = `mutation ($input: ExpungeEventInput!) { expungeEvent(input: $input) {
		event { id payload expungedAt deliveries(first: 5) { nodes { status completedAt attempts(first: 5) { nodes {
			request { url headers { name } body } response { statusCode headers { name } body bodyTruncated }
			error { code message } } } } } }
		userErrors { code message field } } }`

	retryAgain = `mutation ($input: RetryDeliveryInput!) { retryDelivery(input: $input) {
		delivery { status } userErrors { code message field } } }`
)

func TestExpungeEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	input := vars{"input": vars{"eventId": b.mine.event}}

	for _, role := range []apikey.Role{apikey.Developer, apikey.Publisher, apikey.Viewer} {
		b.as(role, expungeEvent, input).failed("FORBIDDEN")
	}

	for _, event := range []id.ID{b.foreign.event, id.New(id.Event), b.mine.dlv} {
		b.as(apikey.Admin, expungeEvent, vars{"input": vars{"eventId": event}}).
			refused("expungeEvent", "NOT_FOUND", "eventId")
	}

	out := b.admin(expungeEvent, input)
	require.Equal(t, b.mine.event.String(), out.at("expungeEvent.event.id"))
	require.Nil(t, out.at("expungeEvent.event.payload"))
	require.NotNil(t, out.at("expungeEvent.event.expungedAt"))

	path := "expungeEvent.event.deliveries.nodes.0."
	require.Equal(t, "CANCELED", out.at(path+"status"), "it was waiting for another attempt")
	require.NotNil(t, out.at(path+"completedAt"))
	require.Equal(t, vars{
		"request":  vars{"url": "https://example.com/hook", "headers": []any{vars{"name": "X-Token"}}, "body": ""},
		"response": vars{"statusCode": 503.0, "headers": []any{}, "body": "", "bodyTruncated": false},
		"error":    vars{"code": "HTTP_STATUS", "message": "503 Service Unavailable"},
	}, out.at(path+"attempts.nodes.0"))

	// Again, by somebody else: nothing changes.
	again := b.as(apikey.Operator, expungeEvent, input).ok()
	require.Equal(t, out.at("expungeEvent"), again.at("expungeEvent"))

	audited := b.audited(nil)
	// The newest comes first, before what filling the tenant has left.
	require.Equal(t, "EVENT_EXPUNGED", audited.at("organization.auditLog.nodes.0.action"))
	require.NotEqual(t, "EVENT_EXPUNGED", audited.at("organization.auditLog.nodes.1.action"))
	require.Equal(t, b.mine.event.String(), audited.at("organization.auditLog.nodes.0.subjectId"))
	require.Equal(t, vars{"events": 1.0, "deliveries": 1.0}, audited.at("organization.auditLog.nodes.0.detail"))

	// What needs the payload is refused.
	b.as(apikey.Developer, retryAgain, vars{"input": vars{"deliveryId": b.mine.dlv}}).
		refused("retryDelivery", "PAYLOAD_GONE", "deliveryId")
	b.previewed(vars{"webhookId": b.mine.webhook, "eventIds": []any{b.mine.event}}).
		refused("webhookPreview", "PAYLOAD_GONE", "eventIds", "0")
	b.as(apikey.Developer, release, vars{"input": vars{"eventId": b.mine.event}}).
		refused("releaseQuarantinedEvent", "PAYLOAD_GONE", "eventId")

	// Another tenant's event of the same payload is another event.
	theirs := b.send(b.foreign.admin, `query ($id: ID!) { event(id: $id) { payload expungedAt } }`,
		vars{"id": b.foreign.event}).ok()
	require.Equal(t, vars{"n": 1.0}, theirs.at("event.payload"))
	require.Nil(t, theirs.at("event.expungedAt"))
}

func TestRetention_WhatIsNotKeptAnyMoreIsNull(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.attempt(&b.mine, b.mine.dlv, 2, delivery.Failed)

	const log = `query ($event: ID!, $delivery: ID!) {
		event(id: $event) { payload expungedAt }
		delivery(id: $delivery) { eventId event { id payload } attempts { nodes { request { body } } } } }`

	read := func() response { return b.admin(log, vars{"event": b.mine.event, "delivery": b.mine.dlv}) }
	drop := func(tables ...string) {
		for _, table := range tables {
			_, err := b.pool.Exec(t.Context(), "TRUNCATE "+table)
			require.NoError(t, err)
		}
	}

	require.Equal(t, `{"n":1}`, read().at("delivery.attempts.nodes.1.request.body"))

	// Payloads may be kept for a shorter time.
	drop("event_payloads", "delivery_contents")

	out := read()
	require.Nil(t, out.at("event.payload"))
	require.Nil(t, out.at("event.expungedAt"), "nobody has erased it")
	require.Equal(t, b.mine.event.String(), out.at("delivery.event.id"))
	require.Empty(t, out.at("delivery.attempts.nodes.0.request.body"))

	b.as(apikey.Developer, retryAgain, vars{"input": vars{"deliveryId": b.mine.dlv}}).
		refused("retryDelivery", "PAYLOAD_GONE", "deliveryId")

	// A replay outlives its event.
	drop("events")

	out = read()
	require.Nil(t, out.at("event"))
	require.Nil(t, out.at("delivery.event"))
	require.Equal(t, b.mine.event.String(), out.at("delivery.eventId"))
}

func TestRetention_IsShownWithTheLimits(t *testing.T) {
	t.Parallel()

	b := setup(t).with(func(deps *graph.Deps) { deps.Retention = retention.Policy{LogDays: 90, PayloadDays: 7} })

	for _, role := range []apikey.Role{apikey.Admin, apikey.Developer, apikey.Operator, apikey.Viewer} {
		out := b.as(role, `query ($id: ID!) { organization(id: $id) { limits { retentionDays payloadRetentionDays } } }`,
			vars{"id": b.mine.org}).ok()
		require.Equal(t, vars{"retentionDays": 90.0, "payloadRetentionDays": 7.0}, out.at("organization.limits"))
	}
}
