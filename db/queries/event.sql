-- name: PlanPublish :one
-- All that publishing has to know, in one round trip: the limits, the event type with those that are derived from it, and
-- who may want to hear of it. Of a webhook the subscription that decides comes first: an exact type goes before a pattern,
-- then the older.
SELECT
    o.max_payload_bytes,
    o.max_publish_per_minute,
    t.id AS event_type_id,
    t.archived_at,
    t.derived_from,
    t.schema_validation,
    v.derived_names::text[] AS derived_names,
    v.derived_whens::text[] AS derived_whens,
    coalesce((SELECT max(v.version) FROM event_type_schemas v WHERE v.event_type_id = t.id), 0)::integer AS schema_version,
    m.webhook_ids::uuid[] AS webhook_ids,
    m.subscription_ids::uuid[] AS subscription_ids,
    m.filters::text[] AS filters,
    m.resource_ids::text[] AS resource_ids,
    m.held_reasons::text[] AS held_reasons,
    m.max_attempts::integer[] AS max_attempts
FROM organizations o
LEFT JOIN event_types t ON t.organization_id = o.id AND t.name = @event_type::text
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(d.name ORDER BY d.id), '{}') AS derived_names,
        coalesce(array_agg(d.derived_when ORDER BY d.id), '{}') AS derived_whens
    FROM event_types d
    WHERE d.organization_id = o.id AND d.derived_from = t.name AND d.archived_at IS NULL
) v
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(one.webhook_id), '{}') AS webhook_ids,
        coalesce(array_agg(one.subscription_id), '{}') AS subscription_ids,
        coalesce(array_agg(one.filter), '{}') AS filters,
        coalesce(array_agg(one.resource_ids), '{}') AS resource_ids,
        coalesce(array_agg(one.held_reason), '{}') AS held_reasons,
        coalesce(array_agg(one.max_attempts), '{}') AS max_attempts
    FROM (
        SELECT w.id AS webhook_id, s.id AS subscription_id, w.max_attempts, coalesce(s.filter, '') AS filter,
            CASE w.status WHEN 'DISABLED' THEN 'WEBHOOK_DISABLED' WHEN 'PAUSED' THEN 'WEBHOOK_PAUSED'
                ELSE coalesce(g.reason, '') END AS held_reason,
            -- A list as one text, with a line feed between its ids.
            array_to_string(s.resource_ids, chr(10)) AS resource_ids
        FROM webhook_subscriptions s
        JOIN webhooks w ON w.id = s.webhook_id
        LEFT JOIN webhook_gates g ON g.webhook_id = w.id
        WHERE s.organization_id = o.id AND s.enabled AND s.event_type = ANY (@patterns::text[]) AND w.deleted_at IS NULL
        ORDER BY w.id, (s.event_type = @event_type::text) DESC, s.id
    ) one
) m
WHERE o.id = @organization_id;

