-- name: ExplainDeliveries :many
-- Of the deliveries of an event to each webhook, the newest of each origin. Deliveries are not older than their event, so
-- that parts of the log before it need not be looked at.
SELECT DISTINCT ON (webhook_id, origin) id, webhook_id, subscription_id, origin
FROM deliveries
WHERE event_id = @event_id AND webhook_id = ANY (@webhook_ids::uuid[]) AND id >= @not_before
ORDER BY webhook_id, origin, id DESC;

-- name: ExplainSubscriptions :many
-- Of each subscription that is for an event type now, or was at the moment or after it: what it was like then, or first was
-- after it. The oldest subscription comes first.
SELECT DISTINCT ON (v.subscription_id) sqlc.embed(v), NOT EXISTS (
    SELECT FROM webhook_subscription_versions o
    WHERE o.subscription_id = v.subscription_id AND o.valid_from < @moment
) AS created_later
FROM webhook_subscription_versions v
WHERE v.organization_id = @organization_id AND v.webhook_id = ANY (@webhook_ids::uuid[])
    AND v.event_type = ANY (@patterns::text[]) AND (v.valid_to IS NULL OR v.valid_to >= @moment)
ORDER BY v.subscription_id, v.valid_from;
