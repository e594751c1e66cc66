-- name: InsertWebhook :one
INSERT INTO webhooks (id, organization_id, name, description, url, status, disabled_reason, disabled_at, settings,
    max_attempts, header_names, sealed_headers, auth, sealed_auth, created_at, updated_at)
VALUES (@id, @organization_id, @name, @description, @url, @status, @disabled_reason, @disabled_at, @settings,
    @max_attempts, @header_names, @sealed_headers, @auth, @sealed_auth, @now, @now)
RETURNING *;

-- name: CountWebhooks :one
SELECT count(*) FROM webhooks WHERE organization_id = @organization_id AND deleted_at IS NULL;

-- name: LockOrganization :one
-- Whoever adds webhooks to an organization waits for the others that do, so that its limit holds.
SELECT * FROM organizations WHERE id = @id FOR NO KEY UPDATE;

-- name: UpdateWebhook :one
UPDATE webhooks
SET name = @name, description = @description, url = @url, settings = @settings, max_attempts = @max_attempts,
    header_names = @header_names, sealed_headers = @sealed_headers, auth = @auth, sealed_auth = @sealed_auth,
    version = version + 1, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND deleted_at IS NULL
RETURNING *;

-- name: SetWebhookStatus :one
UPDATE webhooks
SET status = @status, disabled_reason = @disabled_reason,
    disabled_at = CASE WHEN @status::text = 'DISABLED' THEN @now::timestamptz END,
    paused_at = CASE WHEN @status::text = 'PAUSED' THEN @now::timestamptz END,
    notice_due = false, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND deleted_at IS NULL
RETURNING *;

-- name: DeleteWebhook :one
UPDATE webhooks
SET deleted_at = @now, updated_at = @now, header_names = '{}', sealed_headers = NULL, auth = NULL, sealed_auth = NULL
WHERE organization_id = @organization_id AND id = @id AND deleted_at IS NULL
RETURNING *;

-- name: LockWebhook :one
SELECT * FROM webhooks WHERE id = @id AND deleted_at IS NULL FOR UPDATE;

-- name: LockWebhookOfSubscription :one
SELECT w.* FROM webhook_subscriptions s
JOIN webhooks w ON w.id = s.webhook_id
WHERE s.id = @id AND w.deleted_at IS NULL
FOR UPDATE OF w;

-- name: WebhooksByID :many
-- Deleted ones are included: deliveries in the log refer to them.
SELECT * FROM webhooks WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: InsertWebhookSecret :one
INSERT INTO webhook_secrets (id, webhook_id, kind, public_key, sealed, hint, created_at)
VALUES (@id, @webhook_id, @kind, @public_key, @sealed, @hint, @now)
RETURNING *;

-- name: ExpireWebhookSecrets :exec
-- The current secret gets its end; one that has an end keeps it unless the new one is sooner.
UPDATE webhook_secrets
SET expires_at = least(expires_at, @expires_at::timestamptz)
WHERE webhook_id = @webhook_id;

-- name: DeleteExpiredWebhookSecrets :exec
DELETE FROM webhook_secrets WHERE webhook_id = @webhook_id AND expires_at <= @now;

-- name: DeleteWebhookSecrets :exec
DELETE FROM webhook_secrets WHERE webhook_id = @webhook_id;

-- name: LiveWebhookSecrets :many
-- The current one first, which has no end, whatever the clocks of the processes that made the others.
SELECT * FROM webhook_secrets
WHERE webhook_id = ANY (@webhook_ids::uuid[]) AND (expires_at IS NULL OR expires_at > @now)
ORDER BY webhook_id, expires_at IS NULL DESC, id DESC;

-- name: InsertSubscriptions :many
INSERT INTO webhook_subscriptions (id, organization_id, webhook_id, event_type, filter, resource_ids, payload_query, enabled,
    created_at, updated_at)
SELECT one.id, @organization_id, @webhook_id, one.event_type, nullif(one.filter, ''),
    CASE WHEN one.resource_ids = '' THEN '{}' ELSE string_to_array(one.resource_ids, chr(10)) END,
    nullif(one.payload_query, ''), one.enabled, @now, @now
FROM (
    SELECT unnest(@ids::uuid[]) AS id, unnest(@event_types::text[]) AS event_type, unnest(@filters::text[]) AS filter,
        -- The lists, each with a line feed between its ids: Postgres has no arrays of arrays of different lengths.
        unnest(@resource_ids::text[]) AS resource_ids, unnest(@payload_queries::text[]) AS payload_query,
        unnest(@enabled::boolean[]) AS enabled
) one
ON CONFLICT (webhook_id, event_type) DO NOTHING
RETURNING *;

