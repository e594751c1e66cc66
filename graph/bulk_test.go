package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

const (
	operationFields = `id kind status total processed failed skipped failures { itemId code message } maxPerSecond
		ratePerSecond estimatedCompletionAt webhook { id } event { id } requestedBy { id name } createdAt updatedAt completedAt`

	retryMany = `mutation ($input: RetryDeliveriesInput!) { retryDeliveries(input: $input) {
		bulkOperation { ` + operationFields + ` } dryRun { count sampleIds } userErrors { code message field } } }`
	recoverOne = `mutation ($input: RecoverWebhookInput!) { recoverWebhook(input: $input) {
		bulkOperation { ` + operationFields + ` } dryRun { count sampleIds } userErrors { code message field } } }`
	replayMissing = `mutation ($input: ReplayMissingInput!) { replayMissing(input: $input) {
		bulkOperation { ` + operationFields + ` } dryRun { count sampleIds } userErrors { code message field } } }`
	replayOne = `mutation ($input: ReplayEventInput!) { replayEvent(input: $input) {
		bulkOperation { ` + operationFields + ` } dryRun { count sampleIds } userErrors { code message field } } }`
	showOperation = `query ($id: ID!) { bulkOperation(id: $id) { ` + operationFields + ` } }`
)

// change is a mutation that pauses, resumes or cancels.
func change(verb string) string {
	return fmt.Sprintf(`mutation ($input: %[2]sBulkOperationInput!) { %[1]sBulkOperation(input: $input) {
		bulkOperation { id status completedAt } userErrors { code message field } } }`,
		verb, strings.ToUpper(verb[:1])+verb[1:])
}

// failed gives the tenant a delivery that has failed.
func (b *testBundle) failed() id.ID {
	b.t.Helper()

	_, dlv := b.publish(b.mine.org)
	b.attempt(&b.mine, dlv, 1, delivery.Failed)

	// The attempt says that it has taken longer than it has.
	_, err := b.pool.Exec(b.t.Context(), "UPDATE deliveries SET completed_at = created_at WHERE id = $1", dlv.UUID())
	require.NoError(b.t, err)

	return dlv
}

// step does a step of an operation, as a worker would.
func (b *testBundle) step(operation string) {
	b.t.Helper()

	one, err := id.Parse(operation)
	require.NoError(b.t, err)

	_, _, err = b.deps.BulkOperations.Step(b.t.Context(), one)
	require.NoError(b.t, err)
}

func TestBulkOperation_ShowsHowItGetsOn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	dlv := b.failed()
	out := b.admin(retryMany, vars{"input": vars{
		"organizationId": b.mine.org, "filter": vars{"webhookIds": []any{b.mine.webhook}}, "maxPerSecond": 100,
	}}).ok()
	require.Empty(t, out.at("retryDeliveries.userErrors"))
	require.Nil(t, out.at("retryDeliveries.dryRun"))

	made := out.at("retryDeliveries.bulkOperation").(vars)
	require.Equal(t, vars{
		"id": made["id"], "kind": "RETRY_DELIVERIES", "status": "RUNNING", "total": 1.0, "processed": 0.0, "failed": 0.0,
		"skipped": 0.0, "failures": []any{}, "maxPerSecond": 100.0, "ratePerSecond": nil, "estimatedCompletionAt": nil,
		"webhook": nil, "event": nil, "requestedBy": vars{"id": b.mine.key.String(), "name": "ADMIN"},
		"createdAt": made["createdAt"], "updatedAt": made["createdAt"], "completedAt": nil,
	}, made)

	operation := made["id"].(string)
	b.step(operation)
	b.step(operation)

	now := b.admin(showOperation, vars{"id": operation}).at("bulkOperation").(vars)
	require.Equal(t, "COMPLETED", now["status"])
	require.EqualValues(t, 1, now["processed"])
	require.NotNil(t, now["ratePerSecond"])
	require.NotNil(t, now["completedAt"])
	require.Nil(t, now["estimatedCompletionAt"])

	shown := b.admin(`query ($id: ID!) { delivery(id: $id) { status origin replayOf { id } bulkOperation { id kind } } }`,
		vars{"id": dlv}).at("delivery")
	require.Equal(t, vars{
		"status": "RETRYING", "origin": "PUBLISH", "replayOf": nil,
		"bulkOperation": vars{"id": operation, "kind": "RETRY_DELIVERIES"},
	}, shown)

	log := b.admin(`query ($id: ID!) { organization(id: $id) { auditLog(first: 1) { nodes {
		action subjectId apiKeyId detail } } } }`, vars{"id": b.mine.org}).at("organization.auditLog.nodes.0").(vars)
	require.Equal(t, "BULK_OPERATION_STARTED", log["action"])
	require.Equal(t, operation, log["subjectId"])
	require.Equal(t, b.mine.key.String(), log["apiKeyId"])
}

