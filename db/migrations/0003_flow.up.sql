-- Nothing vanishes: deliveries are held and let go on purpose, jobs act on many of them, figures are kept as they arise, and
-- the log is kept in parts by time.

-- Ids begin with their time, so the log is partitioned by id: a part holds some days, what belongs to a delivery is in the
-- part of its time, and old parts are dropped as a whole. The first part takes all there is so far; the program adds more.
ALTER TABLE events RENAME TO old_events;
ALTER TABLE deliveries RENAME TO old_deliveries;
ALTER TABLE delivery_contents RENAME TO old_delivery_contents;
ALTER TABLE delivery_attempts RENAME TO old_delivery_attempts;

CREATE TABLE events (
    id                 uuid        NOT NULL,
    organization_id    uuid        NOT NULL,
    event_type         text        NOT NULL,
    idempotency_key    text,
    test               boolean     NOT NULL DEFAULT false,
    resource_ids       text[]      NOT NULL DEFAULT '{}',
    -- The only webhooks that were to get it. Null: all that match.
    target_webhook_ids uuid[],
    -- The event that this one was derived from.
    source_event_id    uuid,
    -- Since when it waits for its payload to match the schema, and how it does not.
    quarantined_at     timestamptz,
    schema_mismatch    text,
    -- When it was released from there, which is when it was decided who gets it.
    released_at        timestamptz,
    -- When somebody had its payload erased.
    expunged_at        timestamptz,
    -- What its payload can be searched for: hashes of paths with their values.
    terms              bigint[]    NOT NULL DEFAULT '{}',
    occurred_at        timestamptz NOT NULL,
    created_at         timestamptz NOT NULL
) PARTITION BY RANGE (id);

-- Payloads may be kept for a shorter time than the rest of the log.
CREATE TABLE event_payloads (
    event_id uuid NOT NULL,
    payload  json NOT NULL
) PARTITION BY RANGE (event_id);

CREATE TABLE deliveries (
    id                      uuid        NOT NULL,
    organization_id         uuid        NOT NULL,
    event_id                uuid        NOT NULL,
    webhook_id              uuid        NOT NULL,
    subscription_id         uuid,
    event_type              text        NOT NULL,
    status                  text        NOT NULL
        CHECK (status IN ('CANCELED', 'FAILED', 'HELD', 'PENDING', 'RETRYING', 'SUCCEEDED')),
    origin                  text        NOT NULL CHECK (origin IN ('PUBLISH', 'REPLAY', 'TEST')),
    -- The delivery of the same event to the same webhook that this one repeats, and the job that made or retried it last.
    replay_of_id            uuid,
    operation_id            uuid,
    held_reason             text CHECK (held_reason IN
        ('BACKLOG', 'BREAKER_OPEN', 'RATE_LIMITED', 'WEBHOOK_DISABLED', 'WEBHOOK_PAUSED')),
    attempt_count           integer     NOT NULL DEFAULT 0,
    -- Attempts made by the schedule alone: what a retry by hand must not use up.
    scheduled_attempt_count integer     NOT NULL DEFAULT 0,
    max_attempts            integer     NOT NULL,
    next_trigger            text        NOT NULL DEFAULT 'AUTOMATIC' CHECK (next_trigger IN ('AUTOMATIC', 'MANUAL')),
    next_attempt_at         timestamptz,
    -- Where the schedule goes on after a retry by hand that fails. Null when it is used up.
    resume_at               timestamptz,
    -- When it was let go after it had been held. It has its turn until the attempt that follows.
    released_at             timestamptz,
    last_response_status    integer,
    last_error_code         text,
    last_error_message      text,
    -- The owner has yet to be told that it failed for good.
    notice_due              boolean     NOT NULL DEFAULT false,
    -- Its payload was erased: of what its attempts carry nothing is kept.
    expunged                boolean     NOT NULL DEFAULT false,
    -- The workflow that carries the delivery, when it is not the delivery's own. Empty: its own has ended for certain, so
    -- that it may share one.
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
) PARTITION BY RANGE (id);

-- What a delivery sends, written with its first attempt and used by every later one.
CREATE TABLE delivery_contents (
    delivery_id uuid  NOT NULL,
    method      text  NOT NULL,
    -- The parameters that are added to the query of the URL, encoded.
    query       text  NOT NULL,
    body        bytea NOT NULL
) PARTITION BY RANGE (delivery_id);

CREATE TABLE delivery_attempts (
    id                 uuid        NOT NULL,
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
    error_message      text
) PARTITION BY RANGE (delivery_id);