-- name: CountSubscriptions :one
SELECT count(*) FROM webhook_subscriptions WHERE webhook_id = @webhook_id;

-- name: UpdateSubscription :one
UPDATE webhook_subscriptions
SET event_type = @event_type, filter = @filter, resource_ids = @resource_ids, payload_query = @payload_query,
    enabled = @enabled, updated_at = @now
WHERE organization_id = @organization_id AND id = @id
RETURNING *;

-- name: DeleteSubscription :one
DELETE FROM webhook_subscriptions WHERE organization_id = @organization_id AND id = @id RETURNING *;

-- name: DeleteSubscriptions :exec
DELETE FROM webhook_subscriptions WHERE webhook_id = @webhook_id;

-- name: SubscriptionsByID :many
SELECT * FROM webhook_subscriptions WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: SubscribedEventTypes :many
SELECT webhook_id, event_type FROM webhook_subscriptions
WHERE webhook_id = ANY (@webhook_ids::uuid[]) AND enabled
ORDER BY webhook_id, event_type;

-- name: WebhookActivity :many
SELECT * FROM webhook_activity WHERE webhook_id = ANY (@webhook_ids::uuid[]) ORDER BY webhook_id;

-- name: ForgetFailures :exec
UPDATE webhook_activity
SET consecutive_failures = 0, failing_since = NULL, gone_at = NULL
WHERE webhook_id = @webhook_id;

-- name: DisableFailing :many
-- Takes webhooks out of use that fail as their settings do not allow. Without ids it looks at all of them.
UPDATE webhooks w
SET status = 'DISABLED', disabled_at = @now, notice_due = true, updated_at = @now, disabled_reason = CASE
        WHEN (w.settings -> 'autoDisable' ->> 'onGone')::boolean AND a.gone_at IS NOT NULL THEN 'GONE'
        WHEN (w.settings -> 'autoDisable' ->> 'consecutiveFailures')::integer BETWEEN 1 AND a.consecutive_failures
            THEN 'CONSECUTIVE_FAILURES'
        ELSE 'FAILING_FOR_HOURS'
    END
FROM webhook_activity a
WHERE a.webhook_id = w.id AND w.status = 'ENABLED' AND w.deleted_at IS NULL
    AND (sqlc.narg(webhook_ids)::uuid[] IS NULL OR w.id = ANY (sqlc.narg(webhook_ids)::uuid[]))
    AND (a.consecutive_failures > 0 OR a.failing_since IS NOT NULL OR a.gone_at IS NOT NULL)
    AND (
        (w.settings -> 'autoDisable' ->> 'onGone')::boolean AND a.gone_at IS NOT NULL
        OR (w.settings -> 'autoDisable' ->> 'consecutiveFailures')::integer BETWEEN 1 AND a.consecutive_failures
        OR (w.settings -> 'autoDisable' ->> 'failingForHours')::integer > 0
            AND a.failing_since + make_interval(hours => (w.settings -> 'autoDisable' ->> 'failingForHours')::integer) <= @now
    )
RETURNING w.*;

-- name: WebhooksWithNotice :many
SELECT * FROM webhooks WHERE notice_due ORDER BY id LIMIT @at_most;

-- name: NoticeGiven :exec
UPDATE webhooks SET notice_due = false WHERE id = @id AND disabled_at = @disabled_at;

-- name: SecretsToRotate :many
-- Webhooks whose current secret is older than their settings allow.
SELECT w.id, w.organization_id
FROM webhooks w
JOIN webhook_secrets s ON s.webhook_id = w.id AND s.expires_at IS NULL
WHERE w.deleted_at IS NULL AND (w.settings -> 'secretRotation' ->> 'everyDays')::integer > 0
    AND s.created_at + make_interval(days => (w.settings -> 'secretRotation' ->> 'everyDays')::integer) <= @now
GROUP BY w.id
ORDER BY w.id
LIMIT @at_most;

-- name: SubscriptionsOfWebhook :many
SELECT * FROM webhook_subscriptions WHERE webhook_id = @webhook_id ORDER BY id;

-- name: AnnounceSecret :exec
-- Notes that the owner has yet to be told of the current secret.
UPDATE webhook_secrets SET notice_due = true
WHERE webhook_id = @webhook_id AND kind = 'SYMMETRIC' AND expires_at IS NULL;

-- name: SecretsWithNotice :many
SELECT s.id AS secret_id, sqlc.embed(w)
FROM webhook_secrets s
JOIN webhooks w ON w.id = s.webhook_id
WHERE s.notice_due
ORDER BY s.id
LIMIT @at_most;

-- name: SecretNoticeGiven :exec
UPDATE webhook_secrets SET notice_due = false WHERE id = @id;