-- name: InsertEvents :many
-- Writes events with their deliveries in one statement, and so in one transaction. An event whose idempotency key is
-- taken is left out, together with what was derived from it and with its deliveries; the ids of those written come back.
-- Deliveries of events that are there already are written as well, for events that are released from quarantine.
WITH new_event AS (
    SELECT
        unnest(@ids::uuid[]) AS id,
        unnest(@organization_ids::uuid[]) AS organization_id,
        unnest(@event_types::text[]) AS event_type,
        unnest(@payloads::text[]) AS payload,
        -- Each a text, because there are no arrays of arrays that differ in length.
        unnest(@terms::text[])::bigint[] AS terms,
        unnest(@idempotency_keys::text[]) AS idempotency_key,
        unnest(@fingerprints::bytea[]) AS fingerprint,
        unnest(@tests::boolean[]) AS test,
        unnest(@resource_ids::text[]) AS resource_ids,
        -- A list as one text, as Postgres writes arrays. Empty: there is none.
        nullif(unnest(@targets::text[]), '')::uuid[] AS target_webhook_ids,
        nullif(unnest(@source_event_ids::uuid[]), '00000000-0000-0000-0000-000000000000') AS source_event_id,
        unnest(@keyed::boolean[]) AS keyed,
        nullif(unnest(@schema_mismatches::text[]), '') AS schema_mismatch,
        unnest(@quarantined::boolean[]) AS quarantined,
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
    INSERT INTO events (id, organization_id, event_type, idempotency_key, test, resource_ids, target_webhook_ids,
        source_event_id, schema_mismatch, quarantined_at, terms, occurred_at, created_at)
    SELECT id, organization_id, event_type, nullif(idempotency_key, ''), test,
        CASE WHEN resource_ids = '' THEN '{}' ELSE string_to_array(resource_ids, chr(10)) END, target_webhook_ids,
        source_event_id, schema_mismatch, CASE WHEN quarantined THEN created_at END, coalesce(terms, '{}'), occurred_at, created_at
    FROM new_event
    -- Keyed is what has a key itself, or was derived from what has one.
    WHERE NOT keyed OR coalesce(source_event_id, id) IN (SELECT event_id FROM key)
    RETURNING id
), payload AS (
    INSERT INTO event_payloads (event_id, payload)
    SELECT n.id, n.payload::json FROM new_event n JOIN event e ON e.id = n.id
), new_delivery AS (
    SELECT
        unnest(@delivery_ids::uuid[]) AS id,
        unnest(@delivery_organization_ids::uuid[]) AS organization_id,
        unnest(@delivery_event_ids::uuid[]) AS event_id,
        unnest(@delivery_webhook_ids::uuid[]) AS webhook_id,
        nullif(unnest(@delivery_subscription_ids::uuid[]), '00000000-0000-0000-0000-000000000000') AS subscription_id,
        unnest(@delivery_event_types::text[]) AS event_type,
        nullif(unnest(@delivery_held_reasons::text[]), '') AS held_reason,
        unnest(@delivery_origins::text[]) AS origin,
        unnest(@delivery_max_attempts::integer[]) AS max_attempts,
        unnest(@delivery_created_ats::timestamptz[]) AS created_at
), delivery AS (
    INSERT INTO deliveries (id, organization_id, event_id, webhook_id, subscription_id, event_type, status, held_reason,
        origin, max_attempts, next_attempt_at, claimed_by, claimed_at, created_at, updated_at)
    SELECT id, organization_id, event_id, webhook_id, subscription_id, event_type,
        CASE WHEN held_reason IS NULL THEN 'PENDING' ELSE 'HELD' END, held_reason,
        origin, max_attempts, CASE WHEN held_reason IS NULL THEN created_at END,
        CASE WHEN held_reason IS NULL THEN sqlc.narg(claimed_by)::uuid END, created_at, created_at, created_at
    FROM new_delivery
    WHERE event_id IN (SELECT id FROM event) OR event_id = sqlc.narg(released_event_id)::uuid
), notified AS (
    SELECT pg_notify('surehook', hint) FROM unnest(@hints::text[]) AS hint
)
SELECT id FROM event WHERE (SELECT count(*) FROM notified) >= 0 ORDER BY id;

-- name: IdempotencyKey :one
SELECT * FROM idempotency_keys WHERE organization_id = @organization_id AND key = @key;

-- name: EventsByID :many
SELECT sqlc.embed(e), p.payload
FROM events e
LEFT JOIN event_payloads p ON p.event_id = e.id
WHERE e.id = ANY (@ids::uuid[])
ORDER BY e.id;

-- name: CountDeliveriesByEvent :one
SELECT count(*) FROM deliveries
WHERE event_id = @event_id OR event_id IN (SELECT e.id FROM events e WHERE e.source_event_id = @event_id);

-- name: ReleaseEvent :one
UPDATE events
SET quarantined_at = NULL, released_at = clock_timestamp()
WHERE organization_id = @organization_id AND id = @id AND quarantined_at IS NOT NULL AND expunged_at IS NULL
RETURNING *;

-- name: EventsDerivedFrom :many
SELECT * FROM events WHERE source_event_id = ANY (@source_event_ids::uuid[]) ORDER BY id;

-- name: TakePublishQuota :one
-- Takes a share of what an organization may still publish in the current minute, all of it or nothing, and says for how
-- long the minute lasts. The minutes are those of the database, so that all processes count the same ones.
WITH quota AS (
    INSERT INTO publish_quotas AS known (organization_id, window_start, used)
    VALUES (@organization_id, date_trunc('minute', clock_timestamp()), @share::integer)
    ON CONFLICT (organization_id) DO UPDATE
    SET window_start = excluded.window_start,
        used = CASE WHEN known.window_start >= excluded.window_start THEN known.used ELSE 0 END + @share::integer
    WHERE known.window_start < excluded.window_start OR known.used + @share::integer <= @at_most::integer
    RETURNING used
)
SELECT EXISTS (SELECT FROM quota) AS granted, (60 - extract(second FROM clock_timestamp()))::float8 AS seconds_left;
