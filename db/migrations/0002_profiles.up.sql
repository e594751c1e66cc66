-- Everything about a webhook becomes data: its settings are one document, filled in by the organization's profile.

ALTER TABLE organizations
    ADD COLUMN max_webhooks           integer NOT NULL DEFAULT 25 CHECK (max_webhooks > 0),
    ADD COLUMN max_publish_per_minute integer NOT NULL DEFAULT 1000 CHECK (max_publish_per_minute > 0),
    ADD COLUMN allow_insecure_urls    boolean NOT NULL DEFAULT true,
    ADD COLUMN manage_roles           text[]  NOT NULL DEFAULT '{ADMIN,DEVELOPER}',
    ADD COLUMN view_roles             text[]  NOT NULL DEFAULT '{ADMIN,DEVELOPER,VIEWER}';

-- The profile as it was when the organization took it on, so that nobody's webhooks change with a file. An organization
-- without one has the default profile.
CREATE TABLE organization_profiles (
    organization_id uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    document        json NOT NULL
);

-- How often an organization has published in the minute that began at window_start.
CREATE TABLE publish_quotas (
    organization_id uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    window_start    timestamptz NOT NULL,
    used            integer     NOT NULL
) WITH (fillfactor = 50);

ALTER TABLE event_types
    ADD COLUMN derived_from      text,
    ADD COLUMN derived_when      text,
    ADD COLUMN schema_validation text NOT NULL DEFAULT 'REJECT'
        CHECK (schema_validation IN ('OFF', 'QUARANTINE', 'REJECT', 'WARN')),
    ADD COLUMN deprecation       text,
    ADD CHECK ((derived_from IS NULL) = (derived_when IS NULL));

CREATE INDEX event_types_by_source ON event_types (organization_id, derived_from) WHERE derived_from IS NOT NULL;

ALTER TABLE webhooks
    ADD COLUMN settings        jsonb,
    -- How many attempts the settings come to, for publishing, which needs no more of them.
    ADD COLUMN max_attempts    integer,
    -- Goes up with each change, so that nothing that was made from old settings is used for new ones.
    ADD COLUMN version         integer NOT NULL DEFAULT 1,
    -- What may be shown of the authentication, and all of it.
    ADD COLUMN auth            jsonb,
    ADD COLUMN sealed_auth     bytea,
    ADD COLUMN disabled_reason text
        CHECK (disabled_reason IN ('CONSECUTIVE_FAILURES', 'FAILING_FOR_HOURS', 'GONE', 'MANUAL')),
    ADD COLUMN disabled_at     timestamptz,
    -- The owner has yet to be told.
    ADD COLUMN notice_due      boolean NOT NULL DEFAULT false;

UPDATE webhooks SET
    max_attempts = cardinality(retry_delays_seconds) + 1,
    disabled_reason = CASE WHEN status = 'DISABLED' THEN 'MANUAL' END,
    disabled_at = CASE WHEN status = 'DISABLED' THEN updated_at END,
    settings = jsonb_build_object(
        'method', 'POST',
        'timeoutSeconds', timeout_seconds,
        'envelope', '{"type": event.type, "timestamp": event.timestamp, "data": event.data}',
        'query', '[]'::jsonb,
        'sections', '[]'::jsonb,
        'signatures', '[{"scheme": "STANDARD_WEBHOOKS_V1"}]'::jsonb,
        'retryPolicy', jsonb_build_object(
            'enabled', true, 'delaysSeconds', to_jsonb(retry_delays_seconds), 'backoff', NULL,
            'jitterPercent', retry_jitter_percent, 'honorRetryAfter', true,
            'retryOn', '["NETWORK", "TIMEOUT", "STATUS_3XX", "STATUS_4XX", "STATUS_408_429", "STATUS_5XX"]'::jsonb),
        'autoDisable', '{"consecutiveFailures": 0, "failingForHours": 120, "onGone": true}'::jsonb,
        'secretRotation', '{"everyDays": 0, "overlapSeconds": 86400}'::jsonb);

ALTER TABLE webhooks
    ALTER COLUMN settings SET NOT NULL,
    ALTER COLUMN max_attempts SET NOT NULL,
    DROP COLUMN timeout_seconds,
    DROP COLUMN retry_delays_seconds,
    DROP COLUMN retry_jitter_percent,
    ADD CHECK ((status = 'DISABLED') = (disabled_reason IS NOT NULL)),
    ADD CHECK ((status = 'DISABLED') = (disabled_at IS NOT NULL));

