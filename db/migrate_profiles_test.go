package db_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbtest"
)

// What was there before 0002: webhooks in all states, with the log of their deliveries.
const foundation = `
	INSERT INTO organizations (id, name, slug, created_at, updated_at)
	VALUES ('a0000000-0000-0000-0000-000000000000', 'Acme', 'acme', now(), now());

	INSERT INTO event_types (id, organization_id, name, created_at, updated_at)
	VALUES ('e0000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'a.b', now(), now());

	INSERT INTO webhooks (id, organization_id, name, url, status, timeout_seconds, retry_delays_seconds,
		retry_jitter_percent, header_names, sealed_headers, created_at, updated_at, deleted_at)
	SELECT id::uuid, 'a0000000-0000-0000-0000-000000000000', name, 'https://example.com', status, timeout, delays::integer[],
		jitter, '{X-Key}', '\x00ff', '2026-01-01', '2026-02-02', deleted_at::timestamptz
	FROM (VALUES
		('b0000000-0000-0000-0000-000000000001', 'busy', 'ENABLED', 20, '{5,300}', 10, NULL),
		('b0000000-0000-0000-0000-000000000002', 'off', 'DISABLED', 60, '{}', 0, NULL),
		('b0000000-0000-0000-0000-000000000003', 'failing', 'ENABLED', 1, '{604800}', 50, NULL),
		('b0000000-0000-0000-0000-000000000004', 'gone', 'ENABLED', 15, '{1}', 0, '2026-02-02')
	) old (id, name, status, timeout, delays, jitter, deleted_at);

	INSERT INTO webhook_secrets (id, webhook_id, sealed, hint, created_at)
	VALUES ('c0000000-0000-0000-0000-000000000000', 'b0000000-0000-0000-0000-000000000001', '\x0102', 'hint', now());

	INSERT INTO webhook_subscriptions (id, organization_id, webhook_id, event_type, enabled, created_at, updated_at)
	VALUES ('50000000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000',
		'b0000000-0000-0000-0000-000000000001', 'a.*', true, now(), now());

	INSERT INTO events (id, organization_id, event_type, payload, occurred_at, created_at)
	VALUES ('00f00000-0000-0000-0000-000000000000', 'a0000000-0000-0000-0000-000000000000', 'a.b', '{"z": 1.10, "a":2}', now(), now());

	INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, origin, attempt_count,
		max_attempts, next_attempt_at, created_at, updated_at, completed_at)
	SELECT ('00d00000-0000-0000-0000-00000000000' || n)::uuid, 'a0000000-0000-0000-0000-000000000000',
		'00f00000-0000-0000-0000-000000000000', ('b0000000-0000-0000-0000-00000000000' || webhook)::uuid, 'a.b', status,
		origin, attempts, 3, CASE WHEN status IN ('PENDING', 'RETRYING') THEN now() END, '2026-03-01',
		updated_at::timestamptz, CASE WHEN status IN ('SUCCEEDED', 'FAILED') THEN now() END
	FROM (VALUES
		(1, 1, 'SUCCEEDED', 'PUBLISH', 1, '2026-03-01'),
		(2, 1, 'SUCCEEDED', 'PUBLISH', 2, '2026-03-04'),
		(3, 1, 'FAILED', 'PUBLISH', 3, '2026-03-02'),
		(4, 1, 'RETRYING', 'PUBLISH', 1, '2026-03-03'),
		(5, 1, 'FAILED', 'TEST', 3, '2026-03-09'),
		(6, 1, 'PENDING', 'PUBLISH', 0, '2026-03-10'),
		(7, 2, 'FAILED', 'TEST', 1, '2026-03-02'),
		(8, 3, 'SUCCEEDED', 'PUBLISH', 1, '2026-03-02'),
		(9, 3, 'RETRYING', 'PUBLISH', 1, '2026-03-05')
	) old (n, webhook, status, origin, attempts, updated_at);

	INSERT INTO delivery_bodies (delivery_id, body)
	VALUES ('00d00000-0000-0000-0000-000000000001', '\x7b22c3a9223a00ff7d'), ('00d00000-0000-0000-0000-000000000002', '');`

// old makes a database as it was before 0002, with something in it.
func old(t *testing.T) (string, *pgx.Conn) {
	t.Helper()

	url := dbtest.Empty(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	down(t, url)

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })

	_, err = conn.Exec(t.Context(), foundation)
	require.NoError(t, err)

	return url, conn
}