func TestBulkOperation_ShowsWhatNothingCouldBeDoneAbout(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	dlv := b.failed()
	since := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)
	operation := b.admin(recoverOne, vars{"input": vars{"webhookId": b.mine.webhook, "since": since}}).
		text("recoverWebhook.bulkOperation.id")

	_, err := b.pool.Exec(t.Context(), "DELETE FROM event_payloads")
	require.NoError(t, err)
	b.step(operation)

	now := b.admin(showOperation, vars{"id": operation}).at("bulkOperation").(vars)
	require.Equal(t, "RECOVER_WEBHOOK", now["kind"])
	require.Equal(t, vars{"id": b.mine.webhook.String()}, now["webhook"])
	require.EqualValues(t, 1, now["failed"])
	require.Equal(t, []any{vars{
		"itemId": dlv.String(), "code": "PAYLOAD_GONE", "message": "the payload of the event is not kept any more",
	}}, now["failures"])
}

func TestReplayEvent_ShowsWhatItRepeats(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	out := b.admin(replayOne, vars{"input": vars{"eventId": b.mine.event}}).ok()
	require.Equal(t, vars{"id": b.mine.event.String()}, out.at("replayEvent.bulkOperation.event"))

	// The first one, which fill has asked for, is not under way: it is this that repeats what was published.
	b.step(out.text("replayEvent.bulkOperation.id"))

	shown := b.admin(`query ($id: ID!) { event(id: $id) { deliveries(first: 1) { nodes {
		status origin replayOf { id } bulkOperation { id } subscription { id } } } } }`, vars{"id": b.mine.event})
	require.Equal(t, vars{
		"status": "PENDING", "origin": "REPLAY", "replayOf": vars{"id": b.mine.dlv.String()},
		"bulkOperation": vars{"id": out.at("replayEvent.bulkOperation.id")}, "subscription": vars{"id": b.mine.sub.String()},
	}, shown.at("event.deliveries.nodes.0"))
}

func TestBulkMutations_ADryRunCountsAndChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	dlv := b.failed()
	hook, _, _ := b.makeWebhook(b.mine.org, "item.*")
	since := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)
	before := b.rows()

	for mutation, test := range map[string]struct {
		query string
		input vars
		count int
		first id.ID
	}{
		"recoverWebhook":  {recoverOne, vars{"webhookId": b.mine.webhook, "since": since}, 1, dlv},
		"replayEvent":     {replayOne, vars{"eventId": b.mine.event}, 2, b.mine.webhook},
		"replayMissing":   {replayMissing, vars{"webhookId": hook, "since": since}, 2, b.mine.event},
		"retryDeliveries": {retryMany, vars{"organizationId": b.mine.org, "filter": vars{}}, 1, dlv},
	} {
		out := b.admin(test.query, vars{"input": with(test.input, vars{"dryRun": true})}).ok()
		require.Nil(t, out.at(mutation+".bulkOperation"), mutation)
		require.Empty(t, out.at(mutation+".userErrors"), mutation)
		require.EqualValues(t, test.count, out.at(mutation+".dryRun.count"), mutation)
		require.Len(t, out.at(mutation+".dryRun.sampleIds"), test.count, mutation)
		require.Equal(t, test.first.String(), out.at(mutation+".dryRun.sampleIds.0"), mutation)
	}

	require.Equal(t, before, b.rows())
}

