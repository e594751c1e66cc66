-- name: InsertEventType :one
INSERT INTO event_types (id, organization_id, name, description, group_name, samples, derived_from, derived_when,
    schema_validation, deprecation, created_at, updated_at)
VALUES (@id, @organization_id, @name, @description, @group_name, @samples, @derived_from, @derived_when,
    @schema_validation, @deprecation, @now, @now)
ON CONFLICT (organization_id, name) DO NOTHING
RETURNING *;

-- name: UpdateEventType :one
UPDATE event_types
SET description = @description, group_name = @group_name, samples = @samples, derived_when = @derived_when,
    schema_validation = @schema_validation, deprecation = @deprecation, updated_at = @now
WHERE organization_id = @organization_id AND id = @id
RETURNING *;

-- name: ArchiveEventType :one
UPDATE event_types
SET archived_at = CASE WHEN @archived::boolean THEN coalesce(archived_at, @now) END, updated_at = @now
WHERE organization_id = @organization_id AND id = @id
RETURNING *;

-- name: EventTypeByID :one
SELECT * FROM event_types WHERE id = @id;

-- name: EventTypeByName :one
SELECT * FROM event_types WHERE organization_id = @organization_id AND name = @name;

-- name: EventTypesByID :many
SELECT * FROM event_types WHERE id = ANY (@ids::uuid[]) ORDER BY id;

-- name: EventTypeNames :many
SELECT name FROM event_types
WHERE organization_id = @organization_id AND name = ANY (@names::text[]) AND archived_at IS NULL
ORDER BY name;

-- name: LockEventType :one
SELECT * FROM event_types WHERE organization_id = @organization_id AND id = @id FOR UPDATE;

-- name: ShareEventType :one
-- Until the end of the transaction nobody archives or changes it. Many may share it.
SELECT * FROM event_types WHERE organization_id = @organization_id AND name = @name FOR SHARE;

-- name: DerivedEventTypeNames :many
SELECT name FROM event_types
WHERE organization_id = @organization_id AND derived_from = @derived_from::text AND archived_at IS NULL
ORDER BY name;

-- name: InsertEventTypeSchema :one
INSERT INTO event_type_schemas (event_type_id, version, schema, created_at)
SELECT @event_type_id, coalesce(max(version), 0) + 1, @schema, @now
FROM event_type_schemas
WHERE event_type_id = @event_type_id
RETURNING *;

-- name: EventTypeSchemas :many
-- Those of a derived event type are those of its source.
SELECT t.id, sqlc.embed(v)
FROM event_types t
JOIN event_types s ON s.organization_id = t.organization_id AND s.name = coalesce(t.derived_from, t.name)
JOIN event_type_schemas v ON v.event_type_id = s.id
WHERE t.id = ANY (@event_type_ids::uuid[])
ORDER BY t.id, v.version DESC;

-- name: EventTypeSchemaByVersion :one
SELECT * FROM event_type_schemas WHERE event_type_id = @event_type_id AND version = @version;

-- name: NewestEventTypeSchema :one
SELECT * FROM event_type_schemas WHERE event_type_id = @event_type_id ORDER BY version DESC LIMIT 1;

-- name: NewestSchemaByName :one
-- That of a derived event type is that of its source.
SELECT v.schema
FROM event_types t
JOIN event_types s ON s.organization_id = t.organization_id AND s.name = coalesce(t.derived_from, t.name)
JOIN event_type_schemas v ON v.event_type_id = s.id
WHERE t.organization_id = @organization_id AND t.name = @name
ORDER BY v.version DESC
LIMIT 1;
