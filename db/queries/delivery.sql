-- name: DeliveriesByID :many
SELECT * FROM deliveries WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: AttemptsByID :many
SELECT * FROM delivery_attempts WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: LastAttempts :many
SELECT a.* FROM deliveries d
JOIN delivery_attempts a ON a.delivery_id = d.id AND a.number = d.attempt_count
WHERE d.id = ANY (@delivery_ids::uuid[])
ORDER BY a.id;

-- name: DeliveryContents :many
SELECT * FROM delivery_contents WHERE delivery_id = ANY (@delivery_ids::uuid[]) ORDER BY delivery_id;

-- name: LoadForAttempt :many
-- All that an attempt needs, but the secrets.
SELECT sqlc.embed(d), sqlc.embed(w), sqlc.embed(e), p.payload, o.name AS organization_name, o.slug AS organization_slug,
    s.payload_query, c.method, c.query, c.body, g.reason AS gate_reason,
    g.since AS gate_since, coalesce(g.failed_probes, 0)::integer AS failed_probes
FROM deliveries d
JOIN events e ON e.id = d.event_id
LEFT JOIN event_payloads p ON p.event_id = d.event_id
JOIN webhooks w ON w.id = d.webhook_id
JOIN organizations o ON o.id = d.organization_id
LEFT JOIN webhook_subscriptions s ON s.id = d.subscription_id
LEFT JOIN delivery_contents c ON c.delivery_id = d.id
LEFT JOIN webhook_gates g ON g.webhook_id = d.webhook_id
WHERE d.id = ANY (@ids::uuid[])
ORDER BY d.id;

