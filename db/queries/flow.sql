-- name: Gates :many
-- Why deliveries of webhooks are held, besides the status of the webhooks.
SELECT * FROM webhook_gates WHERE webhook_id = ANY (@webhook_ids::uuid[]) AND reason IS NOT NULL ORDER BY webhook_id;

-- name: LockGate :one
-- The settings of a webhook that is older than a setting are without it.
SELECT sqlc.embed(g), w.status, w.deleted_at, coalesce((w.settings ->> 'maxRequestsPerSecond')::integer, 0)::integer AS rate
FROM webhook_gates g
JOIN webhooks w ON w.id = g.webhook_id
WHERE g.webhook_id = @webhook_id
FOR UPDATE OF g;

-- name: CloseGate :execrows
-- Holds the deliveries of a webhook from now on, unless they are already.
INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, max_per_second)
SELECT w.id, w.organization_id, @reason::text, @now::timestamptz, sqlc.narg(max_per_second)::integer
FROM webhooks w
WHERE w.id = @webhook_id AND w.deleted_at IS NULL
ON CONFLICT (webhook_id) DO UPDATE
SET reason = excluded.reason, since = excluded.since, max_per_second = excluded.max_per_second, ramp_since = NULL,
    tended_at = 'epoch'
WHERE webhook_gates.reason IS NULL;

-- name: ResetGate :exec
-- What was held goes on, at a rate that somebody chose, whatever held it before.
INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, max_per_second)
SELECT w.id, w.organization_id, 'BACKLOG', @now::timestamptz, sqlc.narg(max_per_second)::integer
FROM webhooks w
WHERE w.id = @webhook_id
ON CONFLICT (webhook_id) DO UPDATE
SET reason = 'BACKLOG', since = excluded.since, max_per_second = excluded.max_per_second, ramp_since = NULL,
    probe_at = NULL, failed_probes = 0, tended_at = 'epoch';

-- name: OpenGate :exec
-- Nothing is held any more.
UPDATE webhook_gates
SET reason = NULL, since = NULL, max_per_second = NULL, ramp_since = NULL, probe_at = NULL, failed_probes = 0,
    tended_at = @now
WHERE webhook_id = @webhook_id AND reason IS NOT NULL;

-- name: OpenBreaker :execrows
-- Gives a receiver a rest, unless it has one.
INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at)
SELECT w.id, w.organization_id, 'BREAKER_OPEN', @now::timestamptz, @probe_at::timestamptz
FROM webhooks w
WHERE w.id = @webhook_id AND w.deleted_at IS NULL
ON CONFLICT (webhook_id) DO UPDATE
SET reason = excluded.reason, since = excluded.since, probe_at = excluded.probe_at, failed_probes = 0, ramp_since = NULL,
    max_per_second = NULL, tended_at = 'epoch'
WHERE webhook_gates.reason IS DISTINCT FROM 'BREAKER_OPEN';

-- name: TakeProbe :execrows
-- Makes one attempt the one that finds out whether a receiver is back. Should it be lost, another may after a while.
UPDATE webhook_gates
SET probe_at = @next_probe_at::timestamptz
WHERE webhook_id = @webhook_id AND reason = 'BREAKER_OPEN' AND probe_at <= @now::timestamptz;

-- name: ProbeFailed :execrows
UPDATE webhook_gates
SET failed_probes = failed_probes + 1, tended_at = 'epoch', probe_at = @probe_at
WHERE webhook_id = @webhook_id AND reason = 'BREAKER_OPEN';

-- name: ProbeSucceeded :execrows
-- The receiver is back: what was held is let go, slowly at first.
UPDATE webhook_gates
SET reason = 'BACKLOG', since = @now::timestamptz, ramp_since = @now::timestamptz, recovered_at = @now::timestamptz,
    probe_at = NULL, failed_probes = 0, max_per_second = NULL, tended_at = 'epoch'
WHERE webhook_id = @webhook_id AND reason = 'BREAKER_OPEN';

-- name: EndRest :execrows
-- The breaker was switched off: what was held is let go, slowly at first.
UPDATE webhook_gates
SET reason = 'BACKLOG', since = @now::timestamptz, ramp_since = @now::timestamptz, probe_at = NULL, failed_probes = 0,
    max_per_second = NULL, tended_at = 'epoch'
WHERE webhook_id = @webhook_id AND reason = 'BREAKER_OPEN';

-- name: TakeTurn :execrows
-- Counts a request of a webhook that takes only so many in a second, if there is room for it. The room follows from until
-- when the requests that went before take, at the rate that is allowed.
INSERT INTO webhook_gates AS g (webhook_id, organization_id, taken_until)
SELECT w.id, w.organization_id, @first_until::timestamptz
FROM webhooks w
WHERE w.id = @webhook_id
ON CONFLICT (webhook_id) DO UPDATE
SET taken_until = greatest(g.taken_until, sqlc.arg(now)::timestamptz) + make_interval(secs => sqlc.arg(step_seconds)::float8)
WHERE g.reason IS NULL AND g.taken_until <= @room_until::timestamptz;

