package db_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
)

// What was added to the foundation before 0003, so that there is something in every table.
const beforeFlow = `
	INSERT INTO api_keys (id, organization_id, name, role, prefix, secret_hash, created_at)
	VALUES ('f0000000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000000', 'app', 'ADMIN', 'sk_', '\x01',
		now());
	INSERT INTO event_type_schemas VALUES ('e0000000-0000-0000-0000-000000000000', 1, '{"type": "object"}', now());
	INSERT INTO organization_profiles VALUES ('a0000000-0000-0000-0000-000000000000', '{"name": "standard"}');
	INSERT INTO publish_quotas VALUES ('a0000000-0000-0000-0000-000000000000', now(), 7);
	INSERT INTO processes VALUES ('f0000000-0000-0000-0000-000000000002', 'host', now(), now());
	INSERT INTO audit_log VALUES ('f0000000-0000-0000-0000-000000000003', 'a0000000-0000-0000-0000-000000000000', NULL,
		'WEBHOOK_DISABLED', 'wh_1', '{"a": 1}', now());
	INSERT INTO idempotency_keys VALUES ('a0000000-0000-0000-0000-000000000000', 'key',
		'00f00000-0000-0000-0000-000000000001', '\x02', now());

	UPDATE webhook_subscriptions SET filter = 'event.data.a == 2', resource_ids = '{r1,r2}', payload_query = '{ a }';

	INSERT INTO events (id, organization_id, event_type, payload, idempotency_key, test, occurred_at, created_at,
		resource_ids, source_event_id, quarantined_at, schema_mismatch)
	VALUES ('00f00000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000000',
	'a.b', '{"k":"é"}', 'key', true,
		'2026-01-01', '2026-01-02', '{r1}', '00f00000-0000-0000-0000-000000000000', '2026-01-03',
		'missing property');

	INSERT INTO deliveries (id, organization_id, event_id, webhook_id, subscription_id, event_type, status, origin,
		held_reason, attempt_count, scheduled_attempt_count, max_attempts, next_trigger, next_attempt_at, resume_at,
		last_response_status, last_error_code, last_error_message, workflow_id, claimed_by, claimed_at, created_at,
		updated_at, completed_at)
	VALUES
		('00d00000-0000-0000-0000-0000000000a1', 'a0000000-0000-0000-0000-000000000000',
			'00f00000-0000-0000-0000-000000000001', 'b0000000-0000-0000-0000-000000000002',
			'50000000-0000-0000-0000-000000000000', 'a.b', 'HELD', 'PUBLISH',
			'WEBHOOK_DISABLED', 1, 1, 3, 'MANUAL', NULL, now(), 503, 'HTTP_STATUS', 'answered 503', 'bat_1',
			'f0000000-0000-0000-0000-000000000002', now(), '2026-03-01', '2026-03-02', NULL),
		('00d00000-0000-0000-0000-0000000000a2', 'a0000000-0000-0000-0000-000000000000',
			'00f00000-0000-0000-0000-000000000001', 'b0000000-0000-0000-0000-000000000004', NULL,
			'a.b', 'CANCELED', 'PUBLISH', NULL, 0, 0, 3, 'AUTOMATIC', NULL, NULL,
			NULL, NULL, NULL, NULL, NULL, NULL, '2026-03-01', '2026-03-02', '2026-03-03');

	INSERT INTO delivery_attempts (id, organization_id, webhook_id, delivery_id, event_type, number, trigger, status,
		started_at, duration_us, dns_us, connect_us, tls_us, first_byte_us, remote_ip, method, url,
		request_headers,
		response_status, response_headers, response_body, response_truncated, error_code, error_message)
	VALUES
		('00a00000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000000',
			'b0000000-0000-0000-0000-000000000002', '00d00000-0000-0000-0000-0000000000a1', 'a.b', 1,
			'AUTOMATIC', 'FAILED', '2026-03-01', 1, 2, 3, 4, 5, '203.0.113.7',
			'POST', 'https://example.com', '[{"name": "A", "value": "1"}]', 503, '[]', '\x00ff', true, 'HTTP_STATUS',
			'answered 503'),
		('00a00000-0000-0000-0000-000000000002', 'a0000000-0000-0000-0000-000000000000',
			'b0000000-0000-0000-0000-000000000001', '00d00000-0000-0000-0000-000000000001', 'a.b', 1,
			'MANUAL', 'SUCCEEDED', '2026-03-01', 1, NULL, NULL, NULL, NULL, NULL, 'POST', 'https://example.com', '[]', 204,
			NULL, NULL, false, NULL, NULL);`

