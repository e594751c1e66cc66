-- name: CountCanceled :exec
-- Adds deliveries that were canceled to the figures of their webhooks.
INSERT INTO delivery_stats_minutes AS known (organization_id, webhook_id, bucket, response_status, duration_step, attempts,
    retries, failed_attempts, duration_us, succeeded, failed, canceled)
SELECT one.organization_id, one.webhook_id, date_trunc('minute', @now::timestamptz), 0, -1, 0, 0, 0, 0, 0, 0, count(*)
FROM (SELECT unnest(@organization_ids::uuid[]) AS organization_id, unnest(@webhook_ids::uuid[]) AS webhook_id) one
GROUP BY one.organization_id, one.webhook_id
-- Sorted, so that two transactions with webhooks in common wait for each other and do not deadlock.
ORDER BY one.webhook_id
ON CONFLICT (webhook_id, bucket, response_status, duration_step) DO UPDATE
SET canceled = known.canceled + excluded.canceled;

-- name: StatsOfWebhooks :many
-- What is in minutes is not in hours, and the other way round, at any moment.
SELECT one.webhook_id AS owner_id,
    date_bin(make_interval(secs => @seconds::float8), one.bucket, @range_from::timestamptz)::timestamptz AS start,
    one.response_status, one.duration_step, sum(one.attempts)::bigint AS attempts, sum(one.retries)::bigint AS retries,
    sum(one.failed_attempts)::bigint AS failed_attempts, sum(one.duration_us)::bigint AS duration_us,
    sum(one.succeeded)::bigint AS succeeded, sum(one.failed)::bigint AS failed, sum(one.canceled)::bigint AS canceled
FROM (
    SELECT m.* FROM delivery_stats_minutes m
    WHERE m.webhook_id = ANY (@webhook_ids::uuid[]) AND m.bucket >= @range_from AND m.bucket < @range_to::timestamptz
    UNION ALL
    SELECT h.* FROM delivery_stats_hours h
    WHERE h.organization_id = ANY (@organization_ids::uuid[]) AND h.webhook_id = ANY (@webhook_ids)
        AND h.bucket >= @range_from AND h.bucket < @range_to
) one
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;

-- name: StatsOfOrganization :many
-- The same for all webhooks together, which hours have rows of their own for.
SELECT one.organization_id AS owner_id,
    date_bin(make_interval(secs => @seconds::float8), one.bucket, @range_from::timestamptz)::timestamptz AS start,
    one.response_status, one.duration_step, sum(one.attempts)::bigint AS attempts, sum(one.retries)::bigint AS retries,
    sum(one.failed_attempts)::bigint AS failed_attempts, sum(one.duration_us)::bigint AS duration_us,
    sum(one.succeeded)::bigint AS succeeded, sum(one.failed)::bigint AS failed, sum(one.canceled)::bigint AS canceled
FROM (
    SELECT m.* FROM delivery_stats_minutes m
    WHERE m.organization_id = @organization_id AND m.bucket >= @range_from AND m.bucket < @range_to::timestamptz
    UNION ALL
    SELECT h.* FROM delivery_stats_hours h
    WHERE h.organization_id = @organization_id AND h.webhook_id = '00000000-0000-0000-0000-000000000000'
        AND h.bucket >= @range_from AND h.bucket < @range_to
) one
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;

-- name: OpenOfWebhooks :many
SELECT webhook_id AS owner_id, status, count(*) AS total FROM deliveries
WHERE webhook_id = ANY (@webhook_ids::uuid[]) AND status IN ('HELD', 'PENDING', 'RETRYING')
GROUP BY webhook_id, status
ORDER BY webhook_id, status;

-- name: OpenOfOrganizations :many
SELECT organization_id AS owner_id, status, count(*) AS total FROM deliveries
WHERE organization_id = ANY (@organization_ids::uuid[]) AND status IN ('HELD', 'PENDING', 'RETRYING')
GROUP BY organization_id, status
ORDER BY organization_id, status;

-- name: LastAttemptOfOrganization :one
SELECT last_attempt_at FROM webhook_activity WHERE organization_id = @organization_id ORDER BY last_attempt_at DESC LIMIT 1;

-- name: FoldStats :one
-- Makes hours of minutes, and of the webhooks of an organization one that stands for all. What another process is at is
-- left to it, and what is added to a minute meanwhile is found by the next fold.
WITH old AS (
    SELECT webhook_id, bucket, response_status, duration_step FROM delivery_stats_minutes
    WHERE bucket < @before::timestamptz
    ORDER BY bucket
    LIMIT @at_most
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM delivery_stats_minutes m USING old
    WHERE m.webhook_id = old.webhook_id AND m.bucket = old.bucket AND m.response_status = old.response_status
        AND m.duration_step = old.duration_step
    RETURNING m.*
), folded AS (
    INSERT INTO delivery_stats_hours AS known (organization_id, webhook_id, bucket, response_status, duration_step, attempts,
        retries, failed_attempts, duration_us, succeeded, failed, canceled)
    SELECT gone.organization_id, who.webhook_id, date_trunc('hour', gone.bucket, 'UTC'), gone.response_status,
        gone.duration_step, sum(gone.attempts), sum(gone.retries), sum(gone.failed_attempts), sum(gone.duration_us),
        sum(gone.succeeded), sum(gone.failed), sum(gone.canceled)
    FROM gone
    CROSS JOIN LATERAL (VALUES (gone.webhook_id), ('00000000-0000-0000-0000-000000000000'::uuid)) AS who (webhook_id)
    GROUP BY 1, 2, 3, 4, 5
    -- Sorted, so that two folds wait for each other and do not deadlock.
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (organization_id, webhook_id, bucket, response_status, duration_step) DO UPDATE
    SET attempts = known.attempts + excluded.attempts,
        retries = known.retries + excluded.retries,
        failed_attempts = known.failed_attempts + excluded.failed_attempts,
        duration_us = known.duration_us + excluded.duration_us,
        succeeded = known.succeeded + excluded.succeeded,
        failed = known.failed + excluded.failed,
        canceled = known.canceled + excluded.canceled
)
SELECT count(*) FROM gone;

-- name: DropOldStats :execrows
DELETE FROM delivery_stats_hours WHERE bucket < @before;
