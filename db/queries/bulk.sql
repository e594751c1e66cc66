-- name: CountOpenBulkOperations :one
SELECT count(*) FROM bulk_operations WHERE organization_id = @organization_id AND status IN ('PAUSED', 'RUNNING');

-- name: InsertBulkOperation :one
-- Nobody has looked after it for ever so long, so a workflow is started for it at once.
INSERT INTO bulk_operations (id, organization_id, kind, status, selection, webhook_id, event_id, max_per_second, api_key_id,
    total, taken_until, tended_at, created_at, updated_at)
VALUES (@id, @organization_id, @kind, 'RUNNING', @selection, sqlc.narg(webhook_id)::uuid, sqlc.narg(event_id)::uuid,
    sqlc.narg(max_per_second), sqlc.narg(api_key_id)::uuid, @total, @now, 'epoch', @now, @now)
RETURNING *;

-- name: BulkOperationsByID :many
SELECT * FROM bulk_operations WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: LockBulkOperation :one
SELECT * FROM bulk_operations WHERE id = @id FOR UPDATE;

-- name: AdvanceBulkOperation :one
-- Writes what became of an operation that the transaction has locked.
UPDATE bulk_operations
SET status = @status, total = @total, processed = @processed, failed = @failed, skipped = @skipped, failures = @failures,
    position = sqlc.narg(position)::uuid, taken_until = @taken_until, active_us = @active_us, tended_at = @tended_at,
    notice_due = @notice_due, updated_at = @updated_at, completed_at = sqlc.narg(completed_at)
WHERE id = @id
RETURNING *;

-- name: NeglectedBulkOperations :many
SELECT id FROM bulk_operations WHERE status = 'RUNNING' AND tended_at < @before ORDER BY tended_at LIMIT @at_most;

-- name: BulkOperationsWithNotice :many
SELECT * FROM bulk_operations WHERE notice_due ORDER BY id LIMIT @at_most;

-- name: BulkOperationTold :exec
UPDATE bulk_operations SET notice_due = false WHERE id = @id;

-- name: CountDueOfOperation :one
-- How many deliveries that an operation has let loose have yet to be attempted, as far as one wants to know.
SELECT count(*) FROM (
    SELECT FROM deliveries
    WHERE status IN ('PENDING', 'RETRYING') AND next_attempt_at <= @now AND operation_id = @operation_id::uuid
    LIMIT @at_most
) due;

-- name: ShareWebhooksOfDeliveries :many
-- Until the end of the transaction no webhook is paused, resumed or deleted: what is decided for its deliveries holds.
SELECT id FROM webhooks
WHERE id IN (SELECT d.webhook_id FROM deliveries d WHERE d.id = ANY (@delivery_ids::uuid[]))
ORDER BY id
FOR SHARE;