// second makes a database as it was before 0003, with something in every table.
func second(t *testing.T) (string, *pgx.Conn) {
	t.Helper()

	url := dbtest.Empty(t)

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })

	execute := func(sql string) {
		t.Helper()

		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}

	execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)")

	for n, name := range []string{"0001_foundation", "0002_profiles"} {
		text, err := os.ReadFile("migrations/" + name + ".up.sql")
		require.NoError(t, err)
		execute(string(text))

		if n == 0 {
			execute(foundation)
		}
	}

	execute("INSERT INTO schema_migrations VALUES (2, false)")
	execute(beforeFlow)

	for table, rows := range content(t, conn) {
		require.NotEmpty(t, rows, "%s has nothing in it", table)
	}

	return url, conn
}

// backToSecond takes back what came after 0002.
func backToSecond(t *testing.T, url string) {
	t.Helper()

	status, err := db.MigrationStatus(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, db.MigrateDown(t.Context(), url, int(status.Version)-2))
	requireVersion(t, url, 2)
}

// content is all that is in the tables.
func content(t *testing.T, conn *pgx.Conn) map[string][]string {
	t.Helper()

	out := make(map[string][]string)

	for _, table := range texts(t, conn, `SELECT table_name FROM information_schema.tables
		WHERE table_schema = 'public' AND table_name <> 'schema_migrations' ORDER BY 1`) {
		out[table] = texts(t, conn, "SELECT to_jsonb(t)::text FROM "+pgx.Identifier{table}.Sanitize()+" t ORDER BY 1")
	}

	return out
}

