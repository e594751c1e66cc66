-- name: ForgetIdempotencyKeys :one
WITH old AS (
    SELECT k.organization_id, k.key FROM idempotency_keys k
    WHERE k.created_at >= @since AND k.created_at < @before
    ORDER BY k.created_at
    LIMIT @at_most
), gone AS (
    DELETE FROM idempotency_keys k USING old
    WHERE k.organization_id = old.organization_id AND k.key = old.key
    RETURNING k.created_at
)
SELECT count(*) AS forgotten, coalesce(max(created_at), @before)::timestamptz AS last FROM gone;

-- name: ForgetSubscriptionVersions :execrows
DELETE FROM webhook_subscription_versions WHERE valid_to < @before;

-- name: ForgetBulkOperations :execrows
DELETE FROM bulk_operations WHERE completed_at < @before AND NOT notice_due;

-- name: LockEvent :exec
-- Whoever erases an event, and whoever releases it from quarantine with events derived from it, go one after the other.
SELECT id FROM events WHERE id = @id FOR UPDATE;

-- name: EventFamily :many
-- An event with those derived from it: they have one payload.
SELECT id FROM events WHERE id = @id OR source_event_id = @id::uuid ORDER BY id FOR UPDATE;

-- name: EraseEvents :execrows
UPDATE events
SET expunged_at = @now::timestamptz, schema_mismatch = NULL, terms = '{}', quarantined_at = NULL
WHERE id = ANY (@ids::uuid[]) AND expunged_at IS NULL;

-- name: EraseDeliveries :many
-- Ends what is under way. What an attempt brings that is being made now is not kept (see RecordAttempts), and what one
-- has brought already is erased by the statements that follow. Sorted, as recorders lock them.
WITH theirs AS (
    SELECT d.id FROM deliveries d WHERE d.event_id = ANY (@event_ids::uuid[]) ORDER BY d.id FOR NO KEY UPDATE
)
UPDATE deliveries d
SET expunged = true, status = CASE WHEN d.completed_at IS NULL THEN 'CANCELED' ELSE d.status END,
    completed_at = coalesce(d.completed_at, @now), held_reason = NULL, next_attempt_at = NULL, next_trigger = 'AUTOMATIC',
    resume_at = NULL, last_error_message = CASE WHEN d.last_error_code = 'RENDER' THEN 'erased' ELSE d.last_error_message END,
    updated_at = @now
FROM theirs
WHERE d.id = theirs.id AND NOT d.expunged
RETURNING d.*;

-- name: ErasePayloads :exec
DELETE FROM event_payloads WHERE event_id = ANY (@event_ids::uuid[]);

-- name: EraseContents :exec
DELETE FROM delivery_contents
WHERE delivery_id IN (SELECT d.id FROM deliveries d WHERE d.event_id = ANY (@event_ids::uuid[]));

-- name: EraseAttempts :exec
-- What was sent may be in the query, and come back in the response. Errors of ours quote it when it could not be made
-- into a request. Request headers stay: they have ids, times and signatures, and nothing of the payload.
UPDATE delivery_attempts
SET url = split_part(url, '?', 1), response_body = NULL, response_truncated = false,
    response_headers = CASE WHEN response_headers IS NOT NULL THEN '[]'::jsonb END,
    error_message = CASE WHEN error_code = 'RENDER' THEN 'erased' ELSE error_message END
WHERE delivery_id IN (SELECT d.id FROM deliveries d WHERE d.event_id = ANY (@event_ids::uuid[]));

-- name: GiveUpDelivery :many
-- Ends a delivery of which there is nothing left to send.
UPDATE deliveries
SET status = 'CANCELED', held_reason = NULL, next_attempt_at = NULL, next_trigger = 'AUTOMATIC', resume_at = NULL,
    completed_at = @now::timestamptz, updated_at = @now
WHERE id = @id AND status IN ('HELD', 'PENDING', 'RETRYING')
RETURNING *;

-- name: ForgetIdempotencyKey :exec
-- For a key whose event is not kept any more.
DELETE FROM idempotency_keys WHERE organization_id = @organization_id AND key = @key AND event_id = @event_id;