DO $$
DECLARE
    -- The smallest id of the day in a week, as the program would make it.
    ceiling text := lpad(to_hex((extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '7 days') * 1000)::bigint), 12, '0')
        || '70000000000000000000';
    log_table text;
BEGIN
    FOREACH log_table IN ARRAY ARRAY['events', 'event_payloads', 'deliveries', 'delivery_contents', 'delivery_attempts'] LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (MINVALUE) TO (%L)',
            log_table || '_first', log_table, ceiling);
    END LOOP;
END
$$;

INSERT INTO events (id, organization_id, event_type, idempotency_key, test, resource_ids, source_event_id, quarantined_at,
    schema_mismatch, occurred_at, created_at)
SELECT id, organization_id, event_type, idempotency_key, test, resource_ids, source_event_id, quarantined_at,
    schema_mismatch, occurred_at, created_at
FROM old_events;

INSERT INTO event_payloads (event_id, payload) SELECT id, payload FROM old_events;

INSERT INTO deliveries (id, organization_id, event_id, webhook_id, subscription_id, event_type, status, origin, held_reason,
    attempt_count, scheduled_attempt_count, max_attempts, next_trigger, next_attempt_at, resume_at, last_response_status,
    last_error_code, last_error_message, workflow_id, claimed_by, claimed_at, created_at, updated_at, completed_at)
SELECT id, organization_id, event_id, webhook_id, subscription_id, event_type, status, origin, held_reason,
    attempt_count, scheduled_attempt_count, max_attempts, next_trigger, next_attempt_at, resume_at, last_response_status,
    last_error_code, last_error_message, workflow_id, claimed_by, claimed_at, created_at, updated_at, completed_at
FROM old_deliveries;

INSERT INTO delivery_contents (delivery_id, method, query, body)
SELECT delivery_id, method, query, body FROM old_delivery_contents;

INSERT INTO delivery_attempts (id, organization_id, webhook_id, delivery_id, event_type, number, trigger, status, started_at,
    duration_us, dns_us, connect_us, tls_us, first_byte_us, remote_ip, method, url, request_headers, response_status,
    response_headers, response_body, response_truncated, error_code, error_message)
SELECT id, organization_id, webhook_id, delivery_id, event_type, number, trigger, status, started_at,
    duration_us, dns_us, connect_us, tls_us, first_byte_us, remote_ip, method, url, request_headers, response_status,
    response_headers, response_body, response_truncated, error_code, error_message
FROM old_delivery_attempts;

DROP TABLE old_delivery_attempts, old_delivery_contents, old_deliveries, old_events;

-- Each filter that a list offers has its index, in the order in which the list is shown.
ALTER TABLE events ADD PRIMARY KEY (id);
CREATE INDEX events_by_organization ON events (organization_id, id);
CREATE INDEX events_by_type ON events (organization_id, event_type, id);
CREATE INDEX events_by_source ON events (source_event_id, id) WHERE source_event_id IS NOT NULL;
CREATE INDEX events_quarantined ON events (organization_id, id) WHERE quarantined_at IS NOT NULL;
CREATE INDEX events_for_tests ON events (organization_id, id) WHERE test;
CREATE INDEX events_by_term ON events USING gin (terms);

ALTER TABLE event_payloads ADD PRIMARY KEY (event_id);

ALTER TABLE deliveries ADD PRIMARY KEY (id);
CREATE INDEX deliveries_by_organization ON deliveries (organization_id, id);
CREATE INDEX deliveries_by_event ON deliveries (event_id, id);
CREATE INDEX deliveries_by_event_type ON deliveries (organization_id, event_type, id);
CREATE INDEX deliveries_by_held_reason ON deliveries (organization_id, held_reason, id) WHERE held_reason IS NOT NULL;
CREATE INDEX deliveries_by_origin ON deliveries (organization_id, origin, id);
CREATE INDEX deliveries_by_response ON deliveries (organization_id, last_response_status, id);
CREATE INDEX deliveries_by_status ON deliveries (organization_id, status, id);
CREATE INDEX deliveries_by_status_and_event ON deliveries (organization_id, status, event_id);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_by_webhook_and_event ON deliveries (webhook_id, event_id);
CREATE INDEX deliveries_by_webhook_and_status ON deliveries (webhook_id, status, id);
CREATE INDEX deliveries_held ON deliveries (webhook_id, id) WHERE status = 'HELD';
-- The dispatcher's: what any process may claim, and what a process had claimed but perhaps not started when it died.
CREATE INDEX deliveries_unclaimed ON deliveries (id) WHERE claimed_by IS NULL AND status IN ('PENDING', 'RETRYING');
CREATE INDEX deliveries_claims ON deliveries (claimed_by) WHERE status = 'PENDING';
-- The sweeper's: what should be moving.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE status IN ('PENDING', 'RETRYING');
-- What was let go and is not attempted yet, which is counted before more is let go.
CREATE INDEX deliveries_released ON deliveries (webhook_id)
    WHERE released_at IS NOT NULL AND status IN ('PENDING', 'RETRYING');
