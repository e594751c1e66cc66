-- name: PlanPublish :one
-- All that publishing has to know, in one round trip: the limit, the event type, and who wants to hear of it. There is one
-- match a webhook, however many of its subscriptions match: an exact type goes before a pattern, then the older.
SELECT
    o.max_payload_bytes,
    t.id AS event_type_id,
    t.archived_at,
    coalesce((SELECT max(v.version) FROM event_type_schemas v WHERE v.event_type_id = t.id), 0)::integer AS schema_version,
    m.webhook_ids::uuid[] AS webhook_ids,
    m.subscription_ids::uuid[] AS subscription_ids,
    m.enabled::boolean[] AS enabled,
    m.retries::integer[] AS retries
FROM organizations o
LEFT JOIN event_types t ON t.organization_id = o.id AND t.name = @event_type::text
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(one.webhook_id), '{}') AS webhook_ids,
        coalesce(array_agg(one.subscription_id), '{}') AS subscription_ids,
        coalesce(array_agg(one.status = 'ENABLED'), '{}') AS enabled,
        coalesce(array_agg(cardinality(one.retry_delays_seconds)), '{}') AS retries
    FROM (
        SELECT DISTINCT ON (w.id) w.id AS webhook_id, s.id AS subscription_id, w.status, w.retry_delays_seconds
        FROM webhook_subscriptions s
        JOIN webhooks w ON w.id = s.webhook_id
        WHERE s.organization_id = o.id AND s.enabled AND s.event_type = ANY (@patterns::text[]) AND w.deleted_at IS NULL
        ORDER BY w.id, (s.event_type = @event_type::text) DESC, s.id
    ) one
) m
WHERE o.id = @organization_id;

-- name: InsertEvents :many
-- Writes events with their deliveries in one statement, and so in one transaction. An event whose idempotency key is
-- taken is left out together with its deliveries; the ids of those written come back.
WITH new_event AS (
    SELECT
        unnest(@ids::uuid[]) AS id,
        unnest(@organization_ids::uuid[]) AS organization_id,
        unnest(@event_types::text[]) AS event_type,
        unnest(@payloads::text[]) AS payload,
        unnest(@idempotency_keys::text[]) AS idempotency_key,
        unnest(@fingerprints::bytea[]) AS fingerprint,
        unnest(@tests::boolean[]) AS test,
        unnest(@occurred_ats::timestamptz[]) AS occurred_at,
        unnest(@created_ats::timestamptz[]) AS created_at
), key AS (
    -- Sorted, so that two batches with keys in common wait for each other and do not deadlock.
    INSERT INTO idempotency_keys (organization_id, key, event_id, fingerprint, created_at)
    SELECT organization_id, idempotency_key, id, fingerprint, created_at
    FROM new_event
    WHERE idempotency_key <> ''
    ORDER BY organization_id, idempotency_key, id
    ON CONFLICT (organization_id, key) DO NOTHING
    RETURNING event_id
), event AS (
    INSERT INTO events (id, organization_id, event_type, payload, idempotency_key, test, occurred_at, created_at)
    SELECT id, organization_id, event_type, payload::json, nullif(idempotency_key, ''), test, occurred_at, created_at
    FROM new_event
    WHERE idempotency_key = '' OR id IN (SELECT event_id FROM key)
    RETURNING id
), new_delivery AS (
    SELECT
        unnest(@delivery_ids::uuid[]) AS id,
        unnest(@delivery_organization_ids::uuid[]) AS organization_id,
        unnest(@delivery_event_ids::uuid[]) AS event_id,
        unnest(@delivery_webhook_ids::uuid[]) AS webhook_id,
        nullif(unnest(@delivery_subscription_ids::uuid[]), '00000000-0000-0000-0000-000000000000') AS subscription_id,
        unnest(@delivery_event_types::text[]) AS event_type,
        unnest(@delivery_held::boolean[]) AS held,
        unnest(@delivery_origins::text[]) AS origin,
        unnest(@delivery_max_attempts::integer[]) AS max_attempts,
        unnest(@delivery_created_ats::timestamptz[]) AS created_at
), delivery AS (
    INSERT INTO deliveries (id, organization_id, event_id, webhook_id, subscription_id, event_type, status, held_reason,
        origin, max_attempts, next_attempt_at, claimed_by, claimed_at, created_at, updated_at)
    SELECT id, organization_id, event_id, webhook_id, subscription_id, event_type,
        CASE WHEN held THEN 'HELD' ELSE 'PENDING' END, CASE WHEN held THEN 'WEBHOOK_DISABLED' END,
        origin, max_attempts, CASE WHEN NOT held THEN created_at END,
        CASE WHEN NOT held THEN sqlc.narg(claimed_by)::uuid END, created_at, created_at, created_at
    FROM new_delivery
    WHERE event_id IN (SELECT id FROM event)
), notified AS (
    SELECT pg_notify('surehook', hint) FROM unnest(@hints::text[]) AS hint
)
SELECT id FROM event WHERE (SELECT count(*) FROM notified) >= 0 ORDER BY id;

-- name: IdempotencyKey :one
SELECT * FROM idempotency_keys WHERE organization_id = @organization_id AND key = @key;

-- name: EventsByID :many
SELECT * FROM events WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: CountDeliveriesByEvent :one
SELECT count(*) FROM deliveries WHERE event_id = @event_id;
