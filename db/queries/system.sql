-- name: SystemDatabase :one
SELECT current_setting('server_version')::text AS version,
    (pg_database_size(current_database()) / 1000000)::bigint AS megabytes;

-- name: SystemProcesses :many
-- Processes that have signed off are left out.
SELECT id, name, started_at, heartbeat_at,
    (heartbeat_at >= now() - make_interval(secs => @silence_seconds::integer))::boolean AS alive
FROM processes
WHERE heartbeat_at > '-infinity'
ORDER BY started_at, id;

-- name: CountUnclaimed :one
-- How many deliveries no process has taken, up to a limit.
SELECT count(*) FROM (
    SELECT 1 FROM deliveries
    WHERE claimed_by IS NULL AND status IN ('PENDING', 'RETRYING')
    LIMIT @at_most
) AS unclaimed;

-- name: OldestUnclaimed :many
-- The one that was made first, if there is one.
SELECT created_at FROM deliveries
WHERE claimed_by IS NULL AND status IN ('PENDING', 'RETRYING')
ORDER BY id
LIMIT 1;

-- name: OldestDue :many
-- The one whose attempt has been due for the longest, if there is one.
SELECT next_attempt_at FROM deliveries
WHERE status IN ('PENDING', 'RETRYING') AND next_attempt_at < now()
ORDER BY next_attempt_at
LIMIT 1;

-- name: CountOverdue :one
-- How many attempts are late, up to a limit.
SELECT count(*) FROM (
    SELECT 1 FROM deliveries
    WHERE status IN ('PENDING', 'RETRYING')
        AND next_attempt_at < now() - make_interval(secs => @overdue_seconds::integer)
    LIMIT @at_most
) AS overdue;