CREATE INDEX deliveries_with_notice ON deliveries (id) WHERE notice_due;

ALTER TABLE delivery_contents ADD PRIMARY KEY (delivery_id);

-- What makes recording an attempt twice harmless.
ALTER TABLE delivery_attempts ADD PRIMARY KEY (delivery_id, number);
CREATE INDEX delivery_attempts_by_id ON delivery_attempts (id);
CREATE INDEX delivery_attempts_by_organization ON delivery_attempts (organization_id, id);
CREATE INDEX delivery_attempts_by_event_type ON delivery_attempts (organization_id, event_type, id);
CREATE INDEX delivery_attempts_by_response ON delivery_attempts (organization_id, response_status, id);
CREATE INDEX delivery_attempts_by_status ON delivery_attempts (organization_id, status, id);
CREATE INDEX delivery_attempts_by_webhook ON delivery_attempts (webhook_id, id);

-- Keys go with their events.
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- What a webhook does not get at once, and why: whether it is paused is with the webhook, and the rest is here.
ALTER TABLE webhooks
    DROP CONSTRAINT webhooks_status_check,
    ADD CHECK (status IN ('DISABLED', 'ENABLED', 'PAUSED')),
    ADD COLUMN paused_at timestamptz,
    ADD CHECK ((status = 'PAUSED') = (paused_at IS NOT NULL));

CREATE TABLE webhook_gates (
    webhook_id      uuid PRIMARY KEY REFERENCES webhooks (id) ON DELETE CASCADE,
    organization_id uuid        NOT NULL,
    -- Why deliveries are held. Null: they are not.
    reason          text CHECK (reason IN ('BACKLOG', 'BREAKER_OPEN', 'RATE_LIMITED')),
    since           timestamptz,
    -- How many held deliveries are let go in a second, and since when more and more are. Null: as the webhook's settings
    -- have it.
    max_per_second  integer CHECK (max_per_second > 0),
    ramp_since      timestamptz,
    -- Until when the requests that were let through take, at the rate that is allowed.
    taken_until     timestamptz NOT NULL DEFAULT 'epoch',
    -- When a single request may find out whether the receiver is back, and how many have found that it is not.
    probe_at        timestamptz,
    failed_probes   integer     NOT NULL DEFAULT 0,
    -- When a worker last looked after it.
    tended_at       timestamptz NOT NULL DEFAULT 'epoch',
    -- The owner has yet to be told that the receiver is back.
    recovered_at    timestamptz,
    CHECK ((reason IS NULL) = (since IS NULL)),
    CHECK ((reason = 'BREAKER_OPEN') = (probe_at IS NOT NULL))
) WITH (fillfactor = 50);

CREATE INDEX webhook_gates_closed ON webhook_gates (tended_at) WHERE reason IS NOT NULL;
CREATE INDEX webhook_gates_with_notice ON webhook_gates (webhook_id) WHERE recovered_at IS NOT NULL;

ALTER TABLE webhook_secrets
    -- Whether the owner was told that it will stop signing soon.
    ADD COLUMN expiry_told boolean NOT NULL DEFAULT false;

CREATE INDEX webhook_secrets_expiring ON webhook_secrets (expires_at) WHERE expires_at IS NOT NULL AND NOT expiry_told;

-- What subscriptions were like, so that it can be explained later who got an event and who did not. The database keeps it,
-- so that nobody who changes a subscription can forget to.
CREATE TABLE webhook_subscription_versions (
    subscription_id uuid        NOT NULL,
    organization_id uuid        NOT NULL,
    webhook_id      uuid        NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_type      text        NOT NULL,
    filter          text,
    resource_ids    text[]      NOT NULL,
    enabled         boolean     NOT NULL,
    valid_from      timestamptz NOT NULL,
    -- Null: it still is like this.
    valid_to        timestamptz,
    PRIMARY KEY (subscription_id, valid_from)
);

CREATE INDEX webhook_subscription_versions_by_webhook ON webhook_subscription_versions (webhook_id, valid_from);

INSERT INTO webhook_subscription_versions (subscription_id, organization_id, webhook_id, event_type, filter, resource_ids,
    enabled, valid_from)
SELECT id, organization_id, webhook_id, event_type, filter, resource_ids, enabled, created_at
FROM webhook_subscriptions;