-- name: HaveWebhooks :many
-- The same, and nobody else replays to them meanwhile.
SELECT id FROM webhooks WHERE id = ANY (@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: RetryMany :many
-- Asks for one more attempt of many deliveries, as RetryDelivery does for one. Those to a webhook that gets nothing now
-- wait with the others. What is under way again or has succeeded meanwhile does not come back; what cannot be sent comes
-- back with the reason.
WITH item AS (
    SELECT d.id, d.event_id, d.webhook_id, d.status, d.origin,
        CASE WHEN w.deleted_at IS NOT NULL THEN 'WEBHOOK_DELETED'
            WHEN d.expunged OR p.event_id IS NULL THEN 'PAYLOAD_GONE'
            ELSE '' END AS problem,
        CASE w.status WHEN 'DISABLED' THEN 'WEBHOOK_DISABLED' WHEN 'PAUSED' THEN 'WEBHOOK_PAUSED'
            ELSE g.reason END AS held_reason
    FROM deliveries d
    JOIN webhooks w ON w.id = d.webhook_id
    LEFT JOIN webhook_gates g ON g.webhook_id = d.webhook_id
    LEFT JOIN event_payloads p ON p.event_id = d.event_id
    WHERE d.id = ANY (@ids::uuid[]) AND d.organization_id = @organization_id AND d.status IN ('CANCELED', 'FAILED')
    ORDER BY d.id
    FOR NO KEY UPDATE OF d
), again AS (
    SELECT webhook_id, count(*) AS failed FROM item
    WHERE problem = '' AND status = 'FAILED' AND origin <> 'TEST'
    GROUP BY webhook_id
), activity AS (
    -- Sorted, so that two commits with webhooks in common wait for each other and do not deadlock.
    SELECT a.webhook_id FROM webhook_activity a
    WHERE a.webhook_id IN (SELECT again.webhook_id FROM again)
    ORDER BY a.webhook_id
    FOR NO KEY UPDATE
), uncounted AS (
    -- What failed for good and is tried again has not failed for good.
    UPDATE webhook_activity a SET failed = greatest(a.failed - again.failed, 0)
    FROM activity
    JOIN again ON again.webhook_id = activity.webhook_id
    WHERE a.webhook_id = activity.webhook_id
), retried AS (
    UPDATE deliveries d
    SET status = CASE WHEN item.held_reason IS NULL THEN 'RETRYING' ELSE 'HELD' END, held_reason = item.held_reason,
        next_attempt_at = CASE WHEN item.held_reason IS NULL THEN @now::timestamptz END, next_trigger = 'MANUAL',
        resume_at = NULL, released_at = NULL, completed_at = NULL, operation_id = @operation_id::uuid, claimed_by = NULL,
        claimed_at = @now, updated_at = @now,
        -- A delivery that was canceled may have a workflow that does not know yet.
        workflow_id = CASE WHEN d.status = 'FAILED' AND d.completed_at < @ended_before::timestamptz THEN '' END
    FROM item
    WHERE d.id = item.id AND item.problem = ''
    RETURNING d.id
)
SELECT item.id, item.event_id, item.webhook_id, item.problem::text AS problem,
    (item.held_reason IS NOT NULL)::boolean AS held
FROM item
WHERE (SELECT count(*) FROM retried) >= 0
ORDER BY item.id;

-- name: ReplayMany :many
-- Makes new deliveries of events that were published before. What is not wanted any more, or cannot be sent, comes back
-- with the reason and no delivery.
WITH wanted AS (
    SELECT
        unnest(@ids::uuid[]) AS id,
        unnest(@event_ids::uuid[]) AS event_id,
        unnest(@webhook_ids::uuid[]) AS webhook_id,
        nullif(unnest(@subscription_ids::uuid[]), '00000000-0000-0000-0000-000000000000') AS subscription_id
), item AS (
    SELECT i.id, i.event_id, i.webhook_id, i.subscription_id, e.event_type, w.max_attempts, before.id AS replay_of_id,
        CASE WHEN w.deleted_at IS NOT NULL THEN 'WEBHOOK_DELETED'
            WHEN @only_missing::boolean AND before.id IS NOT NULL THEN 'NOT_MISSING'
            WHEN p.event_id IS NULL THEN 'PAYLOAD_GONE'
            ELSE '' END AS problem,
        CASE w.status WHEN 'DISABLED' THEN 'WEBHOOK_DISABLED' WHEN 'PAUSED' THEN 'WEBHOOK_PAUSED'
            ELSE g.reason END AS held_reason
    FROM wanted i
    JOIN events e ON e.id = i.event_id AND e.organization_id = @organization_id
    JOIN webhooks w ON w.id = i.webhook_id AND w.organization_id = @organization_id
    LEFT JOIN webhook_gates g ON g.webhook_id = i.webhook_id
    LEFT JOIN event_payloads p ON p.event_id = i.event_id
    LEFT JOIN LATERAL (
        SELECT d.id FROM deliveries d
        WHERE d.webhook_id = i.webhook_id AND d.event_id = i.event_id
        ORDER BY d.id DESC
        LIMIT 1
    ) before ON true
), replayed AS (
    INSERT INTO deliveries (id, organization_id, event_id, webhook_id, subscription_id, event_type, status, held_reason,
        origin, replay_of_id, operation_id, max_attempts, next_attempt_at, claimed_at, created_at, updated_at)
    SELECT id, @organization_id, event_id, webhook_id, subscription_id, event_type,
        CASE WHEN held_reason IS NULL THEN 'PENDING' ELSE 'HELD' END, held_reason, 'REPLAY', replay_of_id,
        @operation_id::uuid, max_attempts, CASE WHEN held_reason IS NULL THEN @now::timestamptz END, @now, @now, @now
    FROM item
    WHERE problem = ''
    RETURNING id
)
SELECT item.id::uuid AS id, item.event_id::uuid AS event_id, item.webhook_id::uuid AS webhook_id, item.problem::text AS problem,
    (item.held_reason IS NOT NULL)::boolean AS held
FROM item
WHERE (SELECT count(*) FROM replayed) >= 0
ORDER BY item.id;

-- name: EnabledSubscriptions :many
-- The oldest first.
SELECT * FROM webhook_subscriptions WHERE webhook_id = @webhook_id AND enabled ORDER BY id;