func TestBulkMutations_RefuseWithTheFieldAtFault(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.failed()

	span := func(change vars) vars {
		return with(vars{"webhookId": b.mine.webhook, "since": time.Now().Add(-time.Hour).Format(time.RFC3339)}, change)
	}
	retry := func(filter, change vars) vars {
		return with(vars{"organizationId": b.mine.org, "filter": filter}, change)
	}
	future := time.Now().Add(time.Hour).Format(time.RFC3339)

	for name, test := range map[string]struct {
		query, mutation string
		input           vars
		code            string
		field           []any
	}{
		"rate of 0":        {retryMany, "retryDeliveries", retry(vars{}, vars{"maxPerSecond": 0}), "INVALID", []any{"maxPerSecond"}},
		"in flight":        {retryMany, "retryDeliveries", retry(vars{"statuses": []any{"RETRYING"}}, nil), "INVALID", []any{"filter", "statuses"}},
		"nothing matches":  {retryMany, "retryDeliveries", retry(vars{"eventTypes": []any{"no.such"}}, nil), "NOTHING_MATCHED", nil},
		"in the future":    {recoverOne, "recoverWebhook", span(vars{"since": future}), "INVALID", []any{"since"}},
		"backwards":        {replayMissing, "replayMissing", span(vars{"until": "2020-01-01T00:00:00Z"}), "INVALID", []any{"until"}},
		"nothing missing":  {replayMissing, "replayMissing", span(nil), "NOTHING_MATCHED", nil},
		"no such webhook":  {recoverOne, "recoverWebhook", span(vars{"webhookId": id.New(id.Webhook)}), "NOT_FOUND", []any{"webhookId"}},
		"no such event":    {replayOne, "replayEvent", vars{"eventId": id.New(id.Event)}, "NOT_FOUND", []any{"eventId"}},
		"no such receiver": {replayOne, "replayEvent", vars{"eventId": b.mine.event, "webhookIds": []any{"wh_1"}}, "NOT_FOUND", []any{"webhookIds", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b.in(t).as(apikey.Admin, test.query, vars{"input": test.input}).refused(test.mutation, test.code, test.field...)
		})
	}

	b.mine.event, _ = b.publish(b.mine.org)
	_, err := b.pool.Exec(t.Context(), "UPDATE events SET expunged_at = now() WHERE id = $1", b.mine.event.UUID())
	require.NoError(t, err)
	b.as(apikey.Admin, replayOne, vars{"input": vars{"eventId": b.mine.event}}).
		refused("replayEvent", "PAYLOAD_GONE", "eventId")
}

func TestBulkMutations_PauseResumeAndCancel(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	input := vars{"input": vars{"id": b.mine.operation}}
	status := func(verb string) any {
		t.Helper()

		return b.admin(change(verb), input).ok().at(verb + "BulkOperation.bulkOperation.status")
	}

	b.as(apikey.Admin, change("resume"), input).refused("resumeBulkOperation", "CONFLICT", "id")
	require.Equal(t, "PAUSED", status("pause"))
	b.as(apikey.Admin, change("pause"), input).refused("pauseBulkOperation", "CONFLICT", "id")
	require.Equal(t, "RUNNING", status("resume"))
	require.Equal(t, "CANCELED", status("cancel"))

	for _, verb := range []string{"pause", "resume", "cancel"} {
		b.as(apikey.Admin, change(verb), input).refused(verb+"BulkOperation", "CONFLICT", "id")
	}
}

