-- Ids are UUIDv7: they sort by creation time, so lists page by id and a time range is a range of ids.

CREATE TABLE organizations (
    id                uuid PRIMARY KEY,
    name              text        NOT NULL,
    slug              text        NOT NULL UNIQUE,
    max_payload_bytes integer     NOT NULL DEFAULT 262144 CHECK (max_payload_bytes > 0),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);

CREATE TABLE api_keys (
    id              uuid PRIMARY KEY,
    organization_id uuid REFERENCES organizations (id) ON DELETE CASCADE,
    name            text        NOT NULL,
    role            text        NOT NULL CHECK (role IN ('OPERATOR', 'ADMIN', 'DEVELOPER', 'PUBLISHER', 'VIEWER')),
    prefix          text        NOT NULL,
    secret_hash     bytea       NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    -- A platform key is an operator's, and an operator's key is the platform's.
    CHECK ((role = 'OPERATOR') = (organization_id IS NULL))
);

CREATE INDEX api_keys_by_organization ON api_keys (organization_id, id);

CREATE TABLE event_types (
    id              uuid PRIMARY KEY,
    organization_id uuid        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name            text        NOT NULL,
    description     text,
    group_name      text,
    samples         jsonb       NOT NULL DEFAULT '[]',
    archived_at     timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE INDEX event_types_by_organization ON event_types (organization_id, id);

CREATE TABLE event_type_schemas (
    event_type_id uuid        NOT NULL REFERENCES event_types (id) ON DELETE CASCADE,
    version       integer     NOT NULL CHECK (version > 0),
    schema        json        NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (event_type_id, version)
);

CREATE TABLE webhooks (
    id                   uuid PRIMARY KEY,
    organization_id      uuid        NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name                 text        NOT NULL,
    description          text,
    url                  text        NOT NULL,
    status               text        NOT NULL CHECK (status IN ('DISABLED', 'ENABLED')),
    timeout_seconds      integer     NOT NULL CHECK (timeout_seconds BETWEEN 1 AND 60),
    header_names         text[]      NOT NULL DEFAULT '{}',
    sealed_headers       bytea,
    retry_delays_seconds integer[]   NOT NULL,
    retry_jitter_percent integer     NOT NULL CHECK (retry_jitter_percent BETWEEN 0 AND 50),
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    -- A deleted webhook stays for as long as its deliveries are in the log.
    deleted_at           timestamptz
);

CREATE INDEX webhooks_by_organization ON webhooks (organization_id, id) WHERE deleted_at IS NULL;

CREATE TABLE webhook_secrets (
    id         uuid PRIMARY KEY,
    webhook_id uuid        NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    sealed     bytea       NOT NULL,
    hint       text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);

CREATE INDEX webhook_secrets_by_webhook ON webhook_secrets (webhook_id, id);

CREATE TABLE webhook_subscriptions (
    id              uuid PRIMARY KEY,
    organization_id uuid        NOT NULL,
    webhook_id      uuid        NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_type      text        NOT NULL,
    enabled         boolean     NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    UNIQUE (webhook_id, event_type)
);

CREATE INDEX webhook_subscriptions_by_webhook ON webhook_subscriptions (webhook_id, id);
CREATE INDEX webhook_subscriptions_by_event_type ON webhook_subscriptions (organization_id, event_type) WHERE enabled;

-- The log tables below have no foreign keys: each check would lock one busy row of the organization or webhook on every
-- insert, and the rows they would point at are never removed while the log refers to them.

CREATE TABLE events (
    id              uuid PRIMARY KEY,
    organization_id uuid        NOT NULL,
    event_type      text        NOT NULL,
    payload         json        NOT NULL,
    idempotency_key text,
    test            boolean     NOT NULL DEFAULT false,
    occurred_at     timestamptz NOT NULL,
    created_at      timestamptz NOT NULL
);

CREATE INDEX events_by_organization ON events (organization_id, id);
CREATE INDEX events_by_type ON events (organization_id, event_type, id);

CREATE TABLE idempotency_keys (
    organization_id uuid        NOT NULL,
    key             text        NOT NULL,
    event_id        uuid        NOT NULL,
    fingerprint     bytea       NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, key)
);