-- name: RecordAttempts :many
-- Writes attempts and what they make of their deliveries. An attempt that is recorded already changes nothing, so a
-- late or repeated result is harmless. A delivery that was canceled meanwhile stays so, unless it arrived after all.
WITH result AS (
    SELECT
        unnest(@ids::uuid[]) AS id,
        unnest(@organization_ids::uuid[]) AS organization_id,
        unnest(@webhook_ids::uuid[]) AS webhook_id,
        unnest(@delivery_ids::uuid[]) AS delivery_id,
        unnest(@event_types::text[]) AS event_type,
        unnest(@numbers::integer[]) AS number,
        unnest(@triggers::text[]) AS trigger,
        unnest(@statuses::text[]) AS status,
        unnest(@started_ats::timestamptz[]) AS started_at,
        unnest(@durations_us::bigint[]) AS duration_us,
        unnest(@duration_steps::integer[]) AS duration_step,
        -- A phase that did not take place is -1 here, since arrays of nullable values are awkward to pass.
        nullif(unnest(@dns_us::bigint[]), -1) AS dns_us,
        nullif(unnest(@connect_us::bigint[]), -1) AS connect_us,
        nullif(unnest(@tls_us::bigint[]), -1) AS tls_us,
        nullif(unnest(@first_byte_us::bigint[]), -1) AS first_byte_us,
        nullif(unnest(@remote_ips::text[]), '')::inet AS remote_ip,
        unnest(@methods::text[]) AS method,
        unnest(@urls::text[]) AS url,
        unnest(@request_headers::text[])::jsonb AS request_headers,
        nullif(unnest(@response_statuses::integer[]), 0) AS response_status,
        nullif(unnest(@response_headers::text[]), '')::jsonb AS response_headers,
        unnest(@response_bodies::bytea[]) AS response_body,
        unnest(@response_truncated::boolean[]) AS response_truncated,
        nullif(unnest(@error_codes::text[]), '') AS error_code,
        nullif(unnest(@error_messages::text[]), '') AS error_message,
        unnest(@contents::boolean[]) AS has_content,
        unnest(@content_methods::text[]) AS content_method,
        unnest(@content_queries::text[]) AS content_query,
        unnest(@bodies::bytea[]) AS body,
        unnest(@counted::boolean[]) AS counted,
        -- Its owner may want to hear when it fails for good.
        unnest(@noticeable::boolean[]) AS noticeable,
        unnest(@gone::boolean[]) AS gone,
        unnest(@delivery_statuses::text[]) AS delivery_status,
        unnest(@max_attempts::integer[]) AS max_attempts,
        nullif(unnest(@held_reasons::text[]), '') AS held_reason,
        nullif(unnest(@next_attempt_ats::timestamptz[]), '0001-01-01 00:00:00Z') AS next_attempt_at,
        unnest(@ended_ats::timestamptz[]) AS ended_at
), known AS (
    -- Locked first, so that what is done to a delivery meanwhile is seen: when it was erased, nothing is kept of what it
    -- carries. Of one that is not in the log any more nothing is recorded.
    SELECT d.id AS known_id, d.status AS known_status, d.expunged
    FROM deliveries d
    WHERE d.id IN (SELECT r.delivery_id FROM result r)
    ORDER BY d.id
    FOR NO KEY UPDATE OF d
), attempt AS (
    INSERT INTO delivery_attempts (id, organization_id, webhook_id, delivery_id, event_type, number, trigger, status,
        started_at, duration_us, dns_us, connect_us, tls_us, first_byte_us, remote_ip, method, url, request_headers,
        response_status, response_headers, response_body, response_truncated, error_code, error_message)
    SELECT id, organization_id, webhook_id, delivery_id, event_type, number, trigger, status,
        started_at, duration_us, dns_us, connect_us, tls_us, first_byte_us, remote_ip, method,
        CASE WHEN expunged THEN split_part(url, '?', 1) ELSE url END, request_headers, response_status,
        CASE WHEN expunged AND response_headers IS NOT NULL THEN '[]'::jsonb ELSE response_headers END,
        CASE WHEN NOT expunged THEN response_body END, response_truncated AND NOT expunged, error_code,
        CASE WHEN expunged AND error_code = 'RENDER' THEN 'erased' ELSE error_message END
    FROM result
    JOIN known ON known_id = delivery_id
    ORDER BY delivery_id, number
    ON CONFLICT (delivery_id, number) DO NOTHING
    RETURNING id
), content AS (
    INSERT INTO delivery_contents (delivery_id, method, query, body)
    SELECT delivery_id, content_method, content_query, coalesce(body, '')
    FROM result
    JOIN known ON known_id = delivery_id
    WHERE has_content AND NOT expunged
    ORDER BY delivery_id
    ON CONFLICT (delivery_id) DO NOTHING
), activity AS (
    -- Sorted, so that two commits with webhooks in common wait for each other and do not deadlock. Where several attempts
    -- of a webhook are in one commit, one that succeeded counts as if it were the last. A retry by hand is no further
    -- delivery in a row, and what was canceled meanwhile has not failed.
    INSERT INTO webhook_activity AS known (webhook_id, organization_id, last_attempt_at, last_attempt_status, succeeded,
        failed, consecutive_failures, failing_since, gone_at)
    SELECT r.webhook_id, r.organization_id, max(r.ended_at), (array_agg(r.status ORDER BY r.ended_at DESC))[1],
        count(*) FILTER (WHERE r.delivery_status = 'SUCCEEDED'),
        count(*) FILTER (WHERE r.delivery_status = 'FAILED' AND d.known_status <> 'CANCELED'),
        CASE WHEN bool_or(r.status = 'SUCCEEDED') THEN 0 ELSE count(*) FILTER (
            WHERE r.delivery_status = 'FAILED' AND d.known_status <> 'CANCELED' AND r.trigger = 'AUTOMATIC') END,
        CASE WHEN NOT bool_or(r.status = 'SUCCEEDED') THEN min(r.started_at) END,
        max(r.ended_at) FILTER (WHERE r.gone)
    FROM result r
    JOIN attempt a ON a.id = r.id
    JOIN known d ON d.known_id = r.delivery_id
    WHERE r.counted
    GROUP BY r.webhook_id, r.organization_id
    ORDER BY r.webhook_id
    ON CONFLICT (webhook_id) DO UPDATE
    SET last_attempt_at = greatest(known.last_attempt_at, excluded.last_attempt_at),
        last_attempt_status = CASE WHEN excluded.last_attempt_at >= known.last_attempt_at
            THEN excluded.last_attempt_status ELSE known.last_attempt_status END,
        succeeded = known.succeeded + excluded.succeeded,
        failed = known.failed + excluded.failed,
        consecutive_failures = CASE WHEN excluded.failing_since IS NULL THEN 0
            ELSE known.consecutive_failures + excluded.consecutive_failures END,
        failing_since = CASE WHEN excluded.failing_since IS NOT NULL
            THEN coalesce(known.failing_since, excluded.failing_since) END,
        gone_at = CASE WHEN excluded.failing_since IS NOT NULL THEN coalesce(excluded.gone_at, known.gone_at) END
), figures AS (
    -- Sorted for the same reason. What becomes of a delivery counts with the attempt that decided it.
    INSERT INTO delivery_stats_minutes AS known (organization_id, webhook_id, bucket, response_status, duration_step,
        attempts, retries, failed_attempts, duration_us, succeeded, failed, canceled)
    SELECT r.organization_id, r.webhook_id, date_trunc('minute', r.ended_at), coalesce(r.response_status, 0),
        r.duration_step, count(*), count(*) FILTER (WHERE r.number > 1), count(*) FILTER (WHERE r.status = 'FAILED'),
        sum(r.duration_us), count(*) FILTER (WHERE r.delivery_status = 'SUCCEEDED'),
        count(*) FILTER (WHERE r.delivery_status = 'FAILED' AND d.status <> 'CANCELED'), 0
    FROM result r
    JOIN attempt a ON a.id = r.id
    JOIN deliveries d ON d.id = r.delivery_id
    WHERE r.counted
    GROUP BY r.organization_id, r.webhook_id, 3, 4, r.duration_step
    ORDER BY r.webhook_id, 3, 4, r.duration_step
    ON CONFLICT (webhook_id, bucket, response_status, duration_step) DO UPDATE
    SET attempts = known.attempts + excluded.attempts,
        retries = known.retries + excluded.retries,
        failed_attempts = known.failed_attempts + excluded.failed_attempts,
        duration_us = known.duration_us + excluded.duration_us,
        succeeded = known.succeeded + excluded.succeeded,
        failed = known.failed + excluded.failed
), notified AS (
    SELECT pg_notify('surehook', hint) FROM unnest(@hints::text[]) AS hint
)
UPDATE deliveries d
SET status = CASE WHEN d.status = 'CANCELED' AND r.delivery_status <> 'SUCCEEDED' THEN d.status ELSE r.delivery_status END,
    next_attempt_at = CASE WHEN d.status <> 'CANCELED' THEN r.next_attempt_at END,
    completed_at = CASE
        WHEN d.status = 'CANCELED' OR r.next_attempt_at IS NULL AND r.held_reason IS NULL THEN r.ended_at END,
    held_reason = CASE WHEN d.status <> 'CANCELED' THEN r.held_reason END,
    released_at = NULL,
    attempt_count = greatest(d.attempt_count, r.number),
    scheduled_attempt_count = d.scheduled_attempt_count + CASE WHEN r.trigger = 'AUTOMATIC' THEN 1 ELSE 0 END,
    max_attempts = r.max_attempts,
    next_trigger = 'AUTOMATIC',
    resume_at = NULL,
    last_response_status = r.response_status,
    last_error_code = r.error_code,
    last_error_message = CASE WHEN d.expunged AND r.error_code = 'RENDER' THEN 'erased' ELSE r.error_message END,
    notice_due = r.noticeable AND d.status <> 'CANCELED' AND r.delivery_status = 'FAILED' AND EXISTS (
        SELECT FROM webhook_subscriptions s JOIN webhooks w ON w.id = s.webhook_id
        WHERE s.organization_id = d.organization_id AND s.event_type = 'delivery.exhausted' AND s.enabled
            AND w.deleted_at IS NULL),
    -- What did not succeed in a batch goes on in a workflow of its own.
    workflow_id = CASE WHEN r.delivery_status = 'SUCCEEDED' THEN d.workflow_id END,
    updated_at = r.ended_at