CREATE FUNCTION keep_subscription_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE webhook_subscription_versions SET valid_to = moment
        WHERE subscription_id = OLD.id AND valid_to IS NULL;
    END IF;

    IF TG_OP <> 'DELETE' THEN
        INSERT INTO webhook_subscription_versions (subscription_id, organization_id, webhook_id, event_type, filter,
            resource_ids, enabled, valid_from)
        VALUES (NEW.id, NEW.organization_id, NEW.webhook_id, NEW.event_type, NEW.filter, NEW.resource_ids, NEW.enabled, moment);
    END IF;

    RETURN NULL;
END
$$;

CREATE TRIGGER subscription_versions AFTER INSERT OR UPDATE OR DELETE ON webhook_subscriptions
    FOR EACH ROW EXECUTE FUNCTION keep_subscription_version();

-- Jobs that act on many events or deliveries, one after the other by id.
CREATE TABLE bulk_operations (
    id              uuid PRIMARY KEY,
    organization_id uuid        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN
        ('RECOVER_WEBHOOK', 'REPLAY_EVENT', 'REPLAY_MISSING', 'RETRY_DELIVERIES')),
    status          text        NOT NULL CHECK (status IN ('CANCELED', 'COMPLETED', 'PAUSED', 'RUNNING')),
    -- What it acts on, and the webhook or event that this is about, if it is one.
    selection       jsonb       NOT NULL,
    webhook_id      uuid,
    event_id        uuid,
    max_per_second  integer CHECK (max_per_second > 0),
    -- The key of who asked for it.
    api_key_id      uuid,
    total           bigint      NOT NULL,
    processed       bigint      NOT NULL DEFAULT 0,
    -- Of those processed: what could not be done, and what did not need to be.
    failed          bigint      NOT NULL DEFAULT 0,
    skipped         bigint      NOT NULL DEFAULT 0,
    failures        jsonb       NOT NULL DEFAULT '[]',
    -- The last item that was processed. Null: none was.
    position        uuid,
    taken_until     timestamptz NOT NULL DEFAULT 'epoch',
    -- For how long it has been running, up to when it was last looked after.
    active_us       bigint      NOT NULL DEFAULT 0,
    tended_at       timestamptz NOT NULL DEFAULT 'epoch',
    notice_due      boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    completed_at    timestamptz,
    CHECK ((status IN ('CANCELED', 'COMPLETED')) = (completed_at IS NOT NULL))
);

CREATE INDEX bulk_operations_by_organization ON bulk_operations (organization_id, id);
CREATE INDEX bulk_operations_running ON bulk_operations (tended_at) WHERE status = 'RUNNING';
CREATE INDEX bulk_operations_with_notice ON bulk_operations (id) WHERE notice_due;

-- Figures, added up as they arise. Minutes become hours after a day. An attempt counts where its duration and response
-- belong; what became of deliveries counts with the attempt that decided it, or with none.
CREATE TABLE delivery_stats_minutes (
    organization_id uuid        NOT NULL,
    webhook_id      uuid        NOT NULL,
    bucket          timestamptz NOT NULL,
    -- 0 without a response.
    response_status integer     NOT NULL,
    -- Which step of the scale of durations. -1 without an attempt.
    duration_step   integer     NOT NULL,
    attempts        bigint      NOT NULL,
    retries         bigint      NOT NULL,
    failed_attempts bigint      NOT NULL,
    duration_us     bigint      NOT NULL,
    succeeded       bigint      NOT NULL,
    failed          bigint      NOT NULL,
    canceled        bigint      NOT NULL,
    PRIMARY KEY (webhook_id, bucket, response_status, duration_step)
) WITH (fillfactor = 50);

CREATE INDEX delivery_stats_minutes_by_organization ON delivery_stats_minutes (organization_id, bucket);
CREATE INDEX delivery_stats_minutes_by_age ON delivery_stats_minutes (bucket);

CREATE TABLE delivery_stats_hours (
    organization_id uuid        NOT NULL,
    -- All zeros for all webhooks of the organization together.
    webhook_id      uuid        NOT NULL,
    bucket          timestamptz NOT NULL,
    response_status integer     NOT NULL,
    duration_step   integer     NOT NULL,
    attempts        bigint      NOT NULL,
    retries         bigint      NOT NULL,
    failed_attempts bigint      NOT NULL,
    duration_us     bigint      NOT NULL,
    succeeded       bigint      NOT NULL,
    failed          bigint      NOT NULL,
    canceled        bigint      NOT NULL,
    PRIMARY KEY (organization_id, webhook_id, bucket, response_status, duration_step)
);

CREATE INDEX delivery_stats_hours_by_age ON delivery_stats_hours (bucket);