CREATE INDEX webhooks_with_notice ON webhooks (id) WHERE notice_due;

ALTER TABLE webhook_secrets
    ADD COLUMN kind       text NOT NULL DEFAULT 'SYMMETRIC' CHECK (kind IN ('ED25519', 'SYMMETRIC')),
    -- What receivers verify with. Only asymmetric secrets have it.
    ADD COLUMN public_key text,
    -- The owner has yet to be told that it took the place of another.
    ADD COLUMN notice_due boolean NOT NULL DEFAULT false,
    ADD CHECK ((kind = 'ED25519') = (public_key IS NOT NULL));

ALTER TABLE webhook_secrets ALTER COLUMN kind DROP DEFAULT;

CREATE INDEX webhook_secrets_with_notice ON webhook_secrets (id) WHERE notice_due;

ALTER TABLE webhook_subscriptions
    ADD COLUMN filter        text,
    ADD COLUMN resource_ids  text[] NOT NULL DEFAULT '{}',
    ADD COLUMN payload_query text;

-- How a webhook fares. It is apart from the webhook, because it changes all the time. Test deliveries do not count.
CREATE TABLE webhook_activity (
    webhook_id           uuid PRIMARY KEY,
    organization_id      uuid        NOT NULL,
    last_attempt_at      timestamptz NOT NULL,
    last_attempt_status  text        NOT NULL CHECK (last_attempt_status IN ('FAILED', 'SUCCEEDED')),
    succeeded            bigint      NOT NULL,
    failed               bigint      NOT NULL,
    -- Deliveries in a row that failed for good.
    consecutive_failures integer     NOT NULL,
    -- Since when every attempt has failed. Null when the last one did not.
    failing_since        timestamptz,
    -- When the receiver last answered 410 Gone, after the webhook was enabled.
    gone_at              timestamptz
) WITH (fillfactor = 50);

CREATE INDEX webhook_activity_by_organization ON webhook_activity (organization_id);

INSERT INTO webhook_activity
SELECT d.webhook_id, d.organization_id, max(d.updated_at),
    CASE WHEN (array_agg(d.status ORDER BY d.updated_at DESC))[1] = 'SUCCEEDED' THEN 'SUCCEEDED' ELSE 'FAILED' END,
    count(*) FILTER (WHERE d.status = 'SUCCEEDED'), count(*) FILTER (WHERE d.status = 'FAILED'), 0, NULL, NULL
FROM deliveries d
WHERE d.attempt_count > 0 AND d.origin <> 'TEST'
GROUP BY d.webhook_id, d.organization_id;

ALTER TABLE events
    ADD COLUMN resource_ids    text[] NOT NULL DEFAULT '{}',
    -- The event that this one was derived from.
    ADD COLUMN source_event_id uuid,
    -- Since when it waits for its payload to match the schema, and how it does not.
    ADD COLUMN quarantined_at  timestamptz,
    ADD COLUMN schema_mismatch text;

CREATE INDEX events_by_source ON events (source_event_id) WHERE source_event_id IS NOT NULL;
CREATE INDEX events_quarantined ON events (organization_id, id) WHERE quarantined_at IS NOT NULL;

-- What a delivery sends is more than a body now.
ALTER TABLE delivery_bodies RENAME TO delivery_contents;
ALTER INDEX delivery_bodies_pkey RENAME TO delivery_contents_pkey;
ALTER TABLE delivery_contents
    ADD COLUMN method text NOT NULL DEFAULT 'POST',
    -- The parameters that are added to the query of the URL, encoded.
    ADD COLUMN query  text NOT NULL DEFAULT '';
ALTER TABLE delivery_contents
    ALTER COLUMN method DROP DEFAULT,
    ALTER COLUMN query DROP DEFAULT;

-- Who did what that must not go unnoticed. Nothing here is ever changed.
CREATE TABLE audit_log (
    id              uuid PRIMARY KEY,
    organization_id uuid        NOT NULL,
    -- The key that was used. Null when Surehook did it by itself.
    api_key_id      uuid,
    action          text        NOT NULL,
    subject_id      text        NOT NULL,
    detail          jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL
);

CREATE INDEX audit_log_by_organization ON audit_log (organization_id, id);