FROM result r
JOIN attempt a ON a.id = r.id
WHERE d.id = r.delivery_id AND (SELECT count(*) FROM notified) >= 0
RETURNING d.id;

-- name: RetryDelivery :one
-- Asks for one more attempt now. A schedule under way is kept in resume_at, to go on after it.
WITH before AS (
    SELECT d.id, d.webhook_id, d.status, d.origin FROM deliveries d
    WHERE d.organization_id = @organization_id AND d.id = @id AND NOT d.expunged
        AND EXISTS (SELECT FROM event_payloads p WHERE p.event_id = d.event_id)
    FOR UPDATE
), uncounted AS (
    -- What failed for good and is tried again has not failed for good.
    UPDATE webhook_activity a SET failed = greatest(a.failed - 1, 0)
    FROM before WHERE a.webhook_id = before.webhook_id AND before.status = 'FAILED' AND before.origin <> 'TEST'
)
UPDATE deliveries d
SET resume_at = CASE
        WHEN d.status <> 'RETRYING' THEN NULL
        WHEN d.next_trigger = 'MANUAL' THEN d.resume_at
        ELSE d.next_attempt_at
    END,
    status = 'RETRYING', next_trigger = 'MANUAL', next_attempt_at = @now, completed_at = NULL, operation_id = NULL,
    claimed_by = sqlc.narg(claimed_by)::uuid, claimed_at = @now, workflow_id = NULL, updated_at = @now
