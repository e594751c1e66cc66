DROP TABLE audit_log;

ALTER TABLE delivery_contents
    DROP COLUMN method,
    DROP COLUMN query;
ALTER INDEX delivery_contents_pkey RENAME TO delivery_bodies_pkey;
ALTER TABLE delivery_contents RENAME TO delivery_bodies;

DROP INDEX events_by_source;
DROP INDEX events_quarantined;
ALTER TABLE events
    DROP COLUMN resource_ids,
    DROP COLUMN source_event_id,
    DROP COLUMN quarantined_at,
    DROP COLUMN schema_mismatch;

DROP TABLE webhook_activity;

ALTER TABLE webhook_subscriptions
    DROP COLUMN filter,
    DROP COLUMN resource_ids,
    DROP COLUMN payload_query;

DELETE FROM webhook_secrets WHERE kind <> 'SYMMETRIC';
ALTER TABLE webhook_secrets
    DROP COLUMN kind,
    DROP COLUMN public_key,
    DROP COLUMN notice_due;

ALTER TABLE webhooks
    ADD COLUMN timeout_seconds      integer CHECK (timeout_seconds BETWEEN 1 AND 60),
    ADD COLUMN retry_delays_seconds integer[],
    ADD COLUMN retry_jitter_percent integer CHECK (retry_jitter_percent BETWEEN 0 AND 50);

UPDATE webhooks SET
    timeout_seconds = (settings ->> 'timeoutSeconds')::integer,
    retry_delays_seconds = CASE WHEN (settings -> 'retryPolicy' ->> 'enabled')::boolean
        THEN ARRAY (SELECT delay::integer FROM jsonb_array_elements_text(settings -> 'retryPolicy' -> 'delaysSeconds') AS delay)
        ELSE '{}' END,
    retry_jitter_percent = (settings -> 'retryPolicy' ->> 'jitterPercent')::integer;

DROP INDEX webhooks_with_notice;
ALTER TABLE webhooks
    ALTER COLUMN timeout_seconds SET NOT NULL,
    ALTER COLUMN retry_delays_seconds SET NOT NULL,
    ALTER COLUMN retry_jitter_percent SET NOT NULL,
    DROP COLUMN settings,
    DROP COLUMN max_attempts,
    DROP COLUMN version,
    DROP COLUMN auth,
    DROP COLUMN sealed_auth,
    DROP COLUMN disabled_reason,
    DROP COLUMN disabled_at,
    DROP COLUMN notice_due;

DROP INDEX event_types_by_source;
ALTER TABLE event_types
    DROP COLUMN derived_from,
    DROP COLUMN derived_when,
    DROP COLUMN schema_validation,
    DROP COLUMN deprecation;

DROP TABLE publish_quotas;
DROP TABLE organization_profiles;

ALTER TABLE organizations
    DROP COLUMN max_webhooks,
    DROP COLUMN max_publish_per_minute,
    DROP COLUMN allow_insecure_urls,
    DROP COLUMN manage_roles,
    DROP COLUMN view_roles;