CREATE TABLE deliveries (
    id                      uuid PRIMARY KEY,
    organization_id         uuid        NOT NULL,
    event_id                uuid        NOT NULL,
    webhook_id              uuid        NOT NULL,
    subscription_id         uuid,
    event_type              text        NOT NULL,
    status                  text        NOT NULL
        CHECK (status IN ('CANCELED', 'FAILED', 'HELD', 'PENDING', 'RETRYING', 'SUCCEEDED')),
    origin                  text        NOT NULL CHECK (origin IN ('PUBLISH', 'TEST')),
    held_reason             text CHECK (held_reason IN ('WEBHOOK_DISABLED')),
    attempt_count           integer     NOT NULL DEFAULT 0,
    -- Attempts made by the schedule alone: what a retry by hand must not use up.
    scheduled_attempt_count integer     NOT NULL DEFAULT 0,
    max_attempts            integer     NOT NULL,
    next_trigger            text        NOT NULL DEFAULT 'AUTOMATIC' CHECK (next_trigger IN ('AUTOMATIC', 'MANUAL')),
    next_attempt_at         timestamptz,
    -- Where the schedule goes on after a retry by hand that fails. Null when it is used up.
    resume_at               timestamptz,
    last_response_status    integer,
    last_error_code         text,
    last_error_message      text,
    -- The workflow that carries the delivery, when it is not the delivery's own.
    workflow_id             text,
    -- The process that took on starting the workflow. Null: any process may.
    claimed_by              uuid,
    claimed_at              timestamptz,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    completed_at            timestamptz,
    CHECK ((status = 'HELD') = (held_reason IS NOT NULL)),
    CHECK ((status IN ('PENDING', 'RETRYING')) = (next_attempt_at IS NOT NULL)),
    CHECK ((status IN ('CANCELED', 'FAILED', 'SUCCEEDED')) = (completed_at IS NOT NULL))
);

CREATE INDEX deliveries_by_organization ON deliveries (organization_id, id);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_by_event ON deliveries (event_id, id);
CREATE INDEX deliveries_held ON deliveries (webhook_id, id) WHERE status = 'HELD';
-- The dispatcher's: what any process may claim, and what a process had claimed but perhaps not started when it died.
CREATE INDEX deliveries_unclaimed ON deliveries (id) WHERE claimed_by IS NULL AND status IN ('PENDING', 'RETRYING');
CREATE INDEX deliveries_claims ON deliveries (claimed_by) WHERE status = 'PENDING';
-- The sweeper's: what should be moving.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE status IN ('PENDING', 'RETRYING');

-- The bytes that a delivery sends, written with its first attempt and used by every later one.
CREATE TABLE delivery_bodies (
    delivery_id uuid PRIMARY KEY,
    body        bytea NOT NULL
);

CREATE TABLE delivery_attempts (
    id                 uuid PRIMARY KEY,
    organization_id    uuid        NOT NULL,
    webhook_id         uuid        NOT NULL,
    delivery_id        uuid        NOT NULL,
    event_type         text        NOT NULL,
    number             integer     NOT NULL CHECK (number > 0),
    trigger            text        NOT NULL CHECK (trigger IN ('AUTOMATIC', 'MANUAL')),
    status             text        NOT NULL CHECK (status IN ('FAILED', 'SUCCEEDED')),
    started_at         timestamptz NOT NULL,
    duration_us        bigint      NOT NULL,
    dns_us             bigint,
    connect_us         bigint,
    tls_us             bigint,
    first_byte_us      bigint,
    remote_ip          inet,
    method             text        NOT NULL,
    url                text        NOT NULL,
    request_headers    jsonb       NOT NULL,
    response_status    integer,
    response_headers   jsonb,
    response_body      bytea,
    response_truncated boolean     NOT NULL DEFAULT false,
    error_code         text,
    error_message      text,
    -- What makes recording an attempt twice harmless.
    UNIQUE (delivery_id, number)
);

CREATE INDEX delivery_attempts_by_organization ON delivery_attempts (organization_id, id);
CREATE INDEX delivery_attempts_by_webhook ON delivery_attempts (webhook_id, id);

-- The processes that start workflows, so that the others notice when one is gone.
CREATE TABLE processes (
    id           uuid PRIMARY KEY,
    name         text        NOT NULL,
    started_at   timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL
);