-- name: GateTended :exec
UPDATE webhook_gates SET taken_until = @taken_until, tended_at = @tended_at WHERE webhook_id = @webhook_id;

-- name: LetGo :many
-- Lets the oldest held deliveries of a webhook go. Those that somebody is changing are left for the next time. What was
-- held by a workflow of its own may still have it.
UPDATE deliveries d
SET status = CASE WHEN d.attempt_count = 0 THEN 'PENDING' ELSE 'RETRYING' END, held_reason = NULL, next_attempt_at = @now,
    released_at = @now, claimed_by = sqlc.narg(claimed_by)::uuid, claimed_at = @now, workflow_id = NULL, updated_at = @now
FROM (
    SELECT h.id, h.claimed_by IS NOT NULL AND h.workflow_id IS NULL AS alone FROM deliveries h
    WHERE h.webhook_id = @webhook_id AND h.status = 'HELD'
    ORDER BY h.id
    LIMIT @at_most
    FOR UPDATE SKIP LOCKED
) held
WHERE d.id = held.id
RETURNING sqlc.embed(d), held.alone::boolean AS alone;

-- name: HeldAndReleased :one
-- Whether a webhook has held deliveries, and how many of those let go have not been attempted, as far as it matters. The
-- order keeps Postgres from reading the whole log when others have many held ones and this webhook has none.
SELECT ((SELECT h.id FROM deliveries h WHERE h.webhook_id = @webhook_id AND h.status = 'HELD' ORDER BY h.id LIMIT 1)
        IS NOT NULL)::boolean AS held,
    (SELECT count(*) FROM (
        SELECT FROM deliveries d
        WHERE d.webhook_id = @webhook_id AND d.status IN ('PENDING', 'RETRYING') AND d.released_at IS NOT NULL
        LIMIT @at_most
    ) few) AS released;

-- name: HoldDeliveries :many
-- Puts deliveries aside that wait to be attempted.
UPDATE deliveries d
SET status = 'HELD', held_reason = n.reason, next_attempt_at = NULL, released_at = NULL, updated_at = @now
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@reasons::text[]) AS reason) n
WHERE d.id = n.id AND d.status IN ('PENDING', 'RETRYING')
RETURNING d.*;

-- name: DropHeld :many
-- Gives up some of what is held, the oldest first. As an array, Postgres looks each of them up and does not read the log.
UPDATE deliveries
SET status = 'CANCELED', held_reason = NULL, completed_at = @now, updated_at = @now, next_trigger = 'AUTOMATIC',
    resume_at = NULL
WHERE id = ANY (ARRAY(
    SELECT d.id FROM deliveries d
    WHERE d.webhook_id = @webhook_id AND d.status = 'HELD' AND d.id <= @last_id
    ORDER BY d.id
    LIMIT @at_most
    FOR UPDATE
))
RETURNING *;

-- name: HeldDeliveries :many
-- How many deliveries of webhooks are held, and the oldest.
SELECT webhook_id, count(*) AS held, (min(id::text))::uuid AS oldest
FROM deliveries
WHERE webhook_id = ANY (@webhook_ids::uuid[]) AND status = 'HELD'
GROUP BY webhook_id
ORDER BY webhook_id;

-- name: NeglectedGates :many
-- Gates that are closed for a while only, and that nobody looks after.
SELECT g.webhook_id FROM webhook_gates g
JOIN webhooks w ON w.id = g.webhook_id
WHERE g.reason IS NOT NULL AND g.tended_at < @before::timestamptz AND w.status = 'ENABLED' AND w.deleted_at IS NULL
ORDER BY g.tended_at
LIMIT @at_most;

-- name: CloseGatesOfStranded :execrows
-- An event that was published while its webhook was being enabled, or the last of a backlog was let go, may have been held
-- for a state that is over.
INSERT INTO webhook_gates (webhook_id, organization_id, reason, since)
SELECT w.id, w.organization_id, 'BACKLOG', @now::timestamptz
FROM webhooks w
LEFT JOIN webhook_gates g ON g.webhook_id = w.id
WHERE w.status = 'ENABLED' AND w.deleted_at IS NULL AND g.reason IS NULL
    AND (w.updated_at > @changed_since::timestamptz OR g.tended_at > @changed_since::timestamptz)
    AND EXISTS (SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.status = 'HELD')
ON CONFLICT (webhook_id) DO UPDATE
SET reason = excluded.reason, since = excluded.since, tended_at = 'epoch'
WHERE webhook_gates.reason IS NULL;

-- name: RecoveredGates :many
-- Webhooks whose receivers are back after a rest, and whose owners have yet to be told.
SELECT sqlc.embed(w), g.recovered_at::timestamptz AS recovered_at
FROM webhook_gates g
JOIN webhooks w ON w.id = g.webhook_id
WHERE g.recovered_at IS NOT NULL
ORDER BY g.webhook_id
LIMIT @at_most;

-- name: RecoveryTold :exec
UPDATE webhook_gates SET recovered_at = NULL WHERE webhook_id = @webhook_id AND recovered_at = @recovered_at;
