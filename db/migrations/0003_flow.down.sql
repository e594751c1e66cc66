DROP TABLE delivery_stats_hours, delivery_stats_minutes, bulk_operations;

DROP TRIGGER subscription_versions ON webhook_subscriptions;
DROP FUNCTION keep_subscription_version;
DROP TABLE webhook_subscription_versions, webhook_gates;

DROP INDEX webhook_secrets_expiring;
ALTER TABLE webhook_secrets DROP COLUMN expiry_told;

UPDATE webhooks
SET status = 'DISABLED', disabled_reason = 'MANUAL', disabled_at = paused_at, paused_at = NULL
WHERE status = 'PAUSED';
UPDATE webhooks SET settings = settings - 'maxRequestsPerSecond' - 'breaker';
ALTER TABLE webhooks
    DROP COLUMN paused_at,
    DROP CONSTRAINT webhooks_status_check,
    ADD CONSTRAINT webhooks_status_check CHECK (status IN ('DISABLED', 'ENABLED'));

DROP INDEX idempotency_keys_by_age;

-- The log becomes whole again. What was replayed counts as published. What was held for more than its webhook's status is
-- due: the older program would never look at it.
ALTER TABLE events RENAME TO new_events;
ALTER TABLE deliveries RENAME TO new_deliveries;
ALTER TABLE delivery_contents RENAME TO new_delivery_contents;
ALTER TABLE delivery_attempts RENAME TO new_delivery_attempts;

CREATE TABLE events AS
SELECT e.id, e.organization_id, e.event_type, coalesce(p.payload, '{}') AS payload, e.idempotency_key, e.test, e.occurred_at,
    e.created_at, e.resource_ids, e.source_event_id, e.quarantined_at, e.schema_mismatch
FROM new_events e
LEFT JOIN event_payloads p ON p.event_id = e.id;

CREATE TABLE deliveries AS
SELECT d.id, d.organization_id, d.event_id, d.webhook_id, d.subscription_id, d.event_type,
    CASE WHEN NOT due.now THEN d.status WHEN d.attempt_count = 0 THEN 'PENDING' ELSE 'RETRYING' END AS status,
    CASE WHEN d.origin = 'TEST' THEN 'TEST' ELSE 'PUBLISH' END AS origin,
    CASE WHEN d.status = 'HELD' AND NOT due.now THEN 'WEBHOOK_DISABLED' END AS held_reason,
    d.attempt_count, d.scheduled_attempt_count, d.max_attempts, d.next_trigger,
    CASE WHEN due.now THEN now() ELSE d.next_attempt_at END AS next_attempt_at, d.resume_at, d.last_response_status,
    d.last_error_code, d.last_error_message, CASE WHEN NOT due.now THEN d.workflow_id END AS workflow_id,
    CASE WHEN NOT due.now THEN d.claimed_by END AS claimed_by, d.claimed_at, d.created_at, d.updated_at, d.completed_at
FROM new_deliveries d
LEFT JOIN webhooks w ON w.id = d.webhook_id
CROSS JOIN LATERAL (SELECT d.status = 'HELD' AND coalesce(w.status = 'ENABLED', false) AS now) due;

CREATE TABLE delivery_contents AS SELECT delivery_id, body, method, query FROM new_delivery_contents;
CREATE TABLE delivery_attempts AS SELECT * FROM new_delivery_attempts;

DROP TABLE new_delivery_attempts, new_delivery_contents, new_deliveries, event_payloads, new_events;

ALTER TABLE events
    ADD PRIMARY KEY (id),
    ALTER COLUMN organization_id SET NOT NULL,
    ALTER COLUMN event_type SET NOT NULL,
    ALTER COLUMN payload SET NOT NULL,
    ALTER COLUMN test SET NOT NULL,
    ALTER COLUMN test SET DEFAULT false,
    ALTER COLUMN occurred_at SET NOT NULL,
    ALTER COLUMN created_at SET NOT NULL,
    ALTER COLUMN resource_ids SET NOT NULL,
    ALTER COLUMN resource_ids SET DEFAULT '{}';

