-- name: ClaimDeliveries :many
-- Takes deliveries that no process has taken. Others skip what this one is taking rather than wait for it.
UPDATE deliveries
SET claimed_by = @process_id::uuid, claimed_at = @now
WHERE id IN (
    SELECT id FROM deliveries
    WHERE claimed_by IS NULL AND status IN ('PENDING', 'RETRYING')
    ORDER BY id
    LIMIT @at_most
    FOR UPDATE SKIP LOCKED
)
RETURNING id, organization_id, webhook_id, event_type,
    -- It may have a workflow: a retry had one unless that has certainly ended, and what was held had one perhaps.
    (status = 'RETRYING' AND workflow_id IS DISTINCT FROM '' OR status = 'PENDING' AND released_at IS NOT NULL)::boolean AS wake;

-- name: AssignBatch :many
-- Says which batch carries the deliveries, before it is started, so that nothing is started twice. Those that come back
-- are still this process's to start.
UPDATE deliveries
SET workflow_id = @workflow_id::text
WHERE id = ANY (@ids::uuid[]) AND claimed_by = @process_id::uuid
    AND (status = 'PENDING' AND workflow_id IS NULL OR status = 'RETRYING' AND workflow_id = '')
RETURNING id;

-- name: Heartbeat :exec
INSERT INTO processes (id, name, started_at, heartbeat_at)
VALUES (@id, @name, @started_at, now())
ON CONFLICT (id) DO UPDATE SET heartbeat_at = now();

-- name: DeadProcesses :many
SELECT id FROM processes WHERE heartbeat_at < now() - make_interval(secs => @silence_seconds::integer) ORDER BY id;

-- name: ReleaseClaims :execrows
-- Gives back what a process had taken and may not have started.
UPDATE deliveries
SET claimed_by = NULL
WHERE claimed_by = @process_id::uuid AND status = 'PENDING' AND workflow_id IS NULL;

-- name: ReleaseRetries :execrows
-- The same for retries that are due. A workflow that carries one already is woken to no effect.
UPDATE deliveries
SET claimed_by = NULL
WHERE claimed_by = @process_id::uuid AND status = 'RETRYING' AND next_attempt_at <= now()
    AND (workflow_id IS NULL OR workflow_id = '');

-- name: OrphanedBatches :many
-- What a process had put into batches, which may or may not have been started before it died.
SELECT id, workflow_id FROM deliveries
WHERE claimed_by = @process_id::uuid AND workflow_id <> ''
    AND (status = 'PENDING' OR status = 'RETRYING' AND next_attempt_at <= now())
ORDER BY workflow_id, id;

-- name: Adopt :exec
-- Makes this process the one that looks after deliveries that a batch is busy with.
UPDATE deliveries
SET claimed_by = @process_id::uuid, claimed_at = now()
WHERE id = ANY (@ids::uuid[]) AND status IN ('PENDING', 'RETRYING');

-- name: SignOff :exec
-- Lets the others see at once that this process is gone.
UPDATE processes SET heartbeat_at = '-infinity' WHERE id = @id;

-- name: CancelStranded :many
-- The same for a webhook that was being deleted.
UPDATE deliveries d
SET status = 'CANCELED', held_reason = NULL, next_attempt_at = NULL, completed_at = now(), updated_at = now()
FROM webhooks w
WHERE w.id = d.webhook_id AND d.status = 'HELD' AND w.deleted_at > now() - interval '10 minutes'
RETURNING d.*;

-- name: DeleteProcess :exec
DELETE FROM processes WHERE id = @id;

-- name: OverdueDeliveries :many
-- What should have moved and has not, although somebody took it on.
SELECT id, workflow_id FROM deliveries
WHERE status IN ('PENDING', 'RETRYING') AND next_attempt_at < now() - make_interval(secs => @grace_seconds::integer)
    AND claimed_by IS NOT NULL AND claimed_at < now() - make_interval(secs => @grace_seconds::integer)
ORDER BY next_attempt_at
LIMIT @at_most;

-- name: Unclaim :exec
UPDATE deliveries
SET claimed_by = NULL, workflow_id = NULL
WHERE id = ANY (@ids::uuid[]) AND status IN ('PENDING', 'RETRYING');