func TestBulkOperations_AreListedNewestFirstAndOnlyTheTenants(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	newer := b.admin(replayOne, vars{"input": vars{"eventId": b.mine.event}}).text("replayEvent.bulkOperation.id")
	out := b.admin(`query ($id: ID!) { organization(id: $id) { bulkOperations { nodes { id } } } }`,
		vars{"id": b.mine.org})
	require.Equal(t, []string{newer, b.mine.operation.String()}, out.texts("organization.bulkOperations.nodes", "id"))

	require.Nil(t, b.admin(showOperation, vars{"id": b.foreign.operation}).at("bulkOperation"))
	require.Nil(t, b.admin(showOperation, vars{"id": id.New(id.BulkOperation)}).at("bulkOperation"))
}

func TestBulkOperation_HidesKeysFromThoseWhoMayNotSeeThem(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	mine := b.admin(replayOne, vars{"input": vars{"eventId": b.mine.event}}).text("replayEvent.bulkOperation.id")
	platform := b.as(apikey.Operator, replayOne, vars{"input": vars{"eventId": b.mine.event}}).
		text("replayEvent.bulkOperation.id")

	for role, sees := range map[apikey.Role][2]bool{
		apikey.Admin: {true, false}, apikey.Developer: {false, false}, apikey.Operator: {true, true},
		apikey.Viewer: {false, false},
	} {
		for n, operation := range []string{mine, platform} {
			by := b.as(role, showOperation, vars{"id": operation}).ok().at("bulkOperation.requestedBy")
			require.Equal(t, sees[n], by != nil, "%s, %d", role, n)
		}
	}

	// What nobody's key has asked for has none.
	require.Nil(t, b.as(apikey.Operator, showOperation, vars{"id": b.mine.operation}).at("bulkOperation.requestedBy"))
}

func TestBulkOperations_AListCostsTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()

	b := setup(t, patient)
	b.fill(&b.mine)

	for range 4 {
		b.admin(replayOne, vars{"input": vars{"eventId": b.mine.event}}).ok()
	}

	const list = `query ($id: ID!, $first: Int!) { organization(id: $id) { bulkOperations(first: $first) { nodes {
		` + operationFields + ` } } } }`

	for _, first := range []int{2, 5} {
		out, reads := b.reads(list, vars{"id": b.mine.org, "first": first})
		require.Len(t, out.at("organization.bulkOperations.nodes"), first)

		// The organization, by itself and for the loaders, its operations, and their event.
		require.Len(t, reads, 4, strings.Join(reads, "\n"))
	}
}

func TestBulkOperationUpdated_ShowsHowItGetsOn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	const watch = `subscription ($id: ID!) { bulkOperationUpdated(id: $id) { id status processed } }`

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watch, vars{"id": b.mine.operation})

	// What is somebody else's, or another's, is not heard.
	b.step(b.foreign.operation.String())
	b.admin(replayOne, vars{"input": vars{"eventId": b.mine.event}}).ok()
	b.admin(change("pause"), vars{"input": vars{"id": b.mine.operation}}).ok()
	require.Equal(t, vars{"id": b.mine.operation.String(), "status": "PAUSED", "processed": 0.0},
		s.next("live").ok().at("bulkOperationUpdated"))

	b.admin(change("resume"), vars{"input": vars{"id": b.mine.operation}}).ok()
	require.Equal(t, "RUNNING", s.next("live").ok().at("bulkOperationUpdated.status"))

	b.step(b.mine.operation.String())
	require.Equal(t, vars{"id": b.mine.operation.String(), "status": "COMPLETED", "processed": 1.0},
		s.next("live").ok().at("bulkOperationUpdated"))

	s.subscribe("no", watch, vars{"id": b.foreign.operation})
	require.Contains(t, string(s.read().Payload), "NOT_FOUND")
}