func execute(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()

	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func TestMigrations_0003UpAndDownKeepsAllThereWas(t *testing.T) {
	t.Parallel()

	url, conn := second(t)
	before, schema := content(t, conn), describe(t, url)

	require.NoError(t, db.MigrateUp(t.Context(), url))

	after := content(t, conn)
	for _, same := range []string{
		"api_keys", "audit_log", "delivery_attempts", "delivery_contents", "event_type_schemas", "event_types",
		"idempotency_keys", "organization_profiles", "organizations", "processes", "publish_quotas", "webhook_activity",
		"webhook_subscriptions",
	} {
		require.Equal(t, before[same], after[same], same)
	}

	backToSecond(t, url)
	require.Equal(t, before, content(t, conn))
	require.Equal(t, schema, describe(t, url), "nothing is left behind, and nothing is missing")

	require.NoError(t, db.MigrateUp(t.Context(), url))

	again := content(t, conn)
	for _, made := range []string{"deliveries", "events", "event_payloads", "webhooks", "webhook_secrets"} {
		require.Equal(t, after[made], again[made], made)
	}
}

func TestMigrations_0003TakesTheLogOver(t *testing.T) {
	t.Parallel()

	url, conn := second(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	require.JSONEq(t, `{"event_type":"a.b","idempotency_key":"key","test":true,"resource_ids":["r1"],"target_webhook_ids":null,
		"source_event_id":"00f00000-0000-0000-0000-000000000000","quarantined_at":true,"schema_mismatch":"missing property",
		"expunged_at":null,"terms":[],"payload":"{\"k\":\"é\"}"}`,
		row(t, conn, `SELECT event_type, idempotency_key, test, resource_ids, target_webhook_ids, source_event_id,
			quarantined_at IS NOT NULL AS quarantined_at, schema_mismatch, expunged_at, terms, payload::text
			FROM events JOIN event_payloads ON event_id = id WHERE idempotency_key = 'key'`))

	require.JSONEq(t, `{"status":"HELD","held_reason":"WEBHOOK_DISABLED","origin":"PUBLISH","attempt_count":1,
		"scheduled_attempt_count":1,"next_trigger":"MANUAL","resume_at":true,"last_response_status":503,"workflow_id":"bat_1",
		"claimed_by":"f0000000-0000-0000-0000-000000000002","replay_of_id":null,"operation_id":null,"released_at":null,
		"notice_due":false}`,
		row(t, conn, `SELECT status, held_reason, origin, attempt_count, scheduled_attempt_count, next_trigger,
			resume_at IS NOT NULL AS resume_at, last_response_status, workflow_id, claimed_by, replay_of_id, operation_id,
			released_at, notice_due FROM deliveries WHERE right(id::text, 2) = 'a1'`))

	require.Equal(t, []string{"a.* event.data.a == 2 {r1,r2} still"}, texts(t, conn, `
		SELECT concat_ws(' ', event_type, filter, resource_ids::text, CASE WHEN valid_to IS NULL THEN 'still' END)
		FROM webhook_subscription_versions`), "what subscriptions are like by now is known from the start")
	require.Empty(t, texts(t, conn, "SELECT webhook_id::text FROM webhook_gates"), "no gate is closed")
}

func TestMigrations_0003DownLeavesNothingThatTheOlderProgramWouldNeverLookAt(t *testing.T) {
	t.Parallel()

	url, conn := second(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	execute(t, conn, `
		UPDATE webhooks SET status = 'PAUSED', paused_at = '2026-05-05' WHERE name = 'failing';
		UPDATE webhooks SET settings = settings || '{"maxRequestsPerSecond": 5, "breaker": {"failurePercent": 50}}';
		INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at)
		SELECT id, organization_id, 'BREAKER_OPEN', now(), now() FROM webhooks WHERE name = 'busy';

		UPDATE deliveries SET status = 'HELD', held_reason = 'BREAKER_OPEN', next_attempt_at = NULL
		WHERE right(id::text, 1) IN ('4', '6');
		UPDATE deliveries SET status = 'HELD', held_reason = 'WEBHOOK_PAUSED', next_attempt_at = NULL
		WHERE right(id::text, 1) = '9';
		UPDATE deliveries SET origin = 'REPLAY', replay_of_id = '00d00000-0000-0000-0000-000000000001', released_at = now()
		WHERE right(id::text, 1) = '8';
		DELETE FROM event_payloads WHERE event_id = '00f00000-0000-0000-0000-000000000001';`)

	backToSecond(t, url)

	require.Equal(t, []string{"busy ENABLED", "failing DISABLED MANUAL 2026-05-05", "gone ENABLED", "off DISABLED MANUAL 2026-02-02"},
		texts(t, conn, "SELECT concat_ws(' ', name, status, disabled_reason, disabled_at::date) FROM webhooks ORDER BY name"))
	require.Equal(t, []string{"false"},
		texts(t, conn, "SELECT DISTINCT (settings ?| '{maxRequestsPerSecond,breaker}')::text FROM webhooks"))
	require.Equal(t, []string{
		"4 RETRYING PUBLISH due", "6 PENDING PUBLISH due", "8 SUCCEEDED PUBLISH", "9 HELD PUBLISH WEBHOOK_DISABLED",
		"a1 HELD PUBLISH WEBHOOK_DISABLED",
	}, texts(t, conn, `
		SELECT concat_ws(' ', ltrim(right(id::text, 2), '0'), status, origin, held_reason,
			CASE WHEN next_attempt_at <= now() AND claimed_by IS NULL THEN 'due' END)
		FROM deliveries WHERE right(id::text, 2) IN ('04', '06', '08', '09', 'a1') ORDER BY id`),
		"what is held for its receiver to have a rest is due, since nothing else would let it go")
	require.Equal(t, []string{`{"z": 1.10, "a":2}`, "{}"}, texts(t, conn, "SELECT payload::text FROM events ORDER BY id"))
}