FROM before
WHERE d.id = before.id
    AND (d.status IN ('CANCELED', 'FAILED') OR (d.status = 'RETRYING' AND d.next_attempt_at > @now))
RETURNING d.*;

-- name: CancelDelivery :one
UPDATE deliveries
SET status = 'CANCELED', held_reason = NULL, next_attempt_at = NULL, next_trigger = 'AUTOMATIC', resume_at = NULL,
    completed_at = @now, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND status IN ('HELD', 'PENDING', 'RETRYING')
RETURNING *;

-- name: PostponeDelivery :one
-- Moves a retry that is not due yet. Its workflow has to be told, so some process takes it on.
UPDATE deliveries
SET next_attempt_at = @until::timestamptz, claimed_by = sqlc.narg(claimed_by)::uuid, claimed_at = @now, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND status = 'RETRYING' AND next_attempt_at > @now
RETURNING *;

-- name: CancelDeliveriesOfWebhook :many
UPDATE deliveries
SET status = 'CANCELED', held_reason = NULL, next_attempt_at = NULL, completed_at = @now, updated_at = @now
WHERE webhook_id = @webhook_id AND status IN ('HELD', 'PENDING', 'RETRYING')
RETURNING *;

-- name: CountOpenDeliveries :many
-- How many deliveries of an organization are under way, and how many of them no process has taken on yet.
SELECT status, count(*) FILTER (WHERE claimed_by IS NULL) AS unclaimed, count(*) AS total
FROM deliveries
WHERE organization_id = @organization_id AND status IN ('PENDING', 'RETRYING')
GROUP BY status
ORDER BY status;

-- name: CountHeldOfOrganization :one
SELECT count(*) FROM deliveries WHERE organization_id = @organization_id AND status = 'HELD';

-- name: CountFinishedDeliveries :one
SELECT coalesce(sum(succeeded), 0)::bigint AS succeeded, coalesce(sum(failed), 0)::bigint AS failed
FROM webhook_activity
WHERE organization_id = @organization_id;

-- name: Notify :exec
SELECT pg_notify('surehook', hint) FROM unnest(@hints::text[]) AS hint;