CREATE INDEX events_by_organization ON events (organization_id, id);
CREATE INDEX events_by_type ON events (organization_id, event_type, id);
CREATE INDEX events_by_source ON events (source_event_id) WHERE source_event_id IS NOT NULL;
CREATE INDEX events_quarantined ON events (organization_id, id) WHERE quarantined_at IS NOT NULL;

ALTER TABLE deliveries
    ADD PRIMARY KEY (id),
    ALTER COLUMN organization_id SET NOT NULL,
    ALTER COLUMN event_id SET NOT NULL,
    ALTER COLUMN webhook_id SET NOT NULL,
    ALTER COLUMN event_type SET NOT NULL,
    ALTER COLUMN status SET NOT NULL,
    ALTER COLUMN origin SET NOT NULL,
    ALTER COLUMN attempt_count SET NOT NULL,
    ALTER COLUMN attempt_count SET DEFAULT 0,
    ALTER COLUMN scheduled_attempt_count SET NOT NULL,
    ALTER COLUMN scheduled_attempt_count SET DEFAULT 0,
    ALTER COLUMN max_attempts SET NOT NULL,
    ALTER COLUMN next_trigger SET NOT NULL,
    ALTER COLUMN next_trigger SET DEFAULT 'AUTOMATIC',
    ALTER COLUMN created_at SET NOT NULL,
    ALTER COLUMN updated_at SET NOT NULL,
    ADD CHECK (status IN ('CANCELED', 'FAILED', 'HELD', 'PENDING', 'RETRYING', 'SUCCEEDED')),
    ADD CHECK (origin IN ('PUBLISH', 'TEST')),
    ADD CHECK (held_reason IN ('WEBHOOK_DISABLED')),
    ADD CHECK (next_trigger IN ('AUTOMATIC', 'MANUAL')),
    ADD CHECK ((status = 'HELD') = (held_reason IS NOT NULL)),
    ADD CHECK ((status IN ('PENDING', 'RETRYING')) = (next_attempt_at IS NOT NULL)),
    ADD CHECK ((status IN ('CANCELED', 'FAILED', 'SUCCEEDED')) = (completed_at IS NOT NULL));

CREATE INDEX deliveries_by_organization ON deliveries (organization_id, id);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_by_event ON deliveries (event_id, id);
CREATE INDEX deliveries_held ON deliveries (webhook_id, id) WHERE status = 'HELD';
CREATE INDEX deliveries_unclaimed ON deliveries (id) WHERE claimed_by IS NULL AND status IN ('PENDING', 'RETRYING');
CREATE INDEX deliveries_claims ON deliveries (claimed_by) WHERE status = 'PENDING';
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE status IN ('PENDING', 'RETRYING');

ALTER TABLE delivery_contents
    ADD PRIMARY KEY (delivery_id),
    ALTER COLUMN body SET NOT NULL,
    ALTER COLUMN method SET NOT NULL,
    ALTER COLUMN query SET NOT NULL;

ALTER TABLE delivery_attempts
    ADD PRIMARY KEY (id),
    ALTER COLUMN organization_id SET NOT NULL,
    ALTER COLUMN webhook_id SET NOT NULL,
    ALTER COLUMN delivery_id SET NOT NULL,
    ALTER COLUMN event_type SET NOT NULL,
    ALTER COLUMN number SET NOT NULL,
    ALTER COLUMN trigger SET NOT NULL,
    ALTER COLUMN status SET NOT NULL,
    ALTER COLUMN started_at SET NOT NULL,
    ALTER COLUMN duration_us SET NOT NULL,
    ALTER COLUMN method SET NOT NULL,
    ALTER COLUMN url SET NOT NULL,
    ALTER COLUMN request_headers SET NOT NULL,
    ALTER COLUMN response_truncated SET NOT NULL,
    ALTER COLUMN response_truncated SET DEFAULT false,
    ADD UNIQUE (delivery_id, number),
    ADD CHECK (number > 0),
    ADD CHECK (trigger IN ('AUTOMATIC', 'MANUAL')),
    ADD CHECK (status IN ('FAILED', 'SUCCEEDED'));

CREATE INDEX delivery_attempts_by_organization ON delivery_attempts (organization_id, id);
CREATE INDEX delivery_attempts_by_webhook ON delivery_attempts (webhook_id, id);