// down goes back to before 0002.
func down(t *testing.T, url string) {
	t.Helper()

	status, err := db.MigrationStatus(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, db.MigrateDown(t.Context(), url, int(status.Version)-1))
	requireVersion(t, url, 1)
}

// row returns the one row of a query as text.
func row(t *testing.T, conn *pgx.Conn, query string) (out string) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT row_to_json(one)::text FROM ("+query+") one").Scan(&out))

	return out
}

// texts returns the first column of a query.
func texts(t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()

	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)

	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)

	return out
}

const allSettings = "SELECT name || ' ' || settings::text FROM webhooks ORDER BY name"

func TestMigrations_0002IsTakenBackWithoutATrace(t *testing.T) {
	t.Parallel()

	first := dbtest.Empty(t)

	conn, err := pgx.Connect(t.Context(), first)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })

	foundation, err := os.ReadFile("migrations/0001_foundation.up.sql")
	require.NoError(t, err)

	// The table is there for the program that describes the schema.
	_, err = conn.Exec(t.Context(), "CREATE TABLE schema_migrations (version bigint); "+string(foundation))
	require.NoError(t, err)

	url, _ := old(t)
	require.Equal(t, describe(t, first), describe(t, url))
}

func TestMigrations_0002TurnsAWebhookIntoSettings(t *testing.T) {
	t.Parallel()

	url, conn := old(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	const columns = "SELECT max_attempts, status, version, disabled_reason, disabled_at, auth, sealed_auth, notice_due, " +
		"header_names, encode(sealed_headers, 'hex') AS sealed FROM webhooks WHERE name = "

	require.JSONEq(t, `{"max_attempts":3,"status":"ENABLED","version":1,"disabled_reason":null,"disabled_at":null,"auth":null,
		"sealed_auth":null,"notice_due":false,"header_names":["X-Key"],"sealed":"00ff"}`, row(t, conn, columns+"'busy'"))
	require.JSONEq(t, `{"max_attempts":2,"status":"ENABLED","version":1,"disabled_reason":null,"disabled_at":null,"auth":null,
		"sealed_auth":null,"notice_due":false,"header_names":["X-Key"],"sealed":"00ff"}`, row(t, conn, columns+"'gone'"))

	require.JSONEq(t, `{"settings":{
		"method":"POST","timeoutSeconds":20,
		"envelope":"{\"type\": event.type, \"timestamp\": event.timestamp, \"data\": event.data}",
		"query":[],"sections":[],"signatures":[{"scheme":"STANDARD_WEBHOOKS_V1"}],
		"retryPolicy":{"enabled":true,"delaysSeconds":[5,300],"backoff":null,"jitterPercent":10,"honorRetryAfter":true,
			"retryOn":["NETWORK","TIMEOUT","STATUS_3XX","STATUS_4XX","STATUS_408_429","STATUS_5XX"]},
		"autoDisable":{"consecutiveFailures":0,"failingForHours":120,"onGone":true},
		"secretRotation":{"everyDays":0,"overlapSeconds":86400}}}`,
		row(t, conn, "SELECT settings FROM webhooks WHERE name = 'busy'"))

	require.JSONEq(t, `{"kind":"SYMMETRIC","public_key":null,"sealed":"0102","hint":"hint"}`,
		row(t, conn, "SELECT kind, public_key, encode(sealed, 'hex') AS sealed, hint FROM webhook_secrets"))
	require.JSONEq(t, `{"event_type":"a.*","filter":null,"resource_ids":[],"payload_query":null,"enabled":true}`,
		row(t, conn, "SELECT event_type, filter, resource_ids, payload_query, enabled FROM webhook_subscriptions"))
	require.JSONEq(t, `{"max_webhooks":25,"max_publish_per_minute":1000,"max_payload_bytes":262144,
		"allow_insecure_urls":true,"manage_roles":["ADMIN","DEVELOPER"],"view_roles":["ADMIN","DEVELOPER","VIEWER"]}`,
		row(t, conn, `SELECT max_webhooks, max_publish_per_minute, max_payload_bytes, allow_insecure_urls, manage_roles, view_roles
			FROM organizations`))
	require.JSONEq(t, `{"schema_validation":"REJECT","derived_from":null,"derived_when":null,"deprecation":null}`,
		row(t, conn, "SELECT schema_validation, derived_from, derived_when, deprecation FROM event_types"))
	require.JSONEq(t, `{"payload":"{\"z\": 1.10, \"a\":2}","resource_ids":[],"source_event_id":null,"quarantined_at":null,
		"schema_mismatch":null}`,
		row(t, conn, `SELECT payload::text, resource_ids, source_event_id, quarantined_at, schema_mismatch
			FROM events JOIN event_payloads ON event_id = id`))
}

func TestMigrations_0002SaysThatDisabledWebhooksWereDisabledByHand(t *testing.T) {
	t.Parallel()

	url, conn := old(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	require.Equal(t, []string{"off"}, texts(t, conn, `SELECT name FROM webhooks
		WHERE status = 'DISABLED' AND disabled_reason = 'MANUAL' AND max_attempts = 1
			AND settings -> 'retryPolicy' ->> 'delaysSeconds' = '[]' AND settings ->> 'timeoutSeconds' = '60'
			AND disabled_at = '2026-02-02'`), "as long as nothing has changed")
}

func TestMigrations_0002KeepsWhatDeliveriesSend(t *testing.T) {
	t.Parallel()

	const contents = "SELECT concat_ws(' ', right(delivery_id::text, 1), method, '[' || query || ']', encode(body, 'hex')) " +
		"FROM delivery_contents ORDER BY delivery_id"

	url, conn := old(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))
	require.Equal(t, []string{"1 POST [] 7b22c3a9223a00ff7d", "2 POST [] "}, texts(t, conn, contents))

	down(t, url)
	require.Equal(t, []string{"7b22c3a9223a00ff7d", ""},
		texts(t, conn, "SELECT encode(body, 'hex') FROM delivery_bodies ORDER BY delivery_id"))

	require.NoError(t, db.MigrateUp(t.Context(), url))
	require.Equal(t, []string{"1 POST [] 7b22c3a9223a00ff7d", "2 POST [] "}, texts(t, conn, contents))
}

func TestMigrations_0002ReadsFromTheLogHowWebhooksFare(t *testing.T) {
	t.Parallel()

	url, conn := old(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	require.Equal(t, []string{
		"busy 2026-03-04 SUCCEEDED succeeded=2 failed=1 consecutive=0 since=never",
		"failing 2026-03-05 FAILED succeeded=1 failed=0 consecutive=0 since=never",
	}, texts(t, conn, `
		SELECT concat_ws(' ', w.name, a.last_attempt_at::date, a.last_attempt_status, 'succeeded=' || a.succeeded,
			'failed=' || a.failed, 'consecutive=' || a.consecutive_failures,
			'since=' || coalesce(a.failing_since::text, a.gone_at::text, 'never'))
		FROM webhook_activity a
		JOIN webhooks w ON w.id = a.webhook_id AND w.organization_id = a.organization_id
		ORDER BY w.name`), "tests and what was never attempted do not count")
}

func TestMigrations_0002UpDownAndUpKeepsSchedulesAndTimeouts(t *testing.T) {
	t.Parallel()

	const before = "SELECT concat_ws(' ', name, timeout_seconds, retry_delays_seconds::text, retry_jitter_percent, status) " +
		"FROM webhooks ORDER BY name"

	url, conn := old(t)
	want := texts(t, conn, before)
	require.Contains(t, want, "busy 20 {5,300} 10 ENABLED")

	require.NoError(t, db.MigrateUp(t.Context(), url))
	settings := texts(t, conn, allSettings)

	down(t, url)
	require.Equal(t, want, texts(t, conn, before))
	require.Equal(t, []string{"{X-Key}"}, texts(t, conn, "SELECT DISTINCT header_names::text FROM webhooks"))

	require.NoError(t, db.MigrateUp(t.Context(), url))
	require.Equal(t, settings, texts(t, conn, allSettings))
}

func TestMigrations_0002DownKnowsWebhooksThatRetryNothing(t *testing.T) {
	t.Parallel()

	url, conn := old(t)
	require.NoError(t, db.MigrateUp(t.Context(), url))

	_, err := conn.Exec(t.Context(), `
		UPDATE webhooks SET settings = jsonb_set(settings, '{retryPolicy,enabled}', 'false'), max_attempts = 1
		WHERE name = 'busy';
		INSERT INTO webhook_secrets (id, webhook_id, kind, public_key, sealed, hint, created_at)
		VALUES (gen_random_uuid(), 'b0000000-0000-0000-0000-000000000001', 'ED25519', 'whpk_', '\x03', 'none', now());`)
	require.NoError(t, err)

	down(t, url)
	require.Equal(t, []string{"{}"}, texts(t, conn, "SELECT retry_delays_seconds::text FROM webhooks WHERE name = 'busy'"))
	require.Equal(t, []string{"hint"}, texts(t, conn, "SELECT hint FROM webhook_secrets"),
		"the older program cannot sign with the others")
}
