-- name: DeliveriesWithNotice :many
-- Deliveries that failed for good without their owners having been told, and whether there is anybody to tell.
SELECT sqlc.embed(d), w.name AS webhook_name, EXISTS (
        SELECT FROM webhook_subscriptions s JOIN webhooks l ON l.id = s.webhook_id
        WHERE s.organization_id = d.organization_id AND s.event_type = 'delivery.exhausted' AND s.enabled
            AND l.deleted_at IS NULL
    )::boolean AS wanted
FROM deliveries d
JOIN webhooks w ON w.id = d.webhook_id
WHERE d.notice_due AND d.id BETWEEN @first_id AND @last_id
ORDER BY d.id
LIMIT @at_most;

-- name: DeliveryNoticesGiven :exec
-- One that was tried again meanwhile and failed again is another occasion.
UPDATE deliveries d
SET notice_due = false
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@attempt_counts::integer[]) AS attempt_count) given
WHERE d.id = given.id AND d.attempt_count = given.attempt_count AND d.notice_due;

-- name: SecretsExpiring :many
SELECT s.id AS secret_id, s.kind, s.expires_at, sqlc.embed(w)
FROM webhook_secrets s
JOIN webhooks w ON w.id = s.webhook_id
WHERE s.expires_at > @now::timestamptz AND s.expires_at <= @until::timestamptz AND NOT s.expiry_told
    AND w.deleted_at IS NULL
ORDER BY s.expires_at
LIMIT @at_most;

-- name: SecretExpiryTold :exec
UPDATE webhook_secrets SET expiry_told = true WHERE id = @id;
