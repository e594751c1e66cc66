-- name: InsertWebhook :one
INSERT INTO webhooks (id, organization_id, name, description, url, status, timeout_seconds, header_names, sealed_headers,
    retry_delays_seconds, retry_jitter_percent, created_at, updated_at)
VALUES (@id, @organization_id, @name, @description, @url, @status, @timeout_seconds, @header_names, @sealed_headers,
    @retry_delays_seconds, @retry_jitter_percent, @now, @now)
RETURNING *;

-- name: UpdateWebhook :one
UPDATE webhooks
SET name = @name, description = @description, url = @url, timeout_seconds = @timeout_seconds,
    header_names = @header_names, sealed_headers = @sealed_headers, retry_delays_seconds = @retry_delays_seconds,
    retry_jitter_percent = @retry_jitter_percent, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND deleted_at IS NULL
RETURNING *;

-- name: SetWebhookStatus :one
UPDATE webhooks
SET status = @status, updated_at = @now
WHERE organization_id = @organization_id AND id = @id AND deleted_at IS NULL
RETURNING *;

-- name: DeleteWebhook :one
UPDATE webhooks
SET deleted_at = @now, updated_at = @now, header_names = '{}', sealed_headers = NULL
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
INSERT INTO webhook_secrets (id, webhook_id, sealed, hint, created_at)
VALUES (@id, @webhook_id, @sealed, @hint, @now)
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
INSERT INTO webhook_subscriptions (id, organization_id, webhook_id, event_type, enabled, created_at, updated_at)
SELECT unnest(@ids::uuid[]), @organization_id, @webhook_id, unnest(@event_types::text[]), @enabled, @now, @now
ON CONFLICT (webhook_id, event_type) DO NOTHING
RETURNING *;

-- name: CountSubscriptions :one
SELECT count(*) FROM webhook_subscriptions WHERE webhook_id = @webhook_id;

-- name: UpdateSubscription :one
UPDATE webhook_subscriptions
SET event_type = @event_type, enabled = @enabled, updated_at = @now
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
